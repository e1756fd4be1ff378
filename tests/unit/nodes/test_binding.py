"""What a node sent is held to the node's organisations and regions, and what is another's is counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hub.errors import PackageRefused, StopError
from hub.nodes import Node, narrow
from hub.nodes.binding import met
from hub.pipeline.foreign import NAMED, OTHERS, foreign_data
from hub.register import Registration
from hub.shapes import Fragment, Rejection
from mappings.checks import belongs
from tests.support.message import USCC, case, mapped
from tests.support.nodes import OTHER, SYSTEM

REGISTRATION = Registration(
    code=SYSTEM, name="国土资源局审批系统", organizations=(USCC, OTHER), region="430100",
    connector={"kind": "memory"}, dialect="canonical", codes="canonical", schema="1.0", status="live",
)  # fmt: skip


def node(organizations: tuple[str, ...] = (), regions: tuple[str, ...] = (), system: str = SYSTEM) -> Node:
    return Node(system, "front-1", "signing", "id", organizations, regions)


def refusals(found: Registration, uscc: str | None, region: str | None) -> list[str]:
    return [code for code, _, _ in belongs(uscc, region, found)]


@pytest.mark.parametrize("who", [None, node()])
def test_a_node_without_bounds_sends_what_the_registration_allows(who: Node | None) -> None:
    assert narrow(REGISTRATION, who) is REGISTRATION


@pytest.mark.parametrize(
    ("who", "uscc", "region", "expected"),
    [(node((USCC,)), USCC, "430102", []),
     (node((USCC,)), OTHER, "430102", ["ORG_FOREIGN"]),
     (node((), ("430102",)), OTHER, "430102001000", []),
     (node((), ("430102",)), OTHER, "430103", ["REGION_FOREIGN"]),
     (node((), ("430102", "430103")), USCC, "430103002", []),
     (node((), ("430102", "430103")), USCC, "430104", ["REGION_FOREIGN"]),
     (node((), ("430102", "430103")), USCC, "430100", ["REGION_FOREIGN"]),
     (node((OTHER,), ("430102",)), USCC, "430200", ["ORG_FOREIGN", "REGION_FOREIGN"])],
)  # fmt: skip
def test_a_node_sends_for_its_own_organisations_and_regions_only(
    who: Node, uscc: str, region: str, expected: list[str]
) -> None:
    assert refusals(narrow(REGISTRATION, who), uscc, region) == expected
    assert refusals(REGISTRATION, uscc, region) == (["REGION_FOREIGN"] if region == "430200" else [])


@pytest.mark.parametrize(
    ("who", "code"),
    [(node(("91430100MA4L12346D",)), "NODE_BOUNDS"), (node((), ("440300",)), "NODE_BOUNDS"),
     (node(system="water-bureau"), "NODE_FOREIGN")],
)  # fmt: skip
def test_bounds_that_leave_nothing_stop_the_system_and_never_allow_everything(who: Node, code: str) -> None:
    with pytest.raises(StopError) as caught:
        narrow(REGISTRATION, who)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("signed", "sent", "expected"),
    [(None, None, None),
     (node((USCC,)), None, ((USCC,), ())),
     (None, node((), ("430102",)), ((), ("430102",))),
     (node((USCC, OTHER)), node((OTHER,)), ((OTHER,), ())),
     (node((), ("430100",)), node((USCC,), ("430102", "430103")), ((USCC,), ("430102", "430103"))),
     (node((), ("430102", "430103")), node((), ("430103002", "430104")), ((), ("430103002",)))],
)  # fmt: skip
def test_of_who_signed_and_who_sent_what_both_may_send_counts(
    signed: Node | None, sent: Node | None, expected: tuple[tuple[str, ...], tuple[str, ...]] | None
) -> None:
    for found in (met(signed, sent), met(sent, signed)):
        assert (found and (found.organizations, found.regions)) == expected


@pytest.mark.parametrize(
    ("signed", "sent"),
    [(node((USCC,)), node((OTHER,))), (node((), ("430102",)), node((), ("430103",)))],
)
def test_what_two_nodes_have_nothing_in_common_for_is_refused_as_a_whole(signed: Node, sent: Node) -> None:
    with pytest.raises(PackageRefused) as caught:
        met(signed, sent)
    assert caught.value.code == "NODE_APART"


def test_the_mapper_refuses_what_is_not_the_nodes() -> None:
    text = case("C1")
    bound = narrow(REGISTRATION, node((OTHER,), ("430102", "430103")))
    (accepted, _), (refused, _) = mapped(text, REGISTRATION), mapped(text, bound)
    assert isinstance(accepted, Fragment)
    assert isinstance(refused, Rejection)
    assert {violation.code for violation in refused.violations} == {"ORG_FOREIGN", "REGION_FOREIGN"}


def row(ordinal: int, code: str, value: str | None) -> Any:
    return SimpleNamespace(ordinal=ordinal, code=code, value=value)


def test_nothing_is_told_where_everything_was_the_systems_own() -> None:
    assert foreign_data([]) is None
    assert foreign_data([row(1, "CODE_UNKNOWN", "77"), row(2, "STRUCT_MISSING", None)]) is None


def test_foreign_cases_are_counted_by_organisation_and_region() -> None:
    rows = [row(1, "ORG_FOREIGN", OTHER), row(1, "REGION_FOREIGN", "440300"), row(2, "ORG_FOREIGN", OTHER),
            row(3, "ORG_FOREIGN", "MA4L12346"), row(4, "CODE_UNKNOWN", "x")]  # fmt: skip
    assert foreign_data(rows) == {
        "cases": 3, "organizations": {OTHER: 2, "MA4L12346": 1}, "regions": {"440300": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["430102198503174518", "430102198503170349", "13800000000", "王小明", "", None, "9" * 3000]
)
def test_what_is_no_organisations_code_is_counted_and_not_repeated(value: str | None) -> None:
    assert foreign_data([row(1, "ORG_FOREIGN", value), row(1, "REGION_FOREIGN", value)]) == {
        "cases": 1, "organizations": {OTHERS: 1}, "regions": {OTHERS: 1},
    }  # fmt: skip


def test_only_the_most_frequent_are_named() -> None:
    rows = [row(number, "REGION_FOREIGN", f"{440000 + number}") for number in range(NAMED + 5)]
    found = foreign_data([*rows, row(99, "REGION_FOREIGN", "440007")])
    assert found is not None
    assert len(found["regions"]) == NAMED + 1
    assert (found["regions"]["440007"], found["regions"][OTHERS]) == (2, 5)
    assert sum(found["regions"].values()) == NAMED + 6
