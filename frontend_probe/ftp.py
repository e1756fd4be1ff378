"""The probe of an FTP server: reaches, trusts, logs in, writes and removes hidden files of its own, and takes nothing."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from cryptography import x509

from connectors.folders import shown_path
from connectors.ftp import claims, placing
from connectors.ftp.claims import join
from connectors.ftp.connector import FtpConnector
from connectors.ftp.failures import translated
from connectors.ftp.login import certificate, introduced
from connectors.ftp.options import fingerprint_shown
from connectors.ftp.session import Session
from connectors.ftp.trust import trust_of
from connectors.ftp.wire import Refused, readable
from frontend_probe import folders as judge
from frontend_probe.report import OK, WARN, Finding, Report, Unreached, run
from hub.errors import HubError, StopError

PATIENCE_S = 10.0
DAYS_WARN = 30
_HALF_HOUR_S = 1800.0


def probe_ftp(connector: FtpConnector, now: Callable[[], float] = time.time) -> Report:
    """Probe the server of a system. `now` is the hub's clock in seconds since 1970."""
    folders = connector.folders
    door = _Door(connector)

    def look(deed: Callable[[Session], Finding], *parts: bytes) -> Callable[[], Finding]:
        return door.behind(lambda: door.inside(deed, shown_path(*parts)))

    return run(
        connector.system,
        [
            ("connection", door.before(lambda: _connection(connector))),
            ("reachable", door.before(lambda: _reachable(connector))),
            ("trusted", door.before(lambda: _trusted(connector, now()))),
            ("login", door.before(lambda: door.inside(_login, shown_path(folders.inbox)))),
            ("inbox.readable", door.behind(lambda: _readable(connector))),
            ("listing", door.behind(lambda: _listing(connector))),
            ("inbox.claimable", look(lambda s: _claimable(s, folders.inbox), folders.inbox)),
            ("receipts.writable", look(lambda s: _writable(s, folders.receipts), folders.receipts)),
            ("refused.writable", look(lambda s: _writable(s, folders.refused), folders.refused)),
            ("clock", look(lambda s: _clock(s, folders.inbox, now), folders.inbox)),
            ("free_space", _free_space),
            ("backlog", door.behind(lambda: judge.backlog(connector.look(), now()))),
            ("not_ready", door.behind(lambda: judge.not_ready(connector.look(), now()))),
        ],
    )


class _Door:
    """The way in: what bars it is told once. A log-in that was refused is not tried again, or the account would be locked."""

    def __init__(self, connector: FtpConnector) -> None:
        self._connector = connector
        self._barred = False

    def behind(self, deed: Callable[[], Finding]) -> Callable[[], Finding]:
        """A look that needs the log-in; only what somebody has to mend keeps the next ones from trying."""
        return lambda: self._tried(deed, StopError)

    def before(self, deed: Callable[[], Finding]) -> Callable[[], Finding]:
        """A look at the way in, or at the log-in itself: without it nothing behind can be looked at."""
        return lambda: self._tried(deed, HubError)

    def _tried(self, deed: Callable[[], Finding], barring: type[HubError]) -> Finding:
        if self._barred:
            raise Unreached
        try:
            return deed()
        except barring:
            self._barred = True
            raise

    def inside(self, deed: Callable[[Session], Finding], place: str) -> Finding:
        """A look at a conversation."""
        with (
            translated(self._connector.system, "检查", "checking", place),
            self._connector.pool.session() as session,
        ):
            return deed(session)


def _connection(connector: FtpConnector) -> Finding:
    return Finding(
        OK, f"{connector.address()} tls: {connector.options.tls}", "连接可用 / the connection can be used"
    )


def _reachable(connector: FtpConnector) -> Finding:
    address = connector.address()
    with (
        translated(connector.system, "连接", "connecting to", str(address)),
        closing(socket.create_connection((address.host, address.port), PATIENCE_S)),
    ):
        return Finding(OK, f"{address.host}:{address.port}", "端口可连 / the port answers")


def _trusted(connector: FtpConnector, now: float) -> Finding:
    address, options, system = connector.address(), connector.options, connector.system
    expected = (
        f"TLS,证书可信,{DAYS_WARN} 天内不过期 / TLS, a trusted certificate that is good for {DAYS_WARN} days"
    )
    if options.tls == "none":
        remedy = "请部门启用 FTPS 后删去 tls: none;在此之前只走专网 / Ask the department for FTPS, then remove tls: none; until then use a private network"
        return Finding(
            WARN, "tls: none:口令和办件不加密 / password and cases travel in clear", expected, remedy
        )
    with translated(system, "核验", "verifying", str(address)):
        control, _ = introduced(system, options, address, trust_of(system, address))
        control.close()
        digest, der = certificate(options, address)
    shown = x509.load_der_x509_certificate(der)
    left = (shown.not_valid_after_utc - datetime.fromtimestamp(now, UTC)).days
    seen = f"{shown.subject.rfc4514_string()} {fingerprint_shown(digest)} {left} 天 / days left"
    remedy = "请部门换证书;登记了指纹的,先把新指纹加入 fingerprints / Let the department renew it; where fingerprints are pinned, add the new one first"
    return Finding(OK if left >= DAYS_WARN else WARN, seen, expected, remedy)


