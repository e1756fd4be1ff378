"""An installation that has lived: what an auditor compares, and somebody tampers with. Built once for a run of tests."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hub import wiring
from hub.central.engine import reading
from hub.clock import local_day, now_us

TODAY = "2026-11-20"
NUMBER = f"{local_day(now_us()).year}000001"
OFFICER = ("--by", "王监察")
REFUSING = "(SELECT min(package) FROM quarantine)"


def live(home: Path) -> None:
    """Cards have been raised, answered, appealed against, withdrawn and escalated, with letters; rules have changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPHUB_HOME", str(home / "home"))
        patch.setenv("SUPHUB_SYSTEMS", str(home / "land"))
        patch.setenv("SUPHUB_TODAY", TODAY)
        patch.delenv("SUPHUB_DATABASE_URL", raising=False)
        from typer.testing import CliRunner

        from hub.cli import build

        def run(*words: str) -> None:
            done = CliRunner().invoke(build(), list(words))
            assert done.exit_code == 0, (words, done.output, done.exception)

        run("simulate", "--cases", "20", "--seed", "3", "--today", TODAY, "--out", str(home / "land"))
        give_back(home)
        run("db", "upgrade")
        run("calendar", "import", str(home / "days.csv"))
        run("item", "import", str(home / "land" / "catalogue.yaml"))
        run("exchange", "run", "land-bureau")
        run(
            "package", "replay", one(f"SELECT system || '/' || package_id FROM package WHERE id = {REFUSING}")
        )
        run("supervise", "run", "--today", TODAY)
        run("letter", "due", "--today", TODAY)
        yellow = cards(2)
        run("card", "answer", yellow[0], "--text", "已整改", "--by", "李承办", "--role", "department")
        run("card", "appeal", yellow[1], "--text", "理由成立", "--by", "李承办", "--role", "department")
        run("card", "withdraw", yellow[1], "--reason", "申诉成立", *OFFICER)
        run("card", "escalate", yellow[2], "--reason", "情节严重", *OFFICER)
        run("order", "start", "--card", yellow[3], "--reason", "未整改", "--supervisor", "监察局", *OFFICER)
        run("order", "approve", "1", "--opinion", "同意", *OFFICER)
        complained = ("--topic", "服务态度", "--title", "态度生硬", "--text", "窗口推诿，让我来回跑")
        person = ("--name", "赵投诉", "--phone", "13800001111", "--organization-name", "国土资源局")
        run("complaint", "register", "--channel", "来电", *complained, *person, "--by", "王监察")
        run("complaint", "accept", NUMBER, "--by", "王监察")
        run("incident", "add", "B", "交换中断", "--system", "land-bureau", "--as", "运维")
        run("score", "publish", "--month", "2026-10", "--as", "赵主任")
        run("score", "parameters", "floor=1", "--reason", "试行", "--as", "赵主任")
        run("rule", "set", "T1", "share_percent=40", "--reason", "试点", *OFFICER)
        run("rule", "activate", "1", "--reason", "同意", "--by", "赵主任")
        run("rule", "profile", "qinhuangdao", "--reason", "试点", *OFFICER)
        run("rule", "activate", "2", "--reason", "同意", "--by", "赵主任")
        run("node", "issue", "land-bureau/front-1", "--kind", "token")
        run("handover", "run", "land-bureau")


def give_back(home: Path) -> None:
    """The department is handed its cards, and lays down an answer that is none."""
    registration = home / "land" / "land-bureau.yaml"
    told = registration.read_text(encoding="utf-8")
    registration.write_text(f"{told}\ncards: {{deliver: [cards, letters, orders]}}\n", encoding="utf-8")
    (home / "land" / "answers").mkdir()
    for name, text in (("a.xml", "<nothing/>"), ("a.xml.ok", "")):
        (home / "land" / "answers" / name).write_text(text, encoding="utf-8")
    (home / "days.csv").write_text(
        "date,is_workday,region,source,notice_no\n2026-09-28,0,4331,州庆,州政发1号\n", encoding="utf-8"
    )


def one(statement: str) -> Any:
    with reading(wiring.engine()) as connection:
        return connection.exec_driver_sql(statement).scalar_one()


def cards(level: int) -> list[str]:
    with reading(wiring.engine()) as connection:
        rows = connection.exec_driver_sql(
            "SELECT card_id FROM card WHERE level = ? AND state = '已发' ORDER BY card_id", (level,)
        )
        return [str(row[0]) for row in rows]


def change(home: Path, *statements: str) -> None:
    """As somebody who owns the database: triggers are dropped first."""
    with sqlite3.connect(home / "suphub.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert database.execute(statement).rowcount > 0
    database.close()
