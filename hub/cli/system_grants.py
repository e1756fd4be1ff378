"""`suphub system grants CODE`: what the administrator on the department's side types, so that the hub's account may do no more than it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import print_json
from hub.errors import HubError, Place, StopError

if TYPE_CHECKING:
    from connectors.base import Access
    from connectors.granting import Step
    from hub.register import Registration

USER = "hub_reader"
MASTERS = ("root", "administrator", "postgres", "mysql", "sys", "system", "sysdba", "sa", "omm")
"""Accounts of administrators, by the names that Linux, Windows and the databases give them."""


def grants(
    code: Annotated[str, typer.Argument(help="登记代码 · code of the registration")],
    server: Annotated[
        str | None,
        typer.Option(
            help="数据库种类,缺省按连接的类型 · kind of database: postgresql, mysql, oracle, dm, kingbase, opengauss, mssql; "
                 "by default what the connection says",
        ),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="枢纽的账号,缺省用连接中的 · the hub's account; by default the connection's")
    ] = None,
    host: Annotated[
        str, typer.Option(help="枢纽所在的主机(MySQL、MariaDB)· the host that the hub comes from (MySQL, MariaDB)")
    ] = "%",
    as_json: Json = False,
) -> None:  # fmt: skip
    """打印给枢纽账号授予最小权限的语句或命令;口令处是占位符 · print the statements or commands that give the hub's account its least rights; a placeholder stands for the password."""
    from hub import wiring

    found = wiring.registration(code)
    kind = str(found.connector["kind"])
    account = _access(found)
    name = user or (account.login if account and account.login else USER)
    if name.casefold() in MASTERS:
        raise _master(code, name)
    of, steps = _steps(found, kind, server, account, name, host)
    if as_json:
        print_json({
            "system": code, "kind": kind, "server": of, "user": name,
            "steps": [{"statement": each.statement, "zh": each.zh, "en": each.en} for each in steps],
        })  # fmt: skip
        return
    for line in _script(code, of, steps, sql=kind == "database" and of != "sqlite"):
        typer.echo(line)


def _master(code: str, name: str) -> StopError:
    """For an account that may do everything: no statement makes that less, and some would lock its owner out."""
    return StopError(
        "GRANTS_ACCOUNT",
        zh=f"{name} 是管理账号,权限无法缩小;对它执行这些命令还可能把管理员自己锁在外面",
        en=f"{name} is an administrator's account: its rights cannot be narrowed, and these commands might lock its owner out",
        remedy_zh=f"给枢纽单独的账号:--user {USER},并把连接中的登录名改成它",
        remedy_en=f"Give the hub an account of its own: --user {USER}, and put that name into the connection",
        place=Place(system=code, field="connector.connection"),
    )


def _access(found: Registration) -> Access | None:
    """The connection of a registration; None where it has none, or none is known yet: grants come before log-ins."""
    from hub import wiring

    name = found.connector.get("connection")
    if name is None:
        return None
    try:
        return wiring.access(str(name))
    except HubError as error:
        if error.code != "CONNECTION_UNKNOWN":
            raise
        return None


def _steps(
    found: Registration, kind: str, server: str | None, account: Access | None, user: str, host: str
) -> tuple[str, tuple[Step, ...]]:
    """The kind of server, and what is to be typed. Raises StopError for a connector that needs no account."""
    if kind == "database":
        from connectors.database.address import sqlite_path
        from connectors.database.grants import Account, grants, server_of
        from connectors.database.options import options_of

        of = server or (server_of(account.kind) if account else "")
        place = account.path if account else None
        if account is not None and of == "sqlite":
            place = sqlite_path(account)
        options = options_of(found.code, found.connector)
        return of, grants(found.code, options, of, Account(user, host, place))
    if kind in ("directory", "sftp", "ftp"):
        from connectors.folders import answers_folder
        from connectors.granting import folder_steps, sftp_steps
        from connectors.names import text_of

        make: Any = sftp_steps if kind == "sftp" else folder_steps
        told = dict(found.connector)
        if (
            found.cards
        ):  # the department answers there; the hub's account may not make a folder below a root of root's
            told["answers"] = text_of(answers_folder(found.code, told))
        return "openssh" if kind == "sftp" else "linux", make(found.code, told, user)
    raise StopError(
        "GRANTS_KIND",
        zh=f"{kind} 方式没有要授权的账号",
        en=f"A connector of kind {kind} has no account to be granted anything",
        remedy_zh="可用:database、directory、sftp、ftp;服务的凭据由部门给",
        remedy_en="It works for database, directory, sftp and ftp; the department gives out a service's credentials",
        place=Place(system=found.code, field="connector.kind"),
    )


def _script(code: str, of: str, steps: tuple[Step, ...], *, sql: bool) -> list[str]:
    """The steps as a script, each below its reason."""
    remark, end = ("--", ";") if sql else ("#", "")
    lines = [f"{remark} {code} · {of}: 由对方管理员执行 · to be run by the administrator on the other side"]
    for step in steps:
        lines += [f"{remark} {step.zh} · {step.en}", step.statement + end]
    return lines
