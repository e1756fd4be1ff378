"""Templates of letters: one YAML file per kind, its texts with {fields}; a field that the kind does not know is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from hub import yaml_files
from hub.errors import Place, StopError
from hub.letters.document import Document
from hub.letters.kinds import Kind
from hub.register.reader import Reader

SHIPPED = "hub.letters.templates"
TEXTS = ("title", "word", "to", "close", "sign", "copies")
NAMES = (*TEXTS, "form", "body", "facts")
WORD = r"[\u4e00-\u9fff]{1,8}"


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read and found right: its fields are all known to its kind."""

    kind: Kind
    title: str
    word: str  # 发文机关代字 of the number: 监问
    to: str
    body: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    close: str
    sign: str
    copies: str
    form: bool
    source: bytes  # the file, kept in the raw store with the letter
    place: str

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return sha256(self.source).hexdigest()

    def filled(self, fields: Mapping[str, str], mark: str = "") -> Document:
        """The document; a paragraph or row of facts whose fields are all empty is left out."""

        def text(pattern: str) -> str:
            return "".join(part if name is None else fields.get(name, "") for part, name in _parts(pattern))

        def worth(pattern: str) -> bool:
            names = [name for _, name in _parts(pattern) if name is not None]
            return not names or any(fields.get(name) for name in names)

        return Document(
            fields.get("issuer", ""),
            text(self.title),
            fields.get("reference", ""),
            text(self.to),
            tuple(text(each) for each in self.body if worth(each)),
            tuple((label, text(value)) for label, value in self.facts if self.form or worth(value)),
            text(self.close),
            text(self.sign),
            fields.get("date", ""),
            text(self.copies) if worth(self.copies) else "",
            self.form,
            mark,
        )


def load_template(kind: Kind, folder: Path) -> Template:
    """The template of a kind: the file of `folder` if it is there, else the shipped one.

    Raises StopError LETTER_TEMPLATE with file, line, column and the allowed words.
    """
    path = folder / f"{kind.code}.yaml"
    reader = _Reader(path)
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        source, reader = shipped(kind.code), _Reader(Path(f"{kind.code}.yaml"))
    except OSError as error:
        raise reader.stop(
            None, f"读不到({error.strerror})", f"cannot be read ({error.strerror})", "检查权限", "Check its permissions"
        ) from error  # fmt: skip
    return parsed(kind, source, reader)


def shipped(name: str) -> bytes:
    """A file of the shipped folder."""
    return files(SHIPPED).joinpath(f"{name}.yaml").read_bytes()


