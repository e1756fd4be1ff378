"""The way back: documents about cards are handed to a department beside its receipts or as rows, and answers are fetched.

Answers lie in a folder (or a table) of their own and live exactly as packages do: ready, claimed, read, acknowledged.
So they are reached by a second connector of the same kind, whose inbox is that folder; `answers_options` describes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from connectors.folders import answers_folder
from connectors.names import text_of
from hub.errors import Place, StopError

OF_FILES = ("directory", "sftp", "ftp")
ANSWERS = {"key": "id", "time": "created_time"}
"""The columns of a table of answers that name a row and say when it was written."""
ANSWER_FLAG = {"column": "hub_state", "new": "0", "taken": "1", "refused": "2"}
ANSWER_ROWS = 50
"""Rows of answers that are taken together."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something for a department. `name` (ASCII, without a folder) is its own for ever: the same name, the same bytes.

    `files` are suffix and bytes in the order in which they are laid; the last one stands for all: where it lies, the
    others do. `columns` are what a row of a table holds beside the name; texts, whole numbers, days (ISO) and bytes.
    """

    name: str
    files: tuple[tuple[str, bytes], ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Returning(Protocol):
    """A connector that can hand documents to the department."""

    def hand_over(self, parcel: Parcel) -> None:
        """Lay the parcel down, each file whole or not at all, or its row; the same again changes nothing.

        Raises RetryError when the endpoint fails, StopError for wrong options.
        """
        ...


def answers_options(system: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the connector that fetches answers, out of the registration's. Raises StopError CONNECTOR_RETURN."""
    kind = options.get("kind")
    if kind in OF_FILES:
        beside = text_of(answers_folder(system, options))
        # Of their own, so that no answer's receipt takes the name of a package's.
        return {**options, "inbox": beside, "receipts": f"{beside}/receipts", "refused": f"{beside}/refused"}
    if kind == "push":
        return {**options, "of": "answers"}
    if kind == "memory":
        return {**options, "source": f"{options.get('source', system)} answers"}
    cards = options.get("cards")
    if kind == "database" and isinstance(cards, Mapping) and cards.get("answers"):
        return {
            **{name: value for name, value in options.items() if name not in ("cards", "batch")},
            "tables": {str(cards["answers"]): dict(ANSWERS)},
            "take": {"flag": dict(ANSWER_FLAG)},
            "batch": str(ANSWER_ROWS),
        }
    raise no_way_back(system, str(kind))


def no_way_back(system: str, kind: str) -> StopError:
    """The error for a registration that wants cards by a connector that cannot carry them."""
    return StopError(
        "CONNECTOR_RETURN",
        zh=f"{kind} 方式不能(或未设置)把牌和文书交给部门、取回答复",
        en=f"A connector of kind {kind} cannot hand cards and letters to the department, or is not set up for it",
        remedy_zh="可用 directory、sftp、ftp、push;database 须写 connector.cards.table 和 answers。soap-pull 没有约定的操作:删去 cards",
        remedy_en="directory, sftp, ftp and push can; database needs connector.cards.table and answers. soap-pull has no agreed operation: leave out cards",
        place=Place(system=system, field="connector.kind"),
    )
