"""Writes cases as XML text: own small tree, own escaping, so that nothing of the hub's contract code is leaned on."""

from __future__ import annotations

from datetime import date
from functools import cache

Node = tuple[str, "str | list[Node]"]
"""An element: its name and its text or children. The name "" stands for text that is written as it is."""

ROWS = frozenset({"Material", "Step", "Fee"})


def escaped(text: str) -> str:
    """Text with the characters that XML reserves written as references."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def pretty(nodes: list[Node]) -> str:
    """One line per element; materials, steps and fees one line per row."""
    parts: list[str] = []
    _indent(nodes, "    ", parts)
    return "".join(parts)


def _indent(nodes: list[Node], pad: str, parts: list[str]) -> None:
    put = parts.append
    for name, value in nodes:
        if isinstance(value, str):
            put(f"{pad}<{name}>{escaped(value)}</{name}>\n" if name else value)
        elif name in ROWS:
            put(f"{pad}<{name}>{flat(value)}</{name}>\n")
        else:
            put(f"{pad}<{name}>\n")
            _indent(value, pad + "  ", parts)
            put(f"{pad}</{name}>\n")


def flat(nodes: list[Node]) -> str:
    """Everything on one line, without white space between elements."""
    return "".join(
        [
            f"<{name}>{escaped(value) if isinstance(value, str) else flat(value)}</{name}>"
            if name
            else str(value)
            for name, value in nodes
        ]
    )


@cache
def iso_day(day: int) -> str:
    """A day as YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


def written(time: int, style: str) -> str:
    """A time in one of the ways that sources write it: `offset` (+08:00), `bare` (no offset), `utc` (Z), `day`."""
    if style == "utc":
        time -= 8 * 3600
    day, second = divmod(time, 86_400)
    if style == "day":
        return iso_day(day)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{iso_day(day)}T{clock}{_OFFSETS[style]}"


_OFFSETS = {"offset": "+08:00", "bare": "", "utc": "Z"}
