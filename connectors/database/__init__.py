"""A department's exchange database (前置交换库): rows out as row sets, flags and reject rows back in."""

from __future__ import annotations

from connectors.database.connector import DatabaseConnector

__all__ = ["DatabaseConnector"]
