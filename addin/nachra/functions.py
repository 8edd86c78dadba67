"""The cell functions: host-free, one declaration each, the same answer in a cell, in Python and in the shell.

Arguments and results are what a spreadsheet knows: float, str, bool, date, None (blank), CellError, or a rectangle
(tuple of rows) of these. Two call shapes, told apart by the first argument: numbers are computed on, element by
element; text, or nothing, is answered from the library. To add a function, write it here under `@cell_function` and
describe it in `templates/functions.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nachra.ahead import AHEAD, OUTLOOK, REQUIRED, status_words
from nachra.answers import CHANGE, CONTRIBUTION, GROWTH, LEVEL, SHARE
from nachra.asking import (
    Asked,
    answer,
    ask,
    ask_ahead,
    language_of,
    measure_of,
    period_of,
    provider,
    question,
    target_measure_of,
    value_of,
)
from nachra.cells import Cell, CellError, Scalar, Stop, each, has_number, number, single
from nachra.periods import Period, parse_period
from nachra.texts import load_toml, text


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


def _two_shapes(
    measure: str, compute: Callable[..., Scalar], first: Cell, second: Cell, edition: Cell = None, *more: Cell
) -> Cell:
    """Compute on numbers, or answer from the library: the first filled argument decides."""
    if has_number(first):
        return each(compute, first, second, *more)
    return each(lambda series, period: value_of(ask(series, period, edition), measure), first, second)


@cell_function
def export_value(series: Cell = None, period: Cell = None, edition: Cell = None) -> Cell:
    """Return the level, in the release's own unit."""
    return each(lambda one, when: value_of(ask(one, when, edition), LEVEL), series, period)


def _growth(current: Scalar, previous: Scalar) -> Scalar:
    now, before = number(current), number(previous)
    if before <= 0:
        raise Stop(CellError.NUM, "base_not_positive")
    return now / before - 1


@cell_function
def export_growth(series: Cell = None, period: Cell = None, edition: Cell = None) -> Cell:
    """Return the growth on the same period a year before, or of one number on another, as a fraction."""
    return _two_shapes(GROWTH, _growth, series, period, edition)


def _share(part: Scalar, total: Scalar) -> Scalar:
    one, whole = number(part), number(total)
    if whole <= 0:
        raise Stop(CellError.NUM, "base_not_positive")
    return one / whole


@cell_function
def export_share(series: Cell = None, period: Cell = None, edition: Cell = None) -> Cell:
    """Return the share of the total, or of one number in another, as a fraction."""
    return _two_shapes(SHARE, _share, series, period, edition)


@cell_function
def export_change(series: Cell = None, period: Cell = None, edition: Cell = None) -> Cell:
    """Return the change on a year before, in the unit of the release's total, or the difference of two numbers."""
    return _two_shapes(CHANGE, lambda now, before: number(now) - number(before), series, period, edition)


def _contribution(current: Scalar, previous: Scalar, total: Scalar) -> Scalar:
    now, before, whole = number(current), number(previous), number(total)
    if whole <= 0:
        raise Stop(CellError.NUM, "base_not_positive")
    return (now - before) / whole * 100


@cell_function
def export_contribution(series: Cell = None, period: Cell = None, total: Cell = None, edition: Cell = None) -> Cell:
    """Return the contribution to the total's growth, in percentage points; a total is for numbers only."""
    if not has_number(series) and single(total) not in (None, ""):
        # an edition in its place would be passed over, and the newest one answer
        return CellError.VALUE
    return _two_shapes(CONTRIBUTION, _contribution, series, period, edition, total)


@cell_function
def export_cagr(series: Cell = None, start: Cell = None, end: Cell = None, edition: Cell = None) -> Cell:
    """Return the compound annual growth rate, as a fraction; #N/A across a break in the series."""
    if has_number(series):
        return each(_cagr, series, start, end)
    return each(lambda one, first, last: _cagr_of(one, first, last, edition), series, start, end)


