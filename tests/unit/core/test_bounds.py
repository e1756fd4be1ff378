"""Each bound of what comes from outside that is no setting: beyond it the code that the table names, or what it says."""

from __future__ import annotations

import ast
import io
import mmap
import re
import socket
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from connectors.ftp import failures as ftp
from connectors.ftp.wire import Control, Garbled
from connectors.sftp import failures as sftp
from connectors.sftp.wire import Wire
from hub.bounds import BOUNDS
from hub.catalogue import xlsx_file, yaml_file
from hub.catalogue.faults import Faults
from hub.complaints import hotline
from hub.errors import HubError, PackageRefused
from hub.inbox.upload import checked_name
from hub.ledger.verify import LINE_LIMIT, Broken, read_lines
from hub.limits import Limits
from hub.nodes import files as node_files
from hub.rawstore import RawStore
from hub.returning import answer_file
from hub.supervision import attachments, calendar_file
from mappings.piece_head import MAX_KEY, Refused, read_key
from mappings.well_formed import DEEP, check_form

ROOT = Path(__file__).resolve().parents[3]
COUNTED = re.compile(r"(^|_)(MOST|LARGEST|LONGEST|MAX|DEEP|AT_MOST|LIMIT)(_|$)")
WITHIN = (
    "hub.simulate",
    "hub.demo",
    "hub.cli",
    "hub.supervision",
    "hub.scores",
    "hub.watch",
    "hub.airflow_edge",
    "hub.central",
)
"""Rooms that read nothing from outside: what they bound is their own work."""
OUTSIDE = ("hub.supervision.attachments", "hub.supervision.calendar_file")
OURS = {
    # What the hub itself makes, shows or does; nothing from outside is measured by it.
    "connectors.database.tables:NAMED_AT_MOST", "connectors.database.translation:LONGEST_REASON", "connectors.names:LONGEST",
    "connectors.names:LONGEST_NAME", "connectors.soap.service:DEEP", "connectors.sftp.wire:_LARGEST_BLOCK", "connectors.soap.position:SHOWN_AT_MOST",
    "frontend_probe.database_tables:NAMED_AT_MOST",
    "hub.airflow_slices:MOST_PROBES", "hub.airflow_slices:MOST_SLICES",
    "hub.catalogue.faults:SHOWN_AT_MOST", "hub.catalogue.importing:LOGGED_AT_MOST",
    "hub.envelope.certificates:LONGEST_SERIAL", "hub.envelope.cms.algorithms:LONGEST_NAME", "hub.messages.plan:LONGEST_PAUSE",
    "hub.messages.plan:MOST_ATTEMPTS", "hub.pipeline.tickets:LARGEST", "hub.pipeline.together:LARGEST",
    "hub.returning.outbox:LONGEST_PAUSE", "hub.returning.outbox:MOST_ATTEMPTS",
    # What people type, told as any other field of a form.
    "hub.complaints.registering:LONGEST_CONTENT", "hub.complaints.registering:LONGEST_TITLE",
    "hub.complaints.registering:LONGEST_NAME", "hub.complaints.registering:LONGEST_WORDS", "hub.complaints.registering:MOST_PEOPLE",
    # Of the contract of the message (docs/message.md), whose numbers stand in the room `schemas`.
    "mappings.quick:_MOST", "mappings.slots:_LONGEST_WHOLE", "mappings.transforms:_LIMIT",
}  # fmt: skip


