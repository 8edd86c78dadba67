"""The cell functions: host-free, one declaration each, the same answer in a cell, in Python and in the shell.

Arguments and results are what a spreadsheet knows: float, str, bool, date, None (blank), CellError, or a rectangle
(tuple of rows) of these. Two call shapes, told apart by the first argument: numbers are computed on, element by
element; text, or nothing, is answered from the library. To add a function, write it here under `@cell_function` and
describe it in `templates/functions.toml`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import repeat
from typing import Any

from nachra.answers import CHANGE, CONTRIBUTION, GROWTH, LEVEL, SHARE, Answer, Answers, Book, empty
from nachra.periods import Period, parse_period
from nachra.texts import DEFAULT_LANGUAGE, languages, load_toml, text
from nachra.units import normalise


class CellError(Enum):
    """A cell error, as spreadsheets write it."""

    NA = "#N/A"
    VALUE = "#VALUE!"
    NUM = "#NUM!"
    DIV0 = "#DIV/0!"
    REF = "#REF!"
    NAME = "#NAME?"
    NULL = "#NULL!"


Scalar = float | str | bool | dt.date | CellError | None
Rectangle = tuple[tuple[Scalar, ...], ...]
Cell = Scalar | Rectangle


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument: its name in help, whether it may be left out, what it is, by language."""

    name: str
    optional: bool
    help: dict[str, str]


@dataclass(frozen=True, slots=True)
class CellFunction:
    """A registered function: what a host needs to offer it."""

    name: str
    call: Callable[..., Cell]
    category: str
    arguments: tuple[Argument, ...]
    help: dict[str, str]
    examples: tuple[str, ...]
    """Formulas with "," between arguments; `localised` writes them with ";"."""
    spills: bool


REGISTRY: dict[str, CellFunction] = {}


def localised(formula: str) -> str:
    """Write an example as a French Excel has it: ";" between arguments (examples hold no "," in texts)."""
    return formula.replace(",", ";")


def cell_function(call: Callable[..., Cell]) -> Callable[..., Cell]:
    """Register a function under its name in capitals, with its entry of `templates/functions.toml`."""
    name = call.__name__.upper()
    entry = load_toml("functions.toml")[name]
    arguments = tuple(Argument(one["name"], one.get("optional", True), one["help"]) for one in entry["arguments"])
    examples = tuple(entry["examples"])
    function = CellFunction(
        name, call, entry["category"], arguments, entry["help"], examples, entry.get("spills", False)
    )
    REGISTRY[name] = function
    return call


# --- where answers come from ------------------------------------------------------------------------


class Provider:
    """What a host sets so that functions can answer; this one knows nothing."""

    def answers(self) -> Answers:
        """Return the library's answers, fresh ones when the library changed."""
        return empty()

    def answers_of_range(self, cells: Rectangle) -> Answers | None:
        """Return the answers of a release sheet given as a range; None where it is not one."""
        return None


_provider = Provider()


def set_provider(provider: Provider) -> None:
    """Set where answers come from, for every function."""
    global _provider
    _provider = provider


# --- small pieces -----------------------------------------------------------------------------------


class _Stop(Exception):
    """Ends a call with a cell error."""

    def __init__(self, error: CellError, reason: str = ""):
        self.error = error
        self.reason = reason


#: a blank cell of a range: not an argument left out, which asks for the total or the latest period
_BLANK: Any = object()
#: the numbers that spreadsheets store for 1927 to 2173: no period is written so
_DATES = range(10_000, 100_000)
_FIRST_DAY = dt.date(1899, 12, 30)


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has_number(value: Cell) -> bool:
    """Tell whether a call computes on numbers: one number in the first argument decides for the whole range."""
    if isinstance(value, tuple):
        return any(_is_number(one) for row in value for one in row)
    return _is_number(value)


