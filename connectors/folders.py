"""The three folders of a system on its front-end machine: inbox, receipts, refused."""

# ruff: noqa: PTH118, PTH120 - names of departments are bytes; pathlib knows only text
from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.failures import option_wrong
from connectors.names import shown, text_of


@dataclass(frozen=True, slots=True)
class Folders:
    """The three folders of a system on its front-end machine, absolute."""

    inbox: bytes
    receipts: bytes
    refused: bytes


def folders_of(system: str, options: Mapping[str, Any]) -> Folders:
    """The folders a registration names; receipts and refused default to siblings of the inbox. Raises StopError."""
    inbox = _folder(system, "inbox", options.get("inbox"))
    beside = os.path.dirname(inbox)
    found = Folders(
        inbox,
        _folder(system, "receipts", options.get("receipts"), os.path.join(beside, b"receipts")),
        _folder(system, "refused", options.get("refused"), os.path.join(beside, b"refused")),
    )
    for option, path in (("receipts", found.receipts), ("refused", found.refused)):
        if path == inbox:
            raise option_wrong(
                system,
                option,
                "与 inbox 相同,枢纽会把自己写的文件当作报文",
                "is the inbox itself: the hub would take its own files for packages",
                "另指一个目录",
                "Name another folder",
            )
    return found


def answers_folder(system: str, options: Mapping[str, Any]) -> bytes:
    """The folder that a department lays answers into, by default `answers` beside the inbox. Raises StopError."""
    found = folders_of(system, options)
    answers = _folder(
        system, "answers", options.get("answers"), os.path.join(os.path.dirname(found.inbox), b"answers")
    )
    if answers in (found.inbox, found.receipts, found.refused):
        raise option_wrong(
            system,
            "answers",
            "与收件、回执或被拒目录相同",
            "is the inbox, or the folder of receipts or of refused packages",
            "另指一个目录",
            "Name another folder",
        )
    return answers


def _folder(system: str, option: str, value: object, default: bytes | None = None) -> bytes:
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise option_wrong(
            system,
            option,
            f"{value!r} 不是绝对路径",
            f"{value!r} is not an absolute path",
            "写以 / 开头的目录",
            "Write a folder that begins with /",
        )
    return os.path.normpath(value.encode("utf-8", "surrogateescape"))


def shown_path(*parts: bytes) -> str:
    """A path for people, part by part: one GBK name does not spoil the folders above it."""
    pieces = [piece for part in parts for piece in part.split(b"/")]
    return "/".join(shown(text_of(piece)) for piece in pieces)