def _cagr(last: Scalar, first: Scalar, years: Scalar) -> Scalar:
    now, before, count = number(last), number(first), number(years)
    if now <= 0 or before <= 0:
        raise Stop(CellError.NUM, "base_not_positive")
    if count <= 0:
        raise Stop(CellError.NUM, "years_too_few")
    return float((now / before) ** (1 / count) - 1)


def _cagr_of(series: Scalar, start: Scalar, end: Scalar, edition: Cell) -> Scalar:
    first, last = _ends(series, start, end, edition)
    years = int(last.period[:4]) - int(first.period[:4])
    return _cagr(_in_one_unit(last, first), _in_one_unit(first, first), years)


def _ends(series: Scalar, start: Scalar, end: Scalar, edition: Cell) -> tuple[Asked, Asked]:
    """Both ends of a comparison over years: like periods of one series, the first published by default.

    Ends in #VALUE! for unlike periods, in #N/A where the series breaks between both.
    """
    last = ask(series, end, edition)
    if start in (None, ""):
        like = parse_period(last.period)
        known = [one for one in last.book.order.get(last.series, []) if _has_value(last, one)]
        alike = [one for one in known if like and (parsed := parse_period(one)) and parsed.is_like(like)]
        if not alike:
            raise Stop(CellError.NA, "period_unknown")
        first = Asked(last.book, last.series, alike[0], last.edition)
    else:
        first = ask(series, start, edition)
    one, other = parse_period(first.period), parse_period(last.period)
    if one is None or other is None or not one.is_like(other):
        raise Stop(CellError.VALUE, "periods_differ")
    if last.book.breaks_between(last.series, *sorted((one, other)), edition=last.edition):
        raise Stop(CellError.NA, "series_break")
    return first, last


def _has_value(asked: Asked, period: str) -> bool:
    found = asked.book.find(asked.series, period, LEVEL, asked.edition)
    return found is not None and found.value is not None


def _in_one_unit(asked: Asked, reference: Asked) -> float:
    """The most precise level, in the unit of another: 3 462 MDH is 3.462 where the first year is in billions."""
    units = load_toml("units.toml")
    found = answer(asked, LEVEL)
    own, other = found.unit, answer(reference, LEVEL).unit
    value = value_of(asked, LEVEL) if found.precise is None else found.precise
    return value if own == other else value * units[own]["factor"] / units[other]["factor"]


@cell_function
def export_index(series: Cell = None, period: Cell = None, base: Cell = None, edition: Cell = None) -> Cell:
    """Return the index of a period with a base period at 100, or of one number on another; #N/A across a break."""
    if has_number(series):
        return each(_index, series, period)
    return each(lambda one, when, first: _index_of(one, when, first, edition), series, period, base)


def _index(current: Scalar, base: Scalar) -> Scalar:
    now, before = number(current), number(base)
    if before <= 0:
        raise Stop(CellError.NUM, "base_not_positive")
    return now / before * 100


def _index_of(series: Scalar, period: Scalar, base: Scalar, edition: Cell) -> Scalar:
    first, last = _ends(series, base, period, edition)
    return _index(_in_one_unit(last, first), _in_one_unit(first, first))


def _start(period: Period) -> tuple[int, int]:
    """Where a period begins: the halves of 2024 are not before 2024."""
    return period.year, period.first


@cell_function
def export_series(
    series: Cell = None, measure: Cell = None, start: Cell = None, end: Cell = None, edition: Cell = None
) -> Cell:
    """Return a table of periods and values, oldest first; #N/A where a value is not published."""
    try:
        asked = ask(single(series), None, edition)
        wanted = measure_of(single(measure))
        periods = [(one, parse_period(one)) for one in asked.book.order.get(asked.series, [])]
        low, high = (None if single(end) in (None, "") else period_of(single(end)) for end in (start, end))
        rows = []
        for name, period in sorted(periods, key=lambda pair: pair[1] or Period(1900)):
            inside = period and (low is None or _start(period) >= _start(low)) and (high is None or period <= high)
            found = asked.book.find(asked.series, name, wanted, asked.edition)
            if inside and found is not None:
                rows.append((name, CellError.NA if found.value is None else found.value))
        return tuple(rows) if rows else CellError.NA
    except Stop as stop:
        return stop.error


