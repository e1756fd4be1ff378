"""Checks of the numbers that identify: organisations (GB 32100, GB 11714), people (GB 11643) and regions (GB/T 2260).

Every function takes the text as it was sent and gives a verdict; none raises, whatever the text.
"""

from __future__ import annotations

from datetime import date

from stdnum.cn.ric import calc_check_digit

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_VALUES = {c: value for value, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = frozenset("0123456789")


def uscc_ok(code: str) -> bool:
    """A unified social credit code: 18 characters of GB 32100's alphabet, six digits of region, the check digit.

    The department's character (first) may be a letter, as for rural collectives: it is not held to digits.
    """
    if len(code) != 18 or not _USCC_VALUES.keys() >= set(code) or not set(code[2:8]) <= _DIGITS:
        return False
    total = sum(_USCC_VALUES[c] * weight for c, weight in zip(code, _USCC_WEIGHTS, strict=False))
    return code[17] == _USCC_ALPHABET[-total % 31]


def organisation_code_ok(code: str) -> bool:
    """An organisation code: 8 characters and the check digit of GB 11714 (10 is written X, 11 is written 0)."""
    if len(code) != 9 or not _ORGANISATION_VALUES.keys() >= set(code[:8]):
        return False
    total = sum(
        _ORGANISATION_VALUES[c] * weight for c, weight in zip(code, _ORGANISATION_WEIGHTS, strict=False)
    )
    return code[8] == "0123456789X0"[11 - total % 11]


def organisation_number_ok(code: str) -> bool:
    """Either of the two, told apart by length."""
    return organisation_code_ok(code) if len(code) == 9 else uscc_ok(code)


def same_organisation(code: str, uscc: str) -> bool:
    """Whether a code, of 18 or 9 characters, names the organisation with that USCC (9 are positions 9-17 of it)."""
    return code == (uscc[8:17] if len(code) == 9 else uscc)


def resident_id_ok(number: str, on: date) -> bool:
    """A resident identity number of 18 characters with its check digit, or an old one of 15 digits; born by the day `on`.

    The region is not judged: residence permits begin with 81-83, and counties are reorganised.
    """
    if not number.isascii():
        return False
    if len(number) == 15 and number.isdigit():
        return _born("19" + number[6:12], on)
    if len(number) != 18 or not number[:17].isdigit():
        return False
    return bool(number[17].upper() == calc_check_digit(number)) and _born(number[6:14], on)


def region_within(code: str, area: str) -> bool:
    """Whether a region lies in an area or is it; both of 6, 9 or 12 digits, compared by what is left of their zeros."""
    return code.startswith(region_prefix(area))


def region_prefix(code: str) -> str:
    """The digits that every region within has in front: 430000 → 43, 430100 → 4301, 430102001000 → 430102001."""
    for length in (12, 9, 6, 4, 2):
        if len(code) >= length and code[:length].rstrip("0") != code[: _ABOVE[length]].rstrip("0"):
            return code[:length]
    return code[:2]


_ABOVE = {12: 9, 9: 6, 6: 4, 4: 2, 2: 0}


def _born(day: str, on: date) -> bool:
    try:
        return date(int(day[:4]), int(day[4:6]), int(day[6:8])) <= on
    except ValueError:
        return False
