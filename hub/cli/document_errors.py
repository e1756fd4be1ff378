"""Reads every StopError, RetryError and RefusedError out of the source, with its code, texts and remedies: the page docs/errors.md."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("connectors", "schemas", "mappings", "frontend_probe", "hub", "plugins", "dags")
TEXTS = ("zh", "en", "remedy_zh", "remedy_en")
KINDS = {"StopError": "stop", "RetryError": "retry", "RefusedError": "refused"}
TITLES = {
    "stop": (
        "停止 · Stop",
        "登记、报文规范、密钥或设置有误：只停这一个系统（或这一条命令），改好后再运行。Airflow 中任务立即变红，不重试。\n"
        "A registration, schema, key or setting is wrong: that system alone (or that command) stops until it is mended. "
        "In Airflow the task turns red at once, without a retry.",
    ),
    "retry": (
        "重试 · Retry",
        "对端、磁盘或数据库暂时不可用：数据不丢，任务自动重试，间隔逐次加长。\n"
        "The other side, a disk or the database is not available for now: nothing is lost, the task tries again by itself, "
        "with growing pauses.",
    ),
    "refused": (
        "拒绝 · Refused",
        "来者的凭据不被接受：由入口（服务、登录）回答给对方，并记入枢纽的日志；枢纽照常运行。\n"
        "Who asks at a door is not admitted: the door answers so, and the hub's chain of the log has it; nothing stops.",
    ),
}
VARIOUS = {
    "CALENDAR_FILE": ("改正这一处后重新导入；本次没有导入任何日期", "Mend this place and import again; nothing was imported this time"),
    "CONNECTOR_OPTION": ("按提示改登记中 connector 的这一项", "Mend this option of the registration's connector as it says"),
    "CROSSWALK": ("代码对照有误，见所指的文件、行、列和可用的词", "A crosswalk is faulty: file, line, column and allowed words are named"),
    "DIALECT": ("按所指的文件、行、列改方言，可用的词已列出", "Mend the dialect at the file, line and column named; allowed words are listed"),
    "LETTER_FIELD": ("信函的某个字段不对：没有这一项、缺少、过长或含有排不出的字", "A field of a letter is wrong: unknown, missing, too long, or with a character that cannot be set"),
    "LETTER_SETTINGS": ("按所指的文件、行、列改 letters.yaml，可用的词已列出", "Mend letters.yaml at the line and column named; allowed words are listed"),
    "LETTER_TEMPLATE": ("按所指的文件、行改信函模板，可用的字段已列出", "Mend the template at the line named; the fields that it may use are listed"),
    "MESSAGES_FILE": ("按所指的文件、行、列改 messages.yaml，可用的词已列出", "Mend messages.yaml at the line and column named; allowed words are listed"),
    "REGISTRATION": ("按所指的文件、行、列改登记，可用的词已列出", "Mend the registration at the file, line and column named; allowed words are listed"),
    "SCHEMA": ("报文规范有误或没有这个版本，可用的版本已列出", "The message's contract is faulty or has no such version; versions are listed"),
}  # fmt: skip
"""What to say of a code whose text differs from case to case: in place of a message or remedy that is filled in whole."""
HEAD = """\
<!-- 由 `make docs` 生成，请改程序中的文字 / Made by `make docs`: edit the texts in the source instead. -->
# 错误代码 · Error codes

