"""Imports point one way: each room may use only the rooms that the table gives it, and Airflow stays at the edge."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, Import, Module, imports, modules

BASE = (
    "hub.errors",
    "hub.shapes",
    "hub.clock",
    "hub.settings",
    "hub.register",
    "hub.masking",
    "hub.plain_text",
    "hub.rawstore",
    "hub.items",
    "hub.limits",
    "hub.bounds",
    "hub.yaml_files",
    "hub.fonts",
)
WAYS_AND_STORES = ("connectors", "hub.envelope", "schemas", "hub.ledger", "hub.central")
MESSAGES = "hub.messages"
SCORES = "hub.scores"
MEANING = ("mappings", "hub.supervision", "hub.catalogue", "hub.nodes", "hub.complaints", "hub.letters")
WALKS = ("hub.pipeline", "hub.returning", "hub.province", "hub.views", "frontend_probe", "hub.connections")
LOWER = (*BASE, *WAYS_AND_STORES, *MEANING, MESSAGES, SCORES)
BEHIND = (*LOWER, *WALKS, "hub.watch", "hub.audit", "hub.inbox")

TABLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(BASE, BASE),
    # These five never know each other: the pipeline brings them together.
    **dict.fromkeys(WAYS_AND_STORES, BASE),
    "mappings": (*BASE, "schemas"),
    "hub.supervision": (*BASE, "hub.central", "schemas"),
    "hub.catalogue": (*BASE, "hub.central", "hub.ledger", "schemas"),
    "hub.nodes": (*BASE, "hub.central", "hub.ledger", "schemas"),
    "hub.complaints": (*BASE, "hub.central", "hub.ledger", "hub.supervision"),
    "hub.letters": (*BASE, "hub.central", "hub.ledger", "hub.supervision", "schemas"),
    MESSAGES: (*BASE, *WAYS_AND_STORES),
    SCORES: (*BASE, "hub.central", "hub.ledger", "hub.supervision"),
    **dict.fromkeys(WALKS, LOWER),
    "hub.inbox": LOWER,
    "hub.watch": (*LOWER, *WALKS),
    "hub.audit": (*LOWER, *WALKS),
    "hub.wiring": BEHIND,
    # The simulator's truth must not come from the code that it is the truth for.
    "hub.simulate": ("hub.errors", "hub.clock"),
    "hub.airflow_pools": (),
    "hub.airflow_slices": (),
    "hub.airflow_edge": ("hub.wiring", "hub.airflow_slices", *BEHIND),
    "hub.demo": ("hub.wiring", "hub.simulate", "hub.airflow_pools", *BEHIND),
    "hub.cli": ("hub.wiring", "hub.simulate", "hub.demo", "bench", *BEHIND),
    "hub": (),
    "dags": ("hub.airflow_edge", "hub.airflow_pools", "hub.airflow_slices", "hub.wiring", *BEHIND),
    "plugins": ("hub.airflow_edge", "hub.airflow_pools", "hub.wiring", *BEHIND),
    "bench": (
        "hub.wiring",
        "hub.simulate",
        "hub.demo",
        "hub.airflow_edge",
        "hub.airflow_pools",
        "tests",
        *BEHIND,
    ),
}
"""Room → the rooms it may import beside itself. A longer name is the more exact room."""

OURS = {*PACKAGES, "dags", "plugins", "bench", "tests"}
AIRFLOW = ("dags/", "plugins/", "hub/airflow_edge.py", "bench/")  # the benchmark measures its parsing of DAGs


def room_of(name: str) -> str:
    """The room that a module belongs to: the longest name of the table that it begins with."""
    fitting = [room for room in (*TABLE, "tests") if name == room or name.startswith(f"{room}.")]
    return max(fitting, key=len) if fitting else ""


def wrong(found: Import) -> bool:
    """Whether an import goes against the table."""
    if found.name.split(".")[0] not in OURS:
        return False
    here, there = room_of(found.module.name), room_of(found.name)
    return there != here and there not in TABLE[here]


def test_every_module_lies_in_a_room_of_the_table() -> None:
    homeless = [m.place for m in modules() if room_of(m.name) == "hub" and m.place != "hub/__init__.py"]
    assert not homeless, f"name these modules in TABLE, or move them into a room: {homeless}"


def test_imports_point_one_way() -> None:
    found = [str(each) for module in modules() for each in imports(module) if wrong(each)]
    assert not found, "against the table of imports:\n" + "\n".join(found)


def test_airflow_is_imported_only_at_the_edge() -> None:
    found = [
        str(each)
        for module in modules()
        for each in imports(module)
        if each.name.split(".")[0] == "airflow" and not module.place.startswith(AIRFLOW)
    ]
    assert not found, "airflow belongs into dags/, plugins/ and hub/airflow_edge.py:\n" + "\n".join(found)


def test_the_simulator_knows_neither_the_contract_nor_the_mappings_nor_the_judge() -> None:
    forbidden = {"schemas", "mappings", "hub.supervision", "hub.central", "hub.pipeline", "hub.ledger"}
    found = [
        str(each)
        for module in modules("hub/simulate")
        for each in imports(module)
        if room_of(each.name) in forbidden
    ]
    assert not found, "the truth would no longer be independent:\n" + "\n".join(found)


def test_the_verifier_of_the_log_shares_no_code_with_its_writer() -> None:
    verifiers = {"hub.ledger.verify": set(), "hub.ledger.verify_database": {"hub.ledger.verify"}}
    found = [
        str(each)
        for module in modules("hub/ledger")
        if module.name in verifiers
        for each in imports(module)
        if each.name.split(".")[0] in OURS and each.name not in verifiers[module.name]
    ]
    assert {m.name for m in modules("hub/ledger")} >= set(verifiers)
    assert not found, "the verifier must trust nobody:\n" + "\n".join(found)


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_name_means_this_checkout(name: str) -> None:
    # A stranger's `schemas` or `hub` elsewhere on the path would be taken without a word.
    found = importlib.import_module(name).__file__
    assert found is not None
    assert Path(found).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_package_hides_one_of_the_standard_library(name: str) -> None:
    assert name not in sys.stdlib_module_names


@pytest.mark.parametrize(
    ("room", "code", "forbidden"),
    [
        ("connectors", "from hub import central", True),
        ("connectors", "def later():\n    import schemas.codes", True),
        ("schemas", "from connectors import base", True),
        ("hub.ledger", "from hub.central.tables import exchange", True),
        ("hub.envelope", "from ..ledger import chain", True),
        ("hub.central", "if TYPE_CHECKING:\n    from hub.pipeline import take", True),
        ("hub.simulate", "import_module('schemas.codes')", True),
        ("hub.pipeline", "from hub import views", True),
        ("hub.views", "from hub.wiring import engine", True),
        ("mappings", "from hub.supervision import judge", True),
        ("hub.pipeline", "from hub.central import packages", False),
        ("hub.cli", "from hub import wiring", False),
        ("frontend_probe", "from connectors.directory import Seen", False),
    ],
)
def test_the_table_tells_a_forbidden_import_from_an_allowed_one(
    room: str, code: str, forbidden: bool
) -> None:
    module = Module(ROOT / room.replace(".", "/") / "some.py", f"{room}.some", ast.parse(code), code)
    assert [wrong(each) for each in imports(module)] == [forbidden]


def test_unit_tests_need_neither_airflow_nor_a_server() -> None:
    found = [
        str(each)
        for module in modules("tests/unit")
        for each in imports(module)
        if each.name.split(".")[0] in {"airflow", "psycopg"} or each.name == "tests.support.postgres"
    ]
    assert not found, "these belong into tests/integration or tests/journey:\n" + "\n".join(found)
