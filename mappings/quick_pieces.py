"""Reads the rows and messages that are written plainly and of which nothing is to be said: nearly all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from hub.limits import Limits
from hub.register import Registration
from hub.shapes import Order
from mappings.checks import belongs
from mappings.dialect import Dialect, Kind
from mappings.parts import Said
from mappings.piece_head import CASE_NO, MAX_KEY, Refused, is_plain, read_operation, read_order
from mappings.piece_plan import Compiled
from mappings.plain_message import PlainMessages
from mappings.reading import plain_row
from mappings.slots import Value
from mappings.transforms import Flat

_REMEMBERED = 10_000
"""Orders and owners that were read before: a package has few of them."""


class Told(NamedTuple):
    """What one row or message says, nothing being wrong with it: a piece before it is written down."""

    case_no: str
    kind: Kind
    key: str
    order: Order
    said: Said
    row_id: str | None


class QuickPieces:
    """Reads the plain ones of one package; `signalled` are the sources, by kind, that were told as unmapped before."""

    def __init__(
        self,
        dialect: Dialect,
        kinds: Mapping[str, Compiled],
        registration: Registration,
        limits: Limits,
        signalled: Collection[tuple[str, str]],
    ) -> None:
        self._kinds, self._registration, self._signalled = kinds, registration, signalled
        self._rows, self._number, self._row_id = dialect.format == "row-set", dialect.case_no, dialect.row_id
        self._messages, self._case_no = PlainMessages(), ""
        self._orders: dict[tuple[int, str | None], Order] = {}
        self._ours: set[tuple[Value | None, Value | None]] = set()
        names = {name for each in kinds.values() for name in each.known}
        named = max(map(len, names), default=0) * 4 <= limits.tag_bytes
        # So few bytes, and so few attributes, exceed no limit.
        self._most_bytes = min(limits.case_markup, limits.case_attributes, limits.text_bytes) if named else 0
        self._most_attributes = min(limits.attributes, limits.namespaces)

    def read(self, data: bytes, match: str, serial: int) -> Told | None:
        """One row or message, `match` its table or type as it was found; None for one that the slot tables must read."""
        if len(data) > self._most_bytes:
            return None
        flat: Flat | None
        if self._rows:
            row = plain_row(data)
            if row is None:
                return None
            match, flat = row
        else:
            flat = self._messages.read(data) if data.count(b"=") <= self._most_attributes else None
            if flat is None:
                return None
        compiled = self._kinds.get(match)
        if compiled is None or not (compiled.known.issuperset(flat) or self._is_signalled(compiled, flat)):
            return None
        kind, case_no, key = compiled.kind, flat.get(self._number), ""
        if not case_no or (case_no != self._case_no and not is_plain(case_no, CASE_NO)):
            return None
        self._case_no = case_no  # the pieces of a case come together
        if kind.key:
            key = flat.get(kind.key) or ""
            if not key or not is_plain(key, MAX_KEY):
                return None
        try:
            if kind.operation_source and read_operation(flat, kind) != "U":
                return None
            order = self._order(flat, kind, serial)
        except Refused:
            return None
        said = compiled.quick(flat)
        if said is None or not self._is_ours(said.get("Organization")):
            return None
        return Told(case_no, kind, key, order, said, flat.get(self._row_id) if self._rows else None)

    def _order(self, flat: Flat, kind: Kind, serial: int) -> Order:
        text = flat.get(kind.order_source)
        known = self._orders.get((kind.order_basis, text))
        if known is None:
            known = read_order(flat, kind, serial)
            if known.basis:
                if len(self._orders) >= _REMEMBERED:
                    self._orders.clear()
                self._orders[kind.order_basis, text] = known
        return known

    def _is_ours(self, organization: Mapping[str, Value] | None) -> bool:
        """Whether nothing is wrong with whose case it is."""
        if not organization:
            return True
        whose = (organization.get("Uscc"), organization.get("RegionCode"))
        if whose not in self._ours:
            uscc, region = whose
            if next(belongs(uscc, region, self._registration), None) is not None:  # type: ignore[arg-type]
                return False
            if len(self._ours) >= _REMEMBERED:
                self._ours.clear()
            self._ours.add(whose)
        return True

    def _is_signalled(self, compiled: Compiled, flat: Flat) -> bool:
        """Whether all that the dialect neither maps nor ignores was told before."""
        return all((compiled.kind.name, each) in self._signalled for each in flat.keys() - compiled.known)
