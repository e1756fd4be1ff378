"""Brings the central database to the tables of this program, and tells where it stands.

Alembic is loaded where it is needed: every command and every task loads this module, and few upgrade.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, text

from hub.central.engine import reading, writing
from hub.errors import Place, StopError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

Answer = TypeVar("Answer")
VERSION_TABLE = "suphub_alembic"
_UPGRADE_LOCK = 0x5375_7048_7562  # any number of our own: "SupHub"


def upgrade(engine: Engine, after: Callable[[Connection], None] | None = None) -> list[str]:
    """Apply every revision that is missing, in one transaction, then call `after` in it; the revisions applied.

    Whoever upgrades at the same moment waits and finds nothing left to do. Raises StopError DB_NEWER when the
    database was made by a newer program.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UPGRADE_LOCK})
        script, current = _script(), _current(connection)
        todo = _missing(script, current, engine)
        if todo:
            from alembic import command

            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if after is not None:
            after(connection)
    return todo


def if_there(engine: Engine, ask: Callable[[Connection], Answer]) -> Answer | None:
    """What the database answers; None while it has no tables to ask, and no file is made for it."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        return None
    try:
        with reading(engine) as connection:
            return ask(connection)
    except StopError as error:
        if error.code not in ("DB_NOT_UPGRADED", "DB_FILE"):
            raise
        return None


def must_be_there(engine: Engine) -> None:
    """Raise StopError DB_MISSING where the file of the database is not there: who only looks must not make one."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and not Path(file or "").is_file():
        raise StopError(
            "DB_MISSING",
            zh=f"没有数据库文件 {file}",
            en=f"There is no database file {file}",
            remedy_zh="检查 SUPHUB_HOME、SUPHUB_DATABASE_URL 是否指向要查的枢纽；离线校验请给出导出文件：suphub log verify 文件",
            remedy_en="See whether SUPHUB_HOME or SUPHUB_DATABASE_URL names the hub to be looked at; to verify offline name"
            " the export: suphub log verify FILE",
            place=Place(file=file),
        )


def info(engine: Engine) -> dict[str, Any]:
    """Where the database stands: {url (password masked), dialect, server, revision, head, pending, up_to_date}."""
    with reading(engine) as connection:
        script, current = _script(), _current(connection)
        pending = _missing(script, current, engine)
        version = connection.dialect.server_version_info or ()
        return {
            "url": engine.url.render_as_string(hide_password=True),
            "dialect": connection.dialect.name,
            "server": ".".join(map(str, version)),
            "revision": current,
            "head": script.get_current_head(),
            "pending": pending,
            "up_to_date": not pending,
        }


def _missing(script: ScriptDirectory, current: str | None, engine: Engine) -> list[str]:
    order = [revision.revision for revision in script.walk_revisions()][::-1]
    if current is None:
        return order
    if current not in order:
        where = engine.url.render_as_string(hide_password=True)
        raise StopError(
            "DB_NEWER",
            zh=f"数据库 {where} 由更新版本的程序建立（版本 {current}），本程序只认识到 {order[-1]}",
            en=f"The database {where} was made by a newer program (revision {current}); this one knows up to {order[-1]}",
            remedy_zh="升级程序后再运行；不要用旧程序写这个数据库",
            remedy_en="Update the program and run again; do not let an old program write to this database",
        )
    return order[order.index(current) + 1 :]


def _current(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _script() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config
