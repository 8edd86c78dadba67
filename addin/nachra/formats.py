"""Numbers as sentences and messages write them: CLDR through Babel, half-up."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from nachra.figures import Figure, Interval, round_half_up
from nachra.texts import DEFAULT_LANGUAGE

LOCALES = {"fr": "fr_MA", "ar": "ar_MA", "en": "en"}


@cache
def _pattern(language: str, decimals: int, grouped: bool) -> tuple[Any, Any]:
    from babel import Locale
    from babel.numbers import parse_pattern

    places = f".{'0' * decimals}" if decimals else ""
    return parse_pattern(("#,##0" if grouped else "0") + places), Locale.parse(LOCALES[language])


def number(value: Decimal, decimals: int, language: str = DEFAULT_LANGUAGE, *, sign: bool = False) -> str:
    """Write a number with that many decimals ("26,2"), with an explicit sign where asked ("+3,5")."""
    rounded = round_half_up(value, decimals)
    pattern, locale = _pattern(language, decimals, True)
    written: str = pattern.apply(abs(rounded), locale)
    mark = "\u2212" if rounded < 0 else "+" if sign and rounded > 0 else ""
    # as CLDR does for Arabic: without a left-to-right mark the sign would show on the other side of its number
    return ("\u200e" + mark if mark and language == "ar" else mark) + written


def figure(value: Figure, language: str = DEFAULT_LANGUAGE) -> str:
    """Write a figure at its published precision, without its unit."""
    return number(value.value, value.decimals, language)


def percent(rate: Decimal, decimals: int = 1, language: str = DEFAULT_LANGUAGE, *, sign: bool = False) -> str:
    """Write a fraction as a percentage ("+3,5 %"; no space before the sign in English and Arabic)."""
    space = "\u00a0" if language == "fr" else ""
    return f"{number(rate * 100, decimals, language, sign=sign)}{space}%"


def interval(limits: Interval, decimals: int = 1, language: str = DEFAULT_LANGUAGE, *, sign: bool = False) -> str:
    """Write an interval, its ends rounded half-up ("[+3,1 ; +4,7]")."""
    low, high = (number(end, decimals, language, sign=sign) for end in (limits.low, limits.high))
    between = "\u00a0; " if language == "fr" else "; "
    return f"[{low}{between}{high}]"


def parameter(value: object, language: str) -> str:
    """Write a parameter of a message in the user's language.

    Numbers by their own digits, intervals to one decimal, what has a label by its label, several things in a row.
    """
    if isinstance(value, tuple):
        return ", ".join(sorted(parameter(one, language) for one in value))
    if callable(label := getattr(value, "label", None)):
        return str(label(language))
    if callable(name := getattr(value, "name", None)):
        return str(name(language))
    if isinstance(value, Interval):
        decimals = 1 if max(abs(value.low), abs(value.high)) < 1000 else 0
        return interval(value, decimals, language)
    if isinstance(value, Figure):
        name = value.unit.label(language) if language == "fr" else value.unit.long(language)
        return f"{figure(value, language)}\u00a0{name}"
    if isinstance(value, Decimal):
        exponent = value.normalize().as_tuple().exponent
        return number(value, max(0, -int(exponent)), language)
    return str(value)
