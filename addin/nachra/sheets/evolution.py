"""Évolution: levels and growth with periods side by side, and native charts that follow them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nachra import formats
from nachra.briefing import Area, Block, Chart, ChartSeries, Column, Content, Paragraph, Row, Table, Value
from nachra.periods import Period
from nachra.release import Series
from nachra.sheets import charting
from nachra.sheets.context import MANY_PERIODS, Context

LEVELS, GROWTH = "levels", "growth"
#: bars that one chart of series holds, and lines that one chart of parts holds
MAX_BARS, MAX_LINES = 26, 5


def levels(context: Context) -> tuple[Block, ...]:
    """The levels, periods side by side."""
    return (_table(context, LEVELS, context.text("title_levels"), _along(context), _level_or_blank(context)),)


def levels_legend(context: Context) -> tuple[Block, ...]:
    """What must be known to read the levels: partial years, blanks, marks."""
    text = context.text
    periods = _ordered_periods(context)
    blocks: list[Block] = []
    partial = [period for period in periods if period.kind == "span"]
    if partial and any(period.kind == "year" for period in periods):
        names = context.listed(period.label(context.language) for period in partial)
        blocks.append(Paragraph(text("partial_years", periods=names, count=len(partial)), "message"))
    if any(context.panel.level(series, period) is None for series in context.ordered for period in periods):
        blank = context.legend_missing if context.outline.shorthand else text("legend_blank")
        blocks.append(Paragraph(blank, "legend"))
    blocks.append(Paragraph(context.legend_status, "legend"))
    return tuple(blocks)


def growth(context: Context) -> tuple[Block, ...]:
    """Growth on a year before, periods side by side; nothing where there is none."""
    periods = tuple(
        period
        for period in _ordered_periods(context)
        if any(context.panel.growth(series, period) for series in context.ordered)
    )
    title = context.text("title_growth")
    return (_table(context, GROWTH, title, periods, context.growth_value),) if periods else ()


def growth_legend(context: Context) -> tuple[Block, ...]:
    """Which rate is given, where there are any."""
    return (Paragraph(context.text("legend_growth"), "legend"),) if growth(context) else ()


def _ordered_periods(context: Context) -> tuple[Period, ...]:
    """Those as long as the headline's first, so that a chart's range holds nothing else."""
    like = context.comparable_periods
    return like + tuple(period for period in context.release.periods if period not in like)


def _level_or_blank(context: Context) -> Callable[[Series, Period], Content]:
    """Levels, and truly empty cells where there is none (a chart would draw a text as zero), but for shorthand."""

    def value(series: Series, period: Period) -> Content:
        level = context.level_value(series, period)
        return level if isinstance(level, Value) or context.outline.shorthand else None

    return value


def _is_turned(context: Context) -> bool:
    """Many periods run down the sheet, and so do those that a break parts: it takes a row."""
    return len(context.release.periods) >= MANY_PERIODS or None in _along(context)


def _along(context: Context) -> tuple[Period | None, ...]:
    """The periods in order, with None where the series that the chart follows breaks."""
    like = context.comparable_periods
    if context.outline.shorthand or not like:
        return _ordered_periods(context)
    others = tuple(period for period in _ordered_periods(context) if period not in like)
    return charting.with_breaks(context, context.ordered[0], like) + others


def _table(
    context: Context,
    id: str,
    title: str,
    periods: Sequence[Period | None],
    value: Callable[[Series, Period], Content],
) -> Table:
    """Series down and periods across; the other way round where there are many periods or a break (None)."""
    if _is_turned(context):
        names = [series.short_name(context.language) for series in context.ordered]
        width = 13 if len(names) > 10 else 15
        columns = [Column(context.text("col_period"), 18), *(Column(name, width, "right", True) for name in names)]
        rows = [
            charting.break_row(context, len(columns))
            if period is None
            else Row((context.heading(period), *(value(series, period) for series in context.ordered)))
            for period in periods
        ]
        # both tables have the same columns: the header of the first serves every page
        return Table(id, tuple(columns), tuple(rows), title, keep="print" if id == LEVELS else "")
    across = [period for period in periods if period is not None]
    headings = [Column(context.heading(period), 15, "right") for period in across]
    rows = [
        Row(
            (series.name(context.language), *(value(series, period) for period in across)),
            "total" if series.role == "total" else "text",
        )
        for series in context.ordered
    ]
    return Table(id, (Column(context.text("col_series_name"), 46), *headings), tuple(rows), title)


# --- charts ---------------------------------------------------------------------------------------


def chart(context: Context) -> tuple[Block, ...]:
    """Few periods: bars by series; many: a line for the total."""
    periods = context.comparable_periods
    if len(periods) <= charting.FEW_PERIODS and not _is_turned(context) and context.release.parts:
        return _bars(context)
    along = _run(context)
    last = len(along) - 1
    categories: Area = (0, 0, last, 0) if _is_turned(context) else (-1, 1, -1, last + 1)
    values: Area = (0, 1, last, 1) if _is_turned(context) else (0, 1, 0, last + 1)
    table = LEVELS, context.text("title_levels")
    return charting.level_chart(context, context.ordered[0], table, along, categories, values)


def _run(context: Context) -> tuple[Period | None, ...]:
    """What a chart's range holds: the periods as long as the headline's, which come first, and breaks."""
    like = context.comparable_periods
    return tuple(period for period in _along(context) if period is None or period in like)


def _bars(context: Context) -> tuple[Block, ...]:
    language, periods = context.language, context.comparable_periods
    shown = context.ordered[: max(2, MAX_BARS // len(periods))]
    bottom = len(shown) - 1
    series = tuple(
        ChartSeries(
            context.heading(period),
            (0, 0, bottom, 0),
            (0, column, bottom, column),
            charting.label_format(context, shown, periods),
            unsettled=tuple(
                place
                for place, one in enumerate(shown)
                if context.panel.level(one, period) and charting.is_unsettled(context, one, period)
            ),
        )
        for column, period in enumerate(periods, 1)
    )
    first = context.ordered[0]
    level = context.panel.level(first, context.period)
    message = first.name(language) + (f" {formats.figure(level.figure, language)}" if level else "")
    params = {
        "what": charting.subject(context),
        "periods": charting.span(context, periods),
        "unit": context.unit.long(language),
    }
    title = charting.say(context, "series_title", **params)
    described = charting.say(context, "series_alt", message=message, table=context.text("title_levels"), **params)
    legend = (*charting.hatched(context, *series), *charting.breaks_of_parts(context, shown, periods))
    if len(shown) < len(context.ordered):
        legend = (*legend, Paragraph(charting.say(context, "series_first", count=len(shown)), "legend"))
    return (Chart(LEVELS, "bar", title, described, series, "", context.decimal_format(0)), *legend)


def parts_chart(context: Context) -> tuple[Block, ...]:
    """Many periods: a line for each of the largest parts; nothing where the parts are not told over time."""
    along = _run(context)
    known = [period for period in along if period is not None]
    shown = [
        (column, part)
        for column, part in enumerate(context.ordered, 1)
        if part.role == "part" and context.panel.level(part, context.period)
    ][:MAX_LINES]
    if not context.release.additive or not _is_turned(context) or len(known) <= charting.FEW_PERIODS or len(shown) < 2:
        return ()
    last = len(along) - 1
    language = context.language
    series = tuple(
        ChartSeries(
            part.short_name(language),
            (0, 0, last, 0),
            (0, column, last, column),
            charting.label_format(context, [part], known),
            unsettled=tuple(
                place
                for place, one in enumerate(along)
                if one and context.panel.level(part, one) and charting.is_unsettled(context, part, one)
            ),
            labelled=(max(place for place, one in enumerate(along) if one and context.panel.level(part, one)),),
        )
        for column, part in shown
    )
    unit = context.unit.long(language)
    params = {"what": charting.subject(context), "count": len(shown), "periods": charting.span(context, known)}
    message = context.listed(
        f"{part.short_name(language)} {formats.figure(level.figure, language)}"
        for _, part in shown
        if (level := context.panel.level(part, context.period))
    )
    title = charting.say(context, "parts_title", unit=unit, **params)
    described = charting.say(
        context, "parts_alt", unit=unit, message=message, table=context.text("title_levels"), **params
    )
    legend = (
        [Paragraph(charting.say(context, "legend_diamond"), "legend")] if any(one.unsettled for one in series) else []
    )
    breaks = charting.breaks_of_parts(context, [part for _, part in shown], known)
    return (Chart(LEVELS, "line", title, described, series, "", context.decimal_format(0)), *legend, *breaks)
