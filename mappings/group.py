"""What one kind of pieces supplies of one element, compiled: the slots that read its sources, and what must be there."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.slots import Value
from mappings.transforms import Slot


@dataclass(frozen=True, slots=True)
class Group:
    """One element as one kind supplies it."""

    element: str
    when: tuple[str, ...]  # sources that bring it about; empty: any of its own
    slots: tuple[Slot, ...]
    constants: tuple[tuple[str, Value], ...]
    needed: tuple[tuple[str, str, str], ...]  # field, source, code of the complaint
    one_of: tuple[str, ...]
    demands: bool  # constants, needed or one_of are there
