"""The verifier finds what was done to a log, and where; and nothing that it is given makes it fall over."""

from __future__ import annotations

import ast
import copy
import hashlib
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.central.engine import create_engine, writing
from hub.central.tables import metadata
from hub.ledger import verify
from hub.ledger.checkpoint import make_checkpoint
from hub.ledger.keys import public_hex
from hub.ledger.verify import Report, main, read_lines, verify_file, verify_records
from tests.support.log import NOON, exported, write_log

Records = list[dict[str, Any]]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are shared
ENTRY_FIELDS = ("chain", "seq", "at", "event", "body", "previous", "hash")


@cache
def whole() -> tuple[Records, dict[str, Any]]:
    """An honest export, and the checkpoint that was taken before its last entries."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with writing(engine) as connection:
        write_log(connection)
        kept = make_checkpoint(connection, KEY, NOON)
        return exported(connection), kept


def log() -> Records:
    return copy.deepcopy(whole()[0])


def entries(records: Records, chain: str = "land-bureau") -> Records:
    return [record for record in records if record["type"] == "entry" and record["chain"] == chain]


def counted(records: Records) -> Records:
    """The same records with an honest line count, as a careful forger would leave it."""
    records[-1]["lines"] = len(records) - 1
    return records


def place(report: Report) -> tuple[str | None, int | None, str]:
    assert report.first_break is not None
    assert not report.ok
    return report.first_break.chain, report.first_break.seq, report.first_break.what


def rehash(chain: Records) -> None:
    """Recompute links and hashes, as one can who knows the format: docs/ledger.md, Entries."""
    previous = "0" * 64
    for seq, entry in enumerate(chain, 1):
        entry.update(seq=seq, previous=previous)
        values = [entry[name] for name in ENTRY_FIELDS[:-1]]
        raw = b"suphub/log/1\n"
        for value in values:
            content = str(value).encode()
            raw += str(len(content)).encode() + b":" + content + b"\n"
        previous = entry["hash"] = hashlib.sha256(raw).hexdigest()


def test_an_honest_log_is_whole() -> None:
    report = verify_records(log(), [public_hex(KEY)], [whole()[1]])
    assert report.as_dict() == {"ok": True, "entries": 10, "chains": 3, "first_break": None, "checkpoints": 1}


def test_an_empty_log_is_whole() -> None:
    records: Records = [{"type": "export", "format": "suphub-log/1"}, {"type": "end", "lines": 1}]
    assert verify_records(records).as_dict() == {
        "ok": True,
        "entries": 0,
        "chains": 0,
        "first_break": None,
        "checkpoints": 0,
    }


@patient
@given(st.integers(0, 5), st.sampled_from(ENTRY_FIELDS[1:]), st.data())
def test_any_change_of_any_field_is_found_at_its_entry(index: int, name: str, data: st.DataObject) -> None:
    records = log()
    entry = entries(records)[index]
    old = entry[name]
    new = data.draw((st.integers() if isinstance(old, int) else st.text()).filter(lambda value: value != old))
    entry[name] = new
    assert place(verify_records(records))[:2] in {("land-bureau", index + 1), (None, None)}
    # Half a surrogate pair is no text at all; everything else is found in the chain.
    if not isinstance(new, str) or new.isprintable():
        assert place(verify_records(records))[:2] == ("land-bureau", index + 1)


@patient
@given(st.integers(0, 5))
def test_a_removed_entry_is_found_where_it_was(index: int) -> None:
    records = log()
    gone = entries(records)[index]
    start = records.index(gone)
    end = start + 1
    while records[end]["type"] in {"package", "outcome"}:
        end += 1
    del records[start:end]
    found = place(verify_records(counted(records)))
    assert found == ("land-bureau", index + 1, "head" if index == 5 else "sequence")


@patient
@given(st.permutations(range(6)).filter(lambda order: list(order) != list(range(6))))
def test_swapped_entries_are_found_at_the_first_that_moved(order: list[int]) -> None:
    records = log()
    places = [records.index(entry) for entry in entries(records)]
    moved = [records[places[index]] for index in order]
    for position, entry in zip(places, moved, strict=True):
        records[position] = entry
    first = next(index for index, now in enumerate(order) if index != now)
    assert place(verify_records(records))[:2] == ("land-bureau", first + 1)


@patient
@given(st.integers(0, 5))
def test_an_inserted_entry_is_found_where_it_is(index: int) -> None:
    records = log()
    forged = {**entries(records)[index], "event": "package.received", "body": "{}"}
    records.insert(records.index(entries(records)[index]), forged)
    assert place(verify_records(counted(records)))[:2] == ("land-bureau", index + 1)


def test_an_entry_appended_behind_the_head_is_found() -> None:
    records = log()
    chain = entries(records, "hub")
    forged = {**chain[0], "event": "forged"}
    records.insert(records.index(chain[-1]) + 1, forged)
    rehash([*chain, forged])
    assert place(verify_records(counted(records))) == ("hub", 3, "head")


def rewrite_history(records: Records) -> None:
    """Everything the owner of the database can do without the signing key: links, hashes and head anew."""
    chain = entries(records)
    chain[0]["body"] = '{"package":"P9"}'
    rehash(chain)
    head = next(r for r in records if r["type"] == "head" and r["chain"] == "land-bureau")
    head["hash"] = chain[-1]["hash"]


def cut_the_end(records: Records) -> None:
    last = entries(records)[-1]
    head = next(r for r in records if r["type"] == "head" and r["chain"] == "land-bureau")
    del records[records.index(last) : records.index(head)]
    head.update(seq=5, hash=last["previous"], closed=2)
    counted(records)


def drop_the_chain(records: Records) -> None:
    first = records.index(entries(records)[0])
    head = next(r for r in records if r["type"] == "head" and r["chain"] == "land-bureau")
    del records[first : records.index(head) + 1]
    counted(records)


@pytest.mark.parametrize(
    ("forge", "where"),
    [(rewrite_history, 6), (cut_the_end, 6), (drop_the_chain, 1)],
)
def test_a_log_forged_throughout_is_found_by_its_checkpoints(
    forge: Callable[[Records], None], where: int
) -> None:
    records = log()
    forge(records)
    assert place(verify_records(records)) == ("land-bureau", where, "checkpoint")


@pytest.mark.parametrize("forge", [rewrite_history, cut_the_end, drop_the_chain])
def test_when_the_checkpoints_are_gone_too_the_hubs_chain_or_the_kept_one_tells(
    forge: Callable[[Records], None],
) -> None:
    records = log()
    forge(records)
    records = counted([record for record in records if record["type"] != "checkpoint"])
    assert place(verify_records(records)) == ("hub", 2, "checkpoint")

    made = entries(records, "hub")[1]
    head = next(r for r in records if r["type"] == "head" and r["chain"] == "hub")
    records.remove(made)
    head.update(seq=1, hash=made["previous"])
    assert verify_records(counted(records)).ok
    assert place(verify_records(records, kept=[whole()[1]]))[2] == "checkpoint"


def test_a_checkpoint_of_another_key_or_changed_is_refused() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert place(verify_records(log(), [public_hex(stranger)])) == (None, None, "signature")
    records = log()
    checkpoint = next(record for record in records if record["type"] == "checkpoint")
    checkpoint["body"] = checkpoint["body"].replace('"seq":6', '"seq":5')
    assert place(verify_records(records)) == (None, None, "signature")


def set_outcome(records: Records, **change: object) -> None:
    """Change the first outcome of land-bureau's second package (entry 4)."""
    at = records.index(entries(records)[3])
    outcome = next(record for record in records[at:] if record["type"] == "outcome")
    outcome.update(change)


