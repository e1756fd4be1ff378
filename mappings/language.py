"""The words of the dialect language: what a dialect may say, as data that reads the files and prints the reference."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

FORMATS = ("exchange-package", "row-set", "messages")

Shape = Literal["text", "texts", "whole", "words", "table"]


@dataclass(frozen=True, slots=True)
class Word:
    """One key of the language; `words` are the values allowed where it has no others."""

    name: str
    zh: str
    en: str
    shape: Shape = "text"
    required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform: the field types it can give, how many sources it takes, its options."""

    name: str
    gives: tuple[str, ...]
    zh: str
    en: str
    sources: Literal["none", "one", "many"] = "one"
    options: tuple[Word, ...] = ()


ALL = ("text", "int", "bool", "money", "dt", "date", "code", "uscc", "region", "sha256")
TEXTS = ("text", "uscc", "region", "sha256")
AMOUNTS = ("分", "角", "元", "千元", "万元", "亿元")
PRECISIONS = ("auto", "day", "second")
PARTS = ("value", "unit")

_SEPARATOR = Word("separator", "分隔符", "The separator")
_LIST = Word(
    "list", "对照中的代码表或其变体；缺省为字段的代码表",
    "The list, or variant of a list, in the crosswalk; by default the field's own list",
)  # fmt: skip

TRANSFORMS = MappingProxyType({each.name: each for each in (
    Transform("text", TEXTS, "原样文字", "The text as it is"),
    Transform(
        "time", ("dt", "date"), "日期或时间", "A day or a point in time",
        options=(
            Word("formats", "接受的写法，用 YYYY MM DD HH mm SS；缺省为 YYYY-MM-DD，其后可有 T 或空格和 HH:mm:SS",
                 "The ways it may be written, in YYYY MM DD HH mm SS; by default YYYY-MM-DD, with T or a space and HH:mm:SS behind",
                 "texts"),
            Word("precision", "auto 按写法；day 只取日期；second 必须有时间",
                 "auto: as written; day: the day only; second: a time must be there", "words", words=PRECISIONS),
        ),
    ),
    Transform(
        "number", ("int", "money"), "数字；金额可换算为元", "A number; an amount may be scaled to yuan",
        options=(
            Word("unit", "金额的单位", "Unit of the amount", "words", words=AMOUNTS),
            Word("unit_from", "单位所在的来源；为空时按 unit", "The source that tells the unit; `unit` where it is blank"),
            Word("units", "该来源的代码 → 单位", "Its codes → units", "table", words=AMOUNTS),
        ),
    ),
    Transform(
        "limit", ("int", "code"), "时限文字，如“20个工作日”，拆成数值和单位",
        "A limit in words, such as 20个工作日, taken apart into number and unit",
        options=(Word("part", "取数值还是单位", "Which part: the number or the unit", "words", True, PARTS),),
    ),
    Transform("code", ("code",), "按登记的代码对照翻译", "Translated by the registration's crosswalk", options=(_LIST,)),
    Transform(
        "flag", ("bool",), "是或否", "Yes or no",
        options=(
            Word("yes", "表示是的写法；缺省 1、true、是、Y", "What means yes; by default 1, true, 是, Y", "texts"),
            Word("no", "表示否的写法；缺省 0、false、否、N", "What means no; by default 0, false, 否, N", "texts"),
        ),
    ),
    Transform(
        "split", ALL, "按分隔符拆开后取一段", "One part of a text that is taken apart at a separator",
        options=(
            Word("separator", "分隔符", "The separator", required=True),
            Word("index", "第几段，从 0 起", "Which part, from 0", "whole", True),
        ),
    ),
    Transform("concat", ("text",), "连接多个来源，空的略去", "Several sources joined, blank ones left out", "many", (_SEPARATOR,)),
    Transform("first", ALL, "多个来源中第一个不空的", "The first of several sources that is not blank", "many", (_LIST,)),
    Transform("constant", ALL, "固定值（规范写法）；不使要素出现", "A fixed value (canonical); it does not bring its element about", "none"),
)})  # fmt: skip
"""The closed list. What is not here needs a change of the engine: a dialect holds no expressions and no code."""

DEFAULTS = MappingProxyType({
    "text": "text", "uscc": "text", "region": "text", "sha256": "text", "dt": "time", "date": "time",
    "int": "number", "money": "number", "code": "code", "bool": "flag",
})  # fmt: skip
"""The transform by the field's type, where a dialect names none."""

TOP = (
    Word("dialect", "名称，同文件名", "Its name, as the file's", required=True),
    Word("zh", "中文名称", "Chinese name", required=True),
    Word("en", "英文名称", "English name", required=True),
    Word("source", "依据", "What it is taken from", required=True),
    Word("schema", "报文版本", "Schema version", required=True),
    Word("format", "来源的形式", "Form of what the source sends", "words", True, FORMATS),
    Word(
        "delivers",
        "送出的要素和字段；监察规则据此判断能否判",
        "What it delivers; rules judge by it",
        "table",
        True,
    ),
)
"""Keys that every dialect has."""

PIECEWISE = (
    Word("case_no", "办件编号所在的来源", "The source that holds the case number", required=True),
    Word(
        "kinds",
        "片段种类；次序即合并时的优先次序",
        "Kinds of pieces; their order decides between two values",
        "table",
        True,
    ),
)
"""Keys of dialects whose cases come in pieces."""

CASE_NO_FORM = Word(
    "case_no_form", "办件编号规定的写法；不符的只提醒（CASE_NO_FORM）",
    "How the case number is to be written; another one is warned of (CASE_NO_FORM)", "table",
)  # fmt: skip
FORM_KEYS = (
    Word(
        "pattern",
        "正则表达式，须与整个编号相符",
        "A regular expression that the whole number fits",
        required=True,
    ),
    Word("zh", "中文说明", "What it is, in Chinese", required=True),
    Word("en", "英文说明", "What it is, in English", required=True),
)
ROW_ID = Word("row_id", "标识一行的列", "The column that identifies a row", required=True)
MESSAGE = Word("message", "一条报文的元素和类型", "The element of one message, and its type", "table", True)
MESSAGE_KEYS = (
    Word("element", "一条报文的元素名", "Name of the element of one message", required=True),
    Word("within", "包住多条报文的根元素名", "Name of the root element around several", required=True),
    Word("type", "类型所在，如 @LX", "Where its type stands, such as @LX", required=True),
)
IGNORED = Word("ignored", "不用的来源及原因", "Sources that are left out, each with the reason", "table")

KIND_NEEDS = (
    Word("match", "表名，或报文类型", "Name of the table, or type of the message", required=True),
    Word("order", "版本号或时间所在的来源：{version: …} 或 {time: …}",
         "The source that tells version or time: {version: …} or {time: …}", "table", True),
    Word("fields", "要素.字段 → 来源", "Element.Field → source", "table", True),
)  # fmt: skip
KIND_MAY = (
    Word("zh", "中文名称", "Chinese name"),
    Word("en", "英文名称", "English name"),
    Word("root", "它的注销即注销整个办件", "Its withdrawal withdraws the whole case", "words", words=("true", "false")),
    Word("key", "区分同一办件中同类片段的来源；缺省为每件一个",
         "The source that tells pieces of this kind apart; by default one per case"),
    Word("operation", "操作所在的来源及代码：{from: …, codes: {…: U}}",
         "The source of the operation, and its codes: {from: …, codes: {…: U}}", "table"),
    Word("when", "要素 → 使它出现的来源；缺省为它的任一来源",
         "Element → the sources that bring it about; by default any of its own", "table"),
    IGNORED,
)  # fmt: skip
