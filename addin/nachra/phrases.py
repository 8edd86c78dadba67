"""Pieces of sentences: wordings filled with numbers that stay tied to what they are computed from."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from nachra import plurals
from nachra.briefing import Number, Sentence
from nachra.expressions import Expression
from nachra.figures import round_half_up
from nachra.formats import NBSP, Manner
from nachra.texts import wording
from nachra.units import Unit

Sign = Literal["none", "minus", "both"]
HUNDRED = Decimal(100)


def fill(template: str, /, **params: object) -> Sentence:
    """Return a wording with its placeholders filled in; sentences put into it keep their numbers."""
    parts: list[str | Number] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(literal)
        if name:
            value = params[name]
            parts += value if isinstance(value, tuple) else (str(value),)
    return joined((), [tuple(parts)])


def joined(separator: Sentence | str, sentences: Iterable[Sentence]) -> Sentence:
    """Return sentences in a row, their words run together."""
    parts: list[str | Number] = []
    between: Sentence = (separator,) if isinstance(separator, str) else separator
    for place, sentence in enumerate(sentences):
        for part in (*(between if place else ()), *sentence):
            if isinstance(part, str) and parts and isinstance(last := parts[-1], str):
                parts[-1] = last + part
            elif part:
                parts.append(part)
    return tuple(parts)


def worded(
    key: str, language: str, /, count: int | Decimal | None = None, form: str = "other", **params: object
) -> Sentence:
    """Return a wording filled in; `count` chooses its plural form, unless `form` does, and fills {count}."""
    if count is not None:
        form = plurals.form(count, language)
    return fill(wording(key, language, form), count=count, **params)


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words and numbers in one manner."""

    manner: Manner

    def say(self, key: str, /, count: int | Decimal | None = None, form: str = "other", **params: object) -> Sentence:
        """Return a wording of the narrative (`worded`)."""
        return worded(f"narrative.{key}", self.manner.language, count, form, **params)

    def number(
        self,
        expression: Expression,
        value: Decimal,
        decimals: int,
        *,
        scale: Decimal = Decimal(1),
        sign: Sign = "minus",
        quantity: str = "",
    ) -> Number:
        """Return a number of a sentence; `value` is what the expression gives, and is written times `scale`."""
        shown = value * scale
        places = self.manner.prose_decimals(shown, decimals)
        written = self.manner.number(abs(shown) if sign == "none" else shown, places, sign=sign == "both")
        return Number(expression, written, places, scale, sign, quantity)

    def percent(
        self, expression: Expression, value: Decimal, decimals: int, *, sign: Sign = "minus", quantity: str = ""
    ) -> Sentence:
        """Return a fraction as a percentage."""
        number = self.number(expression, value, decimals, scale=HUNDRED, sign=sign, quantity=quantity)
        return number, self.manner.prose_percent

    def amount(
        self,
        expression: Expression,
        value: Decimal,
        decimals: int,
        unit: Unit,
        *,
        scale: Decimal = Decimal(1),
        sign: Sign = "minus",
        quantity: str = "",
    ) -> Sentence:
        """Return a level or a change with its unit, which agrees with the number as it is written."""
        number = self.number(expression, value, decimals, scale=scale, sign=sign, quantity=quantity)
        seen = self.seen(value * scale, number.decimals)
        return number, NBSP + plurals.agreed("units.toml", unit.code, "long", self.manner.language, seen)

    def points(self, expression: Expression, value: Decimal, quantity: str) -> Sentence:
        """Return a signed number of percentage points, to one decimal."""
        number = self.number(expression, value, 1, sign="both", quantity=quantity)
        return self.say("points", count=self.seen(value, number.decimals), number=(number,))

    def seen(self, value: Decimal, decimals: int) -> Decimal:
        """Return a number with the decimals that its reader sees: they decide on the plural."""
        return round_half_up(value, decimals)

    def listed(self, items: Sequence[Sentence], separator: str) -> Sentence:
        """Return items in a row, parted by a wording."""
        return joined(self.say(separator), items)
