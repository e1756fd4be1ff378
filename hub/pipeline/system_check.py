"""Checks what one system is registered with, each thing by itself: words, dialect, codes, connector, connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from connectors import Access, Surroundings, open_connector
from connectors.state import MemoryState
from hub.errors import HubError, Place, StopError
from hub.pipeline.process import check_serial
from hub.pipeline.registered import standing
from hub.pipeline.sample import Sample
from hub.pipeline.unseal import Seals, check_envelope, unfit_signers
from hub.register import Registration
from hub.register.place import placed
from mappings.crosswalk import Crosswalk, load_crosswalk
from mappings.dialect import Kind, load_dialect
from mappings.mapper import check_words
from mappings.pieces import PieceMapper
from schemas.catalogue import describe
from schemas.contract import load_contract
from schemas.numbers import uscc_ok

Reach = Callable[[str], Access]
BY_DIALECT = ("serial", "envelope")
"""Checks that say nothing where the dialect cannot be read."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `warning`: usable, but somebody should read it."""

    name: str
    ok: bool
    detail: str = ""
    warning: bool = False
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "name": self.name, "ok": self.ok, "warning": self.warning, "detail": self.detail, "notes": list(self.notes),
            **self.data,
        }  # fmt: skip


def failed(name: str, error: HubError, *, warning: bool = False) -> Check:
    """A check that came to an error, with its place and remedy."""
    return Check(name, warning, str(error), warning, data=error.as_dict())


def registration_checks(
    found: Registration, reach: Reach, work: Path, seals: Seals | None = None
) -> Iterator[Check]:
    """Every check that needs no sample. Nothing is opened at the source."""
    yield Check("registration", True, f"{found.name}  {found.status}", notes=(found.path,))
    steps: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("organization", lambda: _organizations(found)),
        ("schema", lambda: _schema(found)),
        ("dialect", lambda: _dialect(found)),
        ("codes", lambda: _codes(found)),
        ("serial", lambda: _serial(found)),
        ("connector", lambda: _connector(found, reach, work)),
        ("connection", lambda: _connection(found, reach)),
        ("envelope", lambda: _envelope(found, seals or Seals())),
    )
    unread = False
    for name, step in steps:
        if unread and name in BY_DIALECT:
            yield Check(name, True, "方言改正后才检查 · looked at once the dialect is mended", warning=True)
            continue
        try:
            with standing(found, "connector.connection" if name == "connection" else name):
                yield step()
        except HubError as error:
            yield failed(name, error)
            unread = unread or (name == "dialect" and not _readable(found))


def _readable(found: Registration) -> bool:
    """Whether the dialect can be read at all; if not, that is told once."""
    try:
        load_dialect(found.dialect, schema=found.schema)
    except HubError:
        return False
    return True


def _organizations(found: Registration) -> Check:
    """Raises StopError for a credit code whose check digit is wrong: every case would be refused as another's."""
    wrong = [code for code in found.organizations if not uscc_ok(code)]
    if wrong:
        raise StopError(
            "REGISTRATION_USCC",
            zh=f"organization 的统一社会信用代码校验不通过:{'、'.join(wrong)}",
            en=f"organization: the check digit of the USCC is wrong: {', '.join(wrong)}",
            remedy_zh="对照证照改正该代码(GB 32100 的第 18 位是校验码)",
            remedy_en="Mend it by the certificate (its 18th character is the check digit of GB 32100)",
            place=Place(system=found.code, file=found.path, field="organization"),
        )
    return Check("organization", True, "、".join(found.organizations) + f"  {found.region}")


def _schema(found: Registration) -> Check:
    contract = load_contract(found.schema)
    return Check("schema", True, f"{contract.version}  {len(contract.elements)} 个要素 elements")


def _dialect(found: Registration) -> Check:
    check_words(found)
    dialect = load_dialect(found.dialect, schema=found.schema)
    if found.connector["kind"] == "database" and dialect.format != "row-set":
        raise _no_rows(found)
    if dialect.piecewise:
        PieceMapper(found, dialect)
    kinds = [_kind(kind) for kind in dialect.kinds]
    counted = "、".join(f"{kind['zh']} {len(kind['mapped'])}/{len(kind['ignored'])}" for kind in kinds)
    notes = (f"片段,用/不用的来源 kinds, sources used/left out: {counted}",) if kinds else ()
    return Check("dialect", True, f"{dialect.name}  {dialect.zh}", notes=notes, data={"kinds": kinds})


def _no_rows(found: Registration) -> StopError:
    """What an exchange database gives is rows; a dialect of documents would refuse every one of them."""
    return StopError(
        "REGISTRATION",
        zh=f"登记文件有误:交换库(connector.kind: database)送来的是表中的行,方言 {found.dialect} 读的是文件",
        en=f"Registration: an exchange database gives rows, and the dialect {found.dialect} reads documents",
        remedy_zh="改用读行的方言,如 national-exchange-db(配 serial: hub);或改正 connector.kind",
        remedy_en="Use a dialect of rows, as national-exchange-db (with serial: hub), or mend connector.kind",
        place=Place(system=found.code, file=found.path or None, field="dialect"),
    )


def _kind(kind: Kind) -> dict[str, Any]:
    mapped: dict[str, list[str]] = {}
    for rule in kind.rules:
        for source in rule.reads:
            mapped.setdefault(source, []).append(rule.name)
    return {
        "name": kind.name, "match": kind.match, "zh": kind.zh, "en": kind.en, "mapped": mapped,
        "ignored": dict(kind.ignored),
    }  # fmt: skip