def _number(value: Cell) -> float:
    if type(value) is float:  # nearly always
        return value
    if isinstance(value, CellError):
        raise _Stop(value)
    if value is None or value is _BLANK or value == "":
        raise _Stop(CellError.NA, "blank")
    if not _is_number(value):
        raise _Stop(CellError.VALUE, "not_a_number")
    return float(value)  # type: ignore[arg-type]


def _each(compute: Callable[..., Scalar], *arguments: Cell) -> Cell:
    """Apply a scalar function element by element: ranges match in shape, or one side is a single cell."""
    if not any(isinstance(one, tuple) for one in arguments):
        return _guarded(compute, *arguments)  # type: ignore[arg-type]
    ranges = [one if isinstance(one, tuple) and (len(one) > 1 or len(one[0]) > 1) else None for one in arguments]
    shapes = {(len(one), len(one[0])) for one in ranges if one}
    if len(shapes) > 1:
        return CellError.VALUE
    if not shapes:
        return _guarded(compute, *map(_first, arguments))
    (rows, columns), *_ = shapes
    flat = [
        [_BLANK if cell is None or cell == "" else cell for row in one for cell in row]
        if one
        else repeat(_first(alone))
        for one, alone in zip(ranges, arguments, strict=True)
    ]
    made = [_guarded(compute, *cells) for cells in zip(*flat, strict=False)]
    return tuple(tuple(made[row * columns : (row + 1) * columns]) for row in range(rows))


def _guarded(compute: Callable[..., Scalar], *arguments: Scalar) -> Scalar:
    try:
        found = compute(*arguments)
    except _Stop as stop:
        return stop.error
    except OverflowError:
        return CellError.NUM
    return CellError.NUM if isinstance(found, float) and not math.isfinite(found) else found


def _first(value: Cell) -> Scalar:
    return value[0][0] if isinstance(value, tuple) else value


# --- the library ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to the library, understood."""

    book: Book
    series: str
    period: str
    edition: str


def _ask(series: Scalar, period: Scalar, edition: Cell = None) -> _Asked:
    """Understand series, period and edition; ends in #VALUE! for what cannot be, #N/A where nothing is known."""
    is_range = isinstance(edition, tuple) and (len(edition) > 1 or len(edition[0]) > 1)
    for given in (series, period, None if is_range else _first(edition)):
        if isinstance(given, CellError):
            raise _Stop(given)
        if given is _BLANK:
            raise _Stop(CellError.NA, "blank")
    answers = _provider.answers()
    known_on = ""
    if isinstance(edition, tuple) and is_range:
        found = _provider.answers_of_range(edition)
        if found is None:
            raise _Stop(CellError.VALUE, "range_not_a_release")
        answers = found
    elif (asked := _first(edition)) not in (None, ""):
        known_on = _edition(asked)
    code, book = _series(series, answers)
    when = book.headline_at(known_on) if period in (None, "") else str(_period(period))
    return _Asked(book, code, when, known_on)


def _series(asked: Scalar, answers: Answers) -> tuple[str, Book]:
    """Return (code, book) for "CRM", "centres d'appels", "TOTAL@historique" or nothing (the default's total)."""
    if asked is not None and not isinstance(asked, str):
        raise _Stop(CellError.VALUE, "unknown_series")
    if not answers.books:
        raise _Stop(CellError.NA, "library_empty")
    name, _, methodology = (asked or "").partition("@")
    code = answers.aliases.get(normalise(methodology)) if methodology else answers.default
    if code is None:
        raise _Stop(CellError.VALUE, "unknown_methodology")
    book = answers.books.get(code)
    if book is None:
        raise _Stop(CellError.NA, "series_unpublished")
    if not name.strip():
        return book.total, book
    found = book.series.get(normalise(name))
    if found is None:
        raise _Stop(CellError.VALUE, "unknown_series")
    return found, book


