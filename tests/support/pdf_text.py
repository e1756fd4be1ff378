"""Reads a PDF without the library that wrote it: its fonts, whether they are embedded, and the text as a reader copies it."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s*(.*?)\s*endobj", re.S)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.S)
REFERENCE = rb"\s+(\d+) 0 R"
SHOWN = re.compile(rb"/(F\d+\+\d+)\s+[\d.]+\s+Tf|\(((?:\\.|[^\\()])*)\)\s*Tj|(T\*)|(ET)", re.S)
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Face:
    """One font of a PDF: `embedded` is the length of the font program that lies in it, 0 without one."""

    name: str
    embedded: int
    characters: dict[int, str]  # code → text


@dataclass(frozen=True, slots=True)
class Read:
    """What a PDF holds."""

    faces: dict[str, Face]
    text: str
    pages: int


def read_pdf(data: bytes) -> Read:
    """The fonts by their resource name and the text in the order of drawing, one line per shown line."""
    objects = {int(number): body for number, body in OBJECT.findall(data)}
    faces = _faces(objects)
    lines = []
    for body in objects.values():
        if b"/Type /Page\n" in body + b"\n" or re.search(rb"/Type\s*/Page\b(?!s)", body):
            [content] = re.findall(rb"/Contents" + REFERENCE, body)
            lines.append(_shown(_stream(objects[int(content)]), faces))
    return Read(faces, "\n".join(lines), len(lines))


def _faces(objects: dict[int, bytes]) -> dict[str, Face]:
    found = {}
    for body in objects.values():
        name = re.search(rb"/Name\s*/(F\d+\+\d+)", body)
        if name is None or b"/TrueType" not in body:
            continue
        [descriptor] = re.findall(rb"/FontDescriptor" + REFERENCE, body)
        [unicode] = re.findall(rb"/ToUnicode" + REFERENCE, body)
        program = re.search(rb"/FontFile2" + REFERENCE, objects[int(descriptor)])
        size = len(_stream(objects[int(program[1])])) if program else 0
        base = re.search(rb"/BaseFont\s*/(\S+)", body)
        assert base is not None
        found[name[1].decode()] = Face(base[1].decode(), size, _to_unicode(_stream(objects[int(unicode)])))
    return found


def _to_unicode(cmap: bytes) -> dict[int, str]:
    listed = re.search(rb"beginbfchar(.*?)endbfchar", cmap, re.S)
    assert listed is not None
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in re.findall(rb"<([0-9A-F]{2})> <([0-9A-F]+)>", listed[1])
    }


def _stream(body: bytes) -> bytes:
    held = STREAM.search(body)
    assert held is not None
    data = held[1]
    if b"/ASCII85Decode" in body:
        data = base64.a85decode(data.strip().removesuffix(b"~>"))
    return zlib.decompress(data) if b"/FlateDecode" in body else data


def _shown(content: bytes, faces: dict[str, Face]) -> str:
    face, out = None, ""
    for font, string, newline, end in SHOWN.findall(content):
        if font:
            face = faces[font.decode()]
        elif newline or end:
            out += "" if out.endswith("\n") else "\n"
        elif face is not None:
            out += "".join(face.characters[code] for code in _unescaped(string))
    return out


def _unescaped(string: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        what = found[1]
        return bytes([int(what, 8)]) if what[:1].isdigit() else ESCAPES.get(what, what)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, string, flags=re.S)
