"""`suphub db`: bring the central database to this program's tables, and see where it stands."""

from __future__ import annotations

import typer

from hub.cli.output import print_json, say


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family to `app`."""
    db = typer.Typer(help="中心监察库 · the central database", no_args_is_help=True)
    db.command("upgrade")(upgrade)
    db.command("info")(info)
    app.add_typer(db, name="db")


def upgrade(json: bool = typer.Option(False, "--json", help="机器可读 · machine-readable")) -> None:
    """建立或升级中心库的表，并写入初始规则和工作日历 · Create or upgrade the tables, seed rules and calendar."""
    from hub import wiring
    from hub.central.upgrade import info as where

    applied = wiring.upgrade()
    now = where(wiring.engine())
    if json:
        print_json({"applied": applied, "revision": now["revision"], "url": now["url"]})
    elif applied:
        say(f"已升级 · upgraded: {' '.join(applied)} → {now['url']}")
    else:
        say(f"已是最新 · up to date: {now['revision']} ({now['url']})")


def info(json: bool = typer.Option(False, "--json", help="机器可读 · machine-readable")) -> None:
    """中心库的地址、版本和待升级项 · Address, revision and pending revisions of the central database."""
    from hub import wiring
    from hub.central.upgrade import info as where

    now = where(wiring.engine())
    if json:
        print_json(now)
        return
    say(f"数据库 · database   {now['url']}")
    say(f"服务器 · server     {now['dialect']} {now['server']}")
    say(f"版本 · revision     {now['revision'] or '-'} / {now['head']}")
    if now["pending"]:
        say(f"待升级 · pending    {' '.join(now['pending'])}  →  suphub db upgrade")
