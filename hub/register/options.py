"""Options of a connector as data: the same table reads a registration, names what is wrong, and prints the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import yaml

from hub.register.reader import Reader
from hub.register.shape import duration

Kind = Literal["text", "word", "whole", "duration", "flag", "mapping", "entries", "list", "any"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: what it is called, what it may be, what it means.

    `text` must match `pattern`; `word` is one of `words`; `whole` is a number within `low`..`high`; `flag` is true or
    false; `mapping` has the options `inner` (exactly one of them if `one`); `entries` has names of its own, each with
    the options `inner` (or a text where there are none); `list` holds texts. `text` with `words` may be one of them too.
    """

    name: str
    zh: str
    en: str
    kind: Kind = "text"
    required: bool = False
    pattern: str = r"[\s\S]*\S[\s\S]*"
    words: tuple[str, ...] = ()
    low: int = 0
    high: int = 2_147_483_647
    inner: tuple[Option, ...] = ()
    one: bool = False
    default: str = ""  # as the reference prints it
    example: str = ""


def check(
    reader: Reader, node: yaml.Node, what: str, options: Sequence[Option], *, one: bool = False
) -> None:
    """Hold a mapping against its options. Raises StopError with line, column and the allowed words."""
    nodes = reader.mapping(node, what)
    names = [option.name for option in options]
    for name, (key, value) in nodes.items():
        if name not in names:
            raise reader.wrong_word(key, what, name, names)
        option = options[names.index(name)]
        _check_value(reader, value, f"{what}.{name}" if what != "connector" else name, option)
    for option in options:
        if option.required and option.name not in nodes:
            raise reader.stop(
                node.start_mark,
                f"{what} 缺 {option.name}",
                f"{what} lacks {option.name}",
                f"补上 {option.name}:{option.zh}",
                f"Add {option.name}: {option.en}",
            )
    if one and len(nodes) != 1:
        raise reader.stop(
            node.start_mark,
            f"{what} 只能写一种",
            f"{what} takes exactly one way",
            f"可用:{'、'.join(names)}",
            f"Allowed: {', '.join(names)}",
        )


def _check_value(reader: Reader, node: yaml.Node, what: str, option: Option) -> None:
    match option.kind:
        case "text":
            reader.text(node, what, option.pattern, option.zh, option.en)
        case "word":
            reader.word(node, what, option.words)
        case "flag":
            reader.word(node, what, ("true", "false"))
        case "whole":
            zh, en = (
                f"{option.low} 到 {option.high} 的整数",
                f"A whole number from {option.low} to {option.high}",
            )
            reader.parsed(node, what, lambda text: _whole(text, option), zh, en)
        case "duration":
            reader.parsed(node, what, duration, "写成 60s、5m、2h 或 2d", "Write it as 60s, 5m, 2h or 2d")
        case "mapping":
            check(reader, node, what, option.inner, one=option.one)
        case "entries":
            for name, (_, value) in reader.mapping(node, what).items():
                if option.inner:
                    check(reader, value, f"{what}.{name}", option.inner)
                else:
                    reader.text(value, f"{what}.{name}", option.pattern, option.zh, option.en)
        case "list":
            _check_list(reader, node, what, option)
        case "any":
            reader.plain(node)


def _check_list(reader: Reader, node: yaml.Node, what: str, option: Option) -> None:
    if not isinstance(node, yaml.SequenceNode):
        raise reader.stop(
            node.start_mark,
            f"{what} 应为列表",
            f"{what} must be a list",
            "写成 [A, B]",
            "Write it as [A, B]",
        )
    for item in node.value:
        reader.text(item, what, option.pattern, option.zh, option.en)


def _whole(text: object, option: Option) -> int:
    number = int(str(text))
    if not option.low <= number <= option.high:
        raise ValueError(text)
    return number
