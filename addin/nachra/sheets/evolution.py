"""Évolution: levels and growth with periods side by side, and a native chart that follows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from nachra.briefing import Chart, ChartSeries, Column, Content, Paragraph, Row, Sheet, Table, Value
from nachra.periods import Period
from nachra.release import Series
from nachra.sheets.context import Context, decimal_format

LEVELS, GROWTH = "levels", "growth"
#: from this many periods on, they run down the sheet and the series across it
MANY_PERIODS = 9
#: up to this many periods, a chart of columns compares series; beyond, a line follows the total
FEW_PERIODS = 4
#: labels in a chart: whole millions; billions to one decimal, small ones to what tells them from zero
LARGE, SMALL = "#,##0", "[<0.1]0.000;[<1]0.00;#,##0.0"


def sheet(context: Context) -> Sheet:
    """Describe the sheet: a chart, then levels and growth with periods side by side."""
    text = context.text
    unit = context.unit.long(context.language)
    periods = _ordered_periods(context)
    blocks: list[Paragraph | Table | Chart] = [
        Paragraph(text("evolution_title"), "title"),
        Paragraph(context.release.title, "subtitle"),
        Paragraph(text("in_unit", unit=unit), "legend"),
        _chart(context),
        _table(context, LEVELS, text("levels_title"), periods, _level_or_blank(context)),
    ]
    partial = [period for period in periods if period.kind == "span"]
    if partial and any(period.kind == "year" for period in periods):
        names = ", ".join(period.label(context.language) for period in partial)
        blocks.append(Paragraph(text("partial_years", periods=names), "message"))
    if any(context.panel.level(series, period) is None for series in context.ordered for period in periods):
        blocks.append(Paragraph(text("legend_blank"), "legend"))
    blocks.append(Paragraph(text("legend_status"), "legend"))
    grown = tuple(
        period for period in periods if any(context.panel.growth(series, period) for series in context.ordered)
    )
    if grown:
        blocks.append(_table(context, GROWTH, text("growth_title"), grown, context.growth_value))
        blocks.append(Paragraph(text("legend_growth"), "legend"))
    turned = _is_turned(context)
    # both tables have the same columns: the header of the first serves every page
    repeated = LEVELS if turned else ""
    return Sheet(text("sheet_evolution"), tuple(blocks), landscape=True, one_page=not turned, repeat_table=repeated)


def _ordered_periods(context: Context) -> tuple[Period, ...]:
    """Those as long as the headline's first, so that a chart's range holds nothing else."""
    like = context.comparable_periods
    return like + tuple(period for period in context.release.periods if period not in like)


def _level_or_blank(context: Context) -> Callable[[Series, Period], Content]:
    """Levels, and truly empty cells where there is none: a chart would draw a text as zero."""

    def value(series: Series, period: Period) -> Content:
        level = context.level_value(series, period)
        return level if isinstance(level, Value) else None

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
        return Table(id, tuple(columns), tuple(rows), title)
    wide = [series.name(context.language) for series in context.ordered]
    columns = [Column(context.text("col_series_name"), 46), *(Column(heading, 15, "right") for heading in headings)]
    rows = [
        Row((name, *(value(series, period) for period in periods)), "total" if series.role == "total" else "text")
        for name, series in zip(wide, context.ordered, strict=True)
    ]
    return Table(id, tuple(columns), tuple(rows), title)


def _chart(context: Context) -> Chart:
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
        return Chart(LEVELS, "column", title, text("chart_series_alt", **params), series, unit, decimal_format(0))
    name = context.ordered[0].name(language)
    if _is_turned(context):
        categories, values = (first, 0, last, 0), (first, 1, last, 1)
    else:
        categories, values = (-1, first + 1, -1, last + 1), (0, first + 1, 0, last + 1)
    title = text("chart_total", name=name, **params)
    kind: Literal["line", "column"] = "line" if len(periods) > FEW_PERIODS else "column"
    line = ChartSeries(name, categories, values, label_format)
    return Chart(LEVELS, kind, title, text("chart_total_alt", name=name, **params), (line,), unit, decimal_format(0))
