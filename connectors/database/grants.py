"""The least that the hub's account needs in an exchange database, as statements that its administrator runs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.engine import Dialect

from connectors.database.address import driver_of
from connectors.database.card_tables import answer_table_of, card_table_of, create
from connectors.database.options import Options
from connectors.failures import option_wrong
from connectors.granting import Step

PASSWORD = "<口令 password>"
"""What stands for the password; whoever runs the statements writes the real one there, and nowhere else."""
OWNER = "<模式 owner>"
USER = "hub_reader"

_QUOTED_AS: dict[str, type[Dialect]] = {
    "postgresql": postgresql.dialect, "kingbase": postgresql.dialect, "opengauss": postgresql.dialect, "mysql": mysql.dialect,
    "oracle": oracle.dialect, "dm": oracle.dialect, "mssql": mssql.dialect, "sqlite": sqlite.dialect,
}  # fmt: skip
SERVERS = tuple(_QUOTED_AS)


@dataclass(frozen=True, slots=True)
class Account:
    """Whom to grant: `host` is where the hub comes from (MySQL and MariaDB), `database` where the tables are."""

    user: str = USER
    host: str = "%"
    database: str | None = None


def server_of(kind: str) -> str:
    """The kind of server (one of `SERVERS`) behind a type of Airflow connection; the type itself where it is unknown."""
    kind = "opengauss" if kind == "gaussdb" else kind
    return kind if kind in SERVERS else driver_of(kind).partition("+")[0]


def grants(system: str, options: Options, server: str, account: Account) -> tuple[Step, ...]:
    """CREATE USER and GRANTs: SELECT on what is read, UPDATE of the flag alone, SELECT and INSERT on the rejects table.

    Raises StopError (CONNECTOR_OPTION) for a server that is not one of `SERVERS`.
    """
    if server not in SERVERS:
        raise option_wrong(
            system,
            "connection",
            f"不认识的服务器种类 {server!r}",
            f"{server!r} is no kind of server that is known",
            f"用 --server 写一种:{'、'.join(SERVERS)}",
            f"Give --server, one of {', '.join(SERVERS)}",
        )
    if server == "sqlite":
        return _sqlite(options, account)
    write = _Writer(server, options, account)
    return (
        *write.user(),
        *(step for name in _tables(options) for step in write.table(name)),
        *write.rejects(),
        *write.cards(),
    )


def _tables(options: Options) -> tuple[str, ...]:
    return tuple(entry.name for entry in options.tables)


def _sqlite(options: Options, account: Account) -> tuple[Step, ...]:
    file, mode = account.database or "<exchange.db>", "rw" if options.flag or options.rejects else "r"
    return (
        Step(f"setfacl -m u:{account.user}:{mode} '{file}'", "SQLite 没有账号,权限在文件上", "SQLite has no accounts, only rights of the file"),
        Step(
            f"setfacl -m u:{account.user}:rwx \"$(dirname '{file}')\"",
            "写日志文件需要目录的写权限",
            "its journal is written into the folder",
        ),
        *_Writer("sqlite", options, account).card_tables(),
    )  # fmt: skip


class _Writer:
    """Writes the statements of one kind of server."""

    def __init__(self, server: str, options: Options, account: Account) -> None:
        self.server, self.options, self.account = server, options, account
        self._preparer = _QUOTED_AS[server]().identifier_preparer
        self.folded = server in ("oracle", "dm")
        self.postgres = server in ("postgresql", "kingbase", "opengauss")

    def name(self, name: str) -> str:
        """An identifier, quoted where it must be."""
        if name.startswith("<"):
            return name
        quoted = str(self._preparer.quote(name))
        # Oracle and Dameng write what nobody quoted in capitals, a reserved word that serves as a name too.
        return quoted.upper() if self.folded and quoted != name and name == name.lower() else quoted

    def to(self) -> str:
        """The account, as GRANT names it."""
        if self.server == "mysql":
            return f"{_literal(self.account.user)}@{_literal(self.account.host)}"
        return self.name(self.account.user)

    def place(self, table: str) -> str:
        """A table with its schema."""
        schema = self.options.schema or self._usual_schema()
        return f"{self.name(schema)}.{self.name(table)}"

    def _usual_schema(self) -> str:
        if self.server == "mysql":
            return self.account.database or "<库 database>"
        return {"mssql": "dbo"}.get(self.server, "public" if self.postgres else OWNER)

    def user(self) -> list[Step]:
        """The account itself, allowed to log in and nothing more."""
        to, password = self.to(), _literal(PASSWORD)
        made = ("账号,口令自定", "the account; choose its password")
        if self.server == "mysql":
            return [Step(f"CREATE USER {to} IDENTIFIED BY {password}", *made)]
        if self.server == "mssql":
            return [
                Step(f"CREATE LOGIN {to} WITH PASSWORD = {password}", *made),
                Step(
                    f"USE {self.name(self.account.database or '<库 database>')}",
                    "交换库",
                    "the exchange database",
                ),
                Step(f"CREATE USER {to} FOR LOGIN {to}", "该库中的用户", "its user in that database"),
            ]
        if self.folded:
            word = PASSWORD.replace('"', "")
            return [
                Step(f'CREATE USER {to} IDENTIFIED BY "{word}"', *made),
                Step(f"GRANT CREATE SESSION TO {to}", "只许登录", "may log in"),
            ]
        database = self.name(self.account.database or "<库 database>")
        schema = self.name(self.options.schema or "public")
        no_more = " NOSUPERUSER NOCREATEDB NOCREATEROLE" if self.server == "postgresql" else ""
        return [
            Step(f"CREATE USER {to} WITH{no_more} PASSWORD {password}", *made),
            Step(f"GRANT CONNECT ON DATABASE {database} TO {to}", "可以连接", "may connect"),
            Step(f"GRANT USAGE ON SCHEMA {schema} TO {to}", "可以进入模式", "may enter the schema"),
        ]

    def table(self, table: str) -> list[Step]:
        """Rights on a table that is read."""
        place, to = self.place(table), self.to()
        steps = [Step(f"GRANT SELECT ON {place} TO {to}", "读取", "reading")]
        if self.options.flag is not None:
            flag = self.name(self.options.flag.column)
            what = f"UPDATE ON {place} ({flag})" if self.server == "mssql" else f"UPDATE ({flag}) ON {place}"
            steps.append(Step(f"GRANT {what} TO {to}", "只改同步标志列", "sets the flag and no other column"))
        return steps

    def rejects(self) -> list[Step]:
        """Rights on the exception table; SELECT, so that a row is not written twice."""
        if self.options.rejects is None:
            return []
        place = self.place(self.options.rejects)
        return [Step(f"GRANT SELECT, INSERT ON {place} TO {self.to()}", "写入退回数据", "writing what was refused")]  # fmt: skip

    def cards(self) -> list[Step]:
        """The two tables of cards and answers, and the rights on them."""
        if self.options.cards is None or self.options.answers is None:
            return []
        to = self.to()
        cards, answers = self.place(self.options.cards), self.place(self.options.answers)
        flag = self.name("hub_state")
        update = (
            f"UPDATE ON {answers} ({flag})" if self.server == "mssql" else f"UPDATE ({flag}) ON {answers}"
        )
        return [
            *self.card_tables(),
            Step(f"GRANT SELECT, INSERT ON {cards} TO {to}", "写入牌和文书", "writing cards and letters"),
            Step(f"GRANT SELECT ON {answers} TO {to}", "读取答复", "reading answers"),
            Step(f"GRANT {update} TO {to}", "只改 hub_state", "sets hub_state and no other column"),
        ]  # fmt: skip

    def card_tables(self) -> list[Step]:
        """The two tables themselves, where the registration names them."""
        if self.options.cards is None or self.options.answers is None:
            return []
        schema, dialect = self.options.schema, _QUOTED_AS[self.server]()
        return [
            Step(create(card_table_of(self.options.cards, schema), dialect), "枢纽写入牌、督办单、文书的表", "the table that the hub writes cards, orders and letters to"),
            Step(create(answer_table_of(self.options.answers, schema), dialect), "部门写入答复的表", "the table that the department writes answers to"),
        ]  # fmt: skip


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
