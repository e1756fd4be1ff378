"""A case that is read without a tree is valid and has the rows that the tree would give; any other goes the long way."""

from __future__ import annotations

import pytest
from lxml import etree

from mappings.crosswalk import load_crosswalk
from mappings.plan import Plan, compile_plan
from mappings.shred import rows_of, shred
from schemas.contract import load_contract
from schemas.plain import plain_reader
from schemas.validator import ChunkValidator, ParsedCase
from tests.support.message import NAMESPACE, case

OURS = f' xmlns="{NAMESPACE}"'.encode()
WHOLE = case("C1", updated="2026-04-15T10:00:00+08:00", operation="U")
VALUES = (
    "", " ", "\u3000", "\u00a0", "\u2028", "\u180e", " x", "x ", "x\n", "x\ty", "x\u3000", "0", "00", "01", "-1", "+1", "1.0", "1.5", "1.505", ".5", "5.", "-0.01",
    "99999999999999.99", "100000000000000", "2147483647", "2147483648", "9999999999", "true", "True", "false", "W", "w", "9", "99", "111", "001", "D", "U", "２",
    "2026-02-28", "2026-02-29", "2024-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-10", "2026-1-1", "0999-01-01", "3000-01-01", "2026-W01-1",
    "2026-01-01Z", "2026-01-01T24:00:00", "2026-01-01T23:59:60", "2026-01-01T00:00", "2026-01-01T09:00:00", "2026-01-01T09:00:00Z", "2026-01-01T20:00:00-05:00",
    "2026-01-01T09:00:00.5+08:00", "2026-01-01T09:00:00.123456", "2026-01-01T00:00:00.1234567", "2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00+14:01",
    "2026-01-01 09:00:00", "２０２６-01-01", "11430100006121778E", "006121778", "11430100006121778e", "430100", "430100000", "4301000000", "43010０",
    "a" * 64, "g" * 64, "x" * 50, "x" * 51, "x" * 101, "长" * 200, "长" * 201, "长" * 500, "长" * 2001, "𠮷" * 200, "a & b < c > d \" e ' f", "&amp;lt;", "\\N", "]]", "\ufffd",
)  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load_contract("1.0"), load_crosswalk("canonical").tables)


def read(text: str | bytes) -> ParsedCase:
    data = text if isinstance(text, bytes) else text.encode()
    [parsed] = ChunkValidator("1.0", OURS).read(data, [(0, len(data))], 1, 1)
    return parsed


def by_the_tree(data: bytes) -> ParsedCase:
    [parsed] = ChunkValidator("1.0", OURS)._together(data, [(0, len(data))], 1, 1)
    return parsed


def agree(text: str | bytes, plan: Plan) -> bool:
    """Whether the case was read plainly; if so, the schema must accept it too, and the rows must be the same."""
    data = text if isinstance(text, bytes) else text.encode()
    parsed = read(data)
    if parsed.plain is None:
        return False
    tree = by_the_tree(data)
    assert tree.violations == []
    assert tree.node is not None
    one, two = rows_of(parsed, plan), shred(tree.node, plan)
    assert (one.header, one.rows, one.shared) == (two.header, two.rows, two.shared)
    assert [found[1:] for found in one.unknown] == [found[1:] for found in two.unknown]
    return True


def leaves() -> list[str]:
    tree = etree.fromstring(WHOLE).getroottree()
    return [tree.getpath(node) for node in tree.iter() if len(node) == 0]


@pytest.mark.parametrize("path", leaves())
def test_whatever_a_field_says_both_ways_agree(path: str, plan: Plan) -> None:
    root = etree.fromstring(WHOLE)
    [leaf] = root.getroottree().xpath(path)
    read_plainly = 0
    for value in VALUES:
        leaf.text = value
        read_plainly += agree(etree.tostring(root), plan) + agree(
            etree.tostring(root, encoding="utf-8"), plan
        )
    assert read_plainly > 0


@pytest.mark.parametrize("path", leaves())
def test_both_ways_agree_on_fields_left_out_or_said_twice(path: str, plan: Plan) -> None:
    for twice in (False, True):
        root = etree.fromstring(WHOLE)
        [leaf] = root.getroottree().xpath(path)
        if twice:
            leaf.addnext(etree.fromstring(etree.tostring(leaf, with_tail=False)))
        else:
            leaf.getparent().remove(leaf)
        plainly = agree(etree.tostring(root), plan)
        assert not (plainly and twice)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        case("C1"),
        case("C1", only=("Organization", "ServiceItem", "Applicant", "Application")),
        WHOLE.replace("\n", ""),
        WHOLE.replace("\n", "").replace("  ", ""),
        WHOLE.replace("\n", "\r\n"),
        WHOLE.replace("  ", "\t"),
        WHOLE.replace("缺图", "缺图 &lt;1&gt; &amp; &quot;2&quot; &apos;3&apos;"),
        WHOLE.replace("同意。", "同意。\r\n第二行\r第三行"),
        WHOLE.replace("缺图", "&amp;#38;"),
    ],
)  # fmt: skip
def test_plain_cases_are_read_without_a_tree(text: str, plan: Plan) -> None:
    assert agree(text, plan)


