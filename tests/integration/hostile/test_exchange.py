"""Hostile files in a department's inbox, end to end: each is written back with its receipt, the good one beside them is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub import wiring
from tests.integration.pipeline.conftest import Hub, Receipt, installed
from tests.support import corpus_seals
from tests.support.corpus import GOOD_CASES, Hostile, corpus, document
from tests.support.corpus_archives import aes_zip

SAMPLE = (
    "bomb:gzip of 300 MiB of blanks", "names:slip", "names:twice but for case", "kinds:symbolic link", "lies:members share their bytes",
    "encrypted:AES without a password", "nested:forty zips", "gzip:cut", "zstd:rubbish behind", "tar:hard link", "foreign:RAR",
    "doctype:billion laughs", "encoding:UTF-32", "flood:instructions before the root", "malformed:cut in a case",
)  # fmt: skip

SEALS = (
    "seal:length of gigabytes", "seal:pieces within pieces", "seal:millions of empty pieces", "seal:encrypted, cut at 99%",
    "seal:a hundred and one recipients", "seal:a serial number of a megabyte, of a recipient", "seal:PEM without an end",
    "seal:a changed byte under a tag", "seal:a changed byte without a tag", "seal:an encrypted zip bomb", "seal:entities inside",
)  # fmt: skip


def hostile(name: str) -> Hostile:
    return next(each for each in corpus() if each.name == name)


@pytest.fixture
def hub(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    yield from installed(sqlite_engine, tmp_path, monkeypatch)  # type: ignore[misc]


def nothing_left() -> bool:
    folders = (wiring.settings().work, wiring.raw_store().root / "incoming")
    return not [path for folder in folders for path in folder.rglob("*")]


@pytest.fixture
def sealed_hub(hub: Hub) -> Hub:
    """The same, with the keys that seals are made for; the department's certificate is registered."""
    keys = hub.home / "home" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    shutil.copytree(corpus_seals.folder() / "keys", keys / "envelope")
    (keys / "envelope").chmod(0o700)
    shutil.copy(corpus_seals.folder() / "land" / "land.crt", hub.systems / "land.crt")
    hub.register(envelope="{certificates: [land.crt]}")
    return hub


@pytest.mark.parametrize("sample", [SAMPLE, SEALS], ids=["files", "seals"])
def test_hostile_files_come_back_with_receipts_and_the_good_one_is_loaded(
    sealed_hub: Hub, sample: tuple[str, ...]
) -> None:
    hub = sealed_hub
    files = {f"{number:02}.bin": hostile(name) for number, name in enumerate(sample)}
    sent = {name: each.bytes(1) for name, each in files.items()}
    for name, body in sent.items():
        hub.send(name, body)
    hub.send("07-good.xml", document())
    hub.run()

    assert hub.receipt("07-good.xml").counts["accepted"] == len(GOOD_CASES)
    assert [hub.case(number) is not None for number in GOOD_CASES] == [True, True]
    for name, each in files.items():
        receipt = hub.receipt(name)
        assert (receipt.text("State"), receipt.text("RefusalCode")) == ("refused", each.code)
        assert all(
            receipt.text(f"Refusal/{text}") for text in ("MessageZh", "MessageEn", "RemedyZh", "RemedyEn")
        )
        assert (hub.folder("bad") / name).read_bytes() == sent[name]
    assert hub.count("approval_case") == len(GOOD_CASES)
    assert nothing_left()


def test_one_case_too_deep_is_quarantined_between_two_that_are_taken(hub: Hub) -> None:
    receipt: Receipt = hub.exchange("a.xml", hostile("case:5,000 elements within one another").bytes(1))
    assert (receipt.counts["accepted"], receipt.counts["rejected"]) == (2, 1)
    assert [each["Code"] for each in receipt.refused] == ["CASE_LIMIT"]
    assert nothing_left()


def test_a_limit_set_in_the_environment_is_in_force(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPHUB_LIMIT_DOCUMENT_BYTES", "1KiB")
    assert hub.exchange("a.xml", document()).text("State") == "refused"


def test_the_password_of_the_registration_opens_an_encrypted_zip(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.register(envelope="{password: land_zip}")
    monkeypatch.setenv("AIRFLOW_CONN_LAND_ZIP", "generic://:secret@localhost")
    assert hub.exchange("a.zip", aes_zip({"p.xml": document()})).counts["accepted"] == len(GOOD_CASES)
    refused = hub.exchange("b.zip", aes_zip({"p.xml": document(package_id="P2")}, b"other"))
    assert refused.text("RefusalCode") == "ZIP_PASSWORD"
    assert nothing_left()
