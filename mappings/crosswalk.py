"""Reads code crosswalks (代码对照): a registered system's foreign codes become ours, and an unmapped one stays unknown."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import yaml

from hub import yaml_files
from hub.errors import Place, StopError
from schemas.codes import code_lists

FOLDER = Path(__file__).parent / "crosswalks"
KEYS = ("crosswalk", "version", "zh", "en", "source", "canonical", "tables")
VARIANTS = "variants"
"""The optional key: lists that mean one of ours but are written otherwise in one field of the source."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A second list of the source that means `list`: foreign value → canonical value."""

    list: str
    table: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """One system's codes in one version: list → foreign value → canonical value, for every list there is.

    Lists that the file declares `canonical` map each canonical value to itself. A value that is not a key is unknown:
    there is no default. `digest` is the SHA-256 over name, version and tables, and changes when any of them does.
    """

    name: str
    version: str
    zh: str
    en: str
    source: str
    tables: Mapping[str, Mapping[str, str]]
    foreign: tuple[str, ...]  # the lists with a table of their own
    digest: str
    variants: Mapping[str, Variant] = field(default_factory=dict)


def crosswalk_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The crosswalks there are."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def load_crosswalk(name: str, folder: Path = FOLDER) -> Crosswalk:
    """The crosswalk of that name. Raises StopError: no such crosswalk, or its file is faulty (with line and column)."""
    names = crosswalk_names(folder)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        raise _stop(
            f"没有代码对照 {name!r}",
            f"There is no crosswalk {name!r}",
            (f"是否想写 {near[0]}？" if near else "") + f"可用：{'、'.join(names)}",
            (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(names)}",
        )
    return _Reader(folder / f"{name}.yaml").crosswalk()


