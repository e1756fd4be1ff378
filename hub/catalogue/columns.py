"""Every column that a catalogue file may have: the one source of the import, of what is shown, and of docs/catalogue.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ITEM_STATE": {
        "in_force": ("在用", "in force"),
        "suspended": ("暂停", "suspended"),
        "cancelled": ("取消", "cancelled"),
    },
    "ONLINE_DEPTH": {
        "none": ("不可网办", "not online"),
        "apply": ("网上申请", "apply online"),
        "whole": ("全程网办", "wholly online"),
    },
    "DISCLOSURE": {
        "guide": ("办事指南", "guide of an item"),
        "result": ("办理结果", "result of a case"),
    },
}
"""Lists of the catalogue's own: value → names by which a file may say it too."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type`: text, code (of `list`), word (of WORDS), flag, whole, money, day, uscc, region, list, next.

    `max` is characters for texts and the greatest value for whole numbers. `detail`: kept in the JSON column.
    """

    name: str
    zh: str
    en: str
    type: str = "text"
    max: int = 200
    list: str | None = None
    required: bool = False
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row: a CSV file or a sheet of its own, a list of its own in YAML.

    `key` names the columns that tell rows apart, `part` says that the rows belong to an item.
    `asks`: (column, its value, the column that must not be blank then).
    """

    name: str
    zh: str
    en: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    part: bool = False
    asks: tuple[tuple[str, str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name. KeyError if there is none."""
        return {each.name: each for each in self.columns}[name]


VERSION = Column("version", "版本号", "Version; the hub counts where it is blank", "whole", 2_147_483_647)
VALID = (
    Column("valid_from", "生效日期", "First day on which it is valid", "day"),
    Column("valid_to", "失效日期", "Last day on which it is valid", "day"),
)
ITEM_CODE = Column("item_code", "实施编码", "Item code, any length in use", "text", 40, required=True)
ORG = Column(
    "org_uscc", "机构代码", "Unified social credit code of the organisation", "uscc", 18, required=True
)

ITEM = Kind(
    "item", "事项", "Items", "service_item", ("item_code",),
    (
        ITEM_CODE, VERSION, *VALID,
        Column("catalog_code", "基本编码", "Catalogue code, the same item's at every level", "text", 40),
        Column("name", "事项名称", "Item name", "text", 500, required=True),
        Column("org_uscc", "机构代码", "Unified social credit code of the organisation", "uscc", 18, required=True),
        Column("org_name", "实施主体", "Name of the organisation"),
        Column("item_type", "事项类型", "Item type", "code", list="ITEM_TYPE"),
        Column("case_type", "办件类型", "Case type", "code", list="CASE_TYPE"),
        Column("exercise_level", "行使层级", "Exercise level", "code", list="EXERCISE_LEVEL"),
        Column("statutory_limit", "法定时限", "Statutory limit", "whole", 9999),
        Column("statutory_limit_unit", "法定时限单位", "Its unit", "code", list="LIMIT_UNIT"),
        Column("promised_limit", "承诺时限", "Promised limit", "whole", 9999),
        Column("promised_limit_unit", "承诺时限单位", "Its unit", "code", list="LIMIT_UNIT"),
        Column("is_charged", "是否收费", "Whether it costs a fee", "flag"),
        Column("issues_certificate", "是否发证", "Whether it issues a certificate", "flag"),
        Column("certificate_name", "证照名称", "Name of the certificate", "text", 500),
        Column("online_depth", "网上可办", "How far it can be done online", "word", list="ONLINE_DEPTH"),
        Column("state", "事项状态", "State; blank is in force", "word", list="ITEM_STATE"),
        Column("is_exempt", "是否豁免", "Outside of “all business covered”; blank is no", "flag"),
        Column("exempt_basis", "豁免依据", "Why: state secret, commercial secret, privacy", "text", 2000),
        Column("basis", "行使依据", "Legal basis", "text", 20_000, detail=True),
        Column("conditions", "受理条件", "Conditions of acceptance", "text", 20_000, detail=True),
        Column("fee_basis", "收费依据和标准", "Basis and standard of fees", "text", 20_000, detail=True),
        Column("place", "办理地点", "Where it is handled", "text", 2000, detail=True),
        Column("office_hours", "办理时间", "Office hours", "text", 2000, detail=True),
        Column("telephone", "咨询电话", "Telephone", "text", 500, detail=True),
        Column("supervision_telephone", "监督电话", "Supervision telephone", "text", 500, detail=True),
        Column("forms", "办理形式", "Forms of handling", "text", 500, detail=True),
        Column("procedure", "办理流程说明", "How it is handled, in words", "text", 20_000, detail=True),
        Column("audience", "服务对象", "For whom", "text", 500, detail=True),
        Column("faq", "常见问题", "Frequent questions", "text", 20_000, detail=True),
    ),
)  # fmt: skip

MATERIAL = Kind(
    "material", "材料", "Materials", "item_material", ("item_code", "name"),
    (
        ITEM_CODE, VERSION,
        Column("name", "材料名称", "Name of the material", "text", 500, required=True),
        Column("is_required", "是否必要", "Whether it must be there", "flag"),
        Column("form", "材料形式", "Form (paper, electronic)"),
        Column("source", "来源渠道", "Where it comes from", "text", 500),
        Column("basis", "要求依据", "Why it is asked for", "text", 20_000),
    ),
    part=True,
)  # fmt: skip

FEE = Kind(
    "fee", "收费项目", "Fees", "item_fee", ("item_code", "fee_code", "name"),
    (
        ITEM_CODE, VERSION,
        Column("fee_code", "收费项目编码", "Fee item code", "text", 100),
        Column("name", "收费项目名称", "Name of the fee", required=True),
        Column("basis", "收费依据", "Legal basis", "text", 2000),
        Column("standard_amount", "收费标准", "Standard in yuan", "money"),
        Column("minimum_amount", "收费下限", "Least amount in yuan", "money"),
        Column("maximum_amount", "收费上限", "Greatest amount in yuan", "money"),
        Column("standard_text", "收费标准说明", "Standard in words", "text", 2000),
        Column("step_code", "收费环节", "Code of the step at which it is charged", "text", 50),
        Column("is_reducible", "是否允许减免", "Whether it may be reduced", "flag"),
        Column("reduction_basis", "减免依据", "On what basis it is reduced", "text", 2000),
    ),
    part=True,
)  # fmt: skip

STEP = Kind(
    "step", "流程环节", "Flow steps", "item_flow_step", ("item_code", "step_code"),
    (
        ITEM_CODE, VERSION,
        Column("step_code", "环节编码", "Step code", "text", 50, required=True),
        Column("name", "环节名称", "Step name", required=True),
        Column("step_type", "环节类型", "Step type", "code", list="STEP_TYPE"),
        Column("posts", "岗位", "Codes of the posts that may do it, ; between", "list", 50),
        Column("step_limit", "环节时限", "Own limit", "whole", 9999),
        Column("step_limit_unit", "环节时限单位", "Its unit", "code", list="LIMIT_UNIT"),
        Column("next", "后续环节", "Codes of the steps that may follow, ; between; a branch says CODE=condition", "next", 200),
        Column("apart_from", "不相容环节", "Codes of steps that must be in other hands, ; between", "list", 50),
        Column("risk_category", "风险类别", "Category of the risk point"),
        Column("risk_description", "风险描述", "What the risk is", "text", 2000),
        Column("risk_control", "防控手段", "How it is held in check", "text", 2000),
    ),
    part=True,
)  # fmt: skip

ORGANIZATION = Kind(
    "organization", "机构", "Organisations", "organization", ("org_uscc",),
    (
        ORG, VERSION, *VALID,
        Column("name", "机构名称", "Name", required=True),
        Column("short_name", "简称", "Short name", "text", 100),
        Column("parent_uscc", "上级机构代码", "Organisation above", "uscc", 18),
        Column("region_code", "行政区划代码", "Region, GB/T 2260", "region", 12),
        Column("org_level", "行使层级", "Level", "code", list="EXERCISE_LEVEL"),
        Column("kind", "机构性质", "Kind of organisation", "text", 100),
    ),
)  # fmt: skip

REGION = Kind(
    "region", "行政区划", "Regions", "region", ("region_code",),
    (
        Column("region_code", "行政区划代码", "Region, GB/T 2260", "region", 12, required=True), VERSION, *VALID,
        Column("name", "区划名称", "Name", required=True),
        Column("parent_code", "上级区划代码", "Region above", "region", 12),
        Column("region_level", "区划层级", "Level", "code", list="EXERCISE_LEVEL"),
    ),
)  # fmt: skip

POST = Kind(
    "post", "岗位", "Posts", "post", ("org_uscc", "post_code"),
    (
        ORG,
        Column("post_code", "岗位编码", "Post code, unique within the organisation", "text", 50, required=True),
        VERSION, *VALID,
        Column("name", "岗位名称", "Name", required=True),
        Column("office", "科室", "Office"),
    ),
)  # fmt: skip

STAFF = Kind(
    "staff", "人员", "Staff", "staff", ("org_uscc", "person_no"),
    (
        ORG,
        Column("person_no", "工号", "Person number, unique within the organisation", "text", 50, required=True),
        VERSION,
        Column("valid_from", "任职起始日期", "First day in service", "day"),
        Column("valid_to", "任职截止日期", "Last day in service", "day"),
        Column("name", "姓名", "Name", required=True),
        Column("office", "科室", "Office"),
        Column("posts", "岗位", "Codes of the posts held, ; between", "list", 50),
        Column("mobile", "手机", "Mobile; shown masked", "text", 50),
    ),
)  # fmt: skip

DISCLOSURE = Kind(
    "disclosure", "公开信息", "What was made public", "disclosure", ("org_uscc", "index_no"),
    (
        ORG,
        Column("index_no", "索引号", "Index number, unique within the organisation", "text", 100, required=True),
        VERSION,
        Column("matter", "公开内容", "What it is", "word", list="DISCLOSURE", required=True),
        Column("name", "标题", "Title", "text", 500, required=True),
        Column("published_on", "发布日期", "Day on which it was published", "day", required=True),
        Column("department", "发布部门", "Department that published it", required=True),
        Column("item_code", "实施编码", "Of a guide: the item", "text", 40),
        Column("of_version", "事项版本号", "Of a guide: the version of the item; blank: whichever is in force", "whole", 2_147_483_647),
        Column("case_no", "办件编号", "Of a result: the case", "text", 50),
        Column("valid_to", "公开截止日期", "Last day on which it is public; blank: it still is", "day"),
    ),
    asks=(("matter", "guide", "item_code"), ("matter", "result", "case_no")),
)  # fmt: skip

KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (ITEM, MATERIAL, FEE, STEP, ORGANIZATION, REGION, POST, STAFF, DISCLOSURE)}
)
PARTS = ("item", "material", "fee", "step")
"""The kinds that together are one version of one item, in the order of their digest."""

HEADINGS = {
    "organization": "org_uscc",
    "step_name": "name",
    "material_name": "name",
    "fee_name": "name",
    "title": "name",
}
"""Other names that a header may give a column."""
