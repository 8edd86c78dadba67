"""What the charts of briefings share: their words, what looks unsettled, and the level of one series over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

from nachra import formats, texts
from nachra.briefing import Area, Block, Chart, ChartSeries, Paragraph, Row
from nachra.periods import Period
from nachra.release import Series, Status
from nachra.sheets.context import Context

#: up to this many periods, columns stand side by side; beyond, a line follows them
FEW_PERIODS = 4
#: up to this many points, a line writes each value; beyond, the first, the last and the highest
FEW_POINTS = 12
#: labels in a chart: whole millions; billions to one decimal, small ones to what tells them from zero
LARGE, SMALL = "#,##0", "[<0.1]0.000;[<1]0.00;#,##0.0"


def say(context: Context, key: str, /, **params: object) -> str:
    """Return a wording of the charts."""
    return texts.text(f"charts.{key}", context.language, **params)


def subject(context: Context, series: Series | None = None) -> str:
    """What a chart shows: what the release is about, and which part of it."""
    total = context.release.total
    told = context.release.subject.get(context.language) or (total.name(context.language) if total else "")
    if series is not None and (series.role != "total" or not told):
        name = series.name(context.language)
        told = say(context, "of_part", name=name, subject=told) if told else name
    return told[:1].upper() + told[1:]


def span(context: Context, periods: Sequence[Period]) -> str:
    """Return the periods of a chart in words."""
    first, last = (periods[end].label(context.language) for end in (0, -1))
    return (
        first if len(periods) == 1 else say(context, "pair" if len(periods) == 2 else "range", first=first, last=last)
    )


def label_format(context: Context, series: Iterable[Series], periods: Iterable[Period]) -> str:
    """The number format of levels in a chart: short, and never with digits that were not published."""
    if context.unit.code == "MAD_mn":
        return LARGE
    pairs = [(one, period) for one in series for period in periods]
    figures = [level.figure for one, period in pairs if (level := context.panel.level(one, period))]
    limits = ((Decimal("0.1"), 3), (Decimal(1), 2))
    needed = [next((places for limit, places in limits if one.value < limit), 1) for one in figures]
    is_rough = any(one.decimals < places for one, places in zip(figures, needed, strict=True))
    return "General" if is_rough else SMALL


def is_unsettled(context: Context, series: Series, period: Period) -> bool:
    """Tell whether a figure is provisional or estimated."""
    return context.panel.status(series, period) in (Status.PROVISIONAL, Status.ESTIMATED)


def hatched(context: Context, *charted: ChartSeries) -> tuple[Block, ...]:
    """The line that explains hatching, where there is any."""
    is_there = any(series.unsettled for series in charted)
    return (Paragraph(say(context, "legend_hatched"), "legend"),) if is_there else ()


# --- breaks ---------------------------------------------------------------------------------------


def with_breaks(context: Context, series: Series, periods: Sequence[Period]) -> tuple[Period | None, ...]:
    """Return periods with None before each at which the series breaks: by a status, or by another methodology.

    The break of a half-year parts the year that it is in from the year before.
    """
    found: list[Period | None] = []
    before = None
    for period in periods:
        obs = context.release.get(series.code, period)
        if obs is not None and obs.figure is not None:
            if before is not None and (
                context.panel.breaks_between(series, before.period, period) or obs.methodology != before.methodology
            ):
                found.append(None)
            before = obs
        found.append(period)
    return tuple(found)


def breaks_of_parts(context: Context, parts: Iterable[Series], periods: Sequence[Period]) -> tuple[Block, ...]:
    """A line for each part that breaks where the total does not: no gap in the chart shows it."""
    total = context.release.total
    shared = _broken(context, total, periods) if total else ()
    found = [(part, [one for one in _broken(context, part, periods) if one not in shared]) for part in parts]
    return tuple(
        Paragraph(
            say(context, "legend_part_breaks", name=part.name(context.language), breaks=_at(context, at)), "legend"
        )
        for part, at in found
        if at and part.role == "part"
    )


def _broken(context: Context, series: Series, periods: Sequence[Period]) -> tuple[Period, ...]:
    """The periods that a break parts from the one before."""
    along = with_breaks(context, series, periods)
    return tuple(one for before, one in pairwise(along) if before is None and one is not None)


def _at(context: Context, periods: Iterable[Period]) -> str:
    return say(context, "breaks_at", periods=context.listed(period.label(context.language) for period in periods))


def break_row(context: Context, columns: int) -> Row:
    """The row of a table that stands between figures that do not compare: blank, so that a line over it is cut."""
    return Row((say(context, "break_row"), *(None,) * (columns - 1)), "break")


# --- one series over time -------------------------------------------------------------------------


def level_chart(
    context: Context,
    series: Series,
    table: tuple[str, str],
    along: Sequence[Period | None],
    categories: Area,
    values: Area,
) -> tuple[Block, ...]:
    """The level of a series: columns for few periods, else a line; and what explains its gaps and hollow points.

    `table` is its id and its title; `along` are the periods of the range, None for a break.
    """
    language = context.language
    periods = [period for period in along if period is not None]
    levels = {period: level for period in periods if (level := context.panel.level(series, period))}
    kind = "line" if len(periods) > FEW_PERIODS else "column"
    unsettled = tuple(place for place, one in enumerate(along) if one in levels and is_unsettled(context, series, one))
    points = {place: levels[one].figure.value for place, one in enumerate(along) if one is not None and one in levels}
    places = list(points)
    labelled = None
    if len(places) > FEW_POINTS:
        highest = max(places, key=lambda place: points[place])
        ends = {places[0], places[-1]} | {place for place in places if place and along[place - 1] is None}
        labelled = tuple(sorted(ends | ({highest} if min(abs(highest - end) for end in ends) > 1 else set())))
    start = axis_start(context, list(points.values())) if kind == "line" else Decimal(0)
    unit = context.unit.long(language)
    shown = say(context, "axis_starts", unit=unit, start=formats.number(start, 0, language)) if start else unit
    known = [period for period in periods if period in levels]
    message = say(
        context,
        "from_to",
        before=formats.figure(levels[known[0]].figure, language),
        first=known[0].label(language),
        now=formats.figure(levels[known[-1]].figure, language),
        last=known[-1].label(language),
    )
    if len(known) == 1:
        message = f"{formats.figure(levels[known[0]].figure, language)} ({known[0].label(language)})"
    after = [one for before, one in pairwise(along) if before is None and one is not None]
    if after:
        message += ", " + _at(context, after)
    params = {"what": subject(context, series), "periods": span(context, periods)}
    chart = Chart(
        table[0],
        "line" if kind == "line" else "column",
        say(context, "level_title", unit=shown, **params),
        say(context, "level_alt", unit=unit, message=message, table=table[1], **params),
        (
            ChartSeries(
                series.name(language),
                categories,
                values,
                label_format(context, [series], periods),
                unsettled=unsettled,
                labelled=labelled,
            ),
        ),
        "",
        context.decimal_format(0),
        start,
    )
    if kind == "column":
        return (chart, *hatched(context, *chart.series))
    legend = ["legend_diamond"] if unsettled else []
    if len(places) < len(along):
        legend.append("legend_break" if None in along else "legend_gap")
    return (chart, *(Paragraph(say(context, line), "legend") for line in legend))


def axis_start(context: Context, values: list[Decimal]) -> Decimal:
    """Return where a line's value axis starts: zero; in an index far from it, at ten below the lowest less a margin."""
    low, high = min(values), max(values)
    if context.unit.code != "index" or low < high / 2:
        return Decimal(0)
    return ((low - (high - low) / 10) / 10).to_integral_value(ROUND_FLOOR) * 10
