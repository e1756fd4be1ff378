"""Judges the refused cases of a package anew, as a package of its own; the original and its receipt stay as they are.

For cases that were refused for something the hub or the registration had wrong, such as a code that the crosswalk did
not know. The new package holds the very bytes that were quarantined, is named after the first (`ID~1`, `ID~2` …),
carries its serial, and has its own receipt, delivered beside the first.

A package that was refused as a whole for what has been put right since (a key, a certificate, the registration) is
judged anew from its own bytes, as of when it came; that one too has its own receipt.

A package that was set aside because the hub failed on it has no receipt yet: it is itself taken up again.
"""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy import Connection, Engine, Row, func, select

from hub.central import packages
from hub.central.engine import reading, writing
from hub.central.tables import exchange
from hub.clock import iso, now_us
from hub.envelope import Limits, open_package
from hub.errors import PackageRefused, Place, StopError
from hub.ledger import chain
from hub.pipeline.process import check_head
from hub.pipeline.tickets import Ticket, followed, ticket_in
from hub.pipeline.unseal import Seals, open_sealed
from hub.rawstore import RawStore
from hub.register import Registration
from hub.shapes import Head
from mappings.dialect import Dialect
from mappings.messages import messages
from mappings.pieces import PieceMapper
from schemas.head import NAMESPACE
from schemas.survey import survey

LEFT_OUT = ("CASE_MALFORMED", "ROW_MALFORMED", "ATTACHMENT_DIGEST")
"""Cases refused for these are left out: no mapping can read them, or their attachment itself is wrong."""


def replay(
    engine: Engine,
    raw: RawStore,
    work: Path,
    limits: Limits,
    package: int,
    dialect: Dialect,
    registration: Registration,
    seals: Seals,
) -> int:
    """Make the package of the refused cases and note it as arrived; returns its id. Raises StopError if there are none.

    Of one that was refused as a whole it is a package of the same bytes; StopError REPLAY_REFUSED if it would be refused
    again. A package that was set aside is opened again instead, and its own id returned.
    Rows and messages make a package of their own form; where only the package's serial orders them, it stays theirs.
    """
    with reading(engine) as connection:
        row = packages.find(connection, package)
    if row.state == "refused":
        head = _readable(raw, work, limits, row, registration, seals, dialect)
        with writing(engine) as connection:
            return _anew(connection, raw, packages.find(connection, package, hold=True), head)
    with writing(engine) as connection:
        row = packages.find(connection, package, hold=True)
        if row.state == "set_aside":
            _resume(connection, row)
            return package
        contents = _quarantined(connection, package)
        if row.state != "closed" or not contents:
            raise _nothing(row)
        number = _number(connection, row)
        namespaces = b""  # rows have none
        if not dialect.piecewise or dialect.message is not None:
            namespaces = _namespaces(raw, work, limits, row, registration, seals, dialect)
        if dialect.piecewise:
            document, serial = _pieces(dialect, contents, namespaces), row.serial
        else:
            document = _document(row, number, contents, namespaces, registration.schema)
            serial = None  # its head says it
        digest, size = raw.put_bytes(document)
        at = now_us()
        arrived, _ = packages.arrive(
            connection, row.system, digest, f"{row.origin}~{number}", size, at, serial, package
        )
        body = {"package": row.package_id, "digest": row.digest, "as": digest, "cases": len(contents)}
        chain.append(connection, row.system, "package.replayed", body, at)
        return arrived.id


def _readable(
    raw: RawStore,
    work: Path,
    limits: Limits,
    row: Row[Any],
    registration: Registration,
    seals: Seals,
    dialect: Dialect,
) -> Head | None:
    """The head of a package that was refused, if it can be read by now (rows and messages have none). Raises StopError."""
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="replay-", dir=work))
    try:
        file, at = _source(raw, row)
        if dialect.format == "row-set":
            _indexed(file, registration, dialect, limits)
            return None
        opened = open_sealed(file, folder, registration, seals, at, limits)
        if dialect.format != "exchange-package":
            _indexed(opened.document, registration, dialect, limits)
            return None
        head = survey(opened.document, limits).head
        check_head(head, registration)
        return head
    except PackageRefused as error:
        raise StopError(
            "REPLAY_REFUSED",
            zh=f"报文包 {row.digest} 仍会被整包拒收:{error}",
            en=f"Package {row.digest} would be refused as a whole again: {error}",
            remedy_zh="先把原因消除(密钥、证书、吊销列表、登记的 envelope);报文本身有错的,请部门改正后重新报送",
            remedy_en="Put right first what is the reason (key, certificate, revocation list, envelope of the registration); a "
            "package that is wrong in itself is to be corrected and sent again by the department",
            place=Place(system=row.system, package=row.digest),
        ) from error
    finally:
        rmtree(folder, ignore_errors=True)


def _indexed(document: Path, registration: Registration, dialect: Dialect, limits: Limits) -> None:
    """Look through rows or messages. Raises PackageRefused where they could not be taken as a whole."""
    if not list(PieceMapper(registration, dialect, limits=limits).records(document)):
        raise PackageRefused("PKG_NO_CASES")


def _source(raw: RawStore, row: Row[Any]) -> tuple[Path, int]:
    """The bytes of a package as they came, and when (µs)."""
    file = raw.path(row.digest)
    return (file, row.received_at) if row.replay_of is None else followed(raw, file, row.received_at)


