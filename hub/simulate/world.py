"""What one simulation is asked for, and the department that it plays."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from hub.simulate.codes import CROSSWALKS
from hub.simulate.words import ORGANIZATIONS, Organization

DIALECTS = {"canonical": "canonical", "national-exchange-db": "gbt-39046", "pinyin-stages": "guangdong"}
"""Dialect → the codes that it is written in; the canonical one takes any."""
DELIVERIES = ("directory", "soap")
SCHEMAS = ("1.0", "1.1")
FABRICATIONS = tuple(f"X{number}" for number in range(1, 13))
"""The patterns of fabricated data that a department can show."""

ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030", "gbk": "GBK", "gb2312": "gb2312"}
WINDOW = 90  # days before `today` in which cases are applied for
FIRST_DAY = date(2004, 7, 1)  # the working calendar is published from 2004 on
LAST_DAY = date(2059, 12, 31)
MOST_CASES = 9_999_999


class OptionError(ValueError):
    """An option cannot be meant; `zh` and `en` say why and what is allowed."""

    def __init__(self, option: str, zh: str, en: str) -> None:
        super().__init__(f"{option}: {zh} / {en}")
        self.option = option
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Options:
    """One simulation: the same options give the same bytes. Raises OptionError for values that cannot be meant."""

    cases: int
    out: Path
    today: date
    seed: int = 1
    code: str = "land-bureau"
    codes: str = "canonical"
    encoding: str = "utf-8"
    package_size: int | None = None
    clean: bool = False
    lawful: bool = False  # clean, and every case keeps every rule in every dialect: no card may be raised
    dialect: str = "canonical"
    deliver: str = "directory"  # how stage messages are delivered
    database_url: str | None = None  # of the exchange database; without it DIR/exchange.db
    schema: str = "1.0"  # version of the canonical message
    held: int = 0  # what is written in so many days up to `today` is laid aside
    department: Organization | None = None  # without it the code chooses one
    fabricate: tuple[
        str, ...
    ] = ()  # patterns of X1 to X12 in the latest ended month; nothing else is planted
    organization: Organization = field(init=False)

    def __post_init__(self) -> None:
        if self.lawful:
            object.__setattr__(self, "clean", True)
        _between("--cases", self.cases, 1, MOST_CASES)
        if self.package_size is not None:
            _between("--package-size", self.package_size, 1, MOST_CASES)
        if not FIRST_DAY <= self.today <= LAST_DAY:
            raise OptionError(
                "--today",
                f"{self.today} 不在 {FIRST_DAY} 至 {LAST_DAY} 之间",
                f"{self.today} is not between {FIRST_DAY} and {LAST_DAY}",
            )
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", self.code) or self.code == "hub":
            raise OptionError(
                "--code",
                f"{self.code!r} 应为小写字母、数字和连字符(最多 40 个),且不是 hub",
                f"{self.code!r} must be lower-case letters, digits and hyphens (at most 40), and not hub",
            )
        _one_of("--codes", self.codes, CROSSWALKS)
        _one_of("--encoding", self.encoding, tuple(ENCODINGS))
        _one_of("--dialect", self.dialect, tuple(DIALECTS))
        _one_of("--deliver", self.deliver, DELIVERIES)
        _one_of("--schema", self.schema, SCHEMAS)
        _between("--held", self.held, 0, WINDOW)
        for code in self.fabricate:
            _one_of("--fabricate", code, FABRICATIONS)
        if self.dialect != "canonical":
            self._check_pieces()
        object.__setattr__(self, "organization", self.department or _organization(self.code))

    def _check_pieces(self) -> None:
        """The dialects in pieces have codes and a character set of their own; the lives are those of canonical codes."""
        _one_of("--codes", self.codes, ("canonical", DIALECTS[self.dialect]))
        _one_of("--encoding", self.encoding, ("utf-8",))
        _one_of("--schema", self.schema, SCHEMAS if self.dialect == "national-exchange-db" else ("1.0",))
        object.__setattr__(self, "codes", "canonical")

    def rng(self, *what: object) -> Random:
        """A generator of its own for one purpose, so that no draw disturbs another."""
        return Random(":".join(map(str, (self.seed, self.code, *what))))


def _organization(code: str) -> Organization:
    """The department behind a system code; a given code is always the same one."""
    if code == "land-bureau":
        return ORGANIZATIONS[0]
    return ORGANIZATIONS[sum(code.encode()) % len(ORGANIZATIONS)]


def _between(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise OptionError(
            option, f"{value} 不在 {least} 至 {most} 之间", f"{value} is not between {least} and {most}"
        )


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        words = ", ".join(allowed)
        raise OptionError(
            option, f"不认识 {value!r};可用:{words}", f"{value!r} is not known; allowed: {words}"
        )