def _numbers() -> Iterator[str]:
    """Every constant whose name says that it bounds something, as `module:name`."""
    for room in ("connectors", "frontend_probe", "hub", "mappings"):
        for path in sorted((ROOT / room).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if module.startswith(WITHIN) and module not in OUTSIDE:
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                for target in targets:
                    for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                        if isinstance(each, ast.Name) and COUNTED.search(each.id):
                            yield f"{module}:{each.id}"


def test_whatever_is_named_like_a_bound_stands_in_the_table_or_is_the_hubs_own() -> None:
    known = {bound.key for bound in BOUNDS}
    found = set(_numbers())
    assert found - OURS == known, (
        "a new bound belongs into hub/bounds.py, or, if it is a setting, into hub/limits.py"
    )
    assert found >= OURS, "no longer there"


def _said(deed: Callable[[], Any]) -> str:
    with pytest.raises(HubError) as caught:
        deed()
    return caught.value.code


def _ftp(reply: bytes) -> str:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(reply)
        theirs.shutdown(socket.SHUT_WR)
        control = Control.__new__(Control)  # what __init__ does is to call a server
        control.sock, control._buffer = ours, b""
        with pytest.raises(Garbled) as caught:
            control.reply()
    return ftp.meaning(caught.value).code


def _sftp(tmp_path: Path) -> str:
    class Answering:
        def sendall(self, data: bytes) -> None: ...

        def recv(self, size: int) -> bytes:
            return struct.pack(">I", (1 << 20) + 1)[:size]

    with pytest.raises(Exception, match="an answer of 1048577 bytes"):
        Wire(Answering()).greet()  # type: ignore[arg-type]
    return sftp.LOST.code


def _answer(inside: str) -> Callable[[Path], str]:
    text = f'<Answer xmlns="{answer_file.NAMESPACE}">{inside}</Answer>'.encode()
    return lambda _: _said(lambda: answer_file.from_xml(text, "a.xml", Limits()))


def _row(_: Path) -> str:
    row = {
        "id": "1",
        "kind": "answer",
        "card_id": 1,
        "org_code": "x",
        "person": "x",
        "content": "x" * (answer_file.MOST_TEXT + 1),
    }
    return _said(lambda: answer_file.from_row(row, "land"))


def _workbook(members: int, size: int) -> Callable[[Path], str]:
    def deed(tmp_path: Path) -> str:
        file = tmp_path / "a.xlsx"
        with zipfile.ZipFile(file, "w") as archive:
            for number in range(members):
                archive.writestr(f"{number}", b"")
        raw = file.read_bytes()
        if size:
            at = raw.index(b"PK\x01\x02")
            file.write_bytes(raw[: at + 24] + struct.pack("<I", size) + raw[at + 28 :])
        found = xlsx_file._looked_over(file)
        assert found is not None
        return found.code

    return deed


def _large(tmp_path: Path, size: int) -> Path:
    file = tmp_path / "large"
    with file.open("wb") as stream:
        stream.truncate(size)
    return file


def _yaml(tmp_path: Path) -> str:
    faults = Faults()
    yaml_file.stage_yaml(_large(tmp_path, yaml_file.BYTES_AT_MOST + 1), None, faults, None)  # type: ignore[arg-type]
    [fault] = faults.listed
    return fault.code


def _line(_: Path) -> str:
    with pytest.raises(Broken):
        list(read_lines(io.BytesIO(b" " * (LINE_LIMIT + 2))))
    return ""


def _nested(tmp_path: Path) -> str:
    file = tmp_path / "deep.xml"
    file.write_bytes(b"<a>" * (DEEP + 2))
    with (
        file.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
        pytest.raises(PackageRefused) as caught,
    ):
        check_form(data, Limits())
    return caught.value.code


def _key(_: Path) -> str:
    with pytest.raises(Refused) as caught:
        read_key({"k": "x" * (MAX_KEY + 1)}, "k")
    return caught.value.code


DEEDS: dict[str, Callable[[Path], str]] = {
    "connectors.push.spool:LONGEST": lambda _: _said(lambda: checked_name("x" * 201)),
    "connectors.sftp.requests:LONGEST_ANSWER": _sftp,
    "connectors.ftp.wire:LONGEST_LINE": lambda _: _ftp(b"2" * 40_000),
    "connectors.ftp.wire:MOST_LINES": lambda _: _ftp(b"220-x\r\n" + b" x\r\n" * 2_010),
    "hub.returning.answer_file:MOST_TAGS": _answer("<a/>" * 1_000),
    "hub.returning.answer_file:MOST_QUOTES": _answer('"' * 40_001),
    "hub.returning.answer_file:MOST_TEXT": _row,
    "hub.supervision.attachments:MOST": lambda _: _said(
        lambda: attachments.checked([attachments.Attachment("a", "0" * 64, 1)] * 21)
    ),
    "hub.supervision.attachments:LARGEST": lambda tmp_path: _said(
        lambda: attachments.keep(RawStore(tmp_path), "a.pdf", _large(tmp_path, attachments.LARGEST + 1).open("rb"))
    ),
    "hub.supervision.calendar_file:MAX_BYTES": lambda tmp_path: _said(
        lambda: calendar_file.read_calendar(_large(tmp_path, calendar_file.MAX_BYTES + 1))
    ),
    "hub.catalogue.xlsx_file:_MEMBERS_AT_MOST": _workbook(2_001, 0),
    "hub.catalogue.xlsx_file:UNPACKED_AT_MOST": _workbook(1, 2_000_000_001),
    "hub.catalogue.yaml_file:BYTES_AT_MOST": _yaml,
    "hub.complaints.hotline:LARGEST": lambda _: _said(lambda: hotline.read(b" " * (hotline.LARGEST + 1), "csv")),
    "hub.nodes.files:LARGEST": lambda tmp_path: _said(
        lambda: node_files.read(_large(tmp_path, node_files.LARGEST + 1))
    ),
    "hub.ledger.verify:LINE_LIMIT": _line,
    "mappings.piece_head:MAX_KEY": _key,
    "mappings.well_formed:DEEP": _nested,
}  # fmt: skip
ELSEWHERE = {
    "connectors.base:LISTED_AT_MOST": (
        "unit/connectors/test_contract.py", "test_ten_thousand_packages_are_listed_in_order_and_the_list_is_bounded",
    ),
    "connectors.looks:AT_MOST": (
        "unit/connectors/test_directory_at_rest.py", "test_what_is_kept_is_bounded_and_those_come_first_that_are_listed_first",
    ),
    "connectors.database.batch:LARGEST": (
        "unit/connectors/test_database_watermark.py", "test_a_package_is_also_bounded_by_its_bytes",
    ),
    "connectors.database.connector:PACKAGES_AT_MOST": (
        "unit/connectors/test_contract_rows.py", "test_a_run_ends_after_a_bounded_number_of_packages",
    ),
    "connectors.soap.transport:LARGEST": (
        "integration/connectors/test_soap_faults.py", "test_a_reply_one_byte_over_the_limit_is_too_large",
    ),
    "connectors.soap.connector:PAGES_AT_MOST": (
        "unit/connectors/test_soap_paging.py", "test_a_run_ends_after_a_bounded_number_of_pages_and_the_next_goes_on",
    ),
    "connectors.soap.connector:EMPTY_AT_MOST": (
        "unit/connectors/test_soap_paging.py", "test_a_cursor_that_is_always_new_over_nothing_ends_the_run",
    ),
    "hub.envelope.sm2:MOST_BYTES": ("integration/envelope/test_sm2.py", "test_what_is_not_signed_by_the_registered_key_is_refused"),
    "hub.envelope.trust:LONGEST": (
        "integration/envelope/test_refusals.py", "test_a_chain_of_more_than_five_certificates_is_not_followed",
    ),
    "hub.returning.answer_file:LARGEST": (
        "unit/returning/test_orders_and_rows.py", "test_an_answer_that_is_too_large_is_refused_and_not_kept",
    ),
    "hub.complaints.hotline:MOST_ROWS": ("unit/complaints/test_hotline.py", "test_a_file_is_bounded"),
    "hub.messages.http:LONGEST_REPLY": (
        "integration/messages/test_sending.py", "test_what_a_webhook_answers_decides_what_follows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.key)
def test_beyond_a_bound_comes_what_the_table_says(bound: Any, tmp_path: Path) -> None:
    assert isinstance(getattr(import_module(bound.module), bound.name), int)
    if bound.key in DEEDS:
        assert DEEDS[bound.key](tmp_path) == bound.code
        return
    file, name = ELSEWHERE[bound.key]
    assert name in _tests(file), f"tests/{file} has no {name}"


@cache
def _tests(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
