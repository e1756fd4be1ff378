"""Masks personal data (证件号码、手机、地址) wherever a reader's role may not see it: pages, logs, alerts, errors."""

from __future__ import annotations

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
