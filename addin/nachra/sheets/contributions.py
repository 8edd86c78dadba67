"""Contributions to growth: what each part adds to the total's growth, in points, and the charts that follow them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from nachra import formats, quantities
from nachra.briefing import Block, Chart, ChartSeries, Column, Paragraph, Row, Table, Value
from nachra.expressions import Expression, Sum, minus, number, times
from nachra.panel import Origin
from nachra.periods import Period
from nachra.release import Series
from nachra.sheets import charting
from nachra.sheets.context import Context

TABLE = "contributions"
#: from this many periods on, they stand side by side, stacked; the parts that stand alone; the periods shown
STACKED_FROM, MAX_PARTS, MAX_PERIODS = 3, 5, 12


@dataclass(frozen=True, slots=True)
class Contributions:
    """The total's growth in points and what makes it: the parts, and the rest (None where the parts make it all)."""

    whole: Expression
    parts: dict[str, Expression]
    rest: Expression | None


def contributions(context: Context, period: Period) -> Contributions | None:
    """Contributions in points; with the rest they make the growth that is quoted for the total."""
    total = context.release.total
    growth = context.growth_value(total, period) if total else context.missing
    found = {part.code: quantities.contribution(context.panel, part, period) for part in context.release.parts}
    parts = {code: one.expression for code, one in found.items() if one}
    if total is None or not parts or not isinstance(growth, Value):
        return None
    whole = times(growth.expression, number(100))
    exact = len(parts) == len(context.release.parts) and _is_exact(context, total, period)
    return Contributions(whole, parts, None if exact else minus(whole, Sum(tuple(parts.values()))))


def _is_exact(context: Context, total: Series, period: Period) -> bool:
    """Tell whether the parts make the whole of the quoted growth: totals that add up, and a computed rate."""
    for when in (period, period.before()):
        level, added = context.panel.level(total, when), context.panel.sum_of_parts(when)
        if level is None or added is None or level.figure.value != added.value:
            return False
    rate = context.panel.growth(total, period)
    return rate is not None and rate.origin is not Origin.PUBLISHED


def table(context: Context) -> tuple[Block, ...]:
    """The contributions to the headline's growth, or over the last periods where there are several."""
    periods = _periods(context)
    if not periods:
        return (Paragraph(charting.say(context, "contributions_none"), "message"),)
    return (_over_time(context, periods) if len(periods) >= STACKED_FROM else _headline(context),)


def chart(context: Context) -> tuple[Block, ...]:
    """Bars of the headline's contributions, or stacked columns over time; nothing where there are none."""
    periods = _periods(context)
    if not periods:
        return ()
    return _stacked(context, periods) if len(periods) >= STACKED_FROM else _bars(context)


def _periods(context: Context) -> tuple[Period, ...]:
    """The last periods that have contributions; none for what does not add up, nor where the headline has none."""
    if not context.release.additive or contributions(context, context.period) is None:
        return ()
    found = [period for period in context.comparable_periods if contributions(context, period)]
    return tuple(found[-MAX_PERIODS:])


def _points(context: Context, part: Series, period: Period) -> Decimal:
    """The size of a contribution, for the order of what is shown; zero where there is none."""
    found = quantities.contribution(context.panel, part, period)
    return found.value if found else Decimal(0)


# --- one period -----------------------------------------------------------------------------------


def _ranked(context: Context, made: Contributions) -> list[Series]:
    found = [part for part in context.ordered if part.code in made.parts]
    return sorted(found, key=lambda part: -_points(context, part, context.period))


def _headline(context: Context) -> Table:
    text, period = context.text, context.period
    made = contributions(context, period)
    total = context.release.total
    assert made is not None and total is not None
    points = context.decimal_format(1, sign=True)
    rows = []
    for part in _ranked(context, made):
        called = quantities.name("contribution", part, period)
        rows.append(Row((part.name(context.language), Value(made.parts[part.code], points, called))))
    if made.rest is not None:
        rows.append(Row((text("remainder"), Value(made.rest, points)), "muted"))
    rows.append(Row((charting.say(context, "growth_of_total"), Value(made.whole, points)), "total"))
    columns = (Column(text("col_series_name"), 50), Column(context.heading(period), 18, "right"))
    return Table(TABLE, columns, tuple(rows), text("col_contribution"))


