"""E-mail by SMTP: TLS verified, one letter to one address, the same Message-ID with every attempt."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from connectors import Access
from hub.errors import HubError
from hub.messages.failures import down, later, login, refused
from hub.messages.shapes import Channel, Letter
from hub.register.shape import duration

PORTS = {"none": 25, "starttls": 587, "tls": 465}
_CLOSING = 421
"""The server says good-bye (RFC 5321, 3.8): nothing else is tried there for now."""
_LOG_IN_FIRST = (530, 534, 535, 538)
"""It wants a log-in, or another one (RFC 4954): mended at the connection, whatever the message."""


def send(channel: Channel, access: Access, letter: Letter) -> None:
    """Hand a letter to the mail server. Raises RetryError (channel down, log-in, later) or StopError MESSAGE_REFUSED."""
    sender = str(channel.options["from"])
    message = written(sender, letter)
    try:
        with _session(channel, access) as server:
            server.send_message(message, parseaddr(sender)[1], [letter.address])
    except smtplib.SMTPAuthenticationError as error:
        raise login(channel.name, _said(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(channel, *next(iter(error.recipients.values())), later) from error
    except smtplib.SMTPSenderRefused as error:  # for now (4xx) it would refuse all our letters
        raise _refusal(channel, error.smtp_code, error.smtp_error, down) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(channel, error.smtp_code, error.smtp_error, later) from error
    except smtplib.SMTPNotSupportedError as error:
        # Without SMTPUTF8 a server never takes an address in Chinese; without STARTTLS it takes nothing.
        make = down if letter.address.isascii() else refused
        raise make(channel.name, f"{error} (security: {_security(channel)})") from error
    except (smtplib.SMTPException, OSError) as error:
        raise down(channel.name, _reason(error)) from error


def _refusal(
    channel: Channel, code: int, text: bytes | str, for_now: Callable[[str, str], HubError]
) -> HubError:
    """What a reply other than yes means: by its first digit alone (RFC 5321, 4.2.1) for now, or for ever."""
    make = (
        down if code == _CLOSING
        else login if code in _LOG_IN_FIRST
        else for_now if 400 <= code < 500
        else refused
    )  # fmt: skip
    return make(channel.name, _said(code, text))


@contextmanager
def _session(channel: Channel, access: Access) -> Iterator[smtplib.SMTP]:
    """A connection that is secured and logged in. What the server says to our leaving changes nothing: it has the letter, or not."""
    server = _connected(channel, access)
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _connected(channel: Channel, access: Access) -> smtplib.SMTP:
    """A connection that is secured as the channel says, logged in where the connection has a login."""
    security = _security(channel)
    timeout = duration(str(channel.options.get("timeout", "10s"))).total_seconds()
    context = ssl.create_default_context(cafile=access.extra.get("ca"))
    host, port = access.host or "localhost", access.port or PORTS[security]
    server = (
        smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        if security == "tls"
        else smtplib.SMTP(host, port, timeout=timeout)
    )
    try:
        if security == "starttls":
            server.starttls(context=context)
        if access.login:
            _log_in(server, access.login, access.password or "")
    except BaseException:
        server.close()
        raise
    return server


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    """As the server offers it. smtplib knows ASCII only; PLAIN is UTF-8 by RFC 4616."""
    if (user + password).isascii():
        server.login(user, password)
        return
    server.ehlo_or_helo_if_needed()
    plain = b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    code, text = server.docmd("AUTH", f"PLAIN {plain}")
    if code not in (235, 503):  # 503: already logged in
        raise smtplib.SMTPAuthenticationError(code, text)


def _security(channel: Channel) -> str:
    return str(channel.options.get("security", "starttls"))


def written(sender: str, letter: Letter) -> EmailMessage:
    """The letter as mail."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.address
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message["X-Suphub-Kind"] = letter.kind
    message["X-Suphub-Level"] = str(letter.level)
    # Base64: servers without 8BITMIME, and gateways that break long lines, leave Chinese alone.
    message.set_content(letter.body, charset="utf-8", cte="base64")
    return message


def _said(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    return f"{type(error).__name__}: {error}"
