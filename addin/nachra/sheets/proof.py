"""The proof by rounding: published rates against what the levels allow, with live formulas to redo the check."""

from __future__ import annotations

from nachra import quantities
from nachra.briefing import Block, Column, Paragraph, Row, Table, Value
from nachra.expressions import Expression, Ref, Verdict, minus, number, over
from nachra.panel import Rate
from nachra.periods import Period
from nachra.quantities import half_off, observation_key
from nachra.release import Measure, Series
from nachra.sheets.context import Context

PROOF = "proof"


def table(context: Context) -> tuple[Block, ...]:
    """One row a published rate that the release's levels can check; nothing where there is none."""
    text = context.text
    columns = (
        Column(text("col_series_name"), 50),
        Column(text("col_period"), 12),
        Column(text("col_measure"), 13),
        Column(text("col_claim"), 12, "right"),
        Column(text("col_computed"), 12, "right"),
        Column(text("col_low"), 12, "right"),
        Column(text("col_high"), 12, "right"),
        Column(text("col_verdict"), 13),
    )
    rows = []
    for series in context.ordered:
        for period in context.release.periods:
            for measure in (Measure.GROWTH, Measure.SHARE):
                rows.extend(_row(context, series, period, measure))
    return (Table(PROOF, columns, tuple(rows), text("title_proof")),) if rows else ()


def legend(context: Context) -> tuple[Block, ...]:
    """How the proof is read, where there is one."""
    return (Paragraph(context.text("legend_proof"), "legend"),) if table(context) else ()


def _row(context: Context, series: Series, period: Period, measure: Measure) -> list[Row]:
    is_growth = measure is Measure.GROWTH
    rate: Rate | None = (context.panel.growth if is_growth else context.panel.share)(series, period)
    if rate is None or rate.claim is None or rate.printed is None:
        return []
    total = context.release.total
    assert total is not None or is_growth
    against = (series, period.before()) if is_growth else (total, period)
    top, bottom = (Ref(f"{one.code}|{when}|{Measure.LEVEL.value}") for one, when in ((series, period), against) if one)
    computed = over(top, bottom)
    claim, half = Ref(observation_key(rate.claim)), over(Ref(observation_key(rate.claim), "precision"), number(2))
    expressions: tuple[Expression, ...]
    bounds = quantities.growth_bounds(context.panel, series, period) if is_growth else None
    if bounds:
        expressions = (minus(computed, number(1)), *bounds)
    else:
        expressions = (
            computed,
            over(half_off(top, -1), half_off(bottom, +1)),
            over(half_off(top, +1), half_off(bottom, -1)),
        )
    text = context.text
    verdict = Verdict(expressions[1], expressions[2], claim, half, text("verdict_yes"), text("verdict_no"))
    two = context.percent_format(2, sign=is_growth)
    return [
        Row(
            (
                series.name(context.language),
                period.label(context.language),
                text(f"measure_{measure.value}"),
                Value(
                    claim,
                    context.percent_format(rate.claim.figure.decimals if rate.claim.figure else 1, sign=is_growth),
                ),
                *(Value(one, two) for one in expressions),
                Value(verdict, "General"),
            )
        )
    ]
