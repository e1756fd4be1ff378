"""Whether organisations, regions, posts and staff fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select

from hub.catalogue.checking import Finding
from hub.central.tables import items
from schemas.numbers import uscc_ok


def check_organizations(connection: Connection) -> Iterator[Finding]:
    """Organisations: the check digit, the one above, the region; and no circle."""
    table = items.organization
    rows = connection.execute(select(table.c.org_uscc, table.c.parent_uscc, table.c.region_code).order_by(table.c.org_uscc, table.c.version))  # fmt: skip
    newest = {row.org_uscc: row for row in rows}
    regions = set(connection.execute(select(items.region.c.region_code).distinct()).scalars())
    above = {code: row.parent_uscc for code, row in newest.items()}
    for code, row in newest.items():
        if len(code) == 18 and not uscc_ok(code):
            yield Finding(
                "USCC", "organization", code, "统一社会信用代码校验不通过", "its check digit is wrong"
            )
        if row.parent_uscc and row.parent_uscc not in newest:
            yield Finding("PARENT_UNKNOWN", "organization", code, f"上级机构 {row.parent_uscc} 未登记", f"the organisation above, {row.parent_uscc}, is not known")  # fmt: skip
        if row.region_code and regions and row.region_code not in regions:
            yield Finding("REGION_UNKNOWN", "organization", code, f"行政区划 {row.region_code} 未登记", f"the region {row.region_code} is not known")  # fmt: skip
        if _circle(code, above):
            yield Finding("CIRCLE", "organization", code, "上级关系成环", "it stands above itself")


def _circle(code: str, above: Mapping[str, str | None]) -> bool:
    seen, at = {code}, above.get(code)
    while at is not None and at not in seen:
        seen.add(at)
        at = above.get(at)
    return at == code


def check_staff(connection: Connection) -> Iterator[Finding]:
    """Staff: their organisation and posts are known, and everybody holds one."""
    person, held = items.staff, items.staff_post
    organizations = set(connection.execute(select(items.organization.c.org_uscc).distinct()).scalars())
    known = {
        (row[0], row[1]) for row in connection.execute(select(items.post.c.org_uscc, items.post.c.post_code))
    }
    posts: dict[tuple[str, str, int], list[str]] = {}
    for row in connection.execute(select(held)):
        posts.setdefault((row.org_uscc, row.person_no, row.version), []).append(row.post_code)
    rows = connection.execute(
        select(person.c.org_uscc, person.c.person_no, person.c.version).order_by(person.c.version)
    )
    newest = {(row.org_uscc, row.person_no): row.version for row in rows}
    for (organization, number), version in sorted(newest.items()):
        subject = f"{organization}/{number}"
        if organization not in organizations:
            yield Finding("ORGANIZATION_UNKNOWN", "staff", subject, f"机构 {organization} 未登记", f"the organisation {organization} is not known")  # fmt: skip
        mine = posts.get((organization, number, version), [])
        if not mine:
            yield Finding("NO_POST", "staff", subject, "没有岗位", "no post is held")
        for post in sorted(mine):
            if (organization, post) not in known:
                yield Finding(
                    "POST_UNKNOWN", "staff", subject, f"岗位 {post} 未登记", f"the post {post} is not known"
                )
