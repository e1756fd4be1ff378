"""Answers what the catalogue says of an item on a day (`hub.items.Items`), from the database, each item read once."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, Engine, RowMapping, Table, exists, select

from hub.central.engine import reading
from hub.central.sets import among
from hub.central.tables import items
from hub.items import FeeFacts, ItemFacts, Limit, MaterialFacts, StepFacts

REMEMBERED = 20_000
"""Items and organisations that are kept in memory; the first that were read go first."""
FEW = 8
"""Items that are read one by one before the whole organisation's are."""
AT_ONCE = 2000

_T = TypeVar("_T")
_Period = tuple[date | None, date | None]


class Lookup:
    """The catalogue as it stands when this is made, for one package. `digest` is empty for an empty catalogue."""

    def __init__(self, engine: Engine, digest: str) -> None:
        self._engine = engine
        self._digest = digest
        self._items: OrderedDict[str, list[tuple[_Period, ItemFacts]]] = OrderedDict()
        self._names: OrderedDict[str, list[tuple[_Period, str]]] = OrderedDict()
        self._lists: dict[str, bool] = {}
        self._misses = 0

    @property
    def digest(self) -> str:
        """Of the last change that the catalogue had seen."""
        return self._digest

    def find(self, code: str, on: date | None) -> ItemFacts | None:
        """The version in force on the day, as `hub.items.Items` says."""
        versions = self._items.get(code)
        if versions is None:
            versions = self._read(code)
        found = chosen(versions, on)
        if found is None:
            return None
        facts, valid = found
        return facts if valid else facts.not_in_force()

    def _read(self, code: str) -> list[tuple[_Period, ItemFacts]]:
        """One item; and once a package has asked for several, its organisation's others with it."""
        self._misses += 1
        with reading(self._engine) as connection:
            found = read_items(connection, [code]).get(code, [])
            _remember(self._items, code, found)
            owner = found[-1][1].organization if found else None
            if owner is not None and self._misses > FEW:
                self._misses = 0
                others = [each for each in _codes(connection, owner) if each not in self._items]
                for each, versions in read_items(connection, others).items():
                    _remember(self._items, each, versions)
        return found

    def organization(self, uscc: str, on: date | None) -> str | None:
        """Its name on the day."""
        versions = self._names.get(uscc)
        if versions is None:
            table = items.organization
            with reading(self._engine) as connection:
                rows = connection.execute(
                    select(table.c.valid_from, table.c.valid_to, table.c.name)
                    .where(table.c.org_uscc == uscc)
                    .order_by(table.c.version)
                )
                versions = [((row.valid_from, row.valid_to), str(row.name)) for row in rows]
            _remember(self._names, uscc, versions)
        found = chosen(versions, on)
        return found[0] if found else None

    def lists(self, organization: str) -> bool:
        """Whether it holds any item of that organisation."""
        if organization not in self._lists:
            known = exists().where(items.service_item.c.org_uscc == organization)
            with reading(self._engine) as connection:
                self._lists[organization] = bool(connection.execute(select(known)).scalar())
        return self._lists[organization]


def lookup(engine: Engine) -> Lookup:
    """The catalogue as it stands now."""
    with reading(engine) as connection:
        return Lookup(engine, catalogue_digest(connection))


def catalogue_digest(connection: Connection) -> str:
    """Changes with every import that changed anything; empty before the first."""
    table = items.catalogue_change
    last = connection.execute(select(table.c.id, table.c.digest).order_by(table.c.id.desc()).limit(1)).first()
    return "" if last is None else f"{last.id}:{last.digest}"


def chosen(versions: Sequence[tuple[_Period, _T]], on: date | None) -> tuple[_T, bool] | None:
    """Of versions in rising order the one that counts on a day, and whether it is valid then.

    The highest that is valid; else the one that ended last before the day; else the one that begins first. Without a
    day the newest, as valid.
    """
    if not versions:
        return None
    if on is None:
        return versions[-1][1], True
    for (first, last), value in reversed(versions):
        if (first is None or first <= on) and (last is None or on <= last):
            return value, True
    ended = [
        (last, number) for number, ((_, last), _) in enumerate(versions) if last is not None and last < on
    ]
    if ended:
        return versions[max(ended)[1]][1], False
    begins = min((first or date.min, -number) for number, ((first, _), _) in enumerate(versions))
    return versions[-begins[1]][1], False


def read_items(connection: Connection, codes: Sequence[str]) -> dict[str, list[tuple[_Period, ItemFacts]]]:
    """Every version of these items, rising, with its validity; four queries."""
    table = items.service_item
    heads = connection.execute(
        select(table)
        .where(among(connection, table.c.item_code, codes))
        .order_by(table.c.item_code, table.c.version)
    ).mappings()
    heads_read = heads.all()
    if not heads_read:
        return {}
    steps = _rows(connection, items.item_flow_step, codes)
    fees = _rows(connection, items.item_fee, codes)
    materials = _rows(connection, items.item_material, codes)
    found: dict[str, list[tuple[_Period, ItemFacts]]] = defaultdict(list)
    for head in heads_read:
        key = (head["item_code"], head["version"])
        facts = _facts(head, steps[key], fees[key], materials[key])
        found[head["item_code"]].append(((head["valid_from"], head["valid_to"]), facts))
    return dict(found)


def _facts(
    head: RowMapping,
    steps: Sequence[RowMapping],
    fees: Sequence[RowMapping],
    materials: Sequence[RowMapping],
) -> ItemFacts:
    return ItemFacts(
        code=head["item_code"],
        version=head["version"],
        name=head["name"],
        organization=head["org_uscc"],
        organization_name=head["org_name"],
        catalog_code=head["catalog_code"],
        item_type=head["item_type"],
        case_type=head["case_type"],
        statutory=_limit(head["statutory_limit"], head["statutory_limit_unit"]),
        promised=_limit(head["promised_limit"], head["promised_limit_unit"]),
        is_charged=None if head["is_charged"] is None else bool(head["is_charged"]),
        steps=tuple(StepFacts(row["step_code"], row["name"], row["step_type"]) for row in steps),
        fees=tuple(
            FeeFacts(row["fee_code"], row["name"], row["basis"], row["standard_amount"]) for row in fees
        ),
        materials=tuple(
            MaterialFacts(row["name"], None if row["is_required"] is None else bool(row["is_required"]))
            for row in materials
        ),
        in_force=head["state"] == "in_force",
    )


def _codes(connection: Connection, organization: str) -> list[str]:
    table = items.service_item
    rows = connection.execute(
        select(table.c.item_code).where(table.c.org_uscc == organization).distinct().limit(AT_ONCE)
    )
    return [str(row.item_code) for row in rows]


def _limit(value: int | None, unit: str | None) -> Limit | None:
    return None if value is None or unit is None else Limit(value, unit)


def _rows(
    connection: Connection, table: Table, codes: Sequence[str]
) -> dict[tuple[str, int], list[RowMapping]]:
    found: dict[tuple[str, int], list[RowMapping]] = defaultdict(list)
    rows = connection.execute(
        select(table).where(among(connection, table.c.item_code, codes)).order_by(table.c.seq)
    ).mappings()
    for row in rows:
        found[row["item_code"], row["version"]].append(row)
    return found


def _remember(known: OrderedDict[str, _T], key: str, value: _T) -> None:
    if len(known) >= REMEMBERED:
        known.popitem(last=False)
    known[key] = value
