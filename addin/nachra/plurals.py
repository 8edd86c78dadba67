"""Counts in words: "1 erreur", "2 erreurs", "خطآن" – the form that CLDR gives a number in each language."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from nachra.texts import DEFAULT_LANGUAGE, filled, load_toml, wording

if TYPE_CHECKING:
    from babel.plural import PluralRule

#: the locales whose rules are asked; formats.py writes numbers by the same
LOCALES = {"fr": "fr_MA", "ar": "ar_MA", "en": "en"}


@cache
def _rule(language: str) -> PluralRule:
    from babel import Locale

    found: PluralRule = Locale.parse(LOCALES[language]).plural_form
    return found


def form(count: int | Decimal, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the category of a number ("one", "two", "few", "many", "other"); its decimals count: 1.0 is not 1."""
    return str(_rule(language)(abs(Decimal(count))))


def text(key: str, language: str = DEFAULT_LANGUAGE, /, **params: object) -> str:
    """Return a wording with its parameters filled in, in the form that the parameter `count` takes if it has forms."""
    count = params.get("count")
    forms = (form(count, language),) if isinstance(count, (int, Decimal)) else ()
    # nothing at all has words of its own in any language that cares to give them
    return filled(wording(key, language, *(("zero",) if count == 0 else ()), *forms), **params)


def counted(noun: str, count: int, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a number of things in words ("1 erreur", "3 أخطاء"); `noun` is a key of the section [counts]."""
    return text(f"counts.{noun}", language, count=count)


def chosen(forms: str | dict[str, str], count: int, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a label in the form that a count takes, where it has forms."""
    return str(forms.get(form(count, language), forms["other"]) if isinstance(forms, dict) else forms)


def agreed(file: str, entry: str, name: str, language: str, count: Decimal) -> str:
    """Return a label of a file of `templates/` in the form that a number takes, where its label has forms."""
    found = load_toml(file)[entry][name][language]
    return str(found.get(form(count, language), found["other"]) if isinstance(found, dict) else found)