def _anew(connection: Connection, raw: RawStore, row: Row[Any], head: Head | None) -> int:
    """Note a package of the same bytes, which are read through a ticket: they are not stored again."""
    if row.state != "refused" or (
        head is not None and packages.holder(connection, row.system, head.package_id)
    ):
        raise _nothing(row)  # another has judged it anew meanwhile, or the department has sent it again
    file, at = _source(raw, row)
    number, at_us = _number(connection, row), now_us()
    digest, size = raw.put_bytes(Ticket(file.name, at, number).written())
    arrived, _ = packages.arrive(
        connection, row.system, digest, f"{row.origin}~{number}", size, at_us,
        row.serial if head is None else None, row.id,
    )  # fmt: skip
    body = {"package": row.claimed_id, "digest": row.digest, "as": digest, "refused": row.refusal_code}
    chain.append(connection, row.system, "package.replayed", body, at_us)
    return arrived.id


def _resume(connection: Connection, row: Row[tuple[object, ...]]) -> None:
    """What was stored of it stays: it goes on where it stood, and may fail as often as a new one."""
    packages.finish(connection, row.id, {"state": "received", "attempts": 0})
    body = {"package": row.package_id, "digest": row.digest, "attempts": row.attempts}
    chain.append(connection, row.system, "package.resumed", body, now_us())


def _quarantined(connection: Connection, package: int) -> list[bytes]:
    refused = select(exchange.rejection.c.ordinal).where(
        exchange.rejection.c.package == package, exchange.rejection.c.code.in_(LEFT_OUT)
    )
    rows = connection.execute(
        select(exchange.quarantine.c.content)
        .where(exchange.quarantine.c.package == package, exchange.quarantine.c.ordinal.not_in(refused))
        .order_by(exchange.quarantine.c.ordinal)
    )
    return [bytes(row.content) for row in rows]


def _number(connection: Connection, row: Row[tuple[object, ...]]) -> int:
    table = exchange.package
    statement = select(func.count()).where(
        table.c.system == row.system, table.c.origin.startswith(f"{row.origin}~", autoescape=True)
    )
    return 1 + int(connection.execute(statement).scalar_one())


def _namespaces(
    raw: RawStore,
    work: Path,
    limits: Limits,
    row: Row[Any],
    registration: Registration,
    seals: Seals,
    dialect: Dialect,
) -> bytes:
    """The namespace declarations that the cases or messages lay under in the original document."""
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="replay-", dir=work))
    file = raw.path(row.digest)
    try:
        if row.replay_of is None or ticket_in(file) is not None:
            source, at = _source(raw, row)
            opened = open_sealed(source, folder, registration, seals, at, limits)
        else:
            opened = open_package(file, folder, limits)
        if dialect.message is not None:
            return next(messages(opened.document, dialect, limits)).namespaces
        return survey(opened.document, limits).namespaces
    except PackageRefused as error:
        # It was opened before: since then the registration or the hub's keys have changed.
        raise StopError(
            "REPLAY_SEALED",
            zh=f"报文包 {row.package_id} 的信封现在打不开了:{error}",
            en=f"The envelope of package {row.package_id} can no longer be opened: {error}",
            remedy_zh="恢复当时的解密密钥(SUPHUB_HOME/keys/envelope)和登记的 envelope,再执行",
            remedy_en="Put the decryption key of that time back (SUPHUB_HOME/keys/envelope), and envelope of the registration, and try again",
            place=Place(system=row.system, package=row.package_id),
        ) from error
    finally:
        rmtree(folder, ignore_errors=True)


def _document(
    row: Row[tuple[object, ...]], number: int, contents: list[bytes], namespaces: bytes, schema: str
) -> bytes:
    # A prefix of our own for the frame: whatever the cases use, their own declarations stay in force for them.
    head = (
        ("PackageId", f"{row.package_id[:58]}~{number}"),
        ("SystemCode", row.system),
        ("Serial", str(row.serial)),
        ("CreatedAt", (iso(now_us()) or "")[:19] + "+08:00"),
        ("CaseCount", str(len(contents))),
        ("Remark", f"replay of {row.package_id}"),
    )
    fields = "".join(f"<hub:{name}>{escape(value)}</hub:{name}>" for name, value in head)
    start = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<hub:ExchangePackage xmlns:hub="{NAMESPACE}" version="{schema}">'
    )
    declared = b"\n".join(
        [b"<hub:Body" + namespaces.replace(b"xmlns:hub=", b"xmlns:hub0=") + b">", *contents]
    )
    return (
        f"{start}\n<hub:Head>{fields}</hub:Head>\n".encode()
        + declared
        + b"\n</hub:Body>\n</hub:ExchangePackage>\n"
    )


def _pieces(dialect: Dialect, contents: list[bytes], namespaces: bytes) -> bytes:
    if dialect.message is None:
        return b"\n".join([ROW_SET_HEAD, *contents]) + b"\n"
    root, body = dialect.message.within.encode(), b"\n".join(contents)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<%s%s>%s</%s>\n' % (root, namespaces, body, root)


ROW_SET_HEAD = b'{"format":"row-set","version":1}'


def _nothing(row: Row[tuple[object, ...]]) -> StopError:
    return StopError(
        "REPLAY_NOTHING",
        zh=f"报文包 {row.package_id or row.digest} 没有可重新判定的办件(状态 {row.state})",
        en=f"Package {row.package_id or row.digest} holds no case that can be judged anew (state {row.state})",
        remedy_zh="没有被拒收的办件,或同一报文包已另行收下;用 suphub package show 查看",
        remedy_en="None of its cases was refused, or the same package has been accepted since; see suphub package show",
        place=Place(system=row.system, package=row.package_id or row.digest),
    )
