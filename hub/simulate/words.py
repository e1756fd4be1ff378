"""Invented people, organisations and items; every name is put together from parts, none is a real person's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from hub.simulate.numbers import resident_id, uscc_of, wrong_last

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗㛃䶮镕"
GIVEN = (
    "建国", "小明", "丽华", "志强", "秀英", "晓东", "海燕", "文博", "雨桐", "子轩", "慧敏", "国庆",
    "𠮷祥", "㛃玉", "䶮飞", "镕基石", "永𠮷", "春生", "思源", "一鸣",
)  # fmt: skip
PLACES = ("岳麓", "芙蓉", "天心", "开福", "雨花", "望城", "星沙", "浏阳河")
TRADES = ("置业", "建材", "商贸", "科技", "物流", "𠮷祥食品", "䶮腾装饰", "㛃和环保", "测绘", "园林")
MATERIALS = (
    "申请表", "营业执照", "法定代表人身份证明", "授权委托书", "建设项目批准文件", "勘测定界图",
    "用地红线图", "环境影响评价批复", "公示材料", "现场照片",
)  # fmt: skip
MISSING = ("勘测定界图", "授权委托书原件", "加盖公章的申请表", "用地红线图电子件")
KINDS = {
    "1": "延长审批", "2": "听证", "3": "招标", "4": "拍卖", "5": "检验", "6": "检测", "7": "检疫",
    "8": "鉴定", "9": "专家评审", "10": "其他依法不计时",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Organization:
    """A department with its region; `uscc` has right check digits."""

    name: str
    uscc: str
    region: str
    parent: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a department's catalogue: limits as (number, unit), unit W, D, H or M; None is no limit."""

    name: str
    item_type: str
    case_type: str
    statutory: tuple[int, str] | None
    promised: tuple[int, str] | None
    charged: bool
    certificate: str | None


@dataclass(frozen=True, slots=True)
class Applicant:
    """A natural person (type 1) or a company (type 2)."""

    kind: str
    name: str
    id_type: str
    id_no: str
    legal: str | None
    contact: str
    contact_id: str
    mobile: str
    address: str


PARENT = uscc_of("11", "430000", "00612000")
ORGANIZATIONS = (
    Organization("长沙市自然资源和规划局", "11430100006121778E", "430100", PARENT),
    Organization("长沙市住房和城乡建设局", uscc_of("11", "430100", "00612180"), "430100", PARENT),
    Organization("长沙市市场监督管理局", uscc_of("11", "430100", "00612233"), "430100", PARENT),
    Organization("株洲市生态环境局", uscc_of("11", "430200", "00613300"), "430200", PARENT),
)
HRSS = Organization("长沙市人力资源和社会保障局", uscc_of("11", "430100", "00612206"), "430100", PARENT)
CONSTRUCTION = ORGANIZATIONS[1]
FOREIGN = uscc_of("11", "440300", "00755001")

ITEMS = (
    Item("建设用地规划许可证核发", "01", "2", (20, "W"), (12, "W"), True, "建设用地规划许可证"),
    Item("建设工程规划许可证核发", "01", "2", (20, "W"), (10, "W"), False, "建设工程规划许可证"),
    Item("不动产首次登记", "07", "2", (30, "W"), (15, "W"), True, "不动产权证书"),
    Item("测绘作业证核发", "01", "2", (10, "W"), (5, "W"), False, "测绘作业证"),
    Item("采矿权变更登记", "01", "2", (40, "D"), (30, "D"), True, "采矿许可证"),
    Item("临时用地审批", "01", "2", (120, "H"), (72, "H"), False, None),
    Item("地质灾害治理工程验收", "10", "2", (2, "M"), (1, "M"), False, None),
    Item("建设项目选址意见(联合办理)", "01", "5", (15, "W"), (8, "W"), False, "选址意见书"),
    Item("土地复垦方案初审", "10", "4", (20, "W"), (15, "W"), False, None),
    Item("土地档案查询", "20", "1", None, (0, "W"), False, None),
    Item("乡村建设规划许可", "01", "2", (20, "W"), None, False, "乡村建设规划许可证"),
    Item("建设用地改变用途审批", "01", "2", (15, "W"), (18, "W"), False, None),
    Item("土地复垦验收", "10", "2", (30, "W"), (20, "W"), False, None),
)
LONG_PROMISE, LIMITED_FLOW = 11, 12
"""Indexes of items that are planted: one promises more time than the law gives, the flow of the other limits a step; neither has its guide published in time."""
FEE, FEE_CODE, FEE_BASIS = "证照工本费", "FE-001", "湘发改价费〔2019〕1号"
LEAST_FEE, GREATEST_FEE = 1000, 55000  # fen
FEE_STEP = 1  # it is taken at the first step
CHARGES_FROM = date(2020, 1, 1).toordinal()  # from when on the catalogue knows the items
PLAIN = 0  # index of the item that planted cases take, their limits replaced


def person(rng: Random) -> str:
    """A name, one in eight or so with a rare character."""
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def resident(rng: Random) -> str:
    """A resident's number with a right check digit and a birth date between 1955 and 2004."""
    birth = f"{rng.randrange(1955, 2005)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}"
    return resident_id(f"43010{rng.randrange(2, 6)}{birth}{rng.randrange(1, 1000):03d}")


def applicant(rng: Random) -> Applicant:
    """One of a few thousand applicants, who come again as people do."""
    return _persona(rng.randrange(4000))


@lru_cache(maxsize=4000)
def _persona(number: int) -> Applicant:
    """A person in three cases of five, else a company."""
    rng = Random(f"persona:{number}")
    contact, contact_id = person(rng), resident(rng)
    mobile = f"138{rng.randrange(10**8):08d}"
    address = f"长沙市{rng.choice(PLACES)}区{rng.choice(PLACES)}路{rng.randrange(1, 999)}号"
    if rng.random() < 0.6:
        return Applicant("1", contact, "111", contact_id, None, contact, contact_id, mobile, address)
    name = f"长沙{rng.choice(PLACES)}{rng.choice(TRADES)}有限公司"
    code = uscc_of("91", "430100", f"MA4L{rng.randrange(10**4):04d}")
    return Applicant("2", name, "001", code, person(rng), contact, contact_id, mobile, address)


def misnumbered(someone: Applicant, rng: Random) -> Applicant:
    """A natural person whose resident's number has a wrong check digit."""
    name = someone.contact
    number = wrong_last(resident(rng))
    return Applicant(
        "1", name, "111", number, None, name, someone.contact_id, someone.mobile, someone.address
    )
