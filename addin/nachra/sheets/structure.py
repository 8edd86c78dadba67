"""Structure: shares of the total, what is not broken down, and a native chart of the shares."""

from __future__ import annotations

from nachra import formats
from nachra.briefing import Block, Chart, ChartSeries, Column, Content, Paragraph, Row, Table, Value
from nachra.expressions import Expression, Sum, minus, number, times
from nachra.periods import Period
from nachra.release import Series
from nachra.sheets import charting
from nachra.sheets.context import Context

TABLE = "shares"


def shares(context: Context) -> tuple[Block, ...]:
    """The shares of the parts, this period and a year before, or why there are none."""
    parts = _shared(context)
    if not parts:
        reason = "structure_unknown" if context.panel.has_breakdown else "structure_none"
        return (Paragraph(context.text(reason if context.release.additive else "structure_not_additive"), "message"),)
    return (_table(context, parts)[0],)


def shares_legend(context: Context) -> tuple[Block, ...]:
    """Which share is given, where there are any."""
    parts = _shared(context)
    lines = [context.text("legend_shares")] if parts else []
    absent = any(_change(context, part) is None for part in parts)
    if absent and not context.outline.shorthand:
        lines.append(context.legend_missing)
    return tuple(Paragraph(line, "legend") for line in lines)


def shares_chart(context: Context) -> tuple[Block, ...]:
    """Bars of the shares, largest first; nothing where there are none."""
    parts = _shared(context)
    if not parts:
        return ()
    charted = _table(context, parts)[1]
    language, period = context.language, context.period
    series = ChartSeries(
        context.text("col_share"),
        (0, 0, charted - 1, 0),
        (0, 1, charted - 1, 1),
        context.percent_format(1),
        # what is not broken down comes last
        colours=((charted - 1, "rest"),) if charted > len(parts) else (),
        unsettled=tuple(place for place, part in enumerate(parts) if charting.is_unsettled(context, part, period)),
    )
    largest = context.panel.share(parts[0], period)
    assert largest is not None
    message = f"{parts[0].name(language)} {formats.percent(largest.value, largest.decimals, language)}"
    params = {"what": charting.subject(context), "period": period.label(context.language)}
    title = charting.say(context, "shares_title", **params)
    described = charting.say(context, "shares_alt", message=message, **params)
    chart = Chart(TABLE, "bar", title, described, (series,), "", context.percent_format(0))
    return (chart, *charting.hatched(context, series))


def _shared(context: Context) -> list[Series]:
    return list(context.panel.shared_parts(context.period))


def _share(context: Context, series: Series, period: Period) -> Expression | None:
    value = context.share_value(series, period)
    return value.expression if isinstance(value, Value) else None


def _change(context: Context, part: Series) -> Expression | None:
    """The change of a share over a year, in points; None where it is not known, or where part or total breaks."""
    period, total = context.period, context.release.total
    now, before = _share(context, part, period), _share(context, part, period.before())
    alike = all(context.panel.is_alike(one, period) for one in (part, total) if one)
    return times(minus(now, before), number(100)) if now and before and alike else None


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
        points = _change(context, part)
        change: Content = Value(points, context.decimal_format(1, sign=True)) if points else context.missing
        name = part.name(context.language)
        cells = (name, context.share_value(part, period), context.share_value(part, previous), change)
        rows.append(Row(cells))
    known = tuple(expression for part in parts if (expression := _share(context, part, period)))
    absent = [part for part in context.release.parts if part not in parts]
    if absent:
        names = context.listed(part.short_name(context.language) for part in absent)
        rest = Value(minus(number(1), Sum(known)), context.percent_format(1))
        rows.append(Row((text("not_broken_down", names=names), rest, context.nothing, context.nothing), "muted"))
        known = (*known, rest.expression)
    charted = len(rows)
    rows.append(
        Row((text("total"), Value(Sum(known), context.percent_format(1)), context.nothing, context.nothing), "total")
    )
    return Table(TABLE, columns, tuple(rows)), charted