class _Reader:
    """Reads one file node by node: scalars stay the text that is written (Y is not true), complaints have a place."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def crosswalk(self) -> Crosswalk:
        top = self._mapping(self._document(), self.path.name)
        self._words(top, KEYS, "文件", "the file", optional=(VARIANTS,))
        texts = {key: self._text(top[key][1]) for key in KEYS[:5]}
        if texts["crosswalk"] != self.path.stem:
            raise self._fault(
                top["crosswalk"][1],
                f"crosswalk 为 {texts['crosswalk']!r}，与文件名不符",
                f"crosswalk is {texts['crosswalk']!r}, unlike the file's name",
                f"写成 {self.path.stem}。",
                f"Write {self.path.stem}.",
            )
        own = {
            list_: self._table(key, table) for list_, (key, table) in self._lists(top["tables"][1]).items()
        }
        same = self._canonical(top["canonical"][1], own)
        tables = {
            list_: own.get(list_) or {value: value for value in code_lists()[list_]}
            for list_ in (*own, *same)
        }
        self._complete(top["canonical"][0], tables)
        variants = self._variants(top[VARIANTS][1]) if VARIANTS in top else {}
        return Crosswalk(
            name=texts["crosswalk"],
            version=texts["version"],
            zh=texts["zh"],
            en=texts["en"],
            source=texts["source"],
            tables=MappingProxyType({list_: MappingProxyType(tables[list_]) for list_ in sorted(tables)}),
            foreign=tuple(sorted(own)),
            digest=_digest(texts["crosswalk"], texts["version"], tables, variants),
            variants=MappingProxyType(variants),
        )

    def _document(self) -> yaml.Node:
        try:
            node = yaml_files.compose(self.path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            raise self._at(
                error.problem_mark,
                f"不是有效的 YAML：{error.problem}",
                f"Not valid YAML: {error.problem}",
                "按该位置修改写法。",
                "Mend the writing at that place.",
            ) from error
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise self._at(
                None,
                f"无法读取：{error}",
                f"It cannot be read: {error}",
                "检查文件的权限，并存为 UTF-8。",
                "Check the file's permissions, and save it as UTF-8.",
            ) from error
        if node is None:
            raise self._at(
                None, "文件是空的", "The file is empty", "从另一份对照抄起。", "Start from another crosswalk."
            )
        return node

    def _lists(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        lists = self._mapping(node, "tables")
        for key, (key_node, _) in lists.items():
            self._known_list(key_node, key)
        return lists

    def _variants(self, node: yaml.Node) -> dict[str, Variant]:
        found: dict[str, Variant] = {}
        for name, (key, value) in self._mapping(node, VARIANTS).items():
            entry = self._mapping(value, name)
            self._words(entry, ("list", "values"), name, name, key)
            list_ = self._text(entry["list"][1])
            self._known_list(entry["list"][1], list_)
            if name in code_lists():
                raise self._fault(
                    key,
                    f"{name} 是规范代码表的名称",
                    f"{name} is the name of one of our lists",
                    "给它另一个名称，或写在 tables 下。",
                    "Give it another name, or write it under tables.",
                )
            found[name] = Variant(list_, MappingProxyType(self._table(key, entry["values"][1], list_)))
        return found

    def _table(self, list_node: yaml.Node, node: yaml.Node, meaning: str | None = None) -> dict[str, str]:
        list_ = meaning or self._text(list_node)
        table = {
            foreign: self._target(list_, key, value)
            for foreign, (key, value) in self._mapping(node, list_).items()
        }
        if not table:
            raise self._fault(
                list_node,
                f"{list_} 没有任何对照",
                f"{list_} maps nothing",
                "写出对照，或把它列入 canonical。",
                "Write its values, or name it under canonical.",
            )
        return table

    def _target(self, list_: str, key: yaml.Node, node: yaml.Node) -> str:
        entry = self._mapping(node, f"{list_} {self._text(key)}")
        self._words(entry, ("to", "zh"), f"{list_} 的对照", f"an entry of {list_}", key)
        target = entry["to"][1]
        value, known = self._text(target), code_lists()[list_]
        if value not in known:
            raise self._fault(
                target,
                f"{list_} 没有规范值 {value!r}",
                f"{list_} has no canonical value {value!r}",
                f"可用：{'、'.join(known)}",
                f"Allowed: {', '.join(known)}",
            )
        return value

    def _canonical(self, node: yaml.Node, own: Mapping[str, object]) -> list[str]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._fault(
                node, "canonical 应为列表", "canonical must be a list", "写成 [A, B]。", "Write [A, B]."
            )
        seen: list[str] = []
        for each in node.value:
            list_ = self._text(each)
            self._known_list(each, list_)
            if list_ in own or list_ in seen:
                raise self._fault(
                    each,
                    f"{list_} 出现了两次",
                    f"{list_} is named twice",
                    "一个代码表要么列入 canonical，要么写在 tables 下，只写一次。",
                    "Name a list once: under canonical or under tables.",
                )
            seen.append(list_)
        return seen

    def _complete(self, node: yaml.Node, tables: Mapping[str, object]) -> None:
        missing = [list_ for list_ in code_lists() if list_ not in tables]
        if missing:
            raise self._fault(
                node,
                f"未说明的代码表：{'、'.join(missing)}",
                f"Lists that are not spoken of: {', '.join(missing)}",
                "与规范一致的列入 canonical，不一致的写在 tables 下。",
                "Name those that are as ours under canonical; write the others under tables.",
            )

    def _known_list(self, node: yaml.Node, name: str) -> None:
        if name not in code_lists():
            raise self._unknown(node, name, code_lists(), "没有代码表", "There is no code list")

    def _words(
        self,
        found: Mapping[str, tuple[yaml.Node, yaml.Node]],
        words: tuple[str, ...],
        zh: str,
        en: str,
        near: yaml.Node | None = None,
        optional: tuple[str, ...] = (),
    ) -> None:
        for key, (node, _) in found.items():
            if key not in (*words, *optional):
                raise self._unknown(node, key, (*words, *optional), f"{zh}不认识", f"{en} does not know")
        missing = [word for word in words if word not in found]
        if missing:
            raise self._at(
                near.start_mark if near else None,
                f"{zh}缺少 {'、'.join(missing)}",
                f"{en} lacks {', '.join(missing)}",
                "补上。",
                "Add it.",
            )

    def _mapping(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self._fault(
                node, f"{what} 应为键值表", f"{what} must be a mapping", "写成 键: 值。", "Write key: value."
            )
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self._text(key)
            if name in found:
                raise self._fault(
                    key,
                    f"{what} 中 {name!r} 写了两次",
                    f"{name!r} is given twice in {what}",
                    "一个外部代码只能对应一个规范值，保留一处。",
                    "A foreign code means one canonical value only: keep one of them.",
                )
            found[name] = (key, value)
        return found

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self._fault(node, "应为文字", "A text is expected", "写一个值。", "Write a value.")
        return str(node.value)

    def _unknown(self, node: yaml.Node, word: str, allowed: Iterable[str], zh: str, en: str) -> StopError:
        words = list(allowed)
        near = difflib.get_close_matches(word, words, n=1)
        return self._fault(
            node,
            f"{zh} {word!r}",
            f"{en} {word!r}",
            (f"是否想写 {near[0]}？" if near else "") + f"可用：{'、'.join(words)}",
            (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(words)}",
        )

    def _fault(self, node: yaml.Node, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        return self._at(node.start_mark, zh, en, remedy_zh, remedy_en)

    def _at(self, mark: yaml.Mark | None, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        place = Place(
            file=str(self.path),
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        )
        return _stop(f"代码对照有误：{zh}", f"Crosswalk: {en}", remedy_zh, remedy_en, place)


def _digest(
    name: str, version: str, tables: Mapping[str, Mapping[str, str]], variants: Mapping[str, Variant]
) -> str:
    further = [{key: [each.list, dict(each.table)] for key, each in variants.items()}] if variants else []
    content = json.dumps(
        [name, version, tables, *further], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _stop(zh: str, en: str, remedy_zh: str, remedy_en: str, place: Place | None = None) -> StopError:
    return StopError("CROSSWALK", zh=zh, en=en, remedy_zh=remedy_zh, remedy_en=remedy_en, place=place)
