"""`suphub validate FILE…`: what the hub would say of a package, without taking it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import print_json, say


def add_to(app: typer.Typer) -> None:
    """Add the command to the command tree."""
    app.command("validate")(validate)


def validate(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE…")],
    system: Annotated[
        str | None, typer.Option(help="按此系统的登记检查 · check by this registration")
    ] = None,
    as_json: Json = False,
) -> None:
    """校验报文文件,有错误时退出码为 1 · check package files; exit code 1 if an error is found."""
    from hub import wiring
    from hub.pipeline.validate import validate_file

    registration = wiring.registration(system) if system else None
    items = wiring.catalogue() if registration else None
    seals = wiring.seals()
    found: list[dict[str, Any]] = []
    for file in files:
        found += validate_file(file, registration, wiring.limits(), items, seals)
    if as_json:
        print_json(found)
    else:
        _print(files, found)
    if any(violation["severity"] == "error" for violation in found):
        raise typer.Exit(1)


def _print(files: list[Path], found: list[dict[str, Any]]) -> None:
    for file in files:
        mine = [v for v in found if v["file"] == str(file)]
        errors = sum(v["severity"] == "error" for v in mine)
        if not mine:
            say(f"{file}: 合格 · valid")
            continue
        say(f"{file}: {errors} 个错误 · errors, {len(mine) - errors} 个提示 · warnings")
        for violation in mine:
            say(violation_text(violation))


def violation_text(violation: Mapping[str, Any]) -> str:
    """One violation as people read it: where, what, why, what to do."""
    place = " ".join(
        part
        for part in (
            f"行 line {violation['line']}" if violation["line"] else "",
            f"办件 case {violation['case_no']}" if violation["case_no"] else "",
            violation["xpath"] or "",
        )
        if part
    )
    warning = "提示 · warning  " if violation.get("severity") == "warning" else ""
    value = f" = {violation['value']!r}" if violation["value"] is not None else ""
    return (
        f"\n  {warning}{violation['code']}  {violation['field'] or ''}{value}\n    {place}"
        f"\n    {violation['message_zh']} {violation['remedy_zh']}"
        f"\n    {violation['message_en']} {violation['remedy_en']}"
    )