@cell_function
def export_target(series: Cell = None, year: Cell = None, measure: Cell = None) -> Cell:
    """Return a target of Digital Morocco 2030, or where a series stands towards it, on one basis."""

    def target(one: Scalar, when: Scalar) -> Scalar:
        wanted = target_measure_of(single(measure))
        return value_of(ask_ahead(one, when, wanted), wanted)

    return each(target, series, year)


@cell_function
def export_required_growth(series: Cell = None, year: Cell = None) -> Cell:
    """Return the yearly growth that reaches a target from the latest figure of a series, as a fraction."""
    return each(lambda one, when: value_of(ask_ahead(one, when, REQUIRED), REQUIRED), series, year)


@cell_function
def export_outlook(series: Cell = None, year: Cell = None) -> Cell:
    """Return where a year will land, estimated from its published part."""
    return each(lambda one, when: value_of(ask_ahead(one, when, OUTLOOK), OUTLOOK), series, year)


@cell_function
def export_status(series: Cell = None, period: Cell = None, language: Cell = None, edition: Cell = None) -> Cell:
    """Return the status of a figure in words."""

    def status(one: Scalar, when: Scalar) -> Scalar:
        return status_words(answer(ask(one, when, edition), LEVEL), language_of(single(language)))

    return each(status, series, period)


@cell_function
def export_source(series: Cell = None, period: Cell = None, measure: Cell = None, edition: Cell = None) -> Cell:
    """Return the file, sheet and cells that a figure comes from."""

    def source(one: Scalar, when: Scalar) -> Scalar:
        wanted = measure_of(single(measure))
        found = answer(question(one, when, wanted, edition), wanted)
        if not found.source:
            raise Stop(CellError.NA, found.reason)
        return found.source

    return each(source, series, period)


@cell_function
def export_check(
    series: Cell = None, period: Cell = None, measure: Cell = None, language: Cell = None, edition: Cell = None
) -> Cell:
    """Return in words why a figure cannot be given, or what the checks say of it; with numbers, why no rate."""
    numbers = has_number(series)

    def check(one: Scalar, when: Scalar) -> Scalar:
        said = language_of(single(language))
        try:
            wanted = measure_of(single(measure))
            if numbers and wanted not in AHEAD:
                _growth(one, when)
                return text("reasons.fine", said)
            found = answer(question(one, when, wanted, edition), wanted)
        except Stop as stop:
            return text(f"reasons.{stop.reason or 'error_given'}", said)
        if found.value is None:
            return text(f"reasons.{found.reason}", said)
        return found.remarks.get(said) or text("reasons.fine", said)

    found = each(check, series, period)
    if found is CellError.VALUE and isinstance(series, tuple) and isinstance(period, tuple):
        # `check` ends in words: the error is that of ranges which do not match, or of the language
        return each(lambda said: text("reasons.shapes_differ", language_of(said)), single(language))
    return found


@cell_function
def export_text(series: Cell = None, period: Cell = None, language: Cell = None, edition: Cell = None) -> Cell:
    """Return a finished sentence on a series in a period."""

    def sentence(one: Scalar, when: Scalar) -> Scalar:
        found = answer(ask(one, when, edition), LEVEL)
        if not found.text:
            raise Stop(CellError.NA, found.reason)
        return found.text[language_of(single(language))]

    return each(sentence, series, period)


@cell_function
def export_version() -> Cell:
    """Return a mark that changes when the library changes: the recalculation handle."""
    return provider().answers().version
