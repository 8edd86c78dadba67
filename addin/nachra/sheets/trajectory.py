"""Towards Digital Morocco 2030: the series and the targets side by side, so that nobody takes one for the other's.

The targets were set on the historic series. They are drawn from where they start, 17.9 billion dirhams in 2023, beside
what the release says of that same year: the gap between both at the start is the break in the series.
"""

from __future__ import annotations

from typing import Any

from nachra import quantities
from nachra.briefing import Block, Chart, ChartSeries, Column, Content, DataRow, Paragraph, Row, Sentence, Table, Value
from nachra.expressions import Ref, minus, number, over, plus, power, times
from nachra.figures import Figure, quantum_of_decimal
from nachra.history import History
from nachra.periods import Period
from nachra.phrases import worded
from nachra.release import Series
from nachra.remarks import amount, methodology_name
from nachra.sheets import charting
from nachra.sheets.context import Context
from nachra.targets import Target, baseline_source, may_be_read, own_baseline, strategy_name, targets
from nachra.texts import text

TABLE, POSITIONS = "trajectory", "positions"
#: the block without which no target is in the data sheet
BLOCK = "trajectory"


def message(context: Context) -> tuple[Block, ...]:
    """Which series the targets were set on, and that no other compares; nothing where there are no targets."""
    found = _subject(context)
    if found is None:
        return ()
    series, history = found
    own = own_baseline()
    params: dict[str, object] = {
        "strategy": strategy_name(context.language),
        "own": methodology_name(own.methodology, context.language),
        "first": own.period.year,
    }
    level, known = context.level_value(series, own.period), history.points.get(own.period)
    here = _amount(context, level, known.figure) if known and isinstance(level, Value) else None
    if context.release.methodology == own.methodology:
        is_said = known is not None and known.figure.value == own.figure.value
        params["baseline"] = here if is_said else amount(own.figure, context.language)
        return (_message(context, "own", **params),)
    params["baseline"] = _amount(context, _aim(context, own.period, own.figure), own.figure)
    params["basis"] = methodology_name(context.release.methodology, context.language)
    return (_message(context, "other", **params, here=here) if here else _message(context, "alone", **params),)


def _message(context: Context, key: str, /, **params: Any) -> Paragraph:
    return Paragraph(worded(f"trajectory.message_{key}", context.language, **params), "message")


def _amount(context: Context, shown: Value, figure: Figure) -> Sentence:
    """A level in words, tied to what shows it."""
    value, scale = figure.to(context.unit).value, context.unit.factor / figure.unit.factor
    return context.narrator.phrases.amount(shown.expression, value, figure.decimals, figure.unit, scale=scale)


def chart(context: Context) -> tuple[Block, ...]:
    """Lines of the series, of its projection and of the targets, over the table of this sheet."""
    found = _subject(context)
    if found is None:
        return ()
    years = _years(found[1])
    unit, last = context.unit.label(context.language), len(years) - 1
    labels = context.decimal_format(1)
    names = (_basis(context), _text(context, "col_projection"), _targets_name(context))
    series = tuple(
        ChartSeries(name, (0, 0, last, 0), (0, column, last, column), labels) for column, name in enumerate(names, 1)
    )
    params = {"strategy": strategy_name(context.language), "first": years[0].year, "last": years[-1].year}
    params |= {"what": charting.subject(context), "unit": context.unit.long(context.language)}
    title, described = _text(context, "chart", **params), _text(context, "chart_alt", **params)
    return (Chart(TABLE, "line", title, described, series, unit, context.decimal_format(0)),)


def table(context: Context) -> tuple[Block, ...]:
    """One row a year: the level, the projection at the latest pace, the targets; nothing without targets."""
    found = _subject(context)
    if found is None:
        return ()
    series, history = found
    unit = context.unit.label(context.language)
    columns = (
        Column(context.text("col_period"), 12),
        Column(f"{_basis(context)} ({unit})", 24, "right"),
        Column(f"{_text(context, 'col_projection')} ({unit})", 28, "right"),
        Column(f"{_targets_name(context)} ({unit})", 30, "right"),
    )
    projected = _projection(context, series, history)
    aims = {period: _aim(context, period, figure) for period, figure, _ in _fixed(context)}
    # a chart takes a blank for a gap, and a text for a zero
    gap = context.nothing or None
    rows = []
    for year in _years(history):
        level: Content = context.level_value(series, year) if year in history.points else gap
        cells = (
            year.label(context.language),
            level,
            projected.get(year, gap),
            aims.get(year, gap),
        )
        rows.append(Row(cells))
    return (Table(TABLE, columns, tuple(rows)),)


def positions(context: Context) -> tuple[Block, ...]:
    """What is left to go, what is attained, what growth it takes: a row for each target and basis, never mixed."""
    found = _subject(context)
    if found is None:
        return ()
    series, history = found
    latest = history.years[-1]
    own = own_baseline()
    level = context.level_value(series, latest.period)
    assert isinstance(level, Value), "the latest year has a level"
    bases: list[tuple[str, Period, Value, bool]] = []
    if context.release.methodology != own.methodology:
        bases.append((_basis(context), latest.period, level, True))
        start = _aim(context, own.period, own.figure)
        bases.append((_capital(methodology_name(own.methodology, context.language)), own.period, start, False))
    else:
        bases.append((_basis(context), latest.period, level, False))
    unit = context.unit.label(context.language)
    columns = (
        Column(_text(context, "col_target"), 12),
        Column(_text(context, "col_basis"), 24, wrap=True),
        Column(_text(context, "col_latest", unit=unit), 28, "right"),
        Column(_text(context, "col_distance", unit=unit), 30, "right"),
        Column(_text(context, "col_attained"), 14, "right"),
        Column(_text(context, "col_required"), 18, "right"),
        Column(_text(context, "col_nature"), 24, wrap=True),
    )
    rows = [
        _position(context, target, name, period, level, is_reading)
        for target in targets()
        for name, period, level, is_reading in bases
    ]
    return (Table(POSITIONS, columns, tuple(rows), _text(context, "positions")),)