def without_first(kind: str, records: Records) -> None:
    at = records.index(entries(records)[3])
    del records[next(index for index in range(at, len(records)) if records[index]["type"] == kind)]
    counted(records)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda records: set_outcome(records, outcome="rejected"), "counts"),
        (lambda records: set_outcome(records, outcome="lost"), "outcome"),
        (lambda records: set_outcome(records, case_no="A-9"), "root"),
        (lambda records: set_outcome(records, case_no=None), "root"),
        (lambda records: set_outcome(records, codes="VALUE_EMPTY"), "root"),
        (lambda records: set_outcome(records, version=2), "root"),
        (lambda records: set_outcome(records, version=None), "root"),
        (lambda records: set_outcome(records, ordinal=0), "root"),
        (lambda records: set_outcome(records, ordinal=2), "outcome"),
        (lambda records: without_first("outcome", records), "counts"),
    ],
)
def test_a_changed_outcome_is_found_at_the_entry_that_closed_its_package(
    change: Callable[[Records], None], what: str
) -> None:
    records = log()
    change(records)
    assert place(verify_records(records)) == ("land-bureau", 4, what)


def test_a_package_or_receipt_that_is_gone_or_exchanged_is_found() -> None:
    for change, what in (
        ({"digest": "ab" * 32}, "package"),
        ({"receipt": None}, "receipt"),
        ({"receipt": "ab" * 32}, "receipt"),
    ):
        records = log()
        at = records.index(entries(records)[3])
        records[at + 1].update(change)
        assert place(verify_records(records)) == ("land-bureau", 4, what)
    records = log()
    at = records.index(entries(records)[3])
    records[at + 1 : at + 7] = []
    assert place(verify_records(counted(records))) == ("land-bureau", 4, "package")


