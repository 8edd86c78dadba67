"""Where the year will land, as formulas over the data sheet: an estimate of nachra, and called so wherever it stands.

The formulas are those of `nachra.outlook`. There is such a sheet only where the release itself holds past years whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

from nachra import formats, quantities
from nachra.briefing import Block, Chart, ChartSeries, Column, Content, DataRow, Paragraph, Row, Table, Value
from nachra.errors import IncomparableError
from nachra.expressions import Expression, Ref, Shown, Sum, function, number, over, plus, power, times
from nachra.history import History, Point
from nachra.layouts import nomenclature
from nachra.outlook import LEVEL, Outlook, covering, quantile
from nachra.outlook import outlook as outlook_of
from nachra.periods import Period
from nachra.phrases import worded
from nachra.quantities import observation_key
from nachra.release import Observation, Series
from nachra.sheets import charting, data
from nachra.sheets.context import Context
from nachra.texts import text

TABLE = "outlook"
WHOLE, ESTIMATE, LOW, HIGH = 2, 4, 5, 6
#: columns of the table that the chart follows, and their names there; without an interval only the first two
CHARTED = ((WHOLE, "years"), (ESTIMATE, "estimate"), (LOW, "low"), (HIGH, "high"))


def message(context: Context) -> tuple[Block, ...]:
    """The estimate in words: whose it is, from what, on which assumption, how sure; nothing where there is none."""
    made = _estimate(context)
    if made is None:
        return ()
    found, phrases, unit = made.outlook, context.narrator.phrases, context.unit
    said = worded(
        "outlook.message" if len(found.ratios) > 1 else "outlook.message_one",
        context.language,
        first=found.ratios[0][0],
        publisher=context.publisher,
        value=phrases.amount(made.value, found.value, found.decimals, unit),
        year=found.year.year,
        part=phrases.amount(made.part, found.part.value, found.part.decimals, unit),
        of=found.known.phrase(context.language),
        ratio=(phrases.number(made.ratio, found.value / found.part.value, 3),),
    )
    limits, ends = (found.interval, made.ends) if found.interval and made.ends else (found.rounding, made.rounding)
    low, high = (
        (phrases.number(end, value, found.decimals),)
        for end, value in zip(ends, (limits.low, limits.high), strict=True)
    )
    level = formats.percent(LEVEL, 0, context.language)
    key = "outlook.interval" if made.ends else "outlook.no_interval"
    sure = worded(key, context.language, len(found.ratios), level=level, low=low, high=high)
    return Paragraph(said, "message"), Paragraph(sure, "message")


def chart(context: Context) -> tuple[Block, ...]:
    """The past years as a line, the estimate and its ends as points beside it."""
    made = _estimate(context)
    if made is None:
        return ()
    found, last = made.outlook, len(made.past)
    language, unit = context.language, context.unit.long(context.language)
    lowest = min(found.value, found.interval.low if found.interval else found.value)
    start = charting.axis_start(context, [*made.levels, lowest])
    shown = charting.say(context, "axis_starts", unit=unit, start=formats.number(start, 0, language)) if start else unit
    level = formats.percent(LEVEL, 0, language)
    series = tuple(
        ChartSeries(
            _text(context, name, level=level),
            (0, 0, last, 0),
            (0, column, last, column),
            context.decimal_format(found.decimals),
            colour="rest" if column in (LOW, HIGH) else "",
            unsettled=() if column == WHOLE else (last,),
        )
        for column, name in CHARTED[: None if made.ends else 2]
    )
    params = {"what": charting.subject(context, made.series), "first": found.ratios[0][0], "year": found.year.year}
    title = _text(context, "chart", unit=shown, **params)
    value = formats.number(found.value, found.decimals, language)
    described = _text(context, "chart_alt", unit=unit, value=value, **params)
    return (Chart(TABLE, "line", title, described, series, "", context.decimal_format(0), start),)


def table(context: Context) -> tuple[Block, ...]:
    """One row a past year: the part, the whole and their ratio; then the year that has begun, estimated."""
    made = _estimate(context)
    if made is None:
        return ()
    found = made.outlook
    first, *others = _headers(context, made)
    columns = (Column(first, 12), *(Column(header, 22, "right", True) for header in others))
    ratio_format, level = context.decimal_format(3), context.decimal_format(found.decimals)
    exact = context.decimal_format(found.part.decimals)
    # a chart takes a blank for a gap, and a text for a zero
    gap: Content = context.nothing or None

    def shown(*expressions: Expression) -> tuple[Value, ...]:
        return tuple(Value(one, level) for one in expressions)

    rows = [
        Row(
            (
                year.label(context.language),
                Value(part, exact),
                Value(whole, exact),
                Value(ratio, ratio_format),
                *(gap,) * 3,
            )
        )
        for year, part, whole, ratio in made.past
    ]
    heading = f"{found.year.label(context.language)} {context.mark('e')}"
    ends = shown(*made.ends) if made.ends else (gap, gap)
    estimated = (Value(made.part, exact), gap, Value(made.ratio, ratio_format), *shown(made.value), *ends)
    rows.append(Row((heading, *estimated), "total"))
    rows.append(Row((_text(context, "row_rounding"), *(gap,) * 4, *shown(*made.rounding)), "muted"))
    return (Table(TABLE, columns, tuple(rows)),)


def legend(context: Context) -> tuple[Block, ...]:
    """The method with its source, and what it cannot know."""
    if _estimate(context) is None:
        return ()
    level = formats.percent(LEVEL, 0, context.language)
    return tuple(Paragraph(_text(context, key, level=level), "legend") for key in ("legend_method", "legend_limits"))


def refusal(context: Context) -> tuple[Block, ...]:
    """Why a year that has begun is not estimated; nothing where it is, or where it is published."""
    found = _outlook(context)
    if not isinstance(found, IncomparableError) or found.code == "outlook_published":
        return ()
    heading = Paragraph(_text(context, "refused", year=context.period.year), "heading")
    return heading, Paragraph(found.message(context.language))


def _text(context: Context, key: str, /, **params: object) -> str:
    return text(f"outlook.{key}", context.language, **params)


def _headers(context: Context, made: _Estimate) -> list[str]:
    unit, known = context.unit.label(context.language), made.outlook.known.label(context.language)
    keys = ("col_part", "col_whole", "col_ratio", "col_estimate", "col_low", "col_high")
    return [context.text("col_period"), *(_text(context, key, unit=unit, known=known) for key in keys)]


# --- data -------------------------------------------------------------------------------------------


def data_rows(context: Context) -> tuple[DataRow, ...]:
    """Return the rows of the data sheet for figures of earlier releases, each with its own file, sheet and cell."""
    made = _estimate(context) if any(TABLE in sheet.blocks for sheet in context.outline.sheets) else None
    if made is None:
        return ()
    labels = {one.code: one.name(context.language) for one in (*nomenclature(), *context.release.series)}
    rows: dict[str, DataRow] = {}
    for point in made.outlook.points:
        if _is_own(context, point):
            continue
        terms = {_past_key(obs): obs for obs in point.cells}
        for key, obs in terms.items():
            rows[key] = replace(data.observed(context, obs, labels.get(obs.series, obs.series)), key=key)
        if len(terms) > 1:
            key, label = _past_ref(point).key, labels.get(point.series, point.series)
            rows[key] = data.summed(context, key, point.series, label, terms, point.figure.decimals)
    return tuple(rows.values())


def _is_own(context: Context, point: Point) -> bool:
    return all(obs.source.sha256 == context.release.sha256 for obs in point.cells)


def _past_key(obs: Observation) -> str:
    return f"{observation_key(obs)}|past"


def _past_ref(point: Point) -> Ref:
    """The data row of an earlier release's level: its own, or that of the sum of its parts."""
    return Ref(_past_key(point.cells[0]) if len(point.cells) == 1 else f"{point.series}|{point.period}|sum|past")


