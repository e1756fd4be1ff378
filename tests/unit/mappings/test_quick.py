"""The functions written from a dialect say what the slot tables say, and nothing where those would complain."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.shapes import Piece
from mappings.pieces import PieceMapper
from mappings.plain_message import PlainMessages
from mappings.quick import source
from mappings.reading import plain_row, read_plain, read_row
from tests.support.dialects import MESSAGES, NATIONAL, PINYIN, ROWS, known, message, messages, row, row_set

ODD = ("", " ", "　", "\u2003", " x ", "x\ty", "soon", "1", "2", "99", "G", "元", "3.00", "-1", "1e5", "\u00a0", "2026-03-25",
       "2026-02-30", "2026-03-25 10:00:00", "2026-03-25T10:00:00", "2026-03-25T24:00:00", "2026-03-25T10:00:00Z", "x" * 201,
       "𠮷" * 60, "y" * 5000, "11430100006121778E", "430100", "110000", "true", "\\", "&#65;", "\x85")  # fmt: skip


def rows() -> Iterator[tuple[bytes, str]]:
    """Rows with one or two columns changed to something odd, null, or taken away."""
    dice = random.Random(7)
    for table, columns in ROWS.items():
        names = [*columns, "cd_time", "cd_operation", "project_no", "row_guid", "unheard"]
        for _ in range(250):
            changes: dict[str, Any] = {
                dice.choice(names): dice.choice([*ODD, None, ...]) for _ in range(dice.randint(0, 2))
            }
            number = changes.pop("project_no", "P1")
            yield row(table, "" if number is ... else number, **changes).encode(), table


def stages() -> Iterator[tuple[bytes, str]]:
    """Messages of which one or two leaves are changed or taken away."""
    dice = random.Random(8)
    for number, leaves in MESSAGES.items():
        names = [*leaves, "SJBBH", "SXBM", "XZQHDM", "UNHEARD"]
        for _ in range(200):
            changes = {
                dice.choice(names): dice.choice([*ODD, "a&amp;b", None]) for _ in range(dice.randint(0, 2))
            }
            text = message(number, **changes)
            if dice.random() < 0.2:
                text = text.replace("></", f">{dice.choice(['<!-- x -->', '<![CDATA[x]]>', chr(13)])}</", 1)
            yield text.encode(), number


@pytest.mark.parametrize(("dialect", "made"), [(NATIONAL, rows), (PINYIN, stages)], ids=["rows", "messages"])
def test_the_quick_way_and_the_slot_tables_make_the_same_pieces(
    dialect: str, made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, slow = (PieceMapper(known(dialect)) for _ in "12")
    monkeypatch.setattr(slow, "quick", lambda *_: None)
    written = [data for data, _ in made()]
    wrap = row_set if dialect == NATIONAL else messages
    document = tmp_path / "document"
    document.write_bytes(wrap([data.decode() for data in written]))
    data = document.read_bytes()
    taken = 0
    for ordinal, record in enumerate(quick.records(document), 1):
        text = data[record.offset : record.offset + record.length]
        found, expected = (each.map(text, record, ordinal, 3) for each in (quick, slow))
        assert found == expected, text.decode()
        taken += isinstance(found[0], Piece) and quick.quick(text, record.match, 3) is not None
    assert taken > len(written) // 4


def test_a_form_that_was_learned_reads_what_reading_leaf_by_leaf_reads() -> None:
    reader = PlainMessages()
    texts = [data for data, _ in stages()]
    texts += [
        text.replace(b"></", b"/><X>") for text in texts[:50]
    ]  # not well-formed: leaf by leaf says none
    for text in texts * 2:
        try:
            text.decode()
        except UnicodeDecodeError:
            continue
        assert reader.read(text) == read_plain(text), text


ROW_TEXTS = [
    '{"row":{"a":"x","b":null},"table":"t"}', '{"row":{"a":1},"table":"t"}', '{"row":{"a":{"b":"c"}},"table":"t"}',
    '{"row":{"a":"x\\ud800"},"table":"t"}', '{"row":{"a":"x\\r\\ny"},"table":"t"}', '{"row":{"a":"\x01"},"table":"t"}',
    '{"row":{"a":"x","a":"y"},"table":"t"}', '{"table":"t"}', "[]", '{"row":{"a":"x"},"table":"t"} x',
    '{"row":{"a":"\\u0041\\n\\t\\\\"},"table":"t","more":[1]}',
]  # fmt: skip


@pytest.mark.parametrize("text", ROW_TEXTS)
def test_a_plain_row_is_what_any_row_is_read_as(text: str) -> None:
    found = plain_row(text.encode())
    assert found is None or found == read_row(text.encode())


def test_the_source_of_a_function_can_be_read() -> None:
    mapper = PieceMapper(known(PINYIN))
    text = source(mapper._kinds["9"].groups, {})
    assert "v5 = get('LQRXM')" in text
    assert "element = said['Delivery'] = {}" in text
    assert "if v1 is None: return None" in text
