"""Chiffres clés: per series value, share, change, growth, contribution and status; then the proof by rounding."""

from __future__ import annotations

from nachra import formats
from nachra.briefing import Column, Content, Paragraph, Row, Sheet, Table, Value
from nachra.expressions import Expression, Operation, Sum, minus, number, over, times
from nachra.panel import Origin
from nachra.release import Series
from nachra.sheets import proof
from nachra.sheets.context import Context, decimal_format

TABLE = "key_figures"


def sheet(context: Context) -> Sheet:
    """Describe the sheet: one row a series, then the proof by rounding."""
    text = context.text
    unit = context.unit.long(context.language)
    legend = [text("legend_missing"), text("legend_status")]
    total = context.release.total
    for period in (context.period, context.period.before()):
        level = context.panel.level(total, period) if total else None
        printed = context.release.figure(total.code, period) if total else None
        if level and level.is_sum and printed:
            shown = formats.parameter(printed, context.language)
            legend.append(
                text("legend_sum", mark=text("sum_mark"), printed=shown, period=period.label(context.language))
            )
    if _contributions(context):
        legend.append(text("legend_contribution"))
    proved = proof.table(context)
    return Sheet(
        name=text("sheet_key_figures"),
        blocks=(
            Paragraph(text("key_figures_title", period=context.period.label(context.language)), "title"),
            Paragraph(context.release.title, "subtitle"),
            Paragraph(text("in_unit", unit=unit), "legend"),
            _table(context),
            *(Paragraph(line, "legend") for line in legend),
            *((proved, Paragraph(text("legend_proof"), "legend")) if proved.rows else ()),
        ),
        landscape=True,
        one_page=True,
    )


def _table(context: Context) -> Table:
    text = context.text
    unit = context.unit.label(context.language)
    period, previous = context.period, context.period.before()
    columns = [
        Column(text("col_series_name"), 50),
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
        contributions = _contributions(context)
        for place, series in enumerate(context.ordered):
            cells = list(rows[place].cells)
            cells[3:3] = [context.share_value(series, period)]
            cells[6:6] = [contributions.get(series.code, context.missing)]
            rows[place] = Row(tuple(cells), rows[place].style)
        if _REMAINDER in contributions:
            label = text("remainder")
            blanks: tuple[Content, ...] = ("", "", "", "", "")
            rows.append(Row((label, *blanks, contributions[_REMAINDER], "", ""), "muted"))
    return Table(TABLE, tuple(columns), tuple(rows))


def _row(context: Context, series: Series) -> Row:
    period, previous = context.period, context.period.before()
    panel = context.panel
    current, before = panel.level(series, period), panel.level(series, previous)
    change: Value | str = context.missing
    refs = context.level_ref(series, period), context.level_ref(series, previous)
    if current and before and refs[0] and refs[1]:
        decimals = context.change_decimals(current.figure, before.figure)
        change = Value(minus(refs[0], refs[1]), decimal_format(decimals, sign=True))
    growth = panel.growth(series, period)
    origin = context.text(f"origin_{growth.origin.value}") if growth else ""
    name = series.name(context.language)
    code = series.short_name(context.language)
    return Row(
        (
            name if name == code or series.role == "total" else f"{name} ({code})",
            context.level_value(series, previous),
            context.level_value(series, period),
            change,
            context.growth_value(series, period),
            origin,
            context.status_label(panel.status(series, period)),
        ),
        "total" if series.role == "total" else "text",
    )


_REMAINDER = "remainder"


def _contributions(context: Context) -> dict[str, Value]:
    """Contributions in points; with the remainder they make the growth that is quoted for the total."""
    period, previous = context.period, context.period.before()
    total = context.release.total
    base = context.level_ref(total, previous) if total else None
    base_level = context.panel.level(total, previous) if total else None
    if total is None or base is None or base_level is None or base_level.figure.value <= 0:
        return {}
    points = decimal_format(1, sign=True)
    changes: dict[str, Operation] = {}
    for part in context.release.parts:
        current, before = context.level_ref(part, period), context.level_ref(part, previous)
        if current and before:
            changes[part.code] = minus(current, before)
    growth = context.growth_value(total, period)
    if not changes or not isinstance(growth, Value):
        return {}
    whole = times(growth.expression, number(100))
    terms: dict[str, Expression] = {code: over(times(one, number(100)), base) for code, one in changes.items()}
    made = {code: Value(term, points) for code, term in terms.items()}
    made[total.code] = Value(whole, points)
    if len(changes) < len(context.release.parts) or not _is_exact(context):
        made[_REMAINDER] = Value(minus(whole, Sum(tuple(terms.values()))), points)
    return made


def _is_exact(context: Context) -> bool:
    """Tell whether the parts make the whole of the quoted growth: totals that add up, and a computed rate."""
    total, period = context.release.total, context.period
    assert total is not None
    for when in (period, period.before()):
        level, added = context.panel.level(total, when), context.panel.sum_of_parts(when)
        if level is None or added is None or level.figure.value != added.value:
            return False
    rate = context.panel.growth(total, period)
    return rate is not None and rate.origin is not Origin.PUBLISHED
