"""Masks personal data (证件号码、手机、地址) wherever a reader's role may not see it: pages, logs, alerts, errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

PERSONAL = frozenset({
    "Applicant.IdNo",
    "Applicant.ContactIdNo",
    "Applicant.AgentIdNo",
    "Applicant.Mobile",
    "Applicant.Email",
    "Applicant.Address",
    "Delivery.RecipientIdNo",
})  # fmt: skip
"""Fields of the message that identify or reach a person."""


def mask(text: str) -> str:
    """The first three and the last two characters of a long text stay, everything else becomes a star."""
    if len(text) <= 6:
        return "*" * len(text)
    return text[:3] + "*" * (len(text) - 5) + text[-2:]


def masked(field: str | None, value: str | None) -> str | None:
    """The value of a field as it may be shown: masked where the field is personal."""
    return mask(value) if value and field in PERSONAL else value


_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9A-Za-z])")


def scrubbed(text: str) -> str:
    """A free text with what looks like an identity number or a mobile number masked."""
    return _NUMBERS.sub(lambda found: mask(found.group()), text)


def scrubbed_but(text: str, codes: Iterable[str]) -> str:
    """A free text, `scrubbed`; codes of things (a case's or an item's number) that look like a person's number stay."""
    hidden = scrubbed(text)
    for code in codes:
        hidden = hidden.replace(scrubbed(code), code)
    return hidden


IDENTIFIERS = frozenset({
    "system", "case_no", "org_uscc", "item_code", "item", "region_code", "parallel_project_no", "package", "card", "order",
    "complaint", "rule", "fee",
})  # fmt: skip
"""Keys of what is stored with a card whose texts are codes and numbers of things: they may look like a person's, and are not."""


def scrubbed_within(value: Any) -> Any:
    """Plain data (what JSON holds) with every text in it `scrubbed`, but for those under a key of IDENTIFIERS."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, Mapping):
        return {
            key: each if key in IDENTIFIERS and isinstance(each, str) else scrubbed_within(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [scrubbed_within(each) for each in value]
    return value