def test_a_closed_package_of_which_the_log_knows_nothing_is_found() -> None:
    records = log()
    next(record for record in records if record["type"] == "head" and record["chain"] == "land-bureau")[
        "closed"
    ] = 4
    assert place(verify_records(records)) == ("land-bureau", None, "closed")


def lines(records: Records) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty", b""),
        ("not JSON", b"nonsense\n"),
        ("not UTF-8", b"\xff\xfe\n"),
        ("a list", b"[]\n"),
        ("a doubled key", b'{"type":"export","type":"export","format":"suphub-log/1"}\n'),
        ("another format", b'{"type":"export","format":"suphub-log/2"}\n'),
        ("too deep", b'{"type":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"),
        ("a giant number", b'{"type":"export","format":' + b"9" * 10_000 + b"}\n"),
        ("no header", lines(whole()[0][1:])),
        ("no end", lines(whole()[0][:-1])),
        ("the last line cut off", lines(whole()[0])[:-2]),
        ("something behind the end", lines(whole()[0]) + b'{"type":"entry"}\n'),
        ("two exports in one", lines(whole()[0]) * 2),
        ("an unknown record", lines([whole()[0][0], {"type": "surprise"}])),
        ("an outcome without its package", lines([whole()[0][0], {"type": "outcome", "ordinal": 1}])),
        ("a package without its entry", lines([whole()[0][0], {"type": "package", "digest": "x"}])),
        ("a checkpoint of nothing", lines([whole()[0][0], {"type": "checkpoint"}])),
        (
            "half a surrogate pair",
            b'{"type":"export","format":"suphub-log/1"}\n{"type":"head","chain":"\\ud800"}\n',
        ),
    ],
)
def test_a_malformed_export_is_a_finding(name: str, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(content)
    assert place(verify_file(file))[2] == "format", name


@patient
@given(
    st.integers(0, 40),
    st.sampled_from(["type", *ENTRY_FIELDS, "digest", "receipt", "ordinal", "lines"]),
    st.data(),
)
def test_whatever_stands_in_a_record_the_answer_is_a_report(
    index: int, name: str, data: st.DataObject
) -> None:
    records = log()
    record = records[index % len(records)]
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2)
    )
    record[name] = data.draw(anything)
    stream = io.BytesIO(lines(records))
    honest = json.loads(lines(log()).splitlines()[index % len(records)])
    report = verify_records(read_lines(stream))
    used = name in honest and record[name] != honest[name]
    assert report.ok or report.first_break is not None
    if used and honest["type"] in {"entry", "outcome"} and name != "type":
        assert not report.ok


def test_without_the_hub_the_one_file_verifies_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(lines(log()))
    assert main([str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    file.write_bytes(lines(log()[:-1]))
    assert main([str(file)]) == 1


def test_without_the_hub_the_one_file_knows_an_unreadable_file_from_a_break_and_takes_a_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, key = tmp_path / "export.jsonl", tmp_path / "checkpoint.pub"
    assert main([str(file)]) == 3
    assert str(file) in capsys.readouterr().err
    file.write_bytes(lines(log()))
    key.write_text("00" * 32)
    assert main([str(file), "--key", str(key)]) == 1
    assert json.loads(capsys.readouterr().out)["first_break"]["what"] == "signature"
    assert main([str(file), "--key", str(tmp_path / "none.pub")]) == 3


def test_the_verifier_shares_nothing_with_the_writer() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {name.split(".")[0] for name in imported}.isdisjoint({"hub", "sqlalchemy"})