# --- expressions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Estimate:
    """An outlook and the expressions of its numbers, in the briefing's unit; `ends` where there is an interval."""

    series: Series
    outlook: Outlook
    part: Expression
    ratio: Expression
    value: Expression
    rounding: tuple[Expression, Expression]
    ends: tuple[Expression, Expression] | None
    past: tuple[tuple[Period, Expression, Expression, Expression], ...]
    """Past years: the year, the same part of it, the whole, their ratio."""
    levels: tuple[Decimal, ...]
    """The levels of the past years."""


def _outlook(context: Context) -> tuple[History, Outlook] | IncomparableError | None:
    """The year that the headline is in, for the first series; None for a series without levels."""
    history = context.long_histories.get((context.release.methodology, context.ordered[0].code))
    try:
        return (history, outlook_of(history, context.period.year)) if history else None
    except IncomparableError as error:
        return error


def _estimate(context: Context) -> _Estimate | None:
    known = _outlook(context)
    if not isinstance(known, tuple):
        return None
    history, found = known
    series = context.ordered[0]

    def level(period: Period, side: int = 0) -> Expression:
        return _level(context, history, series, period, side)

    def part_of(year: Period) -> Period:
        return Period(year.year, found.known.last, found.known.first)

    years = [Period(year) for year, _ in found.ratios]
    parts, wholes = [level(part_of(year)) for year in years], [level(year) for year in years]
    own = [over(_shown(whole), _shown(one)) for one, whole in zip(parts, wholes, strict=True)]
    ratios = [Shown(one) for one in own]
    part, ratio = level(found.known), _geometric_mean(ratios)
    low, high = (
        times(
            level(found.known, side),
            _geometric_mean([over(level(year, side), level(part_of(year), -side)) for year in years]),
        )
        for side in (-1, 1)
    )
    ends = None
    if found.interval:
        spread = times(
            function("STDEV", *(function("LN", one) for one in ratios)),
            function("SQRT", plus(number(1), over(number(1), number(len(years))))),
        )
        below, above = (
            times(
                times(level(found.known, side), Shown(ratio)),
                function("EXP", times(number(side * quantile(len(years))), spread)),
            )
            for side in (-1, 1)
        )
        ends = function("MIN", Shown(low), below), function("MAX", Shown(high), above)
    value = times(_shown(part), Shown(ratio))
    levels = tuple(whole[0].value for year in years if (whole := covering(history, year)))
    past = tuple(zip(years, parts, wholes, own, strict=True))
    return _Estimate(series, found, part, ratio, value, (low, high), ends, past, levels)


def _shown(expression: Expression) -> Expression:
    """A formula over several cells as the cell that shows it; a cell of the data sheet as itself."""
    return expression if isinstance(expression, Ref) else Shown(expression)


def _geometric_mean(values: Sequence[Expression]) -> Expression:
    return power(reduce(times, values), over(number(1), number(len(values))))


def _level(context: Context, history: History, series: Series, period: Period, side: int) -> Expression:
    """A level, published or made of the published periods inside it; or an end of its interval (side -1 or 1)."""
    found = covering(history, period)
    assert found, "an outlook has all its levels"
    points = found[1]
    ends = []
    for point in points:
        ref = quantities.level_ref(context.panel, series, point.period) if _is_own(context, point) else _past_ref(point)
        assert ref, "the points of a release's own history are its panel's levels"
        ends.append(quantities.half_off(ref, side) if side else ref)
    if len(points) == 1:
        return ends[0]
    if context.unit.dimension != "index":
        return Sum(tuple(ends))
    lengths = {point.period.months for point in points}
    if len(lengths) == 1:
        return over(Sum(tuple(ends)), number(len(points)))
    weighted = (times(end, number(point.period.months)) for end, point in zip(ends, points, strict=True))
    return over(Sum(tuple(weighted)), number(period.months))