def _login(session: Session) -> Finding:
    offers = " ".join(sorted(session.offers)) or "-"
    return Finding(OK, f"已登录 / logged in; FEAT: {offers}", "能登录 / log-in works")


def _readable(connector: FtpConnector) -> Finding:
    with connector.peek() as found:
        if found is not None:
            found[1].read(1)
    files = [seen for seen in connector.look() if seen.ready]
    return Finding(OK, f"{len(files)} 个文件 / files", "能列目录、打开文件 / can be listed, a file opened")


def _listing(connector: FtpConnector) -> Finding:
    connector.look()
    expected = "每一行都看得懂 / every line of the listing can be read"
    if not connector.unread:
        return Finding(OK, "-", expected)
    seen = f"{len(connector.unread)} 行 / lines: {readable(connector.unread[0])[:120]}"
    remedy = "把这一行报给枢纽管理员;其他文件照常取 / Report this line to the hub's administrator; other files are taken as usual"
    return Finding(WARN, seen, expected, remedy)


def _claimable(session: Session, inbox: bytes) -> Finding:
    """A file of our own through all that happens to a package: written, renamed into the folder of claims, removed."""
    folder = join(inbox, claims.NAME)
    made = session.make_folder(folder)
    try:
        name = _hidden()
        session.store(join(inbox, name), [b"suphub probe"])
        try:
            session.rename(join(inbox, name), join(folder, name))
        except Refused:
            session.delete(join(inbox, name))
            raise
        session.delete(join(folder, name))
    finally:
        if made:
            _tidy(session, folder)
    return Finding(
        OK,
        shown_path(inbox),
        "能写、改名到领取目录、删除 / can write, rename into the folder of claims, remove",
    )


def _writable(session: Session, folder: bytes) -> Finding:
    made = placing.prepared(session, folder)
    try:
        name = _hidden()
        session.store(join(join(folder, placing.NAME), name), [b"suphub probe"])
        session.rename(join(join(folder, placing.NAME), name), join(folder, name))
        session.delete(join(folder, name))
    finally:
        for path in reversed(made):  # a probe leaves nothing behind
            _tidy(session, path)
    seen = "可写,首次使用时建立 / writable, made when first needed" if made else "可写 / writable"
    return Finding(OK, f"{shown_path(folder)} {seen}", "能写、改名、删除 / can write, rename and remove")


def _clock(session: Session, inbox: bytes, now: Callable[[], float]) -> Finding:
    path = join(inbox, _hidden())
    before = now()
    session.store(path, [b"suphub probe"])
    after = now()
    mark = session.mark(path)
    session.delete(path)
    if mark is None or mark.at is None:
        return Finding(
            WARN, "-", "服务器告知文件时间 / the server tells times",
            "该服务器没有 MDTM,时钟须另行核对 / This server has no MDTM: compare the clocks by hand",
        )  # fmt: skip
    skew = mark.at - after
    halves = round(skew / _HALF_HOUR_S)
    if halves and abs(skew - halves * _HALF_HOUR_S) <= judge.SKEW_WARN_S:
        return Finding(
            WARN, f"{skew / 3600:+.1f} h", "UTC (RFC 3659)",
            "服务器以本地时间告知文件时间,不影响取报文;积压的时长会差这么多 / The server tells local time: packages are taken "
            "all the same, but ages of the backlog are off by as much",
        )  # fmt: skip
    return judge.clock(before - 1, mark.at, after)  # whole seconds are all that MDTM tells


def _free_space() -> Finding:
    return Finding(
        OK,
        "FTP 不告知剩余空间 / FTP does not tell",
        "由前置机上的探针查看 / seen by the agent on the machine",
    )


def _hidden() -> bytes:
    return f".suphub-probe-{secrets.token_hex(8)}".encode("ascii")


def _tidy(session: Session, folder: bytes) -> None:
    if session.control.sock.fileno() >= 0:
        with contextlib.suppress(Refused):  # it is empty; whoever works there now may need it
            session.remove_folder(folder)
