"""What the Excel add-in says, from `templates/excel.toml`."""

from __future__ import annotations

from nachra import plurals
from nachra.errors import UsageError
from nachra.functions import CellFunction
from nachra.texts import DEFAULT_LANGUAGE, load_toml


def word(key: str, language: str = DEFAULT_LANGUAGE, /, **params: object) -> str:
    """Return the wording of `key` ("section.name"), in the default language where this one lacks it."""
    found = load_toml("excel.toml")
    for part in key.split("."):
        found = found[part]
    told = found.get(language) or found[DEFAULT_LANGUAGE]
    count = params.get("count")
    return (plurals.chosen(told, count, language) if isinstance(count, int) else str(told)).format(**params)


def category(function: CellFunction, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the category of Excel's function wizard that a function is listed in."""
    return f"nachra – {load_toml('functions.toml')['categories'][function.category][language]}"


class AddinError(UsageError):
    """The add-in cannot do what was asked; its wording is in `templates/excel.toml`."""

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return what is wrong and what to do, in the user's language."""
        return word(f"errors.{self.code}", language, **self.params)
