"""`suphub log`: search the tamper-evident exchange log, export it, sign its state, verify it, and compare the tables with it."""

from __future__ import annotations

import json as json_text
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from hub.cli.breaks import UNPROVEN, UNSIGNED, told
from hub.cli.comparing import compare
from hub.cli.files import special
from hub.cli.instants import instant
from hub.cli.output import print_json, print_table, say
from hub.clock import iso, now_us
from hub.errors import Place, StopError

if TYPE_CHECKING:
    from hub.ledger.verify import Report

MACHINE = "机器可读 · machine-readable"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family to `app`."""
    log = typer.Typer(help="交换日志 · the tamper-evident exchange log", no_args_is_help=True)
    log.command("search")(search)
    log.command("export")(export)
    log.command("checkpoint")(checkpoint)
    log.command("verify")(verify)
    log.command("compare")(compare)
    app.add_typer(log, name="log")


def search(
    system: str | None = typer.Option(
        None, help="系统代码，hub 为枢纽自己的链 · system code; hub is the hub's own chain"
    ),
    event: str | None = typer.Option(
        None, help="事件，如 package 或 package.closed · event or group of events"
    ),
    package: str | None = typer.Option(None, help="包号、系统/包号或摘要 · package id, SYSTEM/ID or digest"),
    since: str | None = typer.Option(None, help="起，日期或时间 · from this day or time on"),
    until: str | None = typer.Option(
        None, help="止，日期（含当日）或时间 · to the end of this day, or before this time"
    ),
    limit: int = typer.Option(100, min=1, help="最多条数，取最新的 · at most so many, the newest"),
    json: bool = typer.Option(False, "--json", help=MACHINE),
) -> None:
    """按系统、事件、包和时间查日志 · Find log entries by system, event, package and time."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.ledger.search import search as find

    if package and "/" in package:
        system, package = package.split("/", 1)
    with reading(wiring.engine()) as connection:
        found = find(
            connection,
            chain=system,
            event=event,
            package=package,
            since=instant(since, "--since"),
            until=instant(until, "--until", end_of_day=True),
            limit=limit,
        )
    for entry in found:
        entry["at"] = iso(entry["at"])
    if json:
        print_json(found)
        return
    rows = [(e["chain"], e["seq"], e["at"], e["event"], _compact(e["body"])) for e in found]
    print_table("日志 · log", ("链 chain", "seq", "时间 at", "事件 event", "内容 body"), rows)


def export(out: Path = typer.Option(..., help="写到哪个文件 · the file to write")) -> None:
    """把整个日志导出为 JSON Lines，可离线校验 · Export the whole log for verification elsewhere."""
    from hub import wiring
    from hub.central.engine import reading, writing
    from hub.ledger.chain import HUB_CHAIN, append
    from hub.ledger.export import export as write

    at = now_us()
    # Whoever takes the log out of the house is in the log that is taken out.
    with writing(wiring.engine()) as connection:
        append(connection, HUB_CHAIN, "log.exported", {"file": out.name, "uid": os.getuid()}, at)
    with reading(wiring.engine()) as connection:
        lines = _write_whole(out, lambda stream: write(connection, stream, at))
    say(f"已导出 {lines} 行 · {lines} lines written: {out}")


def checkpoint(
    out: Path | None = typer.Option(
        None, help="另存一份，异地保管 · also write it here, to be kept elsewhere"
    ),
    json: bool = typer.Option(False, "--json", help=MACHINE),
) -> None:
    """对所有日志链的当前位置签名 · Sign where every chain of the log stands now."""
    from hub import wiring
    from hub.central.engine import writing
    from hub.ledger.checkpoint import make_checkpoint
    from hub.ledger.keys import signing_key

    key = signing_key(wiring.settings().keys)
    with writing(wiring.engine()) as connection:
        record = make_checkpoint(connection, key, now_us())
    if out is not None:
        line = json_text.dumps(record, ensure_ascii=False) + "\n"
        _write_whole(out, lambda stream: stream.write(line))
    if json:
        print_json(record)
        return
    say(f"检查点 · checkpoint {iso(record['at'])} 公钥 · public key {record['public_key']}")
    if out is None:
        say(
            "用 --out 另存并送出本机，才能发现整链被删 · With --out it can leave this machine, and then shows a dropped chain"
        )


