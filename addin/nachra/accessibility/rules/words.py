"""Words and limits of the checklist, read from templates/accessibility.toml."""

from __future__ import annotations

import re
from functools import cache

from nachra.texts import load_toml


@cache
def limit(name: str) -> float:
    """Return a limit by its name."""
    return float(load_toml("accessibility.toml")["limits"][name])


@cache
def words(name: str) -> tuple[str, ...]:
    """Return a list of words by its name, in all languages together."""
    return tuple(load_toml("accessibility.toml")["words"][name])


@cache
def _pattern(name: str, shape: str) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(word) for word in sorted(words(name), key=len, reverse=True))
    return re.compile(shape.format(f"(?:{alternatives})"), re.IGNORECASE)


def is_default(text: str, name: str) -> bool:
    """Tell whether a name is one that spreadsheets give by themselves: one of the words, and perhaps a number."""
    return _pattern(name, r"{}[ _]?\d*(?:[ _]?\(\d+\))?").fullmatch(text.strip()) is not None


def mentions(text: str, name: str) -> bool:
    """Tell whether one of the words stands in a text."""
    return _pattern(name, r"(?<!\w){}(?!\w)").search(text) is not None


def is_one(text: str, name: str) -> bool:
    """Tell whether a text is one of the words."""
    return " ".join(text.split()).strip(" .:!»«>").casefold() in {word.casefold() for word in words(name)}
