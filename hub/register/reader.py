"""Reads one YAML mapping node by node, so that every complaint has its line, its column and the allowed words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from hub.errors import Place, StopError


class Reader:
    """The nodes of one file; `stop` and `wrong_word` make the errors, the others read and raise them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stop(self, mark: yaml.Mark | None, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        place = Place(
            system=self.path.stem,
            file=str(self.path),
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        )
        return StopError(
            "REGISTRATION",
            zh=f"登记文件有误:{zh}",
            en=f"Registration: {en}",
            remedy_zh=remedy_zh,
            remedy_en=remedy_en,
            place=place,
        )

    def wrong_word(self, node: yaml.Node, what: str, word: object, allowed: Iterable[str]) -> StopError:
        words = list(allowed)
        near = difflib.get_close_matches(str(word), words, n=1)
        hint_zh = f"是否想写 {near[0]}?" if near else ""
        hint_en = f"Did you mean {near[0]}? " if near else ""
        return self.stop(
            node.start_mark,
            f"{what} 不认识 {word!r}",
            f"{what} does not know {word!r}",
            f"{hint_zh}可用:{'、'.join(words)}",
            f"{hint_en}Allowed: {', '.join(words)}",
        )

    def mapping(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.stop(
                node.start_mark,
                f"{what} 应为键值表",
                f"{what} must be a mapping",
                "写成 键: 值",
                "Write it as key: value lines",
            )
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(getattr(key, "value", key))
            if name in found:
                raise self.stop(
                    key.start_mark,
                    f"{name} 写了两次",
                    f"{name} is given twice",
                    "保留一处",
                    "Keep one of them",
                )
            found[name] = (key, value)
        return found

    def plain(self, node: yaml.Node) -> Any:
        """Scalars stay the text that was written: `region: 430100` is not a number."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item) for item in node.value]
        return {name: self.plain(value) for name, (_, value) in self.mapping(node, "value").items()}

    def text(self, node: yaml.Node, what: str, pattern: str, meaning_zh: str, meaning_en: str) -> str:
        value = self.plain(node)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.stop(
                node.start_mark,
                f"{what} 的值 {value!r} 不合格",
                f"{what} has the value {value!r}",
                meaning_zh,
                meaning_en,
            )
        return value

    def parsed(self, node: yaml.Node, what: str, parse: Callable[[str], Any], zh: str, en: str) -> Any:
        value = self.plain(node)
        try:
            return parse(value)
        except (ValueError, TypeError) as error:
            raise self.stop(
                node.start_mark, f"{what} 的值 {value!r} 不合格", f"{what} has the value {value!r}", zh, en
            ) from error

    def word(self, node: yaml.Node, what: str, allowed: Iterable[str]) -> str:
        value = self.plain(node)
        if value not in allowed:
            raise self.wrong_word(node, what, value, allowed)
        return str(value)
