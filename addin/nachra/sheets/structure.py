"""Structure: shares of the total, what is not broken down, and a native chart of the shares."""

from __future__ import annotations

from nachra.briefing import Chart, ChartSeries, Column, Content, Paragraph, Row, Sheet, Table, Value
from nachra.expressions import Expression, Sum, minus, number, times
from nachra.periods import Period
from nachra.release import Series
from nachra.sheets.context import Context, decimal_format

TABLE = "shares"


def sheet(context: Context) -> Sheet:
    """Describe the sheet: shares and their chart, or why there are none."""
    text = context.text
    period = context.period
    head = (
        Paragraph(text("structure_title", period=period.label(context.language)), "title"),
        Paragraph(context.release.title, "subtitle"),
    )
    parts = _shared(context, period)
    if not parts:
        reason = "structure_none" if context.release.additive else "structure_not_additive"
        return Sheet(
            text("sheet_structure"), (*head, Paragraph(text(reason), "message")), landscape=True, one_page=True
        )
    table, charted = _table(context, parts)
    values = (0, 1, charted - 1, 1)
    series = ChartSeries(text("col_share"), (0, 0, charted - 1, 0), values, context.percent_format(1))
    params = {"period": period.label(context.language)}
    chart = Chart(
        TABLE,
        "bar",
        text("chart_shares", **params),
        text("chart_shares_alt", **params),
        (series,),
        "",
        context.percent_format(0),
    )
    legend = [text("legend_shares")]
    if any(share is None for share in (context.panel.share(part, period.before()) for part in parts)):
        legend.append(text("legend_missing"))
    return Sheet(
        text("sheet_structure"),
        (*head, table, *(Paragraph(line, "legend") for line in legend), chart),
        landscape=True,
        one_page=True,
    )


def _shared(context: Context, period: Period) -> list[Series]:
    return [part for part in context.ordered if part.role == "part" and context.panel.share(part, period)]


def _share(context: Context, series: Series, period: Period) -> Expression | None:
    value = context.share_value(series, period)
    return value.expression if isinstance(value, Value) else None


def _table(context: Context, parts: list[Series]) -> tuple[Table, int]:
    """Return the table of shares and how many of its rows the chart shows."""
    text = context.text
    period, previous = context.period, context.period.before()
    columns = (
        Column(text("col_series_name"), 46),
        Column(text("col_share_period", period=context.heading(period)), 16, "right"),
        Column(text("col_share_period", period=context.heading(previous)), 16, "right"),
        Column(text("col_share_change"), 16, "right"),
    )
    rows = []
    for part in parts:
        now, before = _share(context, part, period), _share(context, part, previous)
        change: Content = context.missing
        if now and before:
            change = Value(times(minus(now, before), number(100)), decimal_format(1, sign=True))
        name = part.name(context.language)
        cells = (name, context.share_value(part, period), context.share_value(part, previous), change)
        rows.append(Row(cells))
    known = tuple(expression for part in parts if (expression := _share(context, part, period)))
    absent = [part for part in context.release.parts if part not in parts]
    if absent:
        names = ", ".join(part.short_name(context.language) for part in absent)
        rest = Value(minus(number(1), Sum(known)), context.percent_format(1))
        rows.append(Row((text("not_broken_down", names=names), rest, "", ""), "muted"))
        known = (*known, rest.expression)
    charted = len(rows)
    rows.append(Row((text("total"), Value(Sum(known), context.percent_format(1)), "", ""), "total"))
    return Table(TABLE, columns, tuple(rows)), charted
