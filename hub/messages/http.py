"""Enterprise chat by webhook, and text messages by a gateway's HTTP interface: a JSON template is filled and posted."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from connectors import Access
from hub.messages.failures import down, later, login, refused
from hub.messages.shapes import Channel, Letter
from hub.register.shape import duration

CHAT: Mapping[str, Any] = {"msgtype": "text", "text": {"content": "{text}"}}
"""What enterprise chat services take (WeCom, DingTalk)."""
SMS: Mapping[str, Any] = {"to": "{to}", "text": "{text}", "id": "{id}"}
OURS = ("ca", "headers")
"""Extras of a connection that are not parameters of the address."""
LONGEST_REPLY = 65_536
CHAT_BYTES = 2048
"""Bytes of a text as WeCom takes it: it refuses a longer one, again and again."""
CUT = "\n… suphub message list"


class Gateway(Protocol):
    """What the hub needs of a way to send text messages; `HttpGateway` is the one that is shipped."""

    def send(self, number: str, text: str, key: str) -> None:
        """Send a text to a number; `key` is the same with every attempt. Raises RetryError, StopError MESSAGE_REFUSED."""
        ...


class HttpGateway:
    """A gateway that takes a JSON document by POST."""

    def __init__(self, channel: Channel, access: Access) -> None:
        self._channel, self._access = channel, access

    def send(self, number: str, text: str, key: str) -> None:
        """See `Gateway.send`."""
        words = {"to": number, "text": text, "id": key}
        _post(self._channel, self._access, filled(self._channel.options.get("body", SMS), words), key)


def send_sms(channel: Channel, access: Access, letter: Letter) -> None:
    """Send a letter's subject as a text message. Raises RetryError or StopError MESSAGE_REFUSED."""
    limit = int(channel.options.get("limit", 200))
    text = " ".join(letter.subject.split())
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    HttpGateway(channel, access).send(letter.address, text, letter.id)


def send_webhook(channel: Channel, access: Access, letter: Letter) -> None:
    """Post a letter to a webhook. Raises RetryError or StopError MESSAGE_REFUSED."""
    limit = int(channel.options.get("limit", CHAT_BYTES))
    text = f"{letter.subject}\n{letter.body}"
    words = {
        "id": letter.id,
        "to": letter.address,
        "subject": letter.subject,
        "body": _fitting(letter.body, limit - len(letter.subject.encode()) - 1),
        "text": _fitting(text, limit),
        "kind": letter.kind,
        "level": str(letter.level),
        "system": letter.system,
    }
    _post(channel, access, filled(channel.options.get("body", CHAT), words), letter.id)


def _fitting(text: str, limit: int) -> str:
    """A text of at most `limit` bytes of UTF-8, whole characters; where it is cut, it says where the rest is told."""
    data = text.encode()
    if len(data) <= limit:
        return text
    kept = data[: max(limit - len(CUT.encode()), 0)].decode("utf-8", "ignore")
    return f"{kept}{CUT}"


def filled(template: Any, words: Mapping[str, str]) -> Any:
    """A template with `{word}` replaced in all its texts; what is no word of ours stays as it is."""
    if isinstance(template, str):
        parts = template.split("{")
        done = parts[0]
        for part in parts[1:]:
            name, closed, rest = part.partition("}")
            done += words[name] + rest if closed and name in words else "{" + part
        return done
    if isinstance(template, Mapping):
        return {key: filled(value, words) for key, value in template.items()}
    return [filled(item, words) for item in template]


def _post(channel: Channel, access: Access, document: Any, key: str) -> None:
    timeout = duration(str(channel.options.get("timeout", "10s"))).total_seconds()
    auth = (access.login, access.password or "") if access.login else None
    headers = {"Idempotency-Key": key, **dict(access.extra.get("headers") or {})}
    until = monotonic() + timeout
    body = b""
    try:
        verify = ssl.create_default_context(cafile=access.extra.get("ca"))
        # Proxies of the environment would learn keys that stand in the address; redirects would carry them elsewhere.
        with (
            httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False, verify=verify) as client,
            client.stream(
                "POST", address_of(channel, access), json=document, auth=auth, headers=headers
            ) as answer,
        ):
            for block in answer.iter_bytes():
                body += block
                if len(body) > LONGEST_REPLY:
                    break
                if monotonic() > until:
                    raise down(channel.name, f"> {timeout:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise down(channel.name, _reason(error)) from None
    _judge(channel, answer.status_code, body)


def _reason(error: BaseException) -> str:
    """The kind of an error and what TLS or the network says of it; never its own text, which may hold the address and the key."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{type(error).__name__}: TLS: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror:
            return f"{type(error).__name__}: {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def address_of(channel: Channel, access: Access) -> str:
    """The address that a connection means; extras of the connection are parameters of the address (keys, tokens)."""
    host = access.host or ""
    origin = (
        host if "://" in host else f"{access.kind if access.kind in ('http', 'https') else 'https'}://{host}"
    )
    if not host:
        raise down(channel.name, f"connection {access.name}: no host")
    port = f":{access.port}" if access.port else ""
    query = urlencode({name: value for name, value in access.extra.items() if name not in OURS})
    path = (access.path or "").lstrip("/")
    return f"{origin.rstrip('/')}{port}/{path}{f'?{query}' if query else ''}"


def _judge(channel: Channel, status: int, body: bytes) -> None:
    """What the answer means: chat services say 200 and tell what is wrong in a field of the reply."""
    if status in (401, 403):
        raise login(channel.name, f"HTTP {status}")
    if status in (408, 425, 429) or status >= 500 or 300 <= status < 400:
        raise down(channel.name, f"HTTP {status}")
    if status >= 400:
        raise refused(channel.name, f"HTTP {status}")
    wanted = channel.options.get("accept", {"errcode": "0"} if channel.kind == "webhook" else {})
    try:
        reply = json.loads(body) if body else {}
    except ValueError:
        reply = {}
    for name, value in wanted.items():
        found = reply.get(name) if isinstance(reply, dict) else None
        missing_is_wrong = "accept" in channel.options
        if (found is not None or missing_is_wrong) and str(found) != str(value):
            raise later(channel.name, f"{name}: {found}")
