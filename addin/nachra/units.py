"""Units of measure, read from `templates/units.toml`, and found in the texts of a release."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from nachra.texts import DEFAULT_LANGUAGE, load_toml


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Return a text as it is compared: compatible and look-alike forms folded, no accents, no case, single spaces."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'"))
    plain = "".join(ch for ch in folded if not unicodedata.combining(ch) and unicodedata.category(ch) != "Cf")
    return " ".join(plain.translate(_lookalikes()).casefold().split())


@cache
def _lookalikes() -> dict[int, str | None]:
    """Return the letters that look like others, by code point; nothing stands for a letter that is only stretched."""
    pairs = load_toml("lookalikes.toml")
    return {ord(letter): plain or None for entry in pairs.values() for letter, plain in entry.items()}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: `factor` turns a figure into the base of its dimension (dirhams for MAD_mn: 10⁶)."""

    code: str
    dimension: str
    factor: Decimal

    def label(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the short name that stands in tables ("MDH")."""
        return str(load_toml("units.toml")[self.code]["label"][language])

    def long(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the name that stands alone ("millions de dirhams"); after a number, see `plurals.agreed`."""
        found = load_toml("units.toml")[self.code]["long"][language]
        return str(found["other"] if isinstance(found, dict) else found)


@cache
def unit(code: str) -> Unit:
    """Return the unit of that code; KeyError where there is none."""
    entry = load_toml("units.toml")[code]
    return Unit(code, entry["dimension"], Decimal(entry["factor"]))


@cache
def _names() -> tuple[tuple[re.Pattern[str], str], ...]:
    # longest names first: "millions de dirhams" must not be read as "dirhams"
    pairs = [(normalise(name), code) for code, entry in load_toml("units.toml").items() for name in entry["names"]]
    pairs.sort(key=lambda pair: len(pair[0]), reverse=True)
    # a unit may be glued to its figure ("1,2Md DH"), never to a letter
    return tuple((re.compile(rf"(?<![^\W\d]){re.escape(name)}(?!\w)"), code) for name, code in pairs)


@cache
def find_units(text: str) -> frozenset[str]:
    """Return the codes of all units named in a text, a longer name hiding the shorter ones inside it."""
    left = normalise(text)
    found = set()
    for pattern, code in _names():
        left, count = pattern.subn(" ", left)
        if count:
            found.add(code)
    return frozenset(found)
