"""What is looked at for every system, whatever its connector: silence, volume, what the hub has not finished, disk, credentials."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from frontend_probe.report import FAIL, OK, WARN, Finding, Look
from hub.central.engine import reading
from hub.clock import MICROSECOND, from_us
from hub.errors import StopError
from hub.register import Registration
from hub.watch import facts
from hub.watch.expiry import SOON, Own, ending

MEBI = 1 << 20
FREE_WARN, FREE_FAIL = 2048 * MEBI, 256 * MEBI
UNFINISHED_WARN = timedelta(hours=1)
NO_DATABASE = ("DB_NOT_UPGRADED", "DB_FILE")

Now = Callable[[], int]


def looks(found: Registration, engine: Engine, home: Path, keys: Own, now: Now) -> list[tuple[str, Look]]:
    """The looks by the names of their checks."""

    def asking(question: Callable[[Connection], Finding]) -> Look:
        def asked() -> Finding:
            try:
                with _known(engine) as connection:
                    return _nothing_yet() if connection is None else question(connection)
            except StopError as error:
                if error.code not in NO_DATABASE:
                    raise
                return _nothing_yet()

        return asked

    return [
        ("hub.backlog", asking(lambda connection: _backlog(connection, found, now()))),
        ("hub.space", lambda: _space(home)),
        ("silence", asking(lambda connection: _silence(connection, found, now()))),
        ("expected", asking(lambda connection: _expected(connection, found, now()))),
        ("credentials", asking(lambda connection: _credentials(connection, found, keys, now()))),
    ]


@contextmanager
def _known(engine: Engine) -> Iterator[Connection | None]:
    """The database; None before the first `suphub db upgrade`, and none is made for a look."""
    url = engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield None
        return
    with reading(engine) as connection:
        yield connection


def _nothing_yet() -> Finding:
    return Finding(
        OK, "尚无数据库 / no database yet", "系统投入使用之后检查 / looked at once the hub is in use"
    )


def _backlog(connection: Connection, found: Registration, now: int) -> Finding:
    stuck = facts.backlog(connection, found.code)
    age = timedelta(0) if stuck.since is None else (now - stuck.since) * MICROSECOND
    seen = (
        f"{stuck.packages} 包 / packages, {stuck.size} bytes"
        + (f", 最早 / oldest {_span(age)}" if stuck.packages else "")
        + f"; {stuck.receipts} 份回执未送达 / receipts due; {stuck.set_aside} 包搁置 / set aside"
        + (f"; {stuck.too_large} 个文件过大未领取 / files too large, not taken" if stuck.too_large else "")
    )
    bad = age > UNFINISHED_WARN or stuck.set_aside > 0 or stuck.too_large > 0
    return Finding(
        WARN if bad else OK,
        seen,
        f"最早的不超过 {_span(UNFINISHED_WARN)},无搁置 / the oldest within {_span(UNFINISHED_WARN)}, none set aside",
        f"suphub package list --system {found.code};搁置的见 docs/operations.md;过大的见 suphub exchange run {found.code}"
        f" / Set aside: see docs/operations.md; too large: see suphub exchange run {found.code}",
    )


def _space(home: Path) -> Finding:
    folder = home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding(
        FAIL if free < FREE_FAIL else WARN if free < FREE_WARN else OK,
        f"{folder}: {free // MEBI} MiB",
        f">= {FREE_WARN // MEBI} MiB",
        "清理或扩容枢纽的磁盘:写满后不再领取报文 / Free or add space on the hub's disk: when it is full nothing more is taken",
    )


def _silence(connection: Connection, found: Registration, now: int) -> Finding:
    limit = found.silent_after
    last, quiet = facts.silence(connection, found.code, found.region, now)
    if last is not None:
        seen = f"最近一次 / last: {from_us(last):%Y-%m-%d %H:%M:%S} ({_span(quiet or timedelta(0))})"
    else:
        seen = "从未报送 / nothing has come yet"
        seen += f",登记以来 {_span(quiet)} / {_span(quiet)} since it was registered" if quiet else ""
    if limit is None or found.status == "paused" or quiet is None:
        return Finding(OK, seen, "未设 silent_after,或已停用 / no silent_after, or paused")
    return Finding(
        WARN if quiet > limit else OK,
        seen,
        f"<= {_span(limit)},休息日不计 / days of rest not counted",
        f"{_contact(found)}询问该系统是否仍在报送、标记是否写上 / Ask whether the system still sends and sets its markers",
    )


def _expected(connection: Connection, found: Registration, now: int) -> Finding:
    limits = found.expect.get("cases_per_day")
    yesterday = from_us(now).date() - timedelta(days=1)
    number = facts.cases_of(connection, found.code, yesterday)
    seen = f"{yesterday}: {number} 件 / cases"
    since = facts.known_since(connection, found.code)
    if not limits or found.status == "paused" or since is None or from_us(since).date() >= yesterday:
        return Finding(OK, seen, "无约定,或尚未满一天 / nothing agreed, or no whole day yet")
    low, high = limits.get("min"), limits.get("max")
    rests = yesterday in facts.rest_days(connection, found.region, yesterday, yesterday)
    few = low is not None and not rests and number < int(low)
    many = high is not None and number > int(high)
    why = limits.get("why", "")
    return Finding(
        WARN if few or many else OK,
        seen,
        f"{low or 0} – {high or '∞'}"
        + (f" ({why})" if why else "")
        + ",休息日不问下限 / no lower limit on days of rest",
        f"{_contact(found)}核对昨天的办件数;确有变化则改登记 expect / Compare with the department's own count; if the usual number changed, change `expect`",
    )


def _credentials(connection: Connection, found: Registration, keys: Own, now: int) -> Finding:
    ends = ending(connection, found, keys, now)
    expected = f"还有 {SOON.days} 天以上 / more than {SOON.days} days left"
    if not ends:
        return Finding(OK, "没有将到期的 / none ends soon", expected)
    return Finding(
        WARN,
        "; ".join(f"{name} {from_us(at):%Y-%m-%d}" for at, name in ends[:20]),
        expected,
        "suphub node rotate;部门的证书和吊销列表请换发后更新登记;枢纽的密钥见 docs/envelope.md 轮换 / Have the department's certificates "
        "and lists renewed, then name them in the registration; for the hub's keys see docs/envelope.md, rotation",
    )


def _contact(found: Registration) -> str:
    """Whom to ask; the number stands in the registration."""
    return f"({found.contact['name']}) " if found.contact.get("name") else ""


def _span(time: timedelta) -> str:
    hours = time.total_seconds() / 3600
    return f"{hours / 24:.1f} d" if hours >= 48 else f"{hours:.1f} h"
