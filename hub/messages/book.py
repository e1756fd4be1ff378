"""Reads messages.yaml, who gets what by which way; nothing that is not understood is passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

import yaml

from hub import yaml_files
from hub.errors import Place, StopError
from hub.messages.shapes import LANGUAGES, LEVELS, ROLES, Book, Channel, Quiet, Recipient
from hub.register.options import Option, check
from hub.register.reader import Reader
from hub.register.shape import duration

NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
SECURITY = ("starttls", "tls", "none")
_COMMON = (
    Option("connection", "Airflow 连接名,口令在其中", "name of the Airflow Connection that holds the secrets", required=True),
    Option("timeout", "多久没有应答算失败", "how long an answer may take", "duration", default="10s"),
)  # fmt: skip
CHANNELS: Mapping[str, tuple[Option, ...]] = {
    "smtp": (
        *_COMMON,
        Option("from", "发件人", "the sender", required=True, pattern=r"[^\r\n]*[^\s@]+@[^\s@]+", example="hub@example.gov.cn"),
        Option("security", "加密方式", "how the connection is secured", "word", words=SECURITY, default="starttls"),
    ),
    "webhook": (
        *_COMMON,
        Option("body", "JSON 模板", "template of the JSON that is posted", "any", default='{msgtype: text, text: {content: "{text}"}}'),
        Option("accept", "应答 JSON 中的字段应为何值", "what a field of the JSON reply must be", "entries", default="{errcode: 0}"),
        Option("limit", "一条消息最多多少字节(UTF-8)", "bytes of one message (UTF-8)", "whole", low=200, high=1_000_000, default="2048"),
    ),
    "sms": (
        *_COMMON,
        Option("body", "JSON 模板", "template of the JSON that is posted", "any", default='{to: "{to}", text: "{text}", id: "{id}"}'),
        Option("accept", "应答 JSON 中的字段应为何值", "what a field of the JSON reply must be", "entries", default="-"),
        Option("limit", "一条短信最多多少字", "characters of one text message", "whole", low=20, high=1000, default="200"),
    ),
}  # fmt: skip
"""Options of a channel beside `kind`, by kind."""


def _grade(name: str, zh: str, en: str, default: str, high: int = max(LEVELS)) -> Option:
    return Option(name, zh, en, "whole", low=min(LEVELS), high=high, default=default)


RECIPIENT = (
    Option("channel", "用哪个通道", "which channel", required=True),
    Option("to", "地址或号码(webhook 不写)", "addresses or numbers (not for a webhook)", "list"),
    _grade("level", "收这一级及以上的消息", "messages of this level and above", "1"),
    _grade("urgent", "这一级及以上立即单独发出;4:没有", "of this level and above at once, each by itself; 4: none", "3", 4),
    Option("kinds", "收哪几类消息", "kinds of messages, by their beginning", "list", pattern=r"[a-z_]+(\.[a-z_]+)*"),
    Option("roles", "收与哪些角色有关的消息", "messages that concern these roles", "list", pattern="|".join(ROLES)),
    Option("systems", "收哪些系统的消息", "messages about these systems", "list"),
    Option("organizations", "收哪些机构的消息", "messages about these organisations", "list", pattern=r"[0-9A-Z]{18}"),
    Option("quiet", "静默时段(北京时间)", "hours of rest (UTC+8)", example='"22:00-07:00"'),
    Option("digest", "汇总多久发一次", "gather for so long, then send as one", "duration", example="30m"),
    Option("language", "语言", "language", "word", words=LANGUAGES, default="both"),
)  # fmt: skip

_ADDRESS = {"smtp": r"[^\s@<>,;]+@[^\s@<>,;]+", "sms": r"\+?[0-9][0-9 -]{3,20}"}
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


class _Reader(Reader):
    """Complains of messages.yaml under a code of its own."""

    def stop(self, mark: yaml.Mark | None, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        return StopError(
            "MESSAGES_FILE",
            zh=f"消息设置有误:{zh}",
            en=f"Messages: {en}",
            remedy_zh=remedy_zh,
            remedy_en=remedy_en,
            place=Place(file=str(self.path), line=line, column=column),
        )


def load_book(path: Path) -> Book:
    """The book of a file; an empty one where there is none. Raises StopError MESSAGES_FILE with line and column."""
    reader = _Reader(path)
    try:
        root = yaml_files.compose(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return Book()
    except (OSError, UnicodeDecodeError) as error:
        raise reader.stop(
            None, f"读不到({error})", f"cannot be read ({error})", "检查权限,存为 UTF-8",
            "Check its permissions, save it as UTF-8",
        ) from error  # fmt: skip
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", str(error))
        raise reader.stop(
            getattr(error, "problem_mark", None), f"不是合格的 YAML({problem})", f"not well-formed YAML ({problem})",
            "检查缩进、冒号和引号", "Check indentation, colons and quotes",
        ) from error  # fmt: skip
    return Book() if root is None else _book(reader, root)


def _book(reader: Reader, root: yaml.Node) -> Book:
    nodes = reader.mapping(root, "messages.yaml")
    for name, (key, _) in nodes.items():
        if name not in ("channels", "recipients"):
            raise reader.wrong_word(key, "messages.yaml", name, ("channels", "recipients"))
    channels = {name: _channel(reader, name, node) for name, node in _named(reader, nodes, "channels")}
    recipients = {
        name: _recipient(reader, name, node, channels) for name, node in _named(reader, nodes, "recipients")
    }
    return Book(channels, recipients)


def _named(
    reader: Reader, nodes: Mapping[str, tuple[yaml.Node, yaml.Node]], what: str
) -> list[tuple[str, yaml.Node]]:
    if what not in nodes:
        return []
    found = []
    for name, (key, value) in reader.mapping(nodes[what][1], what).items():
        reader.text(
            key, f"{what} 的名称 name", NAME, "字母、数字、连字符", "Letters, digits, hyphens, at most 63"
        )
        found.append((name, value))
    return found


def _channel(reader: Reader, name: str, node: yaml.Node) -> Channel:
    what = f"channels.{name}"
    nodes = reader.mapping(node, what)
    if "kind" not in nodes:
        raise reader.stop(
            node.start_mark, f"{what} 缺 kind", f"{what} lacks kind", f"可用:{'、'.join(CHANNELS)}",
            f"Allowed: {', '.join(CHANNELS)}",
        )  # fmt: skip
    kind = reader.word(nodes["kind"][1], f"{what}.kind", CHANNELS)
    check(reader, node, what, (Option("kind", "通道类型", "kind of channel"), *CHANNELS[kind]))
    options = dict(reader.plain(node))
    del options["kind"]
    return Channel(name, kind, options.pop("connection"), options)


def _recipient(reader: Reader, name: str, node: yaml.Node, channels: Mapping[str, Channel]) -> Recipient:
    what = f"recipients.{name}"
    check(reader, node, what, RECIPIENT)
    nodes = {key: value for key, (_, value) in reader.mapping(node, what).items()}
    said: dict[str, Any] = dict(reader.plain(node))
    channel = channels[reader.word(nodes["channel"], f"{what}.channel", channels)]
    quiet = reader.parsed(nodes["quiet"], f"{what}.quiet", hours, "写成 22:00-07:00,起止不同", "Write it as 22:00-07:00, beginning and end not the same") \
        if "quiet" in nodes else None  # fmt: skip
    return Recipient(
        name,
        channel.name,
        _addresses(reader, what, node, nodes.get("to"), channel),
        level=int(said.get("level", 1)),
        urgent=int(said.get("urgent", 3)),
        kinds=tuple(said.get("kinds", ())),
        roles=tuple(said.get("roles", ())),
        systems=tuple(said.get("systems", ())),
        organizations=tuple(said.get("organizations", ())),
        quiet=quiet,
        digest=duration(said["digest"]) if "digest" in said else None,
        language=said.get("language", "both"),
    )


def _addresses(
    reader: Reader, what: str, node: yaml.Node, to: yaml.Node | None, channel: Channel
) -> tuple[str, ...]:
    pattern = _ADDRESS.get(channel.kind)
    if pattern is None:
        if to is not None:
            raise reader.stop(
                to.start_mark, f"{what}.to 不用于 {channel.kind}", f"{what}.to has no meaning for a {channel.kind}",
                "删去;去向由连接决定", "Leave it out: the connection says where it goes",
            )  # fmt: skip
        return ("-",)
    items = to.value if isinstance(to, yaml.SequenceNode) else []
    if not items:
        raise reader.stop(
            node.start_mark,
            f"{what} 缺 to",
            f"{what} lacks to",
            "写成 to: [地址, …]",
            "Write it as to: [address, …]",
        )
    return tuple(
        reader.text(item, f"{what}.to", pattern, f"{channel.kind} 的地址", f"An address for {channel.kind}")
        for item in items
    )


def hours(text: str) -> Quiet:
    """`22:00-07:00` as hours of rest; ValueError otherwise."""
    found = _HOURS.fullmatch(text)
    if not found:
        raise ValueError(text)
    first, second, third, fourth = map(int, found.groups())
    if (first, second) == (third, fourth):  # nothing, or the whole day? Nobody could say
        raise ValueError(text)
    return Quiet(time(first, second), time(third, fourth))
