"""One series by itself: what is said of it, its periods down the page, and a native chart."""

from __future__ import annotations

from nachra.briefing import Block, Column, Paragraph, Row, Table, Value
from nachra.release import Series
from nachra.sheets import charting
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
    for period in charting.with_breaks(context, series, context.release.periods):
        if period is None:
            rows.append(charting.break_row(context, len(columns)))
            continue
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
    series = _series(context)
    along = charting.with_breaks(context, series, context.release.periods)
    like = [place for place, one in enumerate(along) if one and one.months == context.period.months]
    run = along[like[0] : like[-1] + 1]
    known = [one for one in run if one and context.panel.level(series, one)]
    # a range is one block of rows: periods of another length must not stand among them
    if len(known) < 2 or any(one is not None and one.months != context.period.months for one in run):
        return ()
    table = TABLE, _name(context)
    first, last = like[0], like[-1]
    return charting.level_chart(context, series, table, run, (first, 0, last, 0), (first, 1, last, 1))


def _series(context: Context) -> Series:
    assert context.series is not None, 'an outline with each = "release" has no series'
    return context.series


def _name(context: Context) -> str:
    series = _series(context)
    name, short = series.name(context.language), series.short_name(context.language)
    return name if name == short else f"{name} ({short})"
