"""The one place where what goes wrong on a way out becomes an error of the hub: later, or never by itself."""

from __future__ import annotations

from hub.errors import Place, RetryError, StopError

SHOWN = 300


def _short(reason: object) -> str:
    return " ".join(str(reason).split())[:SHOWN]


def down(channel: str, reason: object) -> RetryError:
    """The server cannot be reached, is slow, or does not want to now: nothing else is tried there in this round."""
    return RetryError(
        "MESSAGE_CHANNEL",
        zh=f"通道 {channel} 不通:{_short(reason)}",
        en=f"The channel {channel} does not work: {_short(reason)}",
        remedy_zh="检查连接的主机、端口、证书和网络;消息留在发件箱,自动再发",
        remedy_en="Check host, port, certificate and network of its connection; messages stay in the outbox and are tried again",
        place=Place(field=f"channels.{channel}"),
    )


def login(channel: str, reason: object) -> RetryError:
    """The server does not accept our name and password; mended there, what waits leaves by itself."""
    return RetryError(
        "MESSAGE_LOGIN",
        zh=f"通道 {channel} 拒绝登录:{_short(reason)}",
        en=f"The channel {channel} refuses the log-in: {_short(reason)}",
        remedy_zh="改正连接中的用户名和口令;消息留在发件箱,自动再发",
        remedy_en="Correct login and password of its connection; messages stay in the outbox and are tried again",
        place=Place(field=f"channels.{channel}"),
    )


def later(channel: str, reason: object) -> RetryError:
    """The server does not take this message now; others it may."""
    return RetryError(
        "MESSAGE_LATER",
        zh=f"通道 {channel} 暂不接收这条消息:{_short(reason)}",
        en=f"The channel {channel} does not take this message now: {_short(reason)}",
        remedy_zh="不用处理;自动再发",
        remedy_en="Nothing to do; it is tried again",
        place=Place(field=f"channels.{channel}"),
    )


def refused(channel: str, reason: object) -> StopError:
    """The server will never take this message as it is."""
    return StopError(
        "MESSAGE_REFUSED",
        zh=f"通道 {channel} 拒收这条消息:{_short(reason)}",
        en=f"The channel {channel} refuses this message: {_short(reason)}",
        remedy_zh="改正 messages.yaml 中的地址或模板,然后 suphub message retry",
        remedy_en="Correct address or template in messages.yaml, then: suphub message retry",
        place=Place(field=f"channels.{channel}"),
    )
