"""How much of a package is worked on at a time; how much it may hold stands in `hub.limits`."""

from __future__ import annotations

from hub.limits import MEBI, Limits

__all__ = ["BLOCK", "MEBI", "Limits"]

BLOCK = 1 << 15
"""Bytes worked on at a time; memory does not grow with the package, and the processor's cache holds a block decoded."""
