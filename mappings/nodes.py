"""Reads a dialect's file node by node: scalars stay the text that is written, every complaint has file, line and column."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from hub import yaml_files
from hub.errors import Place, StopError

Entries = Mapping[str, tuple[yaml.Node, yaml.Node]]
"""Key → its node and its value's node."""


class Nodes:
    """The nodes of one file; complaints are StopErrors under DIALECT."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def document(self) -> yaml.Node:
        """The top node. Raises StopError where the file cannot be read or is no YAML."""
        try:
            node = yaml_files.compose(self.path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            raise self.at(
                error.problem_mark,
                f"不是有效的 YAML：{error.problem}", f"Not valid YAML: {error.problem}",
                "按该位置修改写法。", "Mend the writing at that place.",
            ) from error  # fmt: skip
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise self.at(
                None,
                f"无法读取：{error}", f"It cannot be read: {error}",
                "检查文件的权限，并存为 UTF-8。", "Check the file's permissions, and save it as UTF-8.",
            ) from error  # fmt: skip
        if node is None:
            raise self.at(
                None, "文件是空的", "The file is empty", "从另一份抄起。", "Start from another one."
            )
        return node

    def entries(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """The entries of a mapping, none of them twice."""
        if not isinstance(node, yaml.MappingNode):
            raise self.fault(
                node, f"{what} 应为键值表", f"{what} must be a mapping", "写成 键: 值。", "Write key: value."
            )
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self.text(key)
            if name in found:
                raise self.fault(
                    key,
                    f"{what} 中 {name!r} 写了两次", f"{name!r} is given twice in {what}",
                    "保留一处。", "Keep one of them.",
                )  # fmt: skip
            found[name] = (key, value)
        return found

    def words(
        self, found: Entries, needed: Iterable[str], allowed: Iterable[str], what: str, near: yaml.Node
    ) -> None:
        """Every key is one of `needed` or `allowed`, and all of `needed` are there."""
        needed = tuple(needed)
        known = (*needed, *allowed)
        for key, (node, _) in found.items():
            if key not in known:
                raise self.unknown(node, key, known, f"{what} 不认识", f"{what} does not know")
        missing = [word for word in needed if word not in found]
        if missing:
            raise self.fault(
                near,
                f"{what} 缺少 {'、'.join(missing)}", f"{what} lacks {', '.join(missing)}",
                "补上。", "Add it.",
            )  # fmt: skip

    def text(self, node: yaml.Node, *, blank: bool = False) -> str:
        """A scalar as it is written; `blank` allows an empty one."""
        if not isinstance(node, yaml.ScalarNode) or not (blank or node.value.strip()):
            raise self.fault(node, "应为文字", "A text is expected", "写一个值。", "Write a value.")
        return str(node.value)

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        """A list of texts, or one text."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(each) for each in node.value)
        return (self.text(node),)

    def word(self, node: yaml.Node, what: str, allowed: Iterable[str]) -> str:
        """A text that is one of those allowed."""
        value, words = self.text(node), tuple(allowed)
        if value not in words:
            raise self.unknown(node, value, words, f"{what} 不认识", f"{what} does not know")
        return value

    def unknown(self, node: yaml.Node, word: str, allowed: Iterable[str], zh: str, en: str) -> StopError:
        """The complaint about a word, with those allowed and the nearest of them."""
        words = list(allowed)
        near = difflib.get_close_matches(word, words, n=1)
        return self.fault(
            node,
            f"{zh} {word!r}", f"{en} {word!r}",
            (f"是否想写 {near[0]}？" if near else "") + f"可用：{'、'.join(words)}",
            (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(words)}",
        )  # fmt: skip

    def fault(self, node: yaml.Node, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        """A complaint at a node."""
        return self.at(node.start_mark, zh, en, remedy_zh, remedy_en)

    def at(self, mark: yaml.Mark | None, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        """A complaint at a place of the file, or about the file."""
        place = Place(
            file=str(self.path),
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        )
        return StopError(
            "DIALECT",
            zh=f"方言有误：{zh}",
            en=f"Dialect: {en}",
            remedy_zh=remedy_zh,
            remedy_en=remedy_en,
            place=place,
        )
