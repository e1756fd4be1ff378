"""Reads one dialect file and checks it against the contract; every complaint has line, column and what is allowed."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import yaml

from hub.errors import StopError
from mappings.dialect import Dialect, Form, Kind, Message, Rule, dialect_names
from mappings.language import (
    CASE_NO_FORM,
    FORM_KEYS,
    FORMATS,
    IGNORED,
    KIND_MAY,
    KIND_NEEDS,
    MESSAGE,
    MESSAGE_KEYS,
    PIECEWISE,
    ROW_ID,
    TOP,
    Word,
)
from mappings.nodes import Entries, Nodes
from mappings.rule_reader import read_rule
from schemas.contract import VERSIONS, Contract, Element, load_contract

ORDERS = {"time": 1, "version": 2}


def read_dialect(name: str, folder: Path) -> Dialect:
    """The dialect of that name. Raises StopError DIALECT."""
    names = dialect_names(folder)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        raise StopError(
            "DIALECT", zh=f"没有方言 {name!r}", en=f"There is no dialect {name!r}",
            remedy_zh=(f"是否想写 {near[0]}？" if near else "") + f"可用：{'、'.join(names)}",
            remedy_en=(f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(names)}",
        )  # fmt: skip
    return _Reader(folder / f"{name}.yaml").dialect()


def _names(words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.name for word in words)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.nodes = Nodes(path)
        self.path = path

    def dialect(self) -> Dialect:
        root = self.nodes.document()
        top = self.nodes.entries(root, self.path.name)
        every = (*TOP, *PIECEWISE, CASE_NO_FORM, ROW_ID, MESSAGE, IGNORED)
        self.nodes.words(top, _names(TOP), _names(every), self.path.name, root)
        form = self.nodes.word(top["format"][1], "format", FORMATS)
        self._form(top, form, root)
        texts = {word.name: self.nodes.text(top[word.name][1]) for word in TOP[:5]}
        if texts["dialect"] != self.path.stem:
            raise self.nodes.fault(
                top["dialect"][1],
                f"dialect 为 {texts['dialect']!r}，与文件名不符", f"dialect is {texts['dialect']!r}, unlike the file's name",
                f"写成 {self.path.stem}。", f"Write {self.path.stem}.",
            )  # fmt: skip
        contract = load_contract(self.nodes.word(top["schema"][1], "schema", VERSIONS))
        common = self._reasons(top[IGNORED.name][1]) if IGNORED.name in top else {}
        kinds = tuple(self._kinds(top["kinds"][1], contract, common)) if "kinds" in top else ()
        delivers = self._delivers(top["delivers"][1], contract)
        if kinds:
            self._supplied(top["delivers"], delivers, kinds)
        return Dialect(
            name=texts["dialect"], zh=texts["zh"], en=texts["en"], source=texts["source"], schema=contract.version,
            format=form, delivers=MappingProxyType(delivers), kinds=kinds,
            case_no=self.nodes.text(top["case_no"][1]) if "case_no" in top else "",
            case_no_form=self._case_no_form(top["case_no_form"][1]) if "case_no_form" in top else None,
            row_id=self.nodes.text(top["row_id"][1]) if "row_id" in top else "",
            message=self._message(top["message"][1]) if "message" in top else None,
            digest=hashlib.sha256(self.path.read_bytes()).hexdigest(), path=str(self.path),
        )  # fmt: skip

    def _form(self, top: Entries, form: str, root: yaml.Node) -> None:
        """Each form has keys of its own."""
        needs = {
            "exchange-package": (),
            "row-set": (*_names(PIECEWISE), ROW_ID.name),
            "messages": (*_names(PIECEWISE), MESSAGE.name),
        }[form]
        may = (CASE_NO_FORM.name, IGNORED.name) if needs else ()
        self.nodes.words(top, (*_names(TOP), *needs), may, f"format: {form}", root)

    def _case_no_form(self, node: yaml.Node) -> Form:
        found = self.nodes.entries(node, CASE_NO_FORM.name)
        self.nodes.words(found, _names(FORM_KEYS), (), CASE_NO_FORM.name, node)
        pattern, zh, en = (self.nodes.text(found[word.name][1]) for word in FORM_KEYS)
        try:
            return Form(re.compile(pattern), zh, en)
        except re.error as error:
            raise self.nodes.fault(
                found["pattern"][1],
                f"pattern {pattern!r} 不是正则表达式：{error}", f"pattern {pattern!r} is no regular expression: {error}",
                "改正，如 [0-9]{29}。", "Mend it, as in [0-9]{29}.",
            ) from error  # fmt: skip

    def _message(self, node: yaml.Node) -> Message:
        found = self.nodes.entries(node, "message")
        self.nodes.words(found, _names(MESSAGE_KEYS), (), "message", node)
        element, within, kind = (self.nodes.text(found[word.name][1]) for word in MESSAGE_KEYS)
        if not kind.startswith("@"):
            raise self.nodes.fault(
                found["type"][1],
                f"type {kind!r} 不是属性", f"type {kind!r} is no attribute",
                "写成 @名称，如 @LX。", "Write it as @name, such as @LX.",
            )  # fmt: skip
        return Message(element, within, kind)

    def _reasons(self, node: yaml.Node) -> dict[str, str]:
        return {
            name: self.nodes.text(value) for name, (_, value) in self.nodes.entries(node, "ignored").items()
        }

    def _kinds(self, node: yaml.Node, contract: Contract, common: Mapping[str, str]) -> Iterator[Kind]:
        matches: set[str] = set()
        for name, (key, value) in self.nodes.entries(node, "kinds").items():
            if len(name) > 20:
                raise self.nodes.fault(
                    key, f"种类名 {name!r} 过长", f"The kind's name {name!r} is too long", "至多 20 个字符。", "At most 20 characters."
                )  # fmt: skip
            kind = self._kind(name, value, contract, common)
            if kind.match in matches:
                raise self.nodes.fault(
                    key,
                    f"{kind.match!r} 已属于另一种类", f"{kind.match!r} belongs to another kind already",
                    "一行或一条报文只属于一个种类。", "A row or a message is of one kind only.",
                )  # fmt: skip
            matches.add(kind.match)
            yield kind

    def _kind(self, name: str, node: yaml.Node, contract: Contract, common: Mapping[str, str]) -> Kind:
        what = f"kinds.{name}"
        found = self.nodes.entries(node, what)
        self.nodes.words(found, _names(KIND_NEEDS), _names(KIND_MAY), what, node)
        text = {key: self.nodes.text(found[key][1]) for key in ("match", "zh", "en") if key in found}
        rules = tuple(
            read_rule(self.nodes, contract, key, value)
            for key, value in self.nodes.entries(found["fields"][1], f"{what}.fields").values()
        )
        self._shape(found["fields"][0], rules, contract)
        basis, order = self._order(found["order"][1])
        source, operations = self._operation(found["operation"][1]) if "operation" in found else (None, {})
        own = self._reasons(found["ignored"][1]) if "ignored" in found else {}
        root = "root" in found and self.nodes.word(found["root"][1], "root", ("true", "false")) == "true"
        key = self.nodes.text(found["key"][1], blank=True).strip() if "key" in found else ""
        read = {source for rule in rules for source in rule.reads}
        for ignored in own:
            if ignored in read:
                raise self.nodes.fault(
                    self.nodes.entries(found["ignored"][1], "ignored")[ignored][0],
                    f"{ignored!r} 既映射又忽略", f"{ignored!r} is both mapped and ignored",
                    "保留一处。", "Keep one of them.",
                )  # fmt: skip
        return Kind(
            name=name, match=text["match"], zh=text.get("zh", name), en=text.get("en", name), root=root, key=key,
            order_basis=basis, order_source=order, operation_source=source, operations=MappingProxyType(operations),
            rules=rules, when=MappingProxyType(self._when(found, rules)),
            ignored=MappingProxyType({**{k: v for k, v in common.items() if k not in read}, **own}),
        )  # fmt: skip

    def _order(self, node: yaml.Node) -> tuple[int, str]:
        found = self.nodes.entries(node, "order")
        self.nodes.words(found, (), tuple(ORDERS), "order", node)
        if len(found) != 1:
            raise self.nodes.fault(
                node, "order 须恰有一个", "order takes exactly one", "写 {version: …} 或 {time: …}。", "Write {version: …} or {time: …}."
            )  # fmt: skip
        [(word, (_, value))] = found.items()
        return ORDERS[word], self.nodes.text(value)

    def _operation(self, node: yaml.Node) -> tuple[str, dict[str, str]]:
        found = self.nodes.entries(node, "operation")
        self.nodes.words(found, ("from", "codes"), (), "operation", node)
        codes = self.nodes.entries(found["codes"][1], "operation.codes")
        return self.nodes.text(found["from"][1]), {
            name: self.nodes.word(value, "operation", ("U", "D")) for name, (_, value) in codes.items()
        }

    def _when(self, found: Entries, rules: tuple[Rule, ...]) -> dict[str, tuple[str, ...]]:
        if "when" not in found:
            return {}
        elements = tuple(dict.fromkeys(rule.element for rule in rules))
        when = {}
        for name, (key, value) in self.nodes.entries(found["when"][1], "when").items():
            if name not in elements:
                raise self.nodes.unknown(key, name, elements, "when 不认识", "when does not know")
            when[name] = self.nodes.texts(value)
        return when

    def _shape(self, node: yaml.Node, rules: tuple[Rule, ...], contract: Contract) -> None:
        """What one row or message can say: one repeated element at most, and all that its rows need."""
        elements = {rule.element: contract.element(rule.element) for rule in rules}
        repeated = [element for element in elements.values() if element.repeats]
        if len(repeated) > 1 and not _pair(repeated):
            names = "、".join(element.name for element in repeated)
            raise self.nodes.fault(
                node,
                f"一个种类只能有一个可重复的要素，见到 {names}", f"One kind takes one repeated element, found {names}",
                "分成几个种类；只有结果与它所指的要素可在一起。", "Make several kinds; only a result and what it refers to go together.",
            )  # fmt: skip
        for element in repeated:
            given = {rule.field.name for rule in rules if rule.element == element.name}
            lacking = [field.name for field in element.fields if field.needed and field.name not in given]
            if element.one_of and not given & set(element.one_of):
                lacking.append(" / ".join(element.one_of))
            if lacking:
                raise self.nodes.fault(
                    node,
                    f"{element.name} 缺少必需的 {'、'.join(lacking)}", f"{element.name} lacks what it needs: {', '.join(lacking)}",
                    "补上映射。", "Map it.",
                )  # fmt: skip

    def _delivers(self, node: yaml.Node, contract: Contract) -> dict[str, tuple[str, ...]]:
        elements = tuple(element.name for element in contract.elements)
        found: dict[str, tuple[str, ...]] = {}
        for name, (key, value) in self.nodes.entries(node, "delivers").items():
            if name not in elements:
                raise self.nodes.unknown(key, name, elements, "没有要素", "There is no element")
            fields = tuple(field.name for field in contract.element(name).fields)
            if isinstance(value, yaml.ScalarNode):
                self.nodes.word(value, f"delivers.{name}", ("all",))
                found[name] = fields
                continue
            found[name] = tuple(
                self.nodes.word(each, f"delivers.{name}", fields)
                for each in (value.value if isinstance(value, yaml.SequenceNode) else ())
            )
        return found

    def _supplied(
        self,
        entry: tuple[yaml.Node, yaml.Node],
        delivers: Mapping[str, tuple[str, ...]],
        kinds: tuple[Kind, ...],
    ) -> None:
        """What is delivered is mapped, and the reverse; a constant may be left out of `delivers`."""
        said = {f"{element}.{field}" for element, fields in delivers.items() for field in fields}
        mapped = {rule.name for kind in kinds for rule in kind.rules}
        constant = {rule.name for kind in kinds for rule in kind.rules if rule.constant is not None}
        never, silent = sorted(said - mapped), sorted(mapped - constant - said)
        if never:
            raise self.nodes.fault(
                entry[1],
                f"delivers 所列没有映射：{'、'.join(never)}", f"delivers names what nothing maps: {', '.join(never)}",
                "补上映射，或从 delivers 去掉。", "Map it, or take it out of delivers.",
            )  # fmt: skip
        if silent:
            raise self.nodes.fault(
                entry[1],
                f"已映射而 delivers 未列：{'、'.join(silent)}", f"Mapped, but not in delivers: {', '.join(silent)}",
                "列入 delivers，监察规则才会使用。", "Name it in delivers, so that rules judge by it.",
            )  # fmt: skip


def _pair(repeated: list[Element]) -> bool:
    """Whether of two elements one refers to the other, as a result does to its procedure."""
    if len(repeated) != 2:
        return False
    targets = {
        field.refers.partition(".")[0] for element in repeated for field in element.fields if field.refers
    }
    return bool(targets & {element.name for element in repeated})
