"""Check digits of invented numbers: 统一社会信用代码 (GB 32100), 组织机构代码 (GB 11714), 居民身份证号 (GB 11643)."""

from __future__ import annotations

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"


def organization_code(body: str) -> str:
    """The 9 characters of an organisation code from its first 8 (digits or capital letters)."""
    total = sum(int(c, 36) * weight for c, weight in zip(body, _ORGANIZATION_WEIGHTS, strict=True))
    return body + "0123456789X0"[11 - total % 11]


def uscc(body: str) -> str:
    """The 18 characters of a credit code from its first 17."""
    total = sum(_USCC.index(c) * weight for c, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return body + _USCC[(31 - total % 31) % 31]


def uscc_of(kind: str, region: str, code8: str) -> str:
    """A credit code: authority and kind (2), region (6), an organisation code (from 8 characters), check digit."""
    return uscc(kind + region + organization_code(code8))


def resident_id(body: str) -> str:
    """The 18 characters of a resident's number from its first 17 digits."""
    total = sum(int(c) * weight for c, weight in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return body + _RESIDENT_CHECKS[total % 11]


def wrong_last(number: str) -> str:
    """The same number with a last character that cannot be right: a digit stays a digit."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")