MATERIALS = WHOLE[WHOLE.index("<Materials>") : WHOLE.index("</Materials>") + 12]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("缺图", "<!-- -->缺图"), ("缺图", "<![CDATA[缺图]]>"), ("缺图", "<?x y?>缺图"), ("缺图", "&#32570;图"), ("缺图", "&#x7f3a;图"),
        ("缺图", "&nbsp;"), ("缺图", "&缺图"), ("缺图", "a ]]> b"), ("缺图", "\x01"), ("缺图", "\ufffe"), ("缺图", "\uffff"), ("缺图", "<b>缺图</b>"),
        ("<Reason>", "<Reason a='1'>"), ("<Reason>", "<Reason >"), ("</Reason>", "</Reason >"), ("</Reason>", "</Reasons>"), ("<Reason>缺图</Reason>", "<Reason/>"),
        ("<Reason>缺图</Reason>", "<Reason></Reason>"), ("<Case>", "<Case x='1'>"), ("<Case>", "<Case xmlns='urn:x'>"), ("<Case>", "<x:Case>"), ("</Case>", "</Case><!-- -->"),
        ("</Case>", "</Case> "), ("</Case>", "text</Case>"), ("</Case>", "<Other/></Case>"), ("<Acceptance>", "text<Acceptance>"), ("<Acceptance>", "\u3000<Acceptance>"),
        (MATERIALS, MATERIALS * 2), (MATERIALS, MATERIALS.replace("<Materials>", "").replace("</Materials>", "")), (MATERIALS, MATERIALS.replace("</Materials>", "")),
        (MATERIALS, MATERIALS.replace("<Materials>", "")), (MATERIALS, "<Materials/>"), ("<Fees>", "<Fees><Other/>"), ("</Fees>", "<Other/></Fees>"),
        ("<Delivery>", "<Delivery></Delivery><Delivery>"), ("<CaseNo>C1</CaseNo>", ""), ("<Case>", "<Case><Case>"), ("Acceptance>", "acceptance>"),
    ],
)  # fmt: skip
def test_whatever_is_written_otherwise_is_left_to_the_parser(old: str, new: str, plan: Plan) -> None:
    assert old in WHOLE
    data = WHOLE.replace(old, new).encode()
    assert plain_reader("1.0").read(data, [(0, len(data))]) == [None]


def test_bytes_that_are_no_utf_8_are_left_to_the_parser() -> None:
    data = WHOLE.encode().replace("缺图".encode(), b"\xc0\xbc")
    assert plain_reader("1.0").read(data, [(0, len(data))]) == [None]


def test_an_element_before_its_turn_is_left_to_the_parser() -> None:
    root = etree.fromstring(WHOLE)
    for child in list(root)[4:-1]:
        moved = etree.fromstring(WHOLE)
        place = list(root).index(child)
        if child.tag != root[place + 1].tag:
            moved.insert(place + 1, moved[place])
            data = etree.tostring(moved)
            assert plain_reader("1.0").read(data, [(0, len(data))]) == [None]


def test_under_another_namespace_nothing_is_plain() -> None:
    data = WHOLE.encode()
    [parsed] = ChunkValidator("1.0", b' xmlns="urn:other"').read(data, [(0, len(data))], 1, 1)
    assert parsed.plain is None
    assert parsed.violations


def test_a_node_asked_for_later_knows_its_place_in_the_file() -> None:
    data = ("\n" * 7 + WHOLE + "\n\n" + WHOLE).encode()
    start = data.index(b"<Case>", 10)
    segments = [(7, data.index(b"</Case>") + 7), (start, len(data))]
    first, second = ChunkValidator("1.0", OURS).read(data, segments, 41, 100)
    assert (first.line, second.line) == (107, 100 + data.count(b"\n", 0, start))
    assert second.node is not None
    leaf = next(second.node.iter("HandledAt"))
    assert second.line_of(leaf) == 100 + data.count(b"\n", 0, data.index(b"<HandledAt>", start))
    assert second.path_of(leaf) == "/ExchangePackage/Body/Case[42]/Acceptance/HandledAt"


def test_one_case_written_otherwise_leaves_its_neighbours_plain() -> None:
    odd = WHOLE.replace("缺图", "<![CDATA[缺图]]>").replace("<HandledAt>2026-03-24", "<HandledAt>2026-13-24")
    pieces = [WHOLE.encode()] * 5 + [odd.encode()] + [WHOLE.encode()] * 5
    data = b"\n".join(pieces)
    segments, position = [], 0
    for piece in pieces:
        segments.append((position, position + len(piece)))
        position += len(piece) + 1
    cases = ChunkValidator("1.0", OURS).read(data, segments, 1, 1)
    assert [each.plain is None for each in cases] == [False] * 5 + [True] + [False] * 5
    [violation] = [v for each in cases for v in each.violations]
    assert violation.line == 1 + data.count(b"\n", 0, data.index(b"2026-13-24"))
    assert violation.xpath == "/ExchangePackage/Body/Case[6]/Acceptance/HandledAt"
