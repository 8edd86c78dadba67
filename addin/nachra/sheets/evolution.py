"""Évolution: levels and growth with periods side by side, and a native chart that follows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from nachra.briefing import Block, Chart, ChartSeries, Column, Content, Paragraph, Row, Table, Value
from nachra.periods import Period
from nachra.release import Series
from nachra.sheets.context import MANY_PERIODS, Context

LEVELS, GROWTH = "levels", "growth"
#: up to this many periods, a chart of columns compares series; beyond, a line follows the total
FEW_PERIODS = 4
#: labels in a chart: whole millions; billions to one decimal, small ones to what tells them from zero
LARGE, SMALL = "#,##0", "[<0.1]0.000;[<1]0.00;#,##0.0"


def levels(context: Context) -> tuple[Block, ...]:
    """The levels, periods side by side."""
    return (_table(context, LEVELS, context.text("title_levels"), _ordered_periods(context), _level_or_blank(context)),)


def levels_legend(context: Context) -> tuple[Block, ...]:
    """What must be known to read the levels: partial years, blanks, marks."""
    text = context.text
    periods = _ordered_periods(context)
    blocks: list[Block] = []
    partial = [period for period in periods if period.kind == "span"]
    if partial and any(period.kind == "year" for period in periods):
        names = ", ".join(period.label(context.language) for period in partial)
        blocks.append(Paragraph(text("partial_years", periods=names), "message"))
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
    return len(context.release.periods) >= MANY_PERIODS


def _table(
    context: Context, id: str, title: str, periods: tuple[Period, ...], value: Callable[[Series, Period], Content]
) -> Table:
    """Series down and periods across; the other way round where there are many periods."""
    names = [series.short_name(context.language) for series in context.ordered]
    headings = [context.heading(period) for period in periods]
    if _is_turned(context):
        width = 13 if len(names) > 10 else 15
        columns = [Column(context.text("col_period"), 18), *(Column(name, width, "right", True) for name in names)]
        rows = [
            Row((heading, *(value(series, period) for series in context.ordered)))
            for heading, period in zip(headings, periods, strict=True)
        ]
        # both tables have the same columns: the header of the first serves every page
        return Table(id, tuple(columns), tuple(rows), title, keep="print" if id == LEVELS else "")
    wide = [series.name(context.language) for series in context.ordered]
    columns = [Column(context.text("col_series_name"), 46), *(Column(heading, 15, "right") for heading in headings)]
    rows = [
        Row((name, *(value(series, period) for period in periods)), "total" if series.role == "total" else "text")
        for name, series in zip(wide, context.ordered, strict=True)
    ]
    return Table(id, tuple(columns), tuple(rows), title)


def chart(context: Context) -> tuple[Block, ...]:
    """Few periods: columns by series; many: a line for the total."""
    text = context.text
    language = context.language
    unit = context.unit.label(language)
    periods = context.comparable_periods
    all_periods = _ordered_periods(context)
    first, last = all_periods.index(periods[0]), all_periods.index(periods[-1])
    label_format = LARGE if context.unit.code == "MAD_mn" else SMALL
    params = {"unit": unit, "first": periods[0].label(language), "last": periods[-1].label(language)}
    if len(periods) <= FEW_PERIODS and not _is_turned(context) and context.release.parts:
        bottom = len(context.ordered) - 1
        series = tuple(
            ChartSeries(
                context.heading(period),
                (0, 0, bottom, 0),
                (0, all_periods.index(period) + 1, bottom, all_periods.index(period) + 1),
                label_format,
            )
            for period in periods
        )
        title = text("chart_series", **params)
        described = text("chart_series_alt", **params)
        return (Chart(LEVELS, "column", title, described, series, unit, context.decimal_format(0)),)
    name = context.ordered[0].name(language)
    if _is_turned(context):
        categories, values = (first, 0, last, 0), (first, 1, last, 1)
    else:
        categories, values = (-1, first + 1, -1, last + 1), (0, first + 1, 0, last + 1)
    title = text("chart_total", name=name, **params)
    kind: Literal["line", "column"] = "line" if len(periods) > FEW_PERIODS else "column"
    line = ChartSeries(name, categories, values, label_format)
    described = text("chart_total_alt", name=name, **params)
    return (Chart(LEVELS, kind, title, described, (line,), unit, context.decimal_format(0)),)
