"""`suphub exchange run CODE`: the work of an exchange DAG, without Airflow."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import print_json, print_table

exchange = typer.Typer(help="交换 · exchange with a system", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(exchange, name="exchange")


@exchange.command("run")
def run(
    code: Annotated[str, typer.Argument(help="登记代码 · code of the registration")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · one JSON document")] = False,
) -> None:
    """取、验、存、回执 · take, check, store and answer everything that is ready."""
    from hub import wiring

    wiring.upgrade()
    done = wiring.exchange(code)
    if as_json:
        print_json(done)
        return
    keys = ("state", "cases", "accepted", "rejected", "duplicate", "stale", "conflict")
    columns = ("文件 file", "报文包 package", "状态 state", "办件 cases", "接收 accepted", "拒收 rejected", "重复 duplicate",
               "陈旧 stale", "冲突 conflict")  # fmt: skip
    rows = [(p["name"], p["package_id"][:40], *(p[key] for key in keys)) for p in done]
    print_table(f"{code}: {len(rows)} 个报文包 · packages", columns, rows)
