"""Writes the reference pages of the contract, Chinese and English side by side: `python -m schemas.document`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schemas.catalogue import Entry, catalogue
from schemas.codes import CodeList, load_lists
from schemas.contract import CODE_LENGTH, VERSIONS, Contract, Element, Field, Group, load_contract

DOCS = Path(__file__).parent.parent / "docs"
MADE = "<!-- 由 `make schemas` 生成，请改源文件 / Made by `make schemas`: edit {source} instead. -->"

MARKS = (
    ("`*`", "必填；缺少则退回该办件", "required: without it the case is refused"),
    ("`*†`", "报文可缺，推导后必须有", "may be absent from the message, must be there after derivation"),
    (
        "`†`",
        "缺少时由枢纽推导，来源一并保存",
        "derived by the hub where absent; where it came from is stored",
    ),
    ("`‡`", "可以未报送；计数，不作好坏之分", "may be not reported; counted, never taken for good or bad"),
)
TYPES = (
    (
        "text N",
        "最多 N 个字符；空元素是空白，与没有该元素不同",
        "at most N characters; an empty element is blank, unlike an absent one",
    ),
    ("int A..B", "整数", "whole number"),
    ("bool", "true、false、1、0", "true, false, 1, 0"),
    (
        "money",
        "元，整数最多 14 位，小数最多 2 位",
        "CNY, at most 14 digits before the point and two after it",
    ),
    (
        "dt",
        "带时区的时间；不带时区按北京时间；或只有日期（不当作零点）；秒的小数最多 6 位",
        "a time with offset; without offset Asia/Shanghai is meant; or a day alone (never taken for midnight);"
        " at most 6 decimals of a second",
    ),
    ("date", "日期，不带时区", "a day, without offset"),
    (
        "code LIST",
        f"代码，见 codes.md；先按登记的对照转换；最多 {CODE_LENGTH} 个字符",
        f"a code of codes.md, translated by the registered crosswalk first; at most {CODE_LENGTH} characters",
    ),
    (
        "uscc",
        "18 位统一社会信用代码，或 9 位组织机构代码",
        "unified social credit code of 18, or organisation code of 9",
    ),
    ("region", "6、9 或 12 位行政区划代码", "region code of 6, 9 or 12 digits"),
    ("sha256", "64 位十六进制，大小写均可", "64 hex digits, in either case"),
)


def message_page(contract: Contract) -> str:
    """The reference of the message: package, head, case and the elements with every field."""
    lines = [
        MADE.format(source=f"schemas/{contract.version}/elements.yaml"),
        f"# 报文 {contract.version} · The message {contract.version}",
        "",
        f"命名空间 · Namespace: `{contract.namespace}`",
        "",
        "元素的次序即下列次序。XSD：`structure.xsd` 只看结构和类型，`canonical.xsd` 还看代码。",
        "Elements stand in the order given here. XSDs: `structure.xsd` looks at structure and types, `canonical.xsd`"
        " at codes as well.",
        "",
        *_versions(contract),
        *_outline(contract),
        "",
        "## 记号 · Marks",
        "",
        *_table(("记号 Mark", "含义", "Meaning"), MARKS),
        "",
        "## 类型 · Types",
        "",
        *_table(("类型 Type", "含义", "Meaning"), TYPES),
        "",
        "除文字外，值首尾的空白不计；文字原样保存。标记 `*` 的文字须有非空白字符。",
        "White space around a value means nothing, except in text, which is kept as it is. Text marked `*` holds a"
        " character that is not white space.",
    ]
    for group in (contract.head, contract.case):
        lines += ["", *_section(group, f"## {group.zh} · {group.en} `{group.name}`")]
    for element in contract.elements:
        lines += ["", *_section(element, _heading(element)), *_remarks(element)]
    return "\n".join(lines) + "\n"


def codes_page(lists: Iterable[CodeList]) -> str:
    """The reference of the code lists."""
    lines = [
        MADE.format(source="schemas/codes.yaml"),
        "# 代码表 · Code lists",
        "",
        "规范代码。各地代码互有冲突，故对照只属于一个系统的一个版本，见 `mappings/crosswalks/`；没有对照的代码使该办件退回。",
        "The canonical codes. Codes clash between provinces, so a crosswalk belongs to one system and a version of it:"
        " see `mappings/crosswalks/`. A code that is not mapped refuses its case.",
    ]
    for codes in lists:
        since = "" if codes.since == "1.0" else f" · 报文 {codes.since} 起 / from message {codes.since}"
        lines += [
            "",
            f"## {codes.name} {codes.zh} · {codes.en}",
            "",
            f"来源 · Source: {codes.source}{since}",
            "",
        ]
        lines += _table(
            ("代码 Code", "名称", "Name"), [(f"`{v.value}`", v.zh, v.en) for v in codes.values.values()]
        )
        lines += [line for note in (codes.note_zh, codes.note_en) if note for line in ("", note)]
    return "\n".join(lines) + "\n"


def violations_page(entries: Sequence[Entry]) -> str:
    """The reference of the violations: code, message and remedy."""
    lines = [
        MADE.format(source="schemas/violations.yaml"),
        "# 违规目录 · Catalogue of violations",
        "",
        "代码是稳定的。花括号中是随情况填入的内容。",
        "Codes are stable. What stands in braces is filled in.",
    ]
    for level, severity, title in (
        ("package", "error", "整包拒收 · The package is refused as a whole"),
        ("case", "error", "退回该办件 · The case is refused"),
        ("case", "warning", "提醒（接受，由规则判断）· Warning: accepted, a rule judges it"),
    ):
        rows = [
            (f"`{each.code}`", f"{each.zh}<br>{each.en}", f"{each.remedy_zh}<br>{each.remedy_en}")
            for each in entries
            if (each.level, each.severity) == (level, severity)
        ]
        lines += ["", f"## {title}", "", *_table(("代码 Code", "内容 Message", "处理 Remedy"), rows)]
    return "\n".join(lines) + "\n"


def _versions(contract: Contract) -> Iterator[str]:
    """What an older version of the message is."""
    if contract.version == VERSIONS[0]:
        return
    older = "、".join(VERSIONS[: VERSIONS.index(contract.version)])
    why = "decisions/0026-evaluation-in-message-1-1.md"
    yield f"根元素的 `version` 写系统登记的版本（`schema`）。{older} 版没有标明更新版本的要素，其余相同（[为什么]({why})）。"
    yield f"The root's `version` is the one that the system has registered (`schema`). Message {older} is the same without the elements"
    yield f"that are marked with a newer one ([why]({why}))."
    yield ""


def _outline(contract: Contract) -> Iterator[str]:
    yield "```xml"
    yield f'<{contract.root.name} xmlns="{contract.namespace}" version="{contract.version}">'
    yield f"  <{contract.head.name}>…</{contract.head.name}>"
    yield f"  <{contract.body.name}>"
    yield f"    <{contract.case.name}>  <!-- 1..n -->"
    yield f"      {', '.join(field.name for field in contract.case.fields)}"
    for element in contract.elements:
        inner = f"<{element.name}>…</{element.name}>"
        whole = f"<{element.wrapper}>{inner}</{element.wrapper}>" if element.wrapper else inner
        yield f"      {whole}  <!-- {element.number} {element.zh} {element.occurs} -->"
    yield f"    </{contract.case.name}>"
    yield f"  </{contract.body.name}>"
    yield f"</{contract.root.name}>"
    yield "```"


def _heading(element: Element) -> str:
    path = f"{element.wrapper}/{element.name}" if element.wrapper else element.name
    since = next(each for each in VERSIONS if _holds(each, element.name))
    note = "" if since == VERSIONS[0] else f" · 报文 {since} 起 / from message {since}"
    return f"## {element.number}. {element.zh} · {element.en} `{path}` ({element.occurs}){note}"


def _holds(version: str, name: str) -> bool:
    return any(element.name == name for element in load_contract(version).elements)


def _section(group: Group | Element, heading: str) -> Iterator[str]:
    yield heading
    yield ""
    yield group.doc_zh
    yield group.doc_en
    yield ""
    head = ("字段 Field", "名称 Name", "记号 Marks", "类型 Type", "说明 Description")
    yield from _table(head, [_row(field) for field in group.fields])


def _row(field: Field) -> tuple[str, ...]:
    return (
        f"`{field.name}`",
        f"{field.zh}<br>{field.en}",
        field.marks.replace("*", r"\*"),
        _type(field),
        f"{field.doc_zh}<br>{field.doc_en}",
    )


def _type(field: Field) -> str:
    if field.type == "text":
        return f"text {field.max}"
    if field.type == "int":
        return f"int {field.min}..{field.max}"
    return f"code {field.list}" if field.type == "code" else field.type


def _remarks(element: Element) -> Iterator[str]:
    if element.one_of:
        names = " / ".join(f"`{name}`" for name in element.one_of)
        yield from ("", f"至少有一个：{names}。At least one of them: {names}.")
    for field in element.fields:
        if field.refers:
            yield from ("", f"`{field.name}` → `{field.refers}`")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def generated() -> dict[Path, bytes]:
    """Every page, by the file it belongs into; the message page is that of the newest version."""
    return {
        DOCS / "message.md": message_page(load_contract(VERSIONS[-1])).encode(),
        DOCS / "codes.md": codes_page(load_lists().values()).encode(),
        DOCS / "violations.md": violations_page(tuple(catalogue().values())).encode(),
    }


def main() -> None:
    """Writes the pages."""
    for path, content in generated().items():
        path.write_bytes(content)


if __name__ == "__main__":
    main()
