"""Weights, caps, bands and targets of the scores: declared with their bounds, changed by version, each change in the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from hub import yaml_files
from hub.central.seals import seals
from hub.central.tables.scores import score_parameters
from hub.clock import iso
from hub.errors import Place, StopError
from hub.scores.library import indicators
from hub.supervision.cards import Log
from hub.supervision.rules import current_rules

SHIPPED = 1
"""The version that the declared defaults are, where none was entered."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One version: name → whole number."""

    version: int
    values: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    def target(self, indicator: str) -> int | None:
        """The target of an indicator in its own unit; None where it has none."""
        return self.values.get(f"target_{indicator}")


@cache
def declared() -> Mapping[str, Mapping[str, Any]]:
    """Name → {value, minimum, maximum, unit, zh, en}; the targets of the indicators among them as target_<code>."""
    given = yaml_files.load(files("hub.scores").joinpath("parameters.yaml").read_text("utf-8"))
    targets = {
        f"target_{code}": {
            **{name: each.target[name] for name in ("value", "minimum", "maximum")},
            "unit": each.unit,
            "zh": f"{each.zh}的目标",
            "en": f"target of: {each.en}",
        }
        for code, each in indicators().items()
        if each.target is not None
    }
    return {**given, **targets}


def shipped() -> Parameters:
    """The declared defaults."""
    return Parameters(SHIPPED, {name: each["value"] for name, each in declared().items()})


def current(connection: Connection) -> Parameters:
    """The version in force: the newest; what it does not know yet has the declared value."""
    return version_of(connection, None)


def version_of(connection: Connection, version: int | None) -> Parameters:
    """One version, None the newest. Raises StopError SCORE_PARAMETER where there is no such version."""
    table = score_parameters
    wanted = select(table.c.version, table.c.definition).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(wanted if version is None else wanted.where(table.c.version == version)).first()
    if row is None:
        if version in (None, SHIPPED):
            return shipped()
        raise _wrong(f"v{version}", "没有这一版本", "there is no such version")
    entered = {name: value for name, value in json.loads(row.definition).items() if name in declared()}
    return Parameters(row.version, {**shipped().values, **entered})


def with_rules(connection: Connection, parameters: Parameters) -> Parameters:
    """The parameters, and what the rules in force say that scores count by too: `report_hours` is the term of rule E1."""
    hours = current_rules(connection)["E1"].value("hours")
    return Parameters(parameters.version, {**parameters.values, "report_hours": hours})


def set_values(
    connection: Connection, values: Mapping[str, int], *, reason: str, by: str, at: int, log: Log
) -> Parameters:
    """Enter a new version with other values; what is published later uses it, what was published keeps its own.

    Raises StopError SCORE_PARAMETER (unknown, out of its bounds, bands out of order, nothing changed), SCORE_REASON, SCORE_CHANGED
    where somebody else entered a version at the same moment.
    """
    if not reason.strip():
        raise reason_missing()
    old = current(connection)
    for name, value in values.items():
        known = declared().get(name)
        if known is None:
            raise _wrong(name, "没有这个参数", "there is no such parameter")
        if not known["minimum"] <= value <= known["maximum"]:
            bounds = f"{known['minimum']}..{known['maximum']}"
            raise _wrong(name, f"{value} 超出 {bounds}", f"{value} is out of {bounds}")
    new = Parameters(old.version + 1, {**old.values, **values})
    if new["floor"] > new["ceiling"]:
        raise _wrong("floor", "高于 ceiling", "is above ceiling")
    if not new["band_excellent"] >= new["band_good"] >= new["band_pass"]:
        raise _wrong(
            "band_good", "等次分数线必须依次不升", "the bands must not rise from excellent to passed"
        )
    if new.values == old.values:
        raise _wrong(", ".join(values) or "-", "与现行版本相同", "nothing would change")
    entered = insert(score_parameters).values(
        version=new.version,
        definition=json.dumps(dict(new.values), sort_keys=True),
        reason=reason,
        who=by,
        valid_from=at,
    )
    try:
        with connection.begin_nested():
            connection.execute(entered)
    except IntegrityError as error:  # somebody else entered this version since we looked
        raise _changed(connection, new.version) from error
    changed = {name: [old.values[name], value] for name, value in values.items() if old.values[name] != value}
    mine = score_parameters.c.version == new.version
    sealed = {"score_parameters": seals(connection, score_parameters, mine)}
    log(
        connection,
        "score.parameters",
        {"version": new.version, "changed": changed, "by": by, "reason": reason, "seals": sealed},
    )
    return new


def history(connection: Connection) -> list[dict[str, Any]]:
    """Every entered version, oldest first: version, valid_from, who, reason."""
    table = score_parameters
    rows = connection.execute(
        select(table.c.version, table.c.valid_from, table.c.who, table.c.reason).order_by(table.c.version)
    )
    return [
        {"version": row.version, "valid_from": iso(row.valid_from), "who": row.who, "reason": row.reason}
        for row in rows
    ]


def reason_missing() -> StopError:
    """Why something is changed must be said."""
    return StopError(
        "SCORE_REASON",
        zh="改动绩效参数或重新公布必须说明理由",
        en="A change of the parameters, or a re-publication, needs its reason",
        remedy_zh="用 --reason 写明理由，它将随版本保存并记入日志",
        remedy_en="Give it with --reason; it is kept with the version and in the log",
    )


def _changed(connection: Connection, version: int) -> StopError:
    table = score_parameters
    first = connection.execute(
        select(table.c.who, table.c.valid_from).where(table.c.version == version)
    ).one()
    return StopError(
        "SCORE_CHANGED",
        zh=f"{first.who} 已于 {iso(first.valid_from)} 登记绩效参数第 {version} 版",
        en=f"{first.who} entered version {version} of the parameters of the scores at {iso(first.valid_from)}",
        remedy_zh="用 suphub score parameters 看过这一版，再决定是否仍要改动",
        remedy_en="Look at that version with suphub score parameters, then decide anew",
        place=Place(field="version"),
    )


def _wrong(name: str, zh: str, en: str) -> StopError:
    return StopError(
        "SCORE_PARAMETER",
        zh=f"绩效参数 {name}：{zh}",
        en=f"Parameter {name} of the scores: {en}",
        remedy_zh="用 suphub score parameters 查看各参数及其范围",
        remedy_en="See the parameters and their bounds with: suphub score parameters",
        place=Place(field=name),
    )