def _dated(asked: Scalar) -> Scalar:
    """A date that reached us as the number a spreadsheet stores (Calc knows no other) is a date again."""
    is_date = isinstance(asked, int | float) and not isinstance(asked, bool) and int(asked) in _DATES
    return _FIRST_DAY + dt.timedelta(days=int(asked)) if is_date else asked  # type: ignore[arg-type]


def _period(asked: Scalar) -> Period:
    if isinstance(asked, CellError):
        raise _Stop(asked)
    asked = _dated(asked)
    if isinstance(asked, dt.date):
        # a date stands for its month: a cell that shows "mai 2025" often holds the first of May
        return Period(asked.year, asked.month, asked.month)
    parsed = parse_period(asked)
    if parsed is None:
        raise _Stop(CellError.VALUE, "unknown_period")
    return parsed


def _edition(asked: Scalar) -> str:
    asked = _dated(asked)
    if isinstance(asked, str) and len(asked) == 10:
        with suppress(ValueError):
            asked = dt.date.fromisoformat(asked)
    if isinstance(asked, dt.date):
        return asked.isoformat()[:10]
    parsed = parse_period(asked)
    if parsed is None or parsed.kind not in ("year", "month"):
        raise _Stop(CellError.VALUE, "unknown_edition")
    return str(parsed)


def _answer(asked: _Asked, measure: str) -> Answer:
    """Return the answer, a figure or a reason; ends in #N/A where the library has nothing."""
    found = asked.book.find(asked.series, asked.period, measure, asked.edition)
    if found is None:
        raise _Stop(CellError.NA, "period_unknown" if asked.series in asked.book.order else "series_unpublished")
    return found


def lookup(series: Cell = None, period: Cell = None, measure: Cell = None, edition: Cell = None) -> Answer | None:
    """Return the whole answer behind a figure, for who must say where it comes from; None where there is none."""
    try:
        return _answer(_ask(_first(series), _first(period), edition), _measure(_first(measure)))
    except _Stop:
        return None


def _value(asked: _Asked, measure: str) -> float:
    answer = _answer(asked, measure)
    if answer.value is None:
        raise _Stop(CellError.NUM if answer.reason == "base_not_positive" else CellError.NA, answer.reason)
    return answer.value


def _two_shapes(
    measure: str, compute: Callable[..., Scalar], first: Cell, second: Cell, edition: Cell = None, *more: Cell
) -> Cell:
    """Compute on numbers, or answer from the library: the first filled argument decides."""
    if _has_number(first):
        return _each(compute, first, second, *more)
    return _each(lambda series, period: _value(_ask(series, period, edition), measure), first, second)


# --- the functions ----------------------------------------------------------------------------------


@cell_function
def export_value(series: Cell = None, period: Cell = None, edition: Cell = None) -> Cell:
    """Return the level, in the release's own unit."""
    return _each(lambda one, when: _value(_ask(one, when, edition), LEVEL), series, period)


def _growth(current: Scalar, previous: Scalar) -> Scalar:
    now, before = _number(current), _number(previous)
    if before <= 0:
        raise _Stop(CellError.NUM, "base_not_positive")
    return now / before - 1


@cell_function
def export_growth(series: Cell = None, period: Cell = None) -> Cell:
    """Return the growth on the same period a year before, or of one number on another, as a fraction."""
    return _two_shapes(GROWTH, _growth, series, period)


def _share(part: Scalar, total: Scalar) -> Scalar:
    one, whole = _number(part), _number(total)
    if whole <= 0:
        raise _Stop(CellError.NUM, "base_not_positive")
    return one / whole


@cell_function
def export_share(series: Cell = None, period: Cell = None) -> Cell:
    """Return the share of the total, or of one number in another, as a fraction."""
    return _two_shapes(SHARE, _share, series, period)


@cell_function
def export_change(series: Cell = None, period: Cell = None) -> Cell:
    """Return the change on a year before, in the unit of the release's total, or the difference of two numbers."""
    return _two_shapes(CHANGE, lambda now, before: _number(now) - _number(before), series, period)


