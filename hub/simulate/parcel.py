"""Writes one package as a file: XML in its character set, plain, zipped or gzipped, whole or spoilt on purpose."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from hub.simulate.story import Attachment
from hub.simulate.xml import escaped

NAMESPACE = "urn:supervision-hub:exchange:1"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Head and form of a package; what is spoilt differs from what would be right."""

    package_id: str
    system: str
    serial: int
    created: str
    count: int
    remark: str | None = None
    charset: str = "UTF-8"  # as declared
    written_as: str | None = None  # codec of the bytes, where the declaration lies
    container: str = ""  # "", zip or gzip
    root: str = "ExchangePackage"
    namespace: str = NAMESPACE
    doctype: str = ""
    keep: float = 1.0  # share of the file's bytes that arrive
    one_line: bool = False
    commented: bool = False
    version: str = "1.0"  # of the message

    @property
    def suffix(self) -> str:
        """How the file name ends."""
        return {"": ".xml", "zip": ".zip", "gzip": ".xml.gz"}[self.container]


SPOILERS: dict[str, Callable[[Parcel], Parcel]] = {
    "PKG_COUNT": lambda p: replace(p, count=p.count + 1),
    "PKG_ROOT": lambda p: replace(p, root="Package"),
    "PKG_NAMESPACE": lambda p: replace(p, namespace="urn:example:another-exchange:2"),
    "XML_DOCTYPE": lambda p: replace(p, doctype='<!DOCTYPE ExchangePackage [<!ENTITY who "监察">]>\n'),
    "ZIP_BROKEN": lambda p: replace(p, container="zip", keep=0.6),
    "PKG_SYSTEM": lambda p: replace(p, system=f"{p.system}-2"),
    "XML_ENCODING": lambda p: replace(p, charset="UTF-8", written_as="gb18030"),
}
"""Ways in which a package is refused as a whole, by the code that names them; each is sent again in order."""

FORMS: dict[str, Callable[[Parcel], Parcel]] = {
    "zip": lambda p: replace(p, container="zip"),
    "gzip": lambda p: replace(p, container="gzip"),
    "GB18030": lambda p: replace(p, charset="GB18030"),
    "UTF-16": lambda p: replace(p, charset="UTF-16"),
    "gb2312 with 镕": lambda p: replace(p, charset="gb2312", remark="经办:朱镕生"),
    "comments and CDATA": lambda p: replace(p, commented=True),
    "one line": lambda p: replace(p, one_line=True),
}
"""Forms in which a package is sent and must be taken."""

_CODECS = {
    "UTF-8": "utf-8",
    "UTF-16": "utf-16-le",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "gb2312": "gb18030",
}


def write(path: Path, parcel: Parcel, cases: Iterable[str], attachments: Iterable[Attachment]) -> str:
    """Write a package and return the SHA-256 of its bytes; `cases` are read once, one at a time."""
    with path.open("wb") as file:
        if parcel.container == "zip":
            _zip(file, parcel, cases, attachments)
        elif parcel.container == "gzip":
            with gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=file, mtime=0) as inner:
                _document(inner, parcel, cases)
        else:
            _document(file, parcel, cases)
    if parcel.keep < 1:
        with path.open("r+b") as file:
            file.truncate(int(path.stat().st_size * parcel.keep))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _zip(file: IO[bytes], parcel: Parcel, cases: Iterable[str], attachments: Iterable[Attachment]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_member(f"{parcel.package_id}.xml"), "w", force_zip64=True) as inner:
            _document(inner, parcel, cases)
        for attachment in attachments:
            if attachment.content is not None:
                archive.writestr(_member(attachment.name), attachment.content)


def _member(name: str) -> zipfile.ZipInfo:
    # A fixed date and origin: the same simulation gives the same bytes on every machine.
    member = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3
    member.external_attr = 0o644 << 16
    return member


def _document(file: IO[bytes] | gzip.GzipFile, parcel: Parcel, cases: Iterable[str]) -> None:
    codec = parcel.written_as or _CODECS[parcel.charset]
    encoder = codecs.getincrementalencoder(codec)()
    if codec == "utf-16-le":
        file.write(codecs.BOM_UTF16_LE)
    for text in _texts(parcel, cases):
        file.write(encoder.encode(text))


def _texts(parcel: Parcel, cases: Iterable[str]) -> Iterator[str]:
    end = "" if parcel.one_line else "\n"
    head = [
        f'<?xml version="1.0" encoding="{parcel.charset}"?>\n',
        parcel.doctype,
        f'<{parcel.root} xmlns="{parcel.namespace}" version="{parcel.version}">{end}',
        f"<Head><PackageId>{parcel.package_id}</PackageId><SystemCode>{parcel.system}</SystemCode>",
        f"<Serial>{parcel.serial}</Serial><CreatedAt>{parcel.created}</CreatedAt>",
        f"<CaseCount>{parcel.count}</CaseCount>",
        f"<Remark>{escaped(parcel.remark)}</Remark>" if parcel.remark else "",
        f"</Head>{end}<Body>{end}",
    ]
    yield "".join(head)
    for text in cases:
        if parcel.one_line:
            text = "".join(map(str.strip, text.split("\n")))
        yield _commented(text) if parcel.commented else text
    yield f"</Body>{end}</{parcel.root}>\n"


def _commented(text: str) -> str:
    """Markup that a reader must step over: an instruction, a comment with tags in it, a CDATA section."""
    note = "<!-- 窗口补录 </Case> <Case> -->"
    return f"  <?export batch?>{note}\n{text.replace('<ReceiptNo>SB', '<ReceiptNo><![CDATA[SB]]>', 1)}"
