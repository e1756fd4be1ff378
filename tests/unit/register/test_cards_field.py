"""The field `cards` of a registration: what is handed over, from when, and by which connectors."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.errors import StopError
from hub.register import Registration, load_registration

HEAD = (
    'code: land-bureau\nname: 国土局\norganization: 11430100006121778E\nregion: "430100"\ndialect: canonical\n'
    'codes: canonical\nschema: "1.0"\nstatus: live\n'
)
FOLDERS = "connector: {kind: directory, inbox: /data/out}\n"
TABLES = "connector: {kind: database, connection: x, tables: {t: {key: k, time: t}}, take: {watermark: {late: 15m}}%s}\n"


def read(folder: Path, text: str) -> Registration:
    file = folder / "land-bureau.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return load_registration(file)


def test_what_is_handed_over_and_from_when(tmp_path: Path) -> None:
    found = read(tmp_path, FOLDERS + "cards: {deliver: [cards, letters, cards], from: 2026-12-01}\n")
    assert found.cards == {"deliver": ("cards", "letters"), "since": date(2026, 12, 1)}
    assert read(tmp_path, FOLDERS).cards == {}
    with_tables = TABLES % ", cards: {table: suphub_card, answers: suphub_answer}"
    assert read(tmp_path, with_tables + "cards: {deliver: [orders]}\n").cards["deliver"] == ("orders",)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (FOLDERS + "cards: {deliver: [card]}\n", "cards.deliver"),
        (FOLDERS + "cards: {from: 2026-12-01}\n", "lacks deliver"),
        (FOLDERS + "cards: {deliver: [cards], from: 2026-13-01}\n", "cards.from"),
        (FOLDERS + "cards: {deliver: [cards], to: x}\n", "does not know 'to'"),
        (TABLES % "" + "cards: {deliver: [cards]}\n", "kind database"),
        ("connector: {kind: soap-pull, connection: x}\ncards: {deliver: [cards]}\n", ""),
    ],
)
def test_what_cannot_be_handed_over_is_refused_with_its_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(StopError, match="REGISTRATION") as caught:
        read(tmp_path, text)
    assert word in caught.value.message_en
    assert caught.value.place.line is not None
