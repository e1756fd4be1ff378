"""`suphub exchange run CODE`: the work of an exchange DAG, without Airflow."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import complain, print_json, print_table, rarer, say, short
from hub.errors import HubError

exchange = typer.Typer(help="交换 · exchange with a system", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the family to the command tree."""
    app.add_typer(exchange, name="exchange")


@exchange.command("run")
def run(
    code: Annotated[str, typer.Argument(help="登记代码 · code of the registration")],
    as_json: Json = False,
) -> None:
    """取、验、存、回执 · take, check, store and answer everything that is ready."""
    from hub import wiring

    wiring.upgrade()
    done: list[dict[str, Any]] = []
    try:
        with _told_once():
            wiring.exchange_into(done, code)
    except Exception:
        if done:  # a file or package failed: the others are done
            _print(code, done, as_json)
        raise
    _print(code, done, as_json)


def _print(code: str, done: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    names = {"state": "状态", "cases": "收到", "accepted": "接收", "rejected": "拒收"}
    columns = ("报文包 package", *(f"{zh} {key}" for key, zh in names.items()), "另有 also")
    rows = [(short(p["package_id"]), *(p[key] for key in names), rarer(p)) for p in done]
    print_table(f"{code}: {len(rows)} 个报文包 · packages", columns, rows)
    _reasons(code, [p for p in done if p["state"] == "refused"])
    if any(p["rejected"] or p["conflict"] for p in done):
        first = next(p for p in done if p["rejected"] or p["conflict"])
        say(f"\n逐件原因 · every reason: suphub package show {code}/{first['package_id']}")


@contextmanager
def _told_once() -> Iterator[None]:
    """What the log says of a failure that is raised in the end is left to that: each failure is printed once."""
    held = _Held()
    logger = logging.getLogger()
    logger.addHandler(held)
    raised: BaseException | None = None
    try:
        yield
    except BaseException as error:
        raised = error
        raise
    finally:
        logger.removeHandler(held)
        for record in held.records:
            if raised is None or not any(each is raised for each in record.args or ()):
                complain(record.getMessage())


class _Held(logging.Handler):
    """Keeps records that are about a failure, until it is known which of them is raised; others are printed at once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        args = record.args if isinstance(record.args, tuple) else ()
        if any(isinstance(each, HubError) for each in args):
            self.records.append(record)
        elif logging.lastResort is not None:
            logging.lastResort.handle(record)


def _reasons(code: str, refused: Sequence[Mapping[str, Any]]) -> None:
    """Why packages were refused as a whole."""
    from hub import wiring
    from hub.central.engine import reading
    from hub.views.packages import detail

    for package in refused[:20]:
        with reading(wiring.engine()) as connection:
            why = detail(connection, f"{code}/{package['package_id']}")["refusal"]
        say(f"\n{short(package['package_id'])}  {why['code']}  {why['message_zh']}\n  {why['message_en']}")
        say(f"  处理: {why['remedy_zh']}\n  Remedy: {why['remedy_en']}")
