"""How a conversation with an FTP server begins: connect, check who is there, and only then say who we are (RFC 4217)."""

from __future__ import annotations

import contextlib
import ssl

from connectors.failures import Stopping
from connectors.ftp.failures import NO_TLS, meaning, reason, stopping
from connectors.ftp.options import Address, FtpOptions
from connectors.ftp.session import Session
from connectors.ftp.trust import Trust, changed, not_trusted, seen, unchecked
from connectors.ftp.wire import Control, Refused


def log_in(system: str, options: FtpOptions, address: Address, trust: Trust | None) -> Session:
    """A conversation with a server that is trusted. `trust` is None for `tls: none`. Raises StopError, and as sessions do."""
    control, greeting = introduced(system, options, address, trust)
    try:
        _say_who(control, system, address)
        if trust is not None:
            _protect(control, system, address)
        session = Session(control, trust, options)
        session.offers = _offers(control)
        _settle(session, options, greeting)
    except BaseException:
        control.close()
        raise
    return session


def introduced(
    system: str, options: FtpOptions, address: Address, trust: Trust | None
) -> tuple[Control, bytes]:
    """A connection to a server that has shown who it is, and its greeting; nobody is logged in."""
    control = Control(address.host, address.port, options.timeout_s)
    try:
        return control, _secure(control, system, options, address, trust)
    except BaseException:
        control.close()
        raise


def _secure(
    control: Control, system: str, options: FtpOptions, address: Address, trust: Trust | None
) -> bytes:
    """Bring the connection under TLS, as registered, never less; the server's greeting."""
    if trust is None:
        return b"\n".join(control.greeting().lines)
    if options.tls == "implicit":
        _handshake(control, system, options, address, trust)
        return b"\n".join(control.greeting().lines)
    greeting = control.greeting()
    _ask_for_tls(control, system, address)
    _handshake(control, system, options, address, trust)
    return b"\n".join(greeting.lines)


def _ask_for_tls(control: Control, system: str, address: Address) -> None:
    try:
        control.ask("AUTH", b"TLS")
    except Refused as error:
        if error.reply.code == 421:
            raise
        raise stopping(NO_TLS, system, str(address), str(error)) from error


def _handshake(control: Control, system: str, options: FtpOptions, address: Address, trust: Trust) -> None:
    try:
        secured = control.secure(trust.context)
    except ssl.SSLCertVerificationError as error:
        control.close()
        found = certificate(options, address)
        raise not_trusted(system, address, error.verify_message, found[0]) from error
    if not trust.holds(secured):
        raise changed(system, address, trust.pins, seen(secured))


def certificate(options: FtpOptions, address: Address) -> tuple[str, bytes]:
    """The SHA-256 and the DER of the certificate that the server shows; nothing else is asked, nobody logs in."""
    control = Control(address.host, address.port, options.timeout_s)
    try:
        if options.tls != "implicit":
            control.greeting()
            control.ask("AUTH", b"TLS")
        secured = control.secure(unchecked())
        return seen(secured), secured.getpeercert(binary_form=True) or b""
    finally:
        control.close()


def _say_who(control: Control, system: str, address: Address) -> None:
    try:
        reply = control.ask("USER", address.login.encode())
        if 300 <= reply.code < 400:
            reply = control.ask("PASS", address.password.encode())
        if reply.code >= 300:  # it wants an account besides
            raise Refused("PASS", reply, secured=control.secured is not None)
    except Refused as error:
        texts = meaning(error)
        if isinstance(texts, Stopping):
            raise stopping(texts, system, str(address), reason(error)) from error
        raise


def _protect(control: Control, system: str, address: Address) -> None:
    try:
        control.ask("PBSZ", b"0")
        control.ask("PROT", b"P")
    except Refused as error:
        raise stopping(NO_TLS, system, str(address), str(error)) from error


def _offers(control: Control) -> frozenset[str]:
    """The first words of what FEAT lists, in capitals; nothing where the server does not know FEAT."""
    try:
        reply = control.ask("FEAT")
    except Refused as error:
        if error.reply.code == 421:
            raise
        return frozenset()
    words = (line.split() for line in reply.lines[1:-1])
    return frozenset(found[0].decode("ascii", "replace").upper() for found in words if found)


def _settle(session: Session, options: FtpOptions, greeting: bytes) -> None:
    control = session.control
    control.ask("TYPE", b"I")  # always bytes: SIZE and REST count wrongly in text mode
    if "UTF8" in session.offers or options.names == "utf-8":
        with contextlib.suppress(Refused):  # vsftpd has no OFF: it never translates
            control.ask("OPTS", b"UTF8 ON" if options.names == "utf-8" else b"UTF8 OFF")
    if "MLST" in session.offers:
        with contextlib.suppress(Refused):  # less to send; a server may send all its facts nevertheless
            control.ask("OPTS", b"MLST type;size;modify;")
    # ProFTPD reads a byte 255 as the begin of a Telnet command, others take it as it is.
    control.doubled = b"proftpd" in greeting.lower() or {"SSCN", "CSID"} <= session.offers
