"""`suphub bench`: the benchmark of reading, loading, memory and start-up, as a table and as JSON."""

from __future__ import annotations

import importlib
import json as json_text
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import complain, print_table
from hub.errors import Place, StopError

CHECKOUT = Path(__file__).resolve().parents[2]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(command)


def command(
    json: Annotated[
        Path | None, typer.Option("--json", help="结果写到此文件(JSON) · write the figures to this file")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="一轮、较少办件,只作粗看 · one round, fewer cases, a rough look")
    ] = False,
    supervision_cases: Annotated[
        int | None,
        typer.Option(
            min=10_000,
            help="监察部分的库内件数(缺省 300000)· cases in the tables that supervision judges (300,000 unless given)",
        ),
    ] = None,
) -> None:
    """性能基准:读入、入库、内存、启动 · The benchmark: every figure beside its floor and its goal."""
    if json is not None and not json.absolute().parent.is_dir():
        raise _unwritable(json, "no such folder")
    sizes = {} if supervision_cases is None else {"supervision_cases": supervision_cases}
    figures = _benchmark().run(quick=quick, tell=complain, **sizes)
    data = [figure.as_dict() for figure in figures]
    if json is not None:
        _write(json, data)
    print_table("性能基准 · benchmark", COLUMNS, [_cells(row) for row in data])


COLUMNS = ("指标\nmetric", "值\nvalue", "单位\nunit", "下限\nfloor", "目标\ngoal", "达到\nmet", "轮\nrounds")


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    met = "" if row["floor"] is None else "yes" if row["met"] else "NO"
    return (row["metric"], row["value"], row["unit"], row["floor"], row["goal"], met, row["rounds"])


def _benchmark() -> Any:
    """The module that measures; it lies beside the checkout's rooms and is not installed with them."""
    if not (CHECKOUT / "bench" / "run.py").is_file():
        raise StopError(
            "BENCH_MISSING",
            zh="这里没有 bench/ 目录:基准只能在源码目录中运行",
            en="There is no folder bench/ here: the benchmark runs from a checkout only",
            remedy_zh="在仓库目录中执行 make bench",
            remedy_en="Run make bench in the repository",
            place=Place(file=str(CHECKOUT / "bench")),
        )
    if str(CHECKOUT) not in sys.path:
        sys.path.insert(0, str(CHECKOUT))
    return importlib.import_module("bench.run")


def _write(path: Path, data: list[dict[str, Any]]) -> None:
    text = json_text.dumps(data, ensure_ascii=False, indent=2) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def _unwritable(path: Path, why: str) -> StopError:
    return StopError(
        "FILE_UNWRITABLE",
        zh=f"不能写 {path}:{why}",
        en=f"{path} cannot be written: {why}",
        remedy_zh="检查 --json 的路径和权限",
        remedy_en="Check the path given to --json and its permissions",
        place=Place(file=str(path)),
    )
