"""The statements of `suphub system grants`, run on real servers: the account can do a whole exchange, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from connectors.database.address import engine_for, writing
from connectors.database.grants import PASSWORD, Account, grants, server_of
from connectors.granting import sftp_steps
from frontend_probe.database import probe_database
from hub.errors import StopError
from tests.support.exchange_database import REJECTS, Exchange, read_rows, receipt, take_all

USER, SECRET = "Hub Reader", "口令 p@ss'word/1"
FORBIDDEN = (
    "UPDATE up_pro_accept SET task_name = 'x'",
    "UPDATE up_pro_accept SET sync_flag = '1', cd_time = NULL",
    "DELETE FROM up_pro_accept",
    "INSERT INTO up_pro_accept (row_guid) VALUES ('z')",
    "UPDATE dn_audit_abnormal SET remark = 'x'",
    "DELETE FROM dn_audit_abnormal",
    "DROP TABLE up_pro_accept",
    "ALTER TABLE up_pro_accept ADD other INT",
    "CREATE INDEX other ON up_pro_accept (project_no)",
    "SELECT * FROM secret",
)


@pytest.fixture(params=["postgresql", "mariadb"])
def granted(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """An exchange whose hub logs in with the account that the statements have made."""
    maria = request.param == "mariadb"
    exchange: Exchange = request.getfixturevalue("maria_exchange" if maria else "postgres_exchange")
    exchange.run("CREATE TABLE secret (a INT)")
    if not maria:
        exchange.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    options = exchange.connector(rejects=REJECTS).options
    account = Account(USER, "127.0.0.1", exchange.access.path)
    for step in grants("land", options, server_of(exchange.access.kind), account):
        with exchange.engine.begin() as connection:
            connection.exec_driver_sql(
                step.statement.replace(PASSWORD, SECRET.replace("'", "''")).replace("%", "%%")
            )
    admin = exchange.access
    exchange.access = dataclasses.replace(admin, login=USER, password=SECRET)
    yield exchange
    exchange.access = admin
    if maria:
        exchange.run(f"DROP USER '{USER}'@'127.0.0.1'")
    else:
        exchange.run(f'DROP OWNED BY "{USER}"')
        exchange.run(f'DROP ROLE "{USER}"')


def test_the_account_can_do_a_whole_exchange(granted: Exchange) -> None:
    for key in "abc":
        granted.put(key, "2026-03-05 09:00:00")
    bodies = take_all(granted.connector(rejects=REJECTS))
    assert [row["row_guid"] for _, row in read_rows(bodies)] == ["a", "b", "c"]
    answer = receipt("ab" * 32, ("up_pro_accept", "b", "promise_date", "VALUE_DATE"))
    for _ in range(2):
        granted.connector(rejects=REJECTS).deliver("rows-20260305T090000.000000-0123456789ab.jsonl", answer)
    assert granted.flags() == {"a": "1", "b": "2", "c": "1"}
    assert [row[1:4] for row in granted.rejects()] == [("up_pro_accept", "b", "B1")]
    found = {check.name: check.verdict for check in probe_database(granted.connector(rejects=REJECTS)).checks}
    assert {name for name, verdict in found.items() if verdict == "fail"} == set()


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_account_can_do_nothing_else(granted: Exchange, statement: str) -> None:
    granted.put("a", "2026-03-05 09:00:00")
    engine = engine_for(granted.access, granted.connector().options.timeout)
    with pytest.raises(DBAPIError) as caught, writing(engine) as connection:
        connection.execute(text(statement))
    words = str(caught.value.orig).lower()
    assert "denied" in words or "must be owner" in words


REGISTRATION = """\
code: land
name: 国土资源局
organization: 11430100006127328K
region: "430100"
connector:
  kind: database
  connection: land_exchange
  schema: EXCH
  tables: {up_pro_accept: {key: row_guid, time: cd_time}}
  take: {flag: {column: sync_flag}}
serial: hub
dialect: national-exchange-db
codes: gbt-39046
schema: "1.0"
status: trial
"""


def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str, failing: bool = False
) -> tuple[int, str]:
    from hub.cli import systems

    (tmp_path / "land.yaml").write_text(REGISTRATION, "utf-8")
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path))
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "home"))
    app = typer.Typer()
    systems.add_to(app)
    result = CliRunner().invoke(app, ["system", "grants", "land", *words], catch_exceptions=not failing)
    return result.exit_code, result.output


def test_the_command_goes_by_the_connection_and_never_shows_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LAND_EXCHANGE", "oracle://hubby:topsecret@10.1.2.3:1521/ORCLPDB1")
    code, shown = command(tmp_path, monkeypatch)
    assert code == 0
    assert "topsecret" not in shown
    assert 'GRANT UPDATE (sync_flag) ON "EXCH".up_pro_accept TO hubby;' in shown.splitlines()


@pytest.mark.parametrize("account", ["root", "Administrator", "postgres", "sa"])
def test_an_administrators_account_is_given_nothing_and_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LAND_EXCHANGE", f"mysql://{account}:topsecret@10.1.2.3/land")
    with pytest.raises(StopError, match="GRANTS_ACCOUNT") as told:
        command(tmp_path, monkeypatch, failing=True)
    assert "--user hub_reader" in told.value.remedy_en
    code, shown = command(tmp_path, monkeypatch, "--user", "hub_reader")
    assert code == 0
    assert account not in shown.replace("hub_reader", "")


def test_the_command_needs_no_connection_where_the_server_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_LAND_EXCHANGE", raising=False)
    code, shown = command(tmp_path, monkeypatch, "--server", "kingbase", "--user", "hub", "--json")
    assert code == 0
    found = json.loads(shown)
    assert (found["server"], found["user"]) == ("kingbase", "hub")
    assert 'GRANT SELECT ON "EXCH".up_pro_accept TO hub' in [step["statement"] for step in found["steps"]]


def test_sshd_takes_the_configuration_that_is_given_out(tmp_path: Path) -> None:
    sshd, keygen = shutil.which("sshd", path="/usr/sbin:/usr/bin"), shutil.which("ssh-keygen")
    assert sshd, "OpenSSH is not installed: `make test` installs it."
    assert keygen
    step = next(
        each
        for each in sftp_steps("land", {"inbox": "/out", "receipts": "/in"}, "hub")
        if "Match User" in each.statement
    )
    block = step.statement.split("<<'END'\n")[1].removesuffix("\nEND")
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    (tmp_path / "conf").write_text(
        f"HostKey {tmp_path / 'key'}\nSubsystem sftp internal-sftp\n{block}\n", "utf-8"
    )
    # In a name space of its own, where its folder can be made without touching this machine's.
    inside = f"mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec {sshd} -T -C user=hub,host=h,addr=10.1.2.3 -f {tmp_path / 'conf'}"
    told = subprocess.run(
        ["unshare", "--mount", "sh", "-c", inside], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    for line in (
        "chrootdirectory /srv/suphub/land",
        "forcecommand internal-sftp -u 0007",
        "permittty no",
        "allowtcpforwarding no",
    ):
        assert line in told.stdout
