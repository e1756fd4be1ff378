"""The one table of limits: how much a package may hold, why, what it is called in settings, and the code of the refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from hub.errors import PackageRefused, Place, StopError

PREFIX: Final = "SUPHUB_LIMIT_"
KIBI, MEBI, GIBI = 1 << 10, 1 << 20, 1 << 30
_SIZE = re.compile(r"([1-9][0-9]{0,17})\s*(|KiB|MiB|GiB)")
_UNITS = {"": 1, "KiB": KIBI, "MiB": MEBI, "GiB": GIBI}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `zh` and `en` say what is counted, `code` refuses more than that, at its `level`."""

    name: str
    default: int
    code: str
    level: str  # package or case
    zh: str
    en: str
    why_zh: str
    why_en: str

    @property
    def what(self) -> str:
        """What is counted, in both languages, as refusals say it."""
        return f"{self.zh} / {self.en}"

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return PREFIX + self.name.upper()

    @property
    def bytes(self) -> bool:
        """Whether bytes are counted: such a limit may be set with KiB, MiB or GiB."""
        return self.name.endswith("_bytes")


def _row(
    default: int, code: str, counted: tuple[str, str], why: tuple[str, str], level: str = "package"
) -> Any:
    return field(default=default, metadata={"code": code, "counted": counted, "why": why, "level": level})


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one package, in the order in which it meets them. docs/limits.md shows the table."""

    package_bytes: int = _row(
        2 * GIBI, "PKG_TOO_LARGE", ("报文字节数", "bytes of the package"),
        ("20 万件约 1.1 GB XML，压缩后 0.1 GB", "200,000 cases are about 1.1 GB of XML, 0.1 GB packed"),
    )  # fmt: skip
    cms_part_bytes: int = _row(
        MEBI, "CMS_LIMIT", ("信封中收件人、证书、签名等一部分的字节数", "bytes of one part of an envelope: recipients, certificates, signatures"),
        ("这些部分整个读入内存；通常几千字节", "such a part is read into memory; it has some thousand bytes"),
    )  # fmt: skip
    cms_depth: int = _row(
        16, "CMS_LIMIT", ("信封中元素嵌套层数", "elements of an envelope within one another"),
        ("最深约十层", "some ten at most"),
    )  # fmt: skip
    cms_pieces: int = _row(
        100_000, "CMS_LIMIT", ("信封中的元素个数（另按每 64 字节一个计）", "elements of an envelope, beyond one for each 64 bytes"),
        ("流式写出的每片有一千字节以上", "what is written as a stream has pieces of 1,000 bytes and more"),
    )  # fmt: skip
    cms_recipients: int = _row(
        100, "CMS_LIMIT", ("收件人个数", "recipients of one package"),
        ("只需枢纽一个；轮换、备用和部门自己另有几个", "the hub alone is needed; a few more while keys change, and the department's own"),
    )  # fmt: skip
    cms_signers: int = _row(
        10, "CMS_LIMIT", ("签名个数", "signatures of one package"),
        ("每个都要验；一个就够", "each is verified; one is enough"),
    )  # fmt: skip
    cms_certificates: int = _row(
        50, "CMS_LIMIT", ("信封所带的证书个数，吊销列表个数", "certificates, and revocation lists, that come with a package"),
        ("一条链至多五张", "a chain has five at most"),
    )  # fmt: skip
    cms_attributes: int = _row(
        50, "CMS_LIMIT", ("一个签名的签名属性个数", "signed attributes of one signature"),
        ("openssl 写四个", "openssl writes four"),
    )  # fmt: skip
    nesting: int = _row(
        2, "ZIP_NESTED", ("压缩层数", "packings, one within the other"),
        ("压缩包里再放一个是常见的导出方式，更多层只见于攻击", "an archive within an archive is met in exports; more only in attacks"),
    )  # fmt: skip
    members: int = _row(
        10_000, "ZIP_LIMIT", ("文件个数", "number of files"),
        ("目录要读入内存；一件至多几十个附件", "the table of contents is read into memory; a case has some dozens of attachments at most"),
    )  # fmt: skip
    contents_bytes: int = _row(
        10 * MEBI, "ZIP_LIMIT", ("压缩包目录字节数", "bytes of the archive's table of contents"),
        ("在读入之前就看", "looked at before it is read"),
    )  # fmt: skip
    header_bytes: int = _row(
        64 * KIBI, "ZIP_LIMIT", ("tar 扩展头字节数", "bytes of an extended header of tar"),
        ("只需写一个长文件名", "all it needs to hold is one long name"),
    )  # fmt: skip
    name_bytes: int = _row(
        255, "ZIP_NAME", ("文件名字节数", "bytes of a file's name"),
        ("文件系统的上限", "what file systems take"),
    )  # fmt: skip
    frames: int = _row(
        100_000, "ZIP_LIMIT", ("压缩段数", "members of gzip or frames of zstd in a row"),
        ("分段压缩每段至少 20 KB，段很小的只会耗时", "parallel packers make pieces of 20 KB and more; tiny ones only cost time"),
    )  # fmt: skip
    window_bytes: int = _row(
        128 * MEBI, "ZIP_LIMIT", ("zstd 窗口字节数", "bytes of the window of zstd"),
        ("解压所占内存；zstd --ultra -22 用到 128 MiB", "memory that unpacking takes; zstd --ultra -22 needs 128 MiB"),
    )  # fmt: skip
    legacy_bytes: int = _row(
        64 * MEBI, "ZIP_LIMIT", ("旧式加密（ZipCrypto）字节数", "bytes under the old zip encryption (ZipCrypto)"),
        ("逐字节解密，每秒约 3 MB；较大的用 AES", "deciphered byte by byte, some 3 MB a second; use AES for more"),
    )  # fmt: skip
    document_bytes: int = _row(
        4 * GIBI, "ZIP_LIMIT", ("XML 字节数", "bytes of XML"),
        ("预计最大全量报送的三倍", "three times the largest full load expected"),
    )  # fmt: skip
    attachment_bytes: int = _row(
        512 * MEBI, "ZIP_LIMIT", ("单个附件字节数", "bytes of one attachment"),
        ("一千页扫描件", "a scanned file of 1,000 pages"),
    )  # fmt: skip
    total_bytes: int = _row(
        8 * GIBI, "ZIP_LIMIT", ("解压后总字节数", "bytes once unpacked"),
        ("所占磁盘", "the disk that it takes"),
    )  # fmt: skip
    ratio: int = _row(
        200, "ZIP_LIMIT", ("解压比", "ratio of unpacked to packed"),
        ("此类 XML 压缩 10 到 40 倍，deflate 可达 1032 倍", "XML of this kind packs 10 to 40 times, deflate can do 1,032"),
    )  # fmt: skip
    ratio_from: int = _row(
        10 * MEBI, "ZIP_LIMIT", ("从多少字节起看解压比", "bytes from which the ratio counts"),
        ("更小的无害", "less is harmless"),
    )  # fmt: skip
    prolog_bytes: int = _row(
        MEBI, "XML_LIMIT", ("根元素之前的字节数", "bytes before the root element"),
        ("其中只有注释和声明", "comments and declarations only"),
    )  # fmt: skip
    head_bytes: int = _row(
        MEBI, "XML_LIMIT", ("报文头的字节数", "bytes before the first case"),
        ("报文头只有几百字节", "a head has some hundred bytes"),
    )  # fmt: skip
    root_bytes: int = _row(
        64 * KIBI, "XML_LIMIT", ("根元素命名空间声明的字节数", "bytes of namespaces declared at the root"),
        ("每读一件都要带上", "they are read anew with every case"),
    )  # fmt: skip
    comments: int = _row(
        2_000_000, "XML_LIMIT", ("注释和处理指令个数", "comments and instructions of one document"),
        ("没有用处；每个都要单独读过", "of no use, and each must be read by itself"),
    )  # fmt: skip
    markup_bytes: int = _row(
        16 * MEBI, "XML_LIMIT", ("一个标签、注释或处理指令的字节数", "bytes of one tag, comment or instruction"),
        ("解析器把它整个放在内存中", "a parser keeps it in memory as a whole"),
    )  # fmt: skip
    cases: int = _row(
        2_000_000, "XML_LIMIT", ("一个报文的办件或消息数", "cases or messages of one package"),
        ("每件在内存中留下它的位置；最大全量报送的十倍", "the place of each is kept in memory; ten times the largest full load"),
    )  # fmt: skip
    names: int = _row(
        10_000, "XML_LIMIT", ("不同的元素名和属性名个数", "different names of elements and attributes"),
        ("解析器把每个名称都留在内存中", "a parser keeps every name in memory"),
    )  # fmt: skip
    case_bytes: int = _row(
        16_000_000, "XML_LIMIT", ("一个办件或消息的字节数", "bytes of one case or message"),
        ("更长的不是办件；限定解析器的内存", "a longer one is no approval case; bounds the memory of the parser"),
    )  # fmt: skip
    case_markup: int = _row(
        50_000, "CASE_LIMIT", ("一个办件的标签数（起止各算一个）", "tags of one case, opening and closing"),
        ("一件通常不到二百个；一千份材料的约两万个", "a case has less than 200 as a rule, one of a thousand materials some 20,000"), "case",
    )  # fmt: skip
    case_attributes: int = _row(
        20_000, "CASE_LIMIT", ("一个办件的属性数", "attributes of one case"),
        ("办件不用属性，消息每条几个", "cases need none, messages a few"), "case",
    )  # fmt: skip
    depth: int = _row(
        64, "CASE_LIMIT", ("元素嵌套层数", "elements within one another"),
        ("办件的要素最多三层", "the elements of a case lie three deep"), "case",
    )  # fmt: skip
    attributes: int = _row(
        64, "CASE_LIMIT", ("一个元素的属性数", "attributes of one element"),
        ("同上", "as above"), "case",
    )  # fmt: skip
    namespaces: int = _row(
        64, "CASE_LIMIT", ("一个办件的命名空间声明数", "declarations of namespaces in one case"),
        ("一个就够", "one is enough"), "case",
    )  # fmt: skip
    tag_bytes: int = _row(
        256, "CASE_LIMIT", ("一个元素或属性名的字节数", "bytes of the name of an element or attribute"),
        ("最长的约 40 字节；名称会出现在日志和页面中", "the longest has some 40; names are shown in logs and pages"), "case",
    )  # fmt: skip
    text_bytes: int = _row(
        MEBI, "CASE_LIMIT", ("一段文字的字节数", "bytes of one text"),
        ("最长的字段 4000 字；附件不写进 XML", "the longest field has 4,000 characters; attachments do not belong into XML"), "case",
    )  # fmt: skip

    def exceeded(self, name: str, seen: int, *, line: int | None = None) -> PackageRefused:
        """The refusal of a package that has `seen` of what the limit `name` counts."""
        row, limit = rows()[name], getattr(self, name)
        if row.code == "PKG_TOO_LARGE":
            return PackageRefused(row.code, line=line, size=seen, limit=limit)
        return PackageRefused(row.code, line=line, what=row.what, seen=seen, limit=limit)


@cache
def rows() -> Mapping[str, Row]:
    """The table, by the name of the limit."""
    return {
        each.name: Row(
            each.name, int(getattr(Limits(), each.name)), each.metadata["code"], each.metadata["level"],
            *each.metadata["counted"], *each.metadata["why"],
        )
        for each in fields(Limits)
    }  # fmt: skip


def load_limits(settings: Mapping[str, str]) -> Limits:
    """The limits in force: each as it stands in the table, or as its variable says.

    Raises StopError LIMIT_SETTING for a limit that does not exist, or a value that is no number or size.
    """
    said = {key.removeprefix(PREFIX).lower(): value for key, value in settings.items()}
    return Limits(**{name: _number(name, value) for name, value in said.items()})


def _number(name: str, value: str) -> int:
    row = rows().get(name)
    found = _SIZE.fullmatch(value.strip())
    if row is not None and found is not None and (row.bytes or not found[2]):
        return int(found[1]) * _UNITS[found[2]]
    near = get_close_matches(name, rows(), n=1)
    raise StopError(
        "LIMIT_SETTING",
        zh=f"环境变量 {PREFIX}{name.upper()} 的值 {value!r} 不能用作限制" if row else f"没有名为 {name} 的限制",
        en=f"{PREFIX}{name.upper()}={value!r} cannot be used as a limit" if row else f"There is no limit named {name}",
        remedy_zh="写正整数；字节数可写成 512MiB、4GiB" if row else f"可用的见 docs/limits.md；相近的：{'、'.join(near) or '-'}",
        remedy_en="Write a positive whole number; bytes as 512MiB or 4GiB" if row
        else f"See docs/limits.md for those that exist; near it: {', '.join(near) or '-'}",
        place=Place(field=PREFIX + name.upper()),
    )  # fmt: skip
