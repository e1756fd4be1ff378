"""What a registration may say of the way back: what of cards, orders and letters the department is handed, and from when."""

from __future__ import annotations

from hub.register.options import Option

CARDS = (
    Option("deliver", "交付什么:cards 牌,orders 督办单,letters 文书", "what is handed over: cards, orders, letters", "list", required=True,
           pattern="cards|orders|letters", example="[cards, orders, letters]"),
    Option("from", "此日(含)以后发生的才交付", "only what happened on this day or later", pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
           default="全部 · everything", example="2026-12-01"),
)  # fmt: skip
"""Options of `cards:`; the department answers the same way (docs/departments/cards.md)."""

BY_KINDS = ("directory", "sftp", "ftp", "push", "database", "memory")
"""Connectors that can carry cards; of `database` only with `connector.cards`."""
