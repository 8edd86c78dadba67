"""One series by itself: what is said of it, its periods down the page, and a native chart."""

from __future__ import annotations

from nachra.briefing import Block, Chart, ChartSeries, Column, Paragraph, Row, Table, Value
from nachra.release import Series
from nachra.sheets.context import Context

TABLE = "one_series"


def title(context: Context) -> tuple[Block, ...]:
    """The series' name, then the release, its publisher and edition."""
    edition = context.text("cover_subtitle", publisher=context.publisher, edition=context.edition)
    return (
        Paragraph(_name(context), "title"),
        Paragraph(context.title, "subtitle"),
        Paragraph(edition, "legend"),
    )


def messages(context: Context) -> tuple[Block, ...]:
    """What is said of the series, in words."""
    sentence = context.narrator.series_paragraph(_series(context))
    return Paragraph(context.text("key_messages"), "heading"), Paragraph(sentence)


def table(context: Context) -> tuple[Block, ...]:
    """One row a period: level, growth, share of the total, status."""
    text, series = context.text, _series(context)
    shares = context.release.additive and series.role != "total"
    columns = [
        Column(text("col_period"), 24),
        Column(text("col_series_level", unit=context.unit.label(context.language)), 20, "right"),
        Column(text("col_growth"), 20, "right"),
        *([Column(text("col_share"), 18, "right")] if shares else []),
        Column(text("col_status"), 18),
    ]
    rows = []
    for period in context.release.periods:
        level = context.level_value(series, period)
        rows.append(
            Row(
                (
                    period.label(context.language),
                    level if isinstance(level, Value) or context.outline.shorthand else None,
                    context.growth_value(series, period),
                    *((context.share_value(series, period),) if shares else ()),
                    context.status_label(context.panel.status(series, period)),
                )
            )
        )
    return (Table(TABLE, tuple(columns), tuple(rows)),)


def chart(context: Context) -> tuple[Block, ...]:
    """The level, period by period, where there are at least two to compare."""
    series, unit = _series(context), context.unit.label(context.language)
    like = [place for place, one in enumerate(context.release.periods) if one.months == context.period.months]
    known = [place for place in like if context.panel.level(series, context.release.periods[place])]
    # a range is one block of rows: periods of another length must not stand among them
    if len(known) < 2 or like != list(range(like[0], like[-1] + 1)):
        return ()
    first, last = like[0], like[-1]
    periods = context.release.periods
    params = {
        "name": series.name(context.language),
        "unit": unit,
        "first": periods[first].label(context.language),
        "last": periods[last].label(context.language),
    }
    level = context.panel.level(series, periods[known[-1]])
    assert level is not None
    labels = context.decimal_format(level.figure.decimals)
    line = ChartSeries(series.name(context.language), (first, 0, last, 0), (first, 1, last, 1), labels)
    title, described = context.text("chart_total", **params), context.text("chart_series_one_alt", **params)
    kind = "line" if len(like) > 4 else "column"
    return (Chart(TABLE, "line" if kind == "line" else "column", title, described, (line,), unit, labels),)


def _series(context: Context) -> Series:
    assert context.series is not None, 'an outline with each = "release" has no series'
    return context.series


def _name(context: Context) -> str:
    series = _series(context)
    name, short = series.name(context.language), series.short_name(context.language)
    return name if name == short else f"{name} ({short})"