def legend(context: Context) -> tuple[Block, ...]:
    """How the projection is made, what is set aside, and the sources of the targets."""
    found = _subject(context)
    if found is None:
        return ()
    sources = ", ".join(dict.fromkeys(one.source for one in targets()))
    lines = [_text(context, "legend_projection"), _text(context, "legend_source", sources=sources)]
    return tuple(Paragraph(line, "legend") for line in lines)


def _text(context: Context, key: str, /, **params: object) -> str:
    return text(f"trajectory.{key}", context.language, **params)


def _subject(context: Context) -> tuple[Series, History] | None:
    """The series that the targets are for, with its history; None for a release without it or of another subject."""
    code, methodology = own_baseline().series, context.release.methodology
    series = next((one for one in context.release.series if one.code == code), None)
    if series is None or not may_be_read(methodology) or context.unit.dimension != own_baseline().figure.unit.dimension:
        return None
    history = context.histories.get((methodology, code))
    # nothing compares with a level that is not positive
    return (series, history) if history and history.years and history.years[-1].figure.value > 0 else None


def _basis(context: Context) -> str:
    return _capital(methodology_name(context.release.methodology, context.language))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _targets_name(context: Context) -> str:
    return _text(context, "col_targets", own=methodology_name(own_baseline().methodology, context.language))


def _years(history: History) -> list[Period]:
    first = min(history.years[0].period.year, own_baseline().period.year)
    return [Period(year) for year in range(first, max(one.period.year for one in targets()) + 1)]


def _fixed(context: Context) -> list[tuple[Period, Figure, str]]:
    """The levels that no release holds: the targets, and where they start from unless this release says it."""
    found = [(one.period, one.figure, one.source) for one in targets()]
    if context.release.methodology == own_baseline().methodology:
        return found
    return [(own_baseline().period, own_baseline().figure, baseline_source()), *found]


def _key(period: Period) -> str:
    return f"{own_baseline().series}|{period}|target"


def _aim(context: Context, period: Period, figure: Figure) -> Value:
    return Value(Ref(_key(period)), context.decimal_format(_precise(figure).to(context.unit).decimals))


def _precise(figure: Figure) -> Figure:
    """A target is exact; the sheet shows it to its last digit."""
    return figure if figure.quantum else Figure(figure.value, quantum_of_decimal(figure.value), figure.unit)


def data_rows(context: Context) -> tuple[DataRow, ...]:
    """Return the rows of the data sheet for targets, each with the address of its source instead of a cell."""
    found = _subject(context)
    if found is None or not any(BLOCK in sheet.blocks for sheet in context.outline.sheets):
        return ()
    own = own_baseline()
    rows = []
    for period, given, source in _fixed(context):
        figure = _precise(given)
        what = "measure_baseline" if period == own.period else "measure_target"
        rows.append(
            DataRow(
                key=_key(period),
                cells=(
                    own.series,
                    found[0].name(context.language),
                    period.label(context.language),
                    _text(context, what),
                    figure.unit.label(context.language),
                    _text(context, "status_target"),
                    methodology_name(own.methodology, context.language),
                    source,
                    "-",
                    "-",
                ),
                published=figure.value,
                number_format=context.decimal_format(figure.decimals),
                precision=figure.quantum,
                factor=figure.unit.factor / context.unit.factor,
            )
        )
    return tuple(rows)


def _projection(context: Context, series: Series, history: History) -> dict[Period, Content]:
    """The latest level, then the same grown by the latest rate, year after year; empty without a rate."""
    latest = history.years[-1].period
    pace, level = quantities.growth(context.panel, series, latest), quantities.level_ref(context.panel, series, latest)
    if pace is None or level is None:
        return {}
    ends = range(latest.year + 1, max(one.period.year for one in targets()) + 1)
    found: dict[Period, Content] = {latest: context.level_value(series, latest)}
    for year in ends:
        grown = times(level, power(plus(number(1), pace), number(year - latest.year)))
        found[Period(year)] = Value(grown, context.decimal_format(1))
    return found


def _position(context: Context, target: Target, basis: str, period: Period, latest: Value, is_reading: bool) -> Row:
    aim, level = _aim(context, target.period, target.figure).expression, latest.expression
    years = target.period.year - period.year
    required: Content = context.missing
    if years > 0:
        root = power(over(aim, level), over(number(1), number(years)))
        required = Value(minus(root, number(1)), context.percent_format(1, sign=True))
    cells: tuple[Content, ...] = (
        f"{target.period.year}",
        f"{basis} ({period.label(context.language)})",
        latest,
        Value(minus(aim, level), context.decimal_format(1, sign=True)),
        Value(over(level, aim), context.percent_format(1)),
        required,
        _text(context, "nature_reading" if is_reading else "nature_own"),
    )
    return Row(cells, "muted" if is_reading else "text")
