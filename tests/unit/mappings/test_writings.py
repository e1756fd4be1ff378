"""However a case is written (comments, CDATA, references, empty tags), it comes to the same rows, codes, numbers and digest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.shapes import Fragment, Rejection
from mappings.mapper import Mapper
from schemas.codes import code_lists
from schemas.contract import Field, load_contract
from tests.support.message import case, parsed, registration

CONTRACT = load_contract("1.0")
PLAIN = Mapper(registration(), {})
THOROUGH = Mapper(registration(), {}, with_warnings=True)
HUNAN = (
    Mapper(registration(codes="hunan-2011"), {}),
    Mapper(registration(codes="hunan-2011"), {}, with_warnings=True),
)

TEXTS = st.sampled_from([
    "长沙", "", " ", "  x ", "a\tb", "a\nb", "\\N", "\\", "x\\", "　", "　全角　", "𠮷", "<&>\"'", "&amp;", "]]", "a\u00a0", "x" * 40,
])  # fmt: skip
TYPES: dict[str, st.SearchStrategy[str]] = {
    "int": st.sampled_from(["1", "007", "+5", " 3 ", "0", "\n2\n", "00", "000012"]),
    "bool": st.sampled_from(["true", "false", "1", "0", " true "]),
    "money": st.sampled_from(["10", "10.00", " 1.5 ", ".5", "-3.20", "+1", "000.10", "99999999999999.99"]),
    "dt": st.sampled_from([
        "2026-03-23T09:12:00+08:00", "2026-03-23", " 2026-03-23 ", "2026-03-23T24:00:00Z", "2026-03-23T09:12:00.5",
        "\n2026-03-23T09:12:00+08:00\t", "2026-03-23T09:12:00-05:00", "2026-03-23T09:12:00",
    ]),
    "date": st.sampled_from(["2026-03-23", " 2026-03-23 "]),
    "uscc": st.sampled_from(["11430100006121778E", "006121778", " 11430100006121778E\n"]),
    "region": st.sampled_from(["430100", "430102001", " 430102 "]),
    "sha256": st.sampled_from(["a" * 64, "A" * 64, f" {'0' * 64} "]),
}  # fmt: skip
WRITTEN: tuple[Callable[[str], str], ...] = (
    escape,
    escape,
    escape,
    lambda text: "".join(f"&#{ord(c)};" for c in text),
    lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    lambda text: f"<![CDATA[{text.replace(']]>', ']]')}]]>",
    lambda text: escape(text) + "<!-- 注 -->",
)
GAPS = st.sampled_from(["", "\n    ", " ", "\t", "\r\n", "<!-- 注 -->", "<?pi x?>"])


def values(field: Field, right: bool) -> st.SearchStrategy[str]:
    if field.type == "code":
        codes = list(code_lists()[field.list or ""])
        return st.sampled_from(codes if right else [f" {codes[0]} ", f"　{codes[0]}", "nonsense", ""])
    if field.type == "text":
        return TEXTS.filter(lambda text: text.strip(" \t\r\n")) if field.required else TEXTS
    return TYPES[field.type]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A case of any fields, awkwardly written here and there; what the schema refuses is refused both ways."""
    calm, right = draw(st.booleans()), draw(st.integers(0, 3)) > 0

    def leaf(field: Field, number: int | None = None) -> str:
        odd = not right and not draw(st.integers(0, 20))
        text = draw(values(field, not odd)) if number is None else str(number)
        how = escape if calm or draw(st.integers(0, 9)) else draw(st.sampled_from(WRITTEN))
        return f"<{field.name}>{how(text)}</{field.name}>{gap()}"

    def gap() -> str:
        return "\n" if calm or draw(st.integers(0, 9)) else draw(GAPS)

    def group(fields: tuple[Field, ...], number: int) -> str:
        chosen = draw(st.integers(0, 2 ** len(fields) - 1))
        kept = [
            f for at, f in enumerate(fields) if f.needed or f.name in ("StartedAt", "Seq") or chosen >> at & 1
        ]
        return "".join(
            leaf(f, number if f.unique or f.refers else None) for f in kept if not f.refers or not right
        )

    parts = [f"<CaseNo>{escape(draw(TEXTS.filter(str.strip)))}</CaseNo>"]
    for element in CONTRACT.elements:
        most = 1 if element.occurs == "1" else draw(st.integers(0, 2 if element.repeats else 1))
        rows = "".join(
            f"<{element.name}>{gap()}{group(element.fields, n + 1)}</{element.name}>{gap()}"
            for n in range(most)
        )
        parts.append(
            f"<{element.wrapper}>{gap()}{rows}</{element.wrapper}>{gap()}"
            if element.wrapper and rows
            else rows
        )
    return f"<Case>{gap()}{''.join(parts)}</Case>"


def read(mapper: Mapper, text: str) -> Fragment | Rejection:
    return mapper.map_case(parsed(text), text.encode(), "0" * 64, 1)[0]


def seen(found: Fragment | Rejection) -> Any:
    if isinstance(found, Rejection):
        return [(v.code, v.line, v.xpath, v.field, v.value) for v in found.violations]
    return found


@given(documents())
def test_both_ways_of_reading_a_case_find_the_same(text: str) -> None:
    assert seen(read(PLAIN, text)) == seen(read(THOROUGH, text))


@given(documents())
def test_also_where_codes_are_translated(text: str) -> None:
    plain, thorough = HUNAN
    assert seen(read(plain, text)) == seen(read(thorough, text))


WAYS = {
    "as it comes": lambda text: text,
    "on one line": lambda text: re.sub(r">\s+<", "><", text),
    "with windows' line ends": lambda text: text.replace("\n", "\r\n"),
    "with a comment": lambda text: text.replace("<Applicant>", "<Applicant><!-- 申请人 -->"),
    "with CDATA": lambda text: text.replace("王小明", "<![CDATA[王小明]]>"),
    "with character references": lambda text: text.replace("王小明", "&#x738B;&#23567;明"),
    "with an ideographic space behind the number": lambda text: text.replace("C1<", "C1　<"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_whole_case_is_the_same_however_it_is_written(way: Callable[[str], str]) -> None:
    text = way(case("C1"))
    found, whole = read(PLAIN, text), read(THOROUGH, case("C1"))
    assert seen(found) == seen(read(THOROUGH, text))
    assert isinstance(found, Fragment)
    assert isinstance(whole, Fragment)
    assert found.lines == whole.lines