def verify(
    file: Path | None = typer.Argument(
        None, help="导出的文件；省略则校验数据库 · an export; without it, the database"
    ),
    keys: list[Path] = typer.Option(
        [], "--key", help="可信公钥 (.pub)，可多次给出 · a trusted public key; may be repeated"
    ),
    checkpoints: list[Path] = typer.Option(
        [], "--checkpoint", help="异地保管的检查点，可多次给出 · a checkpoint kept elsewhere; may be repeated"
    ),
    json: bool = typer.Option(False, "--json", help=MACHINE),
) -> None:
    """校验日志未被改动、删减；有断点则退出码为 1 · Verify that nothing was changed or left out; exit 1 at a break."""
    from hub.ledger.keys import read_public_key
    from hub.ledger.verify import verify_file

    kept = [_read_checkpoint(each) for each in checkpoints]
    pinned = frozenset(read_public_key(each) for each in keys)
    if file is not None:
        try:
            report = verify_file(file, pinned, kept)
        except OSError as error:
            raise _file_error("FILE_UNREADABLE", file, error) from error
    else:
        report = _verify_database(pinned, kept)
    if json:
        print_json(report.as_dict())
    else:
        _tell(report.as_dict())
        if file is not None and not pinned:
            say(UNPROVEN)
        elif report.ok and pinned and not report.checkpoints:
            say(UNSIGNED)
    if not report.ok:
        raise typer.Exit(1)


def _verify_database(pinned: frozenset[str], kept: list[dict[str, Any]]) -> Report:
    from hub import wiring
    from hub.central.engine import reading
    from hub.central.upgrade import must_be_there
    from hub.ledger.keys import trusted_keys
    from hub.ledger.verify_database import verify_database

    must_be_there(wiring.engine())
    trusted = pinned or trusted_keys(wiring.settings().keys)
    with reading(wiring.engine()) as connection:
        return verify_database(connection, trusted, kept)


def _tell(report: dict[str, Any]) -> None:
    count = f"{report['entries']} 条 · entries, {report['chains']} 链 · chains"
    if report["ok"]:
        say(f"日志完好 · The log is whole: {count}")
        return
    say(f"日志有断点 · The log is broken ({count})")
    for line in told(report["first_break"]):
        say(line)


def _read_checkpoint(file: Path) -> dict[str, Any]:
    try:
        record = json_text.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _file_error("FILE_UNREADABLE", file, error) from error
    if not isinstance(record, dict):
        raise _file_error("FILE_UNREADABLE", file, ValueError("not a checkpoint, 不是检查点"))
    return record


def _write_whole(file: Path, write: Callable[[TextIO], int]) -> int:
    """Write beside the file and put it in place when complete; what `write` returned."""
    # Into a device or a pipe; a file put in its place would take it from everybody.
    draft = file if special(file) else file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            written = write(stream)
        if draft != file:
            draft.replace(file)
    except OSError as error:
        raise _file_error("FILE_UNWRITABLE", file, error) from error
    finally:
        if draft != file:
            draft.unlink(missing_ok=True)
    return written


def _file_error(code: str, file: Path, error: Exception) -> StopError:
    return StopError(
        code,
        zh=f"文件 {file} 不能使用：{error}",
        en=f"The file {file} cannot be used: {error}",
        remedy_zh="检查路径、权限和磁盘空间",
        remedy_en="Check path, permissions and disk space",
        place=Place(file=str(file)),
    )


def _compact(body: dict[str, Any]) -> str:
    return json_text.dumps(body, ensure_ascii=False, separators=(",", ":"))
