"""`suphub demo`: the whole hub on simulated departments; `suphub airflow`: the embedded Airflow of an installation."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import complain, say

Port = Annotated[
    int | None, typer.Option(help="端口,缺省 8080 或空闲端口 · port; default 8080 or a free one")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family to `app`."""
    app.command("demo")(demo)
    airflow = typer.Typer(help="内嵌 Airflow · the embedded Airflow", no_args_is_help=True)
    airflow.command("up")(up)
    airflow.command("pools")(pools)
    app.add_typer(airflow, name="airflow")


def demo(
    once: Annotated[
        bool,
        typer.Option("--once", help="自行结束,全部与真值一致才为 0 · end; 0 only if all equals the truth"),
    ] = False,
    cases: Annotated[int, typer.Option(min=1, help="每个部门的办件数 · cases of each department")] = 400,
    seed: Annotated[int, typer.Option(help="种子 · seed: the same seed gives the same data")] = 7,
    home: Annotated[
        Path | None, typer.Option(help="演示目录,缺省 var/demo · folder, by default var/demo")
    ] = None,
    today: Annotated[
        str | None, typer.Option(help="判定日 YYYY-MM-DD,缺省今天 · day of judgement; default today")
    ] = None,
    port: Port = None,
) -> None:
    """演示:三个模拟部门、交换、监察、发牌、Airflow · Demonstration: three departments, exchange, cards, Airflow."""
    from rich.console import Console

    from hub.clock import local_day, now_us
    from hub.demo.run import Asked, demonstrate

    day = _day(today) if today else local_day(now_us())
    asked = Asked((home or Path("var/demo")).absolute(), cases, seed, once, port)
    raise typer.Exit(demonstrate(asked, day, Console(highlight=False)))


def up(port: Port = None) -> None:
    """启动本枢纽的 Airflow(单机),Ctrl-C 结束 · Run Airflow for this hub on one machine; Ctrl-C ends it."""
    from hub import wiring
    from hub.demo.airflow_home import as_environment, prepare
    from hub.demo.embedded import running
    from hub.demo.launcher import ended_by_signals, make_pools, run_airflow

    settings = wiring.settings()
    deployment = prepare(settings.home / "airflow", as_environment(settings), port)
    with ended_by_signals():
        try:
            wiring.upgrade()
            run_airflow(deployment, "db", "migrate")
            make_pools(deployment, settings.home, wiring.registrations()[0])
            with running(deployment.folder, as_environment(settings), port) as api:
                say(f"页面 · pages: {api.deployment.address}")
                say(f"登录 · log in: {api.deployment.user} / {api.deployment.password}")
                while True:
                    api.watch()
                    time.sleep(1)
        except KeyboardInterrupt:
            say("已停止 · stopped")


def pools() -> None:
    """为每个系统建 Airflow 资源池(已有的不动)· Make an Airflow pool for each system; those that exist stay.

    Where AIRFLOW_HOME is set, in that Airflow with the settings of this shell; else in the embedded one.
    """
    from hub import wiring
    from hub.demo.airflow_home import as_environment, of_this_shell, prepare
    from hub.demo.launcher import make_pools

    settings = wiring.settings()
    deployment = of_this_shell() or prepare(settings.home / "airflow", as_environment(settings))
    made = make_pools(deployment, settings.home, wiring.registrations()[0])
    say(f"新建 · made: {', '.join(made) or '-'}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        complain(f"--today {text!r}: 应写作 2026-11-20 · write it as 2026-11-20")
        raise typer.Exit(2) from None