def _bars(context: Context) -> tuple[Block, ...]:
    period = context.period
    made = contributions(context, period)
    total = context.release.total
    assert made is not None and total is not None
    ranked = _ranked(context, made)
    last = len(ranked) + (made.rest is not None)
    series = ChartSeries(
        context.text("col_contribution"),
        (0, 0, last, 0),
        (0, 1, last, 1),
        context.decimal_format(1, sign=True),
        colours=((last, "total"), *([(last - 1, "rest")] if made.rest is not None else [])),
        unsettled=tuple(
            place
            for place, one in enumerate([*ranked, *([total] if made.rest is not None else []), total])
            if charting.is_unsettled(context, one, period)
        ),
    )
    params = {"what": charting.subject(context), "period": period.label(context.language)}
    title = charting.say(context, "contribution_title", **params)
    described = charting.say(context, "contribution_alt", message=_message(context), **params)
    drawn = Chart(TABLE, "bar", title, described, (series,), "", context.decimal_format(0, sign=True))
    return (drawn, *charting.hatched(context, series))


def _message(context: Context) -> str:
    assert context.release.total is not None
    rate = context.panel.growth(context.release.total, context.period)
    assert rate is not None
    shown = formats.percent(rate.value, rate.decimals, context.language, sign=True)
    return charting.say(context, "total_of", value=shown)


# --- several --------------------------------------------------------------------------------------


def _alone(context: Context, periods: tuple[Period, ...]) -> list[Series]:
    """The parts that weigh most over the periods, in the order of the other tables."""
    weights = {
        part.code: sum((abs(_points(context, part, period)) for period in periods), Decimal(0))
        for part in context.release.parts
    }
    heaviest = sorted(weights, key=lambda code: -weights[code])[:MAX_PARTS]
    return [part for part in context.ordered if part.code in heaviest]


def _over_time(context: Context, periods: tuple[Period, ...]) -> Table:
    alone = _alone(context, periods)
    points = context.decimal_format(1, sign=True)
    names = [
        *(part.short_name(context.language) for part in alone),
        charting.say(context, "others"),
        charting.say(context, "growth_of_total"),
    ]
    rows = []
    for period in periods:
        made = contributions(context, period)
        assert made is not None
        shown = {part.code: made.parts[part.code] for part in alone if part.code in made.parts}
        # where the parts shown make it all, a difference would leave the residue of its divisions: "-0,0"
        is_all = made.rest is None and len(shown) == len(made.parts)
        rest = number(0) if is_all else minus(made.whole, Sum(tuple(shown.values()))) if shown else made.whole
        cells = [Value(shown[part.code], points) if part.code in shown else None for part in alone]
        rows.append(Row((context.heading(period), *cells, Value(rest, points), Value(made.whole, points))))
    columns = (Column(context.text("col_period"), 18), *(Column(name, 20, "right", True) for name in names))
    return Table(TABLE, columns, tuple(rows), context.text("col_contribution"))


def _stacked(context: Context, periods: tuple[Period, ...]) -> tuple[Block, ...]:
    described = _over_time(context, periods)
    points = context.decimal_format(1, sign=True)
    total = context.release.total
    assert total is not None
    last, whole = len(periods) - 1, len(described.columns) - 1
    unsettled = tuple(place for place, one in enumerate(periods) if charting.is_unsettled(context, total, one))
    series = tuple(
        ChartSeries(
            described.columns[column].header,
            (0, 0, last, 0),
            (0, column, last, column),
            points,
            colour={whole: "total", whole - 1: "rest"}.get(column, ""),
            unsettled=unsettled if column < whole else (),
            labelled=None if column == whole else (),
        )
        for column in range(1, whole + 1)
    )
    params = {"what": charting.subject(context), "periods": charting.span(context, periods)}
    drawn = Chart(
        TABLE,
        "stacked",
        charting.say(context, "contributions_title", **params),
        charting.say(context, "contributions_alt", message=_message(context), **params),
        series,
        "",
        context.decimal_format(0, sign=True),
    )
    return (drawn, *charting.hatched(context, *series))