def _codes(found: Registration) -> Check:
    crosswalk = load_crosswalk(found.codes)
    own = (*crosswalk.foreign, *crosswalk.variants)
    needed = _needed(found, crosswalk)
    notes: tuple[str, ...] = ()
    if own:
        used = [name for name in own if name in needed] if needed is not None else list(own)
        idle = [name for name in own if name not in used]
        notes = (f"翻译 translated: {'、'.join(used) or '-'}",)
        notes += (f"本方言用不到 not used by the dialect: {'、'.join(idle)}",) if idle else ()
    detail = f"{crosswalk.name} {crosswalk.version}  {crosswalk.zh}"
    data = {"translated": list(own), "needed": None if needed is None else sorted(needed)}
    return Check("codes", True, detail, notes=notes, data=data)


def _needed(found: Registration, crosswalk: Crosswalk) -> set[str] | None:
    """The lists that the dialect looks values up in; None where it cannot be read (told elsewhere)."""
    try:
        dialect = load_dialect(found.dialect, schema=found.schema)
    except StopError:
        return None
    if not dialect.piecewise:
        return set(crosswalk.tables)
    return {
        str(rule.options.get("list") or rule.field.list)
        for kind in dialect.kinds
        for rule in kind.rules
        if rule.field.list and rule.constant is None
    }


def _serial(found: Registration) -> Check:
    check_serial(found, load_dialect(found.dialect, schema=found.schema))
    return Check(
        "serial", True, "报文自带 · by the source" if found.serial == "source" else "枢纽编号 · by the hub"
    )


def _connector(found: Registration, reach: Reach, work: Path) -> Check:
    folder = Path(found.path).parent if found.path else Path()
    open_connector(found.connector, found.code, Surroundings(MemoryState(), reach, work, folder))
    said = [
        f"{key}: {_plain(value)}"
        for key, value in found.connector.items()
        if key not in ("kind", "connection")
    ]
    return Check("connector", True, str(found.connector["kind"]), notes=tuple(said))


def _plain(value: object) -> str:
    """An option as YAML writes it."""
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6)
    return text.removesuffix("\n...\n").strip()


def _connection(found: Registration, reach: Reach) -> Check:
    """Whether the connection is known here; its address is told, never what is secret of it."""
    name = found.connector.get("connection")
    if name is None:
        return Check("connection", True, "不需要 · none needed")
    try:
        access = reach(str(name))
    except StopError as error:
        note = "命令行只看环境变量；只在 Airflow 中建立的连接，这里看不到 · The command line sees variables only, not what is kept in Airflow"
        there = placed(found, error, "connector.connection")
        return replace(failed("connection", there), notes=(note,))
    host = f"{access.host or ''}{f':{access.port}' if access.port else ''}/{access.path or ''}"
    login = " (有用户名 with login)" if access.login else ""
    return Check("connection", True, f"{name} → {access.kind}://{host}{login}")


def _envelope(found: Registration, seals: Seals) -> Check:
    dialect = load_dialect(found.dialect, schema=found.schema)
    check_envelope(found, dialect, seals)
    unfit, nobody = ([], None) if dialect.format == "row-set" else unfit_signers(found, seals)
    texts = [(each.code, describe(each.code, None, None, each.params)) for each in unfit]
    notes = tuple(f"{code}: {text.message_zh} · {text.message_en}" for code, text in texts)
    if nobody is not None:
        return replace(failed("envelope", nobody), notes=notes)
    said = ", ".join(f"{key}: {value}" for key, value in found.envelope.items())
    return Check("envelope", True, said or "不要求 · none required", bool(unfit), notes)


def sample_check(sample: Sample) -> Check:
    """The sample as one check: it fails where nothing of it could be taken as it is; single refusals are a warning."""
    if sample.refused is not None:
        texts = describe(sample.refused.code, None, None, sample.refused.params)
        data: dict[str, Any] = {
            "file": sample.name, "code": sample.refused.code, "line": sample.refused.line,
            "message_zh": texts.message_zh, "message_en": texts.message_en, "remedy_zh": texts.remedy_zh,
            "remedy_en": texts.remedy_en,
        }  # fmt: skip
        why = (texts.message_zh, texts.message_en, f"处理: {texts.remedy_zh}", f"Remedy: {texts.remedy_en}")
        line = f" 行 line {sample.refused.line}" if sample.refused.line else ""
        return Check("sample", False, f"{sample.name}{line}: 整包拒收 · refused as a whole: {sample.refused.code}",
                     notes=why, data=data)  # fmt: skip
    counts = {outcome: sample.count(outcome) for outcome in ("accepted", "pending", "rejected")}
    bad = sum(any(v.severity == "error" for v in case.violations) for case in sample.cases)
    detail = (
        f"{sample.name}: {len(sample.cases)} 件 cases: {counts['accepted']} 接收 accepted, {counts['pending']} 待补齐 pending,"
        f" {counts['rejected']} 拒收 rejected"
    )
    ok = counts["accepted"] > 0 or len(sample.cases) > bad
    lacking = unknown_codes(sample)
    notes = tuple(
        f"代码对照缺 the crosswalk lacks: {name}: {'、'.join(values)}" for name, values in lacking.items()
    )
    more: dict[str, Any] = {
        "file": sample.name,
        "records": sample.total,
        "cases": len(sample.cases),
        **counts,
        "unknown_codes": lacking,
    }
    return Check("sample", ok, detail, ok and bad > 0, notes, more)


def unknown_codes(sample: Sample) -> dict[str, list[str]]:
    """List → values of the sample that the crosswalk does not know: a gap of it, or a slip of the department."""
    found: dict[str, set[str]] = {}
    for case in sample.cases:
        for violation in case.violations:
            if violation.code == "CODE_UNKNOWN":
                found.setdefault(str(violation.params.get("list")), set()).add(violation.value or "")
    return {name: sorted(values) for name, values in sorted(found.items())}
