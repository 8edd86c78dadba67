"""Key figures: per series value, share, change, growth, contribution and status."""

from __future__ import annotations

from nachra import formats, quantities
from nachra.briefing import Block, Column, Content, Paragraph, Row, Table, Value
from nachra.release import Series
from nachra.sheets import contributions
from nachra.sheets.context import Context

TABLE, SHORT = "key_figures", "key_figures_short"


def table(context: Context) -> tuple[Block, ...]:
    """One row a series: value, share, change, growth, contribution, status."""
    text = context.text
    unit = context.unit.label(context.language)
    period, previous = context.period, context.period.before()
    columns = [
        Column(text("col_series_name"), 50, wrap=context.outline.shorthand),
        Column(context.heading(previous), 12, "right"),
        Column(context.heading(period), 14, "right"),
        Column(text("col_change", unit=unit), 13, "right"),
        Column(text("col_growth"), 13, "right"),
        Column(text("col_rate_origin"), 13),
        Column(text("col_status"), 14),
    ]
    rows = [_row(context, series) for series in context.ordered]
    if context.release.additive and context.release.parts:
        columns[3:3] = [Column(text("col_share"), 11, "right")]
        columns[6:6] = [Column(text("col_contribution"), 15, "right")]
        made = contributions.contributions(context, period)
        points = context.decimal_format(1, sign=True)
        for place, series in enumerate(context.ordered):
            cells = list(rows[place].cells)
            found = made and (made.whole if series.role == "total" else made.parts.get(series.code))
            called = quantities.name("contribution", series, period) if series.role == "part" else ""
            cells[3:3] = [context.share_value(series, period)]
            cells[6:6] = [Value(found, points, called) if found else context.missing]
            rows[place] = Row(tuple(cells), rows[place].style)
        if made and made.rest:
            blanks: tuple[Content, ...] = (context.nothing,) * 5
            last = (Value(made.rest, points), context.nothing, context.nothing)
            rows.append(Row((text("remainder"), *blanks, *last), "muted"))
    return (Table(TABLE, tuple(columns), tuple(rows)),)


def short_table(context: Context) -> tuple[Block, ...]:
    """The same in five columns, for a page that is read at a glance: two values, growth, share."""
    text = context.text
    period, previous = context.period, context.period.before()
    columns = [
        Column(text("col_series_name"), 44),
        Column(context.heading(previous), 12, "right"),
        Column(context.heading(period), 14, "right"),
        Column(text("col_growth"), 14, "right"),
    ]
    shares = context.release.additive and bool(context.release.parts)
    if shares:
        columns.append(Column(text("col_share"), 14, "right"))
    rows = []
    for series in context.ordered:
        cells: list[Content] = [
            series.name(context.language),
            context.level_value(series, previous),
            context.level_value(series, period),
            context.growth_value(series, period),
        ]
        if shares:
            cells.append(context.share_value(series, period))
        rows.append(Row(tuple(cells), "total" if series.role == "total" else "text"))
    return (Table(SHORT, tuple(columns), tuple(rows)),)


def legend(context: Context) -> tuple[Block, ...]:
    """What the marks in the tables of key figures mean."""
    lines = [context.legend_missing, context.legend_status, *_sums(context)]
    return tuple(Paragraph(line, "legend") for line in lines)


def contribution_legend(context: Context) -> tuple[Block, ...]:
    """What a contribution is, where there are any."""
    made = contributions.contributions(context, context.period)
    return (Paragraph(context.text("legend_contribution"), "legend"),) if made else ()


def _sums(context: Context) -> list[str]:
    """Which totals are sums of parts, and what was printed."""
    found = []
    total = context.release.total
    for period in (context.period, context.period.before()):
        level = context.panel.level(total, period) if total else None
        printed = context.release.figure(total.code, period) if total else None
        if level and level.is_sum and printed:
            shown = formats.parameter(printed, context.language)
            mark = context.mark(context.text("sum_mark"))
            found.append(context.text("legend_sum", mark=mark, printed=shown, period=period.label(context.language)))
    return found


def _row(context: Context, series: Series) -> Row:
    period, previous = context.period, context.period.before()
    panel = context.panel
    growth = panel.growth(series, period)
    origin = context.text(f"origin_{growth.origin.value}") if growth else context.nothing
    name = series.name(context.language)
    code = series.short_name(context.language)
    return Row(
        (
            name if name == code or series.role == "total" else f"{name} ({code})",
            context.level_value(series, previous),
            context.level_value(series, period),
            context.change_value(series, period),
            context.growth_value(series, period),
            origin,
            context.status_label(panel.status(series, period)),
        ),
        "total" if series.role == "total" else "text",
    )