def _contribution(current: Scalar, previous: Scalar, total: Scalar) -> Scalar:
    now, before, whole = _number(current), _number(previous), _number(total)
    if whole <= 0:
        raise _Stop(CellError.NUM, "base_not_positive")
    return (now - before) / whole * 100


@cell_function
def export_contribution(series: Cell = None, period: Cell = None, total: Cell = None) -> Cell:
    """Return the contribution to the total's growth, in percentage points."""
    return _two_shapes(CONTRIBUTION, _contribution, series, period, None, total)


@cell_function
def export_cagr(series: Cell = None, start: Cell = None, end: Cell = None) -> Cell:
    """Return the compound annual growth rate, as a fraction."""
    if _has_number(series):
        return _each(_cagr, series, start, end)
    return _each(_cagr_of, series, start, end)


def _cagr(last: Scalar, first: Scalar, years: Scalar) -> Scalar:
    now, before, count = _number(last), _number(first), _number(years)
    if now <= 0 or before <= 0:
        raise _Stop(CellError.NUM, "base_not_positive")
    if count <= 0:
        raise _Stop(CellError.NUM, "years_too_few")
    return float((now / before) ** (1 / count) - 1)


def _cagr_of(series: Scalar, start: Scalar, end: Scalar) -> Scalar:
    first, last = _ends(series, start, end)
    years = int(last.period[:4]) - int(first.period[:4])
    return _cagr(_in_one_unit(last, first), _in_one_unit(first, first), years)


def _ends(series: Scalar, start: Scalar, end: Scalar) -> tuple[_Asked, _Asked]:
    """Both ends of a comparison over years: like periods of one series, the first published by default."""
    last = _ask(series, end)
    if start in (None, ""):
        like = parse_period(last.period)
        known = [one for one in last.book.order.get(last.series, []) if _has_value(last, one)]
        alike = [one for one in known if like and (parsed := parse_period(one)) and parsed.is_like(like)]
        if not alike:
            raise _Stop(CellError.NA, "period_unknown")
        first = _Asked(last.book, last.series, alike[0], "")
    else:
        first = _ask(series, start)
    one, other = parse_period(first.period), parse_period(last.period)
    if one is None or other is None or not one.is_like(other):
        raise _Stop(CellError.VALUE, "periods_differ")
    return first, last


def _has_value(asked: _Asked, period: str) -> bool:
    found = asked.book.find(asked.series, period, LEVEL)
    return found is not None and found.value is not None


def _in_one_unit(asked: _Asked, reference: _Asked) -> float:
    """The most precise level, in the unit of another: 3 462 MDH is 3.462 where the first year is in billions."""
    units = load_toml("units.toml")
    found = _answer(asked, LEVEL)
    own, other = found.unit, _answer(reference, LEVEL).unit
    value = _value(asked, LEVEL) if found.precise is None else found.precise
    return value if own == other else value * units[own]["factor"] / units[other]["factor"]


@cell_function
def export_index(series: Cell = None, period: Cell = None, base: Cell = None) -> Cell:
    """Return the index of a period with a base period at 100, or of one number on another."""
    if _has_number(series):
        return _each(_index, series, period)
    return _each(_index_of, series, period, base)


def _index(current: Scalar, base: Scalar) -> Scalar:
    now, before = _number(current), _number(base)
    if before <= 0:
        raise _Stop(CellError.NUM, "base_not_positive")
    return now / before * 100


def _index_of(series: Scalar, period: Scalar, base: Scalar) -> Scalar:
    first, last = _ends(series, base, period)
    return _index(_in_one_unit(last, first), _in_one_unit(first, first))


_MEASURES = {name: name for name in (LEVEL, GROWTH, SHARE, CHANGE, CONTRIBUTION)}


@cache
def _measures() -> dict[str, str]:
    words = load_toml("functions.toml")["measures"]
    return _MEASURES | {normalise(word): measure for measure, names in words.items() for word in names}


