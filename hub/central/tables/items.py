"""事项库: items with materials, fees and flows, the organisations, regions, posts and staff, and what was made public; each in versions.

A version is never changed once it is written: other content is a new version, the old one stays. `digest` is of a
version's content, `change` the import that brought it. The columns that an import fills are named as in its files.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, Text

from hub.central.tables.columns import BigId, digest, fen, flag, instant, metadata, number, text

# One row per import that changed anything; `refilled_at` is null until stored cases have been brought up to date.
catalogue_change = Table(
    "catalogue_change",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    instant("at", nullable=False),
    text("who", 100, nullable=False),
    digest("digest", nullable=False),  # of what changed
    Column("counts", Text, nullable=False),  # JSON: kind → {new, changed, unchanged}
    instant("refilled_at"),
    # 0: nothing of it says how a case is judged (disclosures): cases need not all be judged again.
    flag("about_cases", nullable=False, server_default="1"),
)


def _versioned(*key: Column[Any]) -> tuple[Column[Any], ...]:
    """What every table of versions begins with."""
    return (
        *key,
        Column("version", Integer, primary_key=True, autoincrement=False),
        digest("digest", nullable=False),
        Column("change", BigInteger, nullable=False),
        Column("valid_from", Date),  # both ends inclusive; null: open
        Column("valid_to", Date),
    )


def _key(name: str, length: int) -> Column[Any]:
    return Column(name, String(length), primary_key=True)


organization = Table(
    "organization",
    metadata,
    *_versioned(_key("org_uscc", 18)),
    text("name", 200, nullable=False),
    text("short_name", 100),
    text("parent_uscc", 18),
    text("region_code", 12),
    text("org_level", 1),
    text("kind", 100),
)

region = Table(
    "region",
    metadata,
    *_versioned(_key("region_code", 12)),
    text("name", 200, nullable=False),
    text("parent_code", 12),
    text("region_level", 1),
)

service_item = Table(
    "service_item",
    metadata,
    *_versioned(_key("item_code", 40)),
    Column("parts", Text, nullable=False),  # JSON: part (item, material, fee, step) → digest of it
    text("catalog_code", 40),
    text("name", 500, nullable=False),
    text("org_uscc", 18),
    text("org_name", 200),
    text("item_type", 2),
    text("case_type", 1),
    text("exercise_level", 1),
    number("statutory_limit"),
    text("statutory_limit_unit", 1),
    number("promised_limit"),
    text("promised_limit_unit", 1),
    flag("is_charged"),
    flag("issues_certificate"),
    text("certificate_name", 500),
    text("online_depth", 10),  # none, apply, whole
    text("state", 10, nullable=False),  # in_force, suspended, cancelled
    flag("is_exempt", nullable=False),
    text("exempt_basis", 2000),
    Column("details", Text, nullable=False),  # JSON: what is shown and compared, and never searched
)
Index(None, service_item.c.catalog_code)
Index(None, service_item.c.org_uscc)
Index(None, service_item.c.change)


def _part(*key: Column[Any]) -> tuple[Column[Any], ...]:
    """A row of one version of an item."""
    return (
        _key("item_code", 40),
        Column("version", Integer, primary_key=True, autoincrement=False),
        *key,
    )


def _seq() -> Column[int]:
    return Column("seq", Integer, primary_key=True, autoincrement=False)


item_material = Table(
    "item_material",
    metadata,
    *_part(_seq()),
    text("name", 500, nullable=False),
    flag("is_required"),
    text("form", 200),
    text("source", 500),
    Column("basis", Text),
)

item_fee = Table(
    "item_fee",
    metadata,
    *_part(_seq()),
    text("fee_code", 100),
    text("name", 200, nullable=False),
    text("basis", 2000),
    fen("standard_amount"),
    fen("minimum_amount"),
    fen("maximum_amount"),
    text("standard_text", 2000),
    text("step_code", 50),  # the step at which it is charged
    flag("is_reducible"),
    text("reduction_basis", 2000),
)

item_flow_step = Table(
    "item_flow_step",
    metadata,
    *_part(_key("step_code", 50)),
    number("seq", nullable=False),
    text("name", 200, nullable=False),
    text("step_type", 1),
    number("step_limit"),
    text("step_limit_unit", 1),
    text("risk_category", 200),
    text("risk_description", 2000),
    text("risk_control", 2000),
)

item_flow_next = Table(
    "item_flow_next",
    metadata,
    *_part(_key("step_code", 50), _key("next_code", 50)),
    number("seq", nullable=False),
    text("condition", 200),
)

item_flow_post = Table(
    "item_flow_post",
    metadata,
    *_part(_key("step_code", 50), _key("post_code", 50)),
)

# Two steps that one person must not both do.
item_flow_apart = Table(
    "item_flow_apart",
    metadata,
    *_part(_key("step_code", 50), _key("other_code", 50)),
)

post = Table(
    "post",
    metadata,
    *_versioned(_key("org_uscc", 18), _key("post_code", 50)),
    text("name", 200, nullable=False),
    text("office", 200),
)

staff = Table(
    "staff",
    metadata,
    *_versioned(_key("org_uscc", 18), _key("person_no", 50)),
    text("name", 200, nullable=False),
    text("office", 200),
    text("mobile", 50),
)

staff_post = Table(
    "staff_post",
    metadata,
    _key("org_uscc", 18),
    _key("person_no", 50),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _key("post_code", 50),
)

# 公开信息: what an organisation reports to have made public. A guide names its item, a result its case.
disclosure = Table(
    "disclosure",
    metadata,
    *_versioned(_key("org_uscc", 18), _key("index_no", 100)),
    text("matter", 10, nullable=False),  # guide, result
    text("name", 500, nullable=False),
    Column("published_on", Date, nullable=False),
    text("department", 200, nullable=False),
    text("item_code", 40),
    number("of_version"),  # of the item; null: whichever version is in force
    text("case_no", 50),
)
Index(None, disclosure.c.item_code)
Index(None, disclosure.c.case_no)