代码是稳定的。花括号中是随情况填入的内容。报文和办件的问题不是错误，见 [violations.md](violations.md)。
Codes are stable. What stands in braces is filled in. What is wrong with packages and cases is no error of the hub: see
[violations.md](violations.md).
"""


@dataclass(frozen=True, slots=True)
class Raised:
    """One place in the source that makes an error: kind (stop, retry, refused), code, the four texts as templates, file:line."""

    kind: str
    code: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    place: str


def errors_page(root: Path) -> str:
    """The page: per kind a table of codes; a code with several texts has a row for each."""
    found = errors(root)
    page = HEAD
    for kind, (title, about) in TITLES.items():
        page += f"\n## {title}\n\n{about}\n\n| 代码 Code | 内容 Message | 处理 Remedy |\n|---|---|---|\n"
        rows: dict[tuple[str, ...], None] = {}
        for each in sorted((e for e in found if e.kind == kind), key=lambda e: e.code):
            rows[each.code, *_said(each)] = None
        for code, zh, en, remedy_zh, remedy_en in rows:
            page += f"| `{code}` | {_cell(zh)}<br>{_cell(en)} | {_cell(remedy_zh)}<br>{_cell(remedy_en)} |\n"
    return page


def _said(error: Raised) -> tuple[str, str, str, str]:
    """The four texts of an error. Raises ValueError for a text that is filled in whole and not told in VARIOUS."""
    texts = []
    for key in TEXTS:
        text = getattr(error, key)
        if re.fullmatch(r"(\{\w+\})*", text):
            if error.code not in VARIOUS:
                raise ValueError(f"{error.place}: say in VARIOUS what {key} of {error.code} tells")
            text = VARIOUS[error.code][key.endswith("en")]
        texts.append(text)
    zh, en, remedy_zh, remedy_en = texts
    return zh, en, remedy_zh, remedy_en


def errors(root: Path) -> list[Raised]:
    """All errors that the source can make. Raises ValueError for one whose code cannot be read off the source."""
    found: list[Raised] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
            found += _Reader(path.relative_to(root).as_posix(), tree).errors()
    return found


class _Reader:
    """One module: follows a code or text that is a parameter back to the calls that fill it in."""

    def __init__(self, place: str, tree: ast.Module) -> None:
        self.place = place
        self.calls: dict[str, list[ast.Call]] = defaultdict(list)
        self.makers: list[tuple[ast.FunctionDef | None, ast.Call]] = []
        self._walk(tree, None)

    def errors(self) -> Iterator[Raised]:
        for function, call in self.makers:
            kind = KINDS[_name(call.func)]
            given = _given(call, ("code",))
            for code, values in self._variants(function, given):
                texts = {key: _template(values.get(key), _branch(given["code"], code)) for key in TEXTS}
                yield Raised(kind, code, **texts, place=f"{self.place}:{call.lineno}")

    def _walk(self, node: ast.AST, function: ast.FunctionDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, ast.FunctionDef) else function
            if isinstance(child, ast.Call):
                self.calls[_name(child.func)].append(child)
                # An error that is made from another's data (pickling) has no texts of its own.
                if _name(child.func) in KINDS and any(word.arg == "zh" for word in child.keywords):
                    self.makers.append((function, child))
            self._walk(child, inner)

    def _variants(
        self, function: ast.FunctionDef | None, given: Mapping[str, ast.expr]
    ) -> Iterator[tuple[str, dict[str, ast.expr]]]:
        """The code (or codes) of an error with its texts; a parameter stands for what each call gives."""
        code = given["code"]
        if isinstance(code, ast.Constant):
            yield str(code.value), dict(given)
        elif isinstance(code, ast.IfExp):
            yield from ((str(c.value), dict(given)) for c in _ends(code) if isinstance(c, ast.Constant))
        elif isinstance(code, ast.Name) and function is not None:
            for filled in self._filled(function, given):
                yield from self._variants(None, filled)
        elif isinstance(code, ast.Attribute):
            # A family of texts as a value (`texts.code`): every one that the module makes.
            owner = self._annotation(function, code.value)
            for call in self.calls[owner]:
                values = dict(zip(("code", *TEXTS), call.args, strict=False))
                yield from self._variants(None, {**given, **values})
        else:
            raise ValueError(
                f"{self.place}:{code.lineno}: the code of this error cannot be read off the source"
            )

    def _filled(
        self, function: ast.FunctionDef, given: Mapping[str, ast.expr]
    ) -> Iterator[dict[str, ast.expr]]:
        names = [arg.arg for arg in function.args.args if arg.arg != "self"]
        for call in self.calls[function.name]:
            values = _given(call, tuple(names))
            yield {
                key: values.get(value.id, value) if isinstance(value, ast.Name) else value
                for key, value in given.items()
            }

    def _annotation(self, function: ast.FunctionDef | None, value: ast.expr) -> str:
        arguments = function.args.args + function.args.kwonlyargs if function is not None else []
        for argument in arguments:
            if isinstance(value, ast.Name) and argument.arg == value.id and argument.annotation is not None:
                return _name(argument.annotation)
        raise ValueError(f"{self.place}:{value.lineno}: a family of errors must be an annotated parameter")


def _given(call: ast.Call, positions: tuple[str, ...]) -> dict[str, ast.expr]:
    """What a call gives, by parameter."""
    given = dict(zip(positions, call.args, strict=False))
    return given | {word.arg: word.value for word in call.keywords if word.arg is not None}


def _ends(node: ast.expr) -> list[ast.expr]:
    return [*_ends(node.body), *_ends(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def _branch(code: ast.expr, wanted: str) -> int | None:
    """Which end of `A if … else B` a code is: its texts take the same end."""
    ends = [end.value for end in _ends(code) if isinstance(end, ast.Constant)]
    return ends.index(wanted) if len(ends) > 1 else None


def _template(node: ast.expr | None, branch: int | None) -> str:
    """A text as a template: what is filled in stands in braces."""
    if node is None:
        return ""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_template(part, branch) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        inner = node.value
        return _template(inner, branch) if isinstance(inner, ast.IfExp) else f"{{{_word(inner)}}}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _template(node.left, branch) + _template(node.right, branch)
    if isinstance(node, ast.IfExp):
        ends = _ends(node)
        if branch is not None and branch < len(ends):
            return _template(ends[branch], branch)
        shown = [text for text in (_template(end, branch) for end in ends) if text]
        return " / ".join(shown)
    return f"{{{_word(node)}}}"


def _word(node: ast.expr) -> str:
    """A short name for what is filled in: `strerror` of `error.strerror`, `rules` of `", ".join(rules)`."""
    if isinstance(node, ast.Call):
        return _word(node.args[0] if node.args else _owner(node.func))
    if isinstance(node, ast.Subscript):
        return _word(node.value)
    names = (_name(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute))
    return next((name.strip("_") for name in names if name), "…")


def _owner(function: ast.expr) -> ast.expr:
    """What a method is called on."""
    return function.value if isinstance(function, ast.Attribute) else function


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