def _measure(asked: Scalar) -> str:
    if isinstance(asked, CellError):
        raise _Stop(asked)
    if asked in (None, ""):
        return LEVEL
    found = _measures().get(normalise(asked)) if isinstance(asked, str) else None
    if found is None:
        raise _Stop(CellError.VALUE, "unknown_measure")
    return found


def _start(period: Period) -> tuple[int, int]:
    """Where a period begins: the halves of 2024 are not before 2024."""
    return period.year, period.first


@cell_function
def export_series(series: Cell = None, measure: Cell = None, start: Cell = None, end: Cell = None) -> Cell:
    """Return a table of periods and values, oldest first; #N/A where a value is not published."""
    try:
        asked = _ask(_first(series), None)
        wanted = _measure(_first(measure))
        periods = [(one, parse_period(one)) for one in asked.book.order.get(asked.series, [])]
        low, high = (None if _first(end) in (None, "") else _period(_first(end)) for end in (start, end))
        rows = []
        for name, period in sorted(periods, key=lambda pair: pair[1] or Period(1900)):
            inside = period and (low is None or _start(period) >= _start(low)) and (high is None or period <= high)
            found = asked.book.find(asked.series, name, wanted)
            if inside and found is not None:
                rows.append((name, CellError.NA if found.value is None else found.value))
        return tuple(rows) if rows else CellError.NA
    except _Stop as stop:
        return stop.error


def _language(asked: Scalar) -> str:
    if isinstance(asked, CellError):
        raise _Stop(asked)
    if asked in (None, ""):
        return DEFAULT_LANGUAGE
    if not isinstance(asked, str) or asked.casefold() not in languages():
        raise _Stop(CellError.VALUE, "unknown_language")
    return asked.casefold()


@cell_function
def export_status(series: Cell = None, period: Cell = None, language: Cell = None) -> Cell:
    """Return the status of a figure in words."""

    def status(one: Scalar, when: Scalar) -> Scalar:
        found = _answer(_ask(one, when), LEVEL)
        return str(load_toml("statuses.toml")[found.status]["label"][_language(_first(language))])

    return _each(status, series, period)


@cell_function
def export_source(series: Cell = None, period: Cell = None, measure: Cell = None) -> Cell:
    """Return the file, sheet and cells that a figure comes from."""

    def source(one: Scalar, when: Scalar) -> Scalar:
        found = _answer(_ask(one, when), _measure(_first(measure)))
        if not found.source:
            raise _Stop(CellError.NA, found.reason)
        return found.source

    return _each(source, series, period)


@cell_function
def export_check(series: Cell = None, period: Cell = None, measure: Cell = None, language: Cell = None) -> Cell:
    """Return in words why a figure cannot be given, or what the checks say of it; with numbers, why no rate."""
    numbers = _has_number(series)

    def check(one: Scalar, when: Scalar) -> Scalar:
        said = _language(_first(language))
        try:
            if numbers:
                _growth(one, when)
                return text("reasons.fine", said)
            found = _answer(_ask(one, when), _measure(_first(measure)))
        except _Stop as stop:
            return text(f"reasons.{stop.reason or 'error_given'}", said)
        if found.value is None:
            return text(f"reasons.{found.reason}", said)
        return found.remarks.get(said) or text("reasons.fine", said)

    return _each(check, series, period)


@cell_function
def export_text(series: Cell = None, period: Cell = None, language: Cell = None) -> Cell:
    """Return a finished sentence on a series in a period."""

    def sentence(one: Scalar, when: Scalar) -> Scalar:
        found = _answer(_ask(one, when), LEVEL)
        if not found.text:
            raise _Stop(CellError.NA, found.reason)
        return found.text[_language(_first(language))]

    return _each(sentence, series, period)


@cell_function
def export_version() -> Cell:
    """Return a mark that changes when the library changes: the recalculation handle."""
    return _provider.answers().version
