"""The rights that the hub asks for, as each kind of server is told them, held against texts that people have read.

`SUPHUB_APPROVE=1 pytest tests/unit/connectors/test_grants.py` writes the texts anew; look at the difference.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from connectors.database.grants import SERVERS, Account, grants, server_of
from connectors.database.options import Options, options_of
from connectors.granting import Step, folder_steps, sftp_steps
from hub.errors import StopError
from tests.support.exchange_database import ENTRIES, FLAG, REJECTS, WATERMARK

APPROVED = Path(__file__).parent / "database_grants"
FOLDERS = {"inbox": "/out 报文", "receipts": "/in"}


def options(**given: object) -> Options:
    return options_of(
        "land", {"connection": "x", "tables": ENTRIES, "take": FLAG, "rejects": REJECTS, **given}
    )


def text(steps: tuple[Step, ...]) -> str:
    return "".join(f"{step.statement};\n" for step in steps)


@pytest.mark.parametrize("server", SERVERS)
def test_what_a_server_is_asked_for_is_what_was_approved(server: str) -> None:
    found = text(
        grants(
            "land",
            options(schema=None if server == "sqlite" else "exch"),
            server,
            Account("hub", "10.1.2.3", "exchange"),
        )
    )
    file = APPROVED / f"{server}.sql"
    if os.environ.get("SUPHUB_APPROVE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, "utf-8")
    assert found == file.read_text("utf-8")


@pytest.mark.parametrize("server", [each for each in SERVERS if each != "sqlite"])
def test_who_only_reads_may_only_read(server: str) -> None:
    found = text(grants("land", options(take=WATERMARK, rejects=None), server, Account()))
    assert "SELECT" in found
    for word in ("UPDATE", "INSERT", "DELETE", "ALL", "WITH GRANT OPTION"):
        assert word not in found.replace("GRANT SELECT", "SELECT")


@pytest.mark.parametrize("server", SERVERS)
def test_the_tables_of_cards_and_answers_are_made_on_every_server(server: str) -> None:
    schema = None if server == "sqlite" else "exch"
    given = options(cards={"table": "suphub_card", "answers": "suphub_answer"}, schema=schema)
    found = text(grants("land", given, server, Account())).lower()
    assert found.count("create table") == 2
    assert "suphub_answer" in found
    assert ("grant" in found) == (server != "sqlite")


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("oracle", 'GRANT SELECT ON EXCH."LEVEL" TO hub_reader'), ("dm", 'GRANT SELECT ON EXCH."LEVEL" TO hub_reader'),
        ("postgresql", 'GRANT SELECT ON "EXCH".level TO hub_reader'), ("mssql", "GRANT SELECT ON [EXCH].level TO hub_reader"),
    ],
)  # fmt: skip
def test_names_are_quoted_as_the_server_wants_them(server: str, shown: str) -> None:
    given = options(tables={"level": {"key": "k", "time": "t"}}, take=WATERMARK, rejects=None, schema="EXCH")
    found = text(grants("land", given, server, Account()))
    assert shown.replace("EXCH.", '"EXCH".' if server in ("oracle", "dm") else "EXCH.") in found


@pytest.mark.parametrize(
    ("kind", "server"),
    [
        ("postgres", "postgresql"), ("mariadb", "mysql"), ("oracle+cx_oracle", "oracle"), ("dm", "dm"), ("kingbase", "kingbase"),
        ("gaussdb", "opengauss"), ("mssql+pyodbc", "mssql"), ("sqlite", "sqlite"),
    ],
)  # fmt: skip
def test_the_server_is_known_by_the_type_of_the_connection(kind: str, server: str) -> None:
    assert server_of(kind) == server


def test_a_server_that_is_not_known_is_named_beside_those_that_are() -> None:
    with pytest.raises(StopError, match="db2") as caught:
        grants("land", options(), "db2", Account())
    assert "kingbase" in caught.value.remedy_en


@pytest.mark.parametrize("steps", [folder_steps, sftp_steps])
def test_commands_for_folders_are_good_shell(steps: object) -> None:
    script = text(steps("land", FOLDERS, "hub", "writer")).replace("<hub.pub>", "hub.pub")  # type: ignore[operator]
    checked = subprocess.run(
        ["sh", "-n"], input=script.replace("END;", "END"), text=True, capture_output=True, check=False
    )
    assert checked.stderr == ""
    assert "'/srv/suphub/land/out 报文'" in script or "'/out 报文'" in script
