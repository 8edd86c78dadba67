"""A number with its published precision: intervals, half-up rounding, strict parsing by locale.

Written by hand because no library keeps a published quantum with a number: Decimal's own exponent is lost by
the first float cell, and interval packages work on binary floats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache

from nachra.units import Unit

#: digits carried by every division: far beyond the 15 that Excel keeps, so that rounding happens once, at the end
PRECISION = 40


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of Decimals: every value that the published rounding allows."""

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"empty interval [{self.low}; {self.high}]")

    def __contains__(self, value: Decimal) -> bool:
        return self.low <= value <= self.high

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def overlaps(self, other: Interval) -> bool:
        """Tell whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high

    @property
    def width(self) -> Decimal:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Figure:
    """A published number: value in `unit`, and the quantum it was rounded to (0.1 for 26.2)."""

    value: Decimal
    quantum: Decimal
    unit: Unit

    @property
    def interval(self) -> Interval:
        """Every true value that rounds to this figure: value ± half a quantum, ends included."""
        half = abs(self.quantum) / 2
        return Interval(self.value - half, self.value + half)

    @property
    def decimals(self) -> int:
        """Decimals that the published precision deserves (0 for a quantum of 1, 10, 100 …)."""
        return max(0, -self.quantum.normalize().adjusted())

    def to(self, target: Unit) -> Figure:
        """Return the same figure in another unit of its dimension; ValueError across dimensions."""
        if target.dimension != self.unit.dimension:
            raise ValueError(f"{self.unit.code} is not {target.code}")
        if target == self.unit:
            return self
        ratio = self.unit.factor / target.factor
        return Figure(self.value * ratio, self.quantum * ratio, target)


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round as Excel does: halves away from zero."""
    with localcontext(prec=max(PRECISION + 20, value.adjusted() + decimals + 2)):
        return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """Write a Decimal without exponent and without idle zeros: the form used in JSON and in messages."""
    written = format(value.normalize(), "f")
    return "0" if written in ("-0", "") else written


def decimal_of_float(number: float) -> Decimal:
    """Return the decimal number that a spreadsheet's binary double stands for.

    Subtraction in a spreadsheet leaves residue (127.90000000000146): a number below 10⁹ that lies within 1e-9 of one
    with at most 6 decimals is that one; any other keeps the 15 significant digits that Excel shows.
    Raises ValueError for NaN and infinities.
    """
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("not a finite number")
    exact = Decimal(number)
    if abs(number) < 1e9:  # above, six decimals are more than a double holds
        short = round_half_up(exact, 6)
        if abs(exact - short) <= Decimal("1e-9") * max(Decimal(1), abs(exact) / 1000000):
            return short.normalize() + 0 if short else Decimal(0)
    return Decimal(format(number, ".15g"))


def quantum_of_decimal(value: Decimal) -> Decimal:
    """Return the place of the last digit that is not an idle zero, 1 at the most (26.20 → 0.1; 10578 → 1)."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(0, int(exponent)))


_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PLACES = re.compile(r"(?=\.?[0#?])(?:[0#?](?:[0#?, ]*[0#?])?)?(?:\.([0#?]+))?(,*)")


@cache
def quantum_of_format(number_format: str) -> Decimal | None:
    """Return what one unit of the last displayed digit is worth, or None where the format shows no fixed one.

    "#,##0" → 1; "0.0" → 0.1; "0.0%" → 0.001; "#,##0," (shown in thousands) → 1000; "General", dates and optional
    places ("0.##") → None.
    """
    section = _QUOTED.sub("", number_format.split(";")[0])
    if not section or section.casefold() == "general" or re.search(r"[dmyhsDMYHSeE@/]", section):
        return None
    match = _PLACES.search(section)
    if not match:
        return None
    decimals = len(match[1] or "")
    if "#" in (match[1] or ""):
        return None
    return Decimal(1).scaleb(3 * len(match[2]) - decimals - 2 * section.count("%"))


@cache
def display_scale(number_format: str) -> int:
    """Return by what power of ten a format divides what it shows (3 for "#,##0,"; 0 for most)."""
    match = _PLACES.search(_QUOTED.sub("", number_format.split(";")[0]))
    return 3 * len(match[2]) if match else 0


def published_quantum(value: Decimal, number_format: str) -> Decimal:
    """Return the precision a numeric cell was published with.

    The display format counts where it shows more places than are stored (98 under "0.0" is 98.0). Where more is
    stored than shown, one or two hidden places are figures (3314.4 under "#,##0"); a longer tail is the residue
    of a computation, and the display decides.
    """
    stored = quantum_of_decimal(value)
    shown = quantum_of_format(number_format)
    if shown is None:
        return stored
    return shown if stored * 100 < shown else min(stored, shown)


@dataclass(frozen=True, slots=True)
class ParsedNumber:
    """A number read from text; `ambiguous` where another locale reads it otherwise."""

    value: Decimal
    quantum: Decimal
    percent: bool = False
    ambiguous: bool = False


#: spaces that group digits in French text: plain, no-break, narrow no-break, thin
SPACES = " \u00a0\u202f\u2009"
_MINUS = "-\u2212\u2010\u2011\u2013"


def parse_number(text: str, decimal: str = ",", group: str = " ") -> ParsedNumber | None:
    """Read a number written as text by the strict grammar of a locale; None where it is not one.

    `decimal` is the decimal mark, `group` the marks that group digits by three (" " stands for U+0020, U+00A0,
    U+202F and U+2009). Accepted: one sign (before or after a space), parentheses for negatives, a trailing "%".
    "1,234" and "10.597" read otherwise in another locale: they come back marked `ambiguous`. Other digits
    than 0-9, underscores, exponents, "nan" and mixed grouping marks are refused.
    """
    body = text.strip(SPACES + "\u200e\u200f")
    percent = body.endswith("%")
    if percent:
        body = body[:-1].rstrip(SPACES)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1]
    elif body and body[0] in _MINUS + "+":
        negative, body = body[0] != "+", body[1:].lstrip(SPACES)
    marks = "".join(SPACES if mark == " " else re.escape(mark) for mark in group)
    grammar = (
        rf"(?P<int>[0-9]{{1,3}}(?:(?P<g>[{marks}])[0-9]{{3}}(?:(?P=g)[0-9]{{3}})*)|[0-9]+)"
        if marks
        else r"(?P<int>[0-9]+)"
    )
    match = re.fullmatch(grammar + rf"(?:{re.escape(decimal)}(?P<frac>[0-9]+))?", body)
    if not match:
        return None
    whole, frac = re.sub(r"[^0-9]", "", match["int"]), match["frac"] or ""
    value = Decimal(f"{whole}.{frac}" if frac else whole)
    ambiguous = bool(re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", body))
    return ParsedNumber(-value if negative else value, Decimal(1).scaleb(-len(frac)), percent, ambiguous)