def parsed(kind: Kind, source: bytes, reader: Reader) -> Template:
    """The template that a file's bytes say. Raises StopError LETTER_TEMPLATE."""
    try:
        root = yaml_files.compose(source.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise reader.stop(
            None, f"不是 UTF-8(第 {error.start} 字节)", f"not UTF-8 (byte {error.start})", "另存为 UTF-8", "Save it as UTF-8"
        ) from error  # fmt: skip
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", str(error))
        raise reader.stop(
            getattr(error, "problem_mark", None), f"不是合格的 YAML({problem})", f"not well-formed YAML ({problem})",
            "检查缩进、冒号;以 { 开头的文字加引号", "Check indentation and colons; quote a text that begins with {",
        ) from error  # fmt: skip
    if root is None:
        raise reader.stop(
            None, "文件为空", "the file is empty", f"写 {'、'.join(NAMES)}", f"Write {', '.join(NAMES)}"
        )
    nodes = reader.mapping(root, "template")
    for name, (key, _) in nodes.items():
        if name not in NAMES:
            raise reader.wrong_word(key, "模板 template", name, NAMES)
    for name in ("title", "word", "sign"):
        if name not in nodes:
            raise reader.stop(
                root.start_mark, f"缺 {name}", f"{name} is missing", f"补上 {name}: …", f"Add {name}: …"
            )
    found = {name: _text(reader, kind, nodes[name][1], name) if name in nodes else "" for name in TEXTS}
    reader.text(
        nodes["word"][1], "word", WORD, "一至八个汉字,如 监问", "One to eight Chinese characters, as in 监问"
    )
    form = "form" in nodes and reader.word(nodes["form"][1], "form", ("true", "false")) == "true"
    body = tuple(_text(reader, kind, each, "body") for each in _items(reader, nodes, "body"))
    facts = tuple(_row(reader, kind, each) for each in _items(reader, nodes, "facts"))
    return Template(
        kind, found["title"], found["word"], found["to"], body, facts, found["close"], found["sign"],
        found["copies"], form, source, str(reader.path),
    )  # fmt: skip


def _items(reader: Reader, nodes: Mapping[str, tuple[yaml.Node, yaml.Node]], name: str) -> list[yaml.Node]:
    if name not in nodes:
        return []
    node = nodes[name][1]
    if not isinstance(node, yaml.SequenceNode):
        raise reader.stop(
            node.start_mark, f"{name} 应为列表", f"{name} must be a list", "每段一行,以 - 开头", "One line each, beginning with -"
        )  # fmt: skip
    return list(node.value)


def _row(reader: Reader, kind: Kind, node: yaml.Node) -> tuple[str, str]:
    if not isinstance(node, yaml.SequenceNode) or len(node.value) != 2:
        raise reader.stop(
            node.start_mark, "facts 的一行应为 [名称, 内容]", "a row of facts is [label, text]",
            "写成 - [办件编号, '{case_no}']", "Write it as - [label, '{case_no}']",
        )  # fmt: skip
    label, value = (_text(reader, kind, each, "facts") for each in node.value)
    return label, value


def _text(reader: Reader, kind: Kind, node: yaml.Node, what: str) -> str:
    """A text whose fields are all known. A folded text is told by the line at which it begins."""
    value = reader.text(node, what, r"[\s\S]*", "写成文字", "Write a text")
    try:
        names = [name for _, name in _parts(value) if name is not None]
    except ValueError as error:
        raise reader.stop(
            node.start_mark, f"{what}:{error} 处的大括号不成对", f"{what}: a brace without its partner at {error}",
            "字段写成 {名称};要印出大括号写 {{ 和 }}", "Write a field as {name}; a brace itself as {{ or }}",
        ) from error  # fmt: skip
    for name in names:
        if name not in kind.fields:
            near = get_close_matches(name, kind.fields, n=1)
            hint_zh, hint_en = (f"是否想写 {near[0]}?", f"Did you mean {near[0]}? ") if near else ("", "")
            raise reader.stop(
                node.start_mark,
                f"{what} 中的字段 {{{name}}} 不认识({kind.zh})",
                f"{what} has the unknown field {{{name}}} ({kind.code})",
                f"{hint_zh}可用:{'、'.join(kind.fields)}",
                f"{hint_en}Allowed: {', '.join(kind.fields)}",
            )
    return " ".join(value.split("\n")).strip()


def _parts(pattern: str) -> Iterator[tuple[str, str | None]]:
    """A text cut into literal parts (name None) and fields. Raises ValueError with what follows a lone brace."""
    at, literal = 0, ""
    while at < len(pattern):
        here = pattern[at]
        if here in "{}" and pattern[at : at + 2] == here * 2:
            literal, at = literal + here, at + 2
        elif here == "{" and (end := pattern.find("}", at)) > at and pattern[at + 1 : end].isidentifier():
            if literal:
                yield literal, None
            yield "", pattern[at + 1 : end]
            literal, at = "", end + 1
        elif here in "{}":
            raise ValueError(repr(pattern[at : at + 12]))
        else:
            literal, at = literal + here, at + 1
    if literal:
        yield literal, None


class _Reader(Reader):
    """Complains of a template under a code of its own."""

    def stop(self, mark: yaml.Mark | None, zh: str, en: str, remedy_zh: str, remedy_en: str) -> StopError:
        return StopError(
            "LETTER_TEMPLATE",
            zh=f"文书模板有误:{zh}",
            en=f"Template of a letter: {en}",
            remedy_zh=remedy_zh,
            remedy_en=remedy_en,
            place=place(self.path, mark),
        )


def place(path: Path, mark: Any) -> Place:
    """Where in a file something is wrong."""
    return Place(
        file=str(path), line=mark.line + 1 if mark else None, column=mark.column + 1 if mark else None
    )
