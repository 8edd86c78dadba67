"""Données: every observation as published, in tidy rows, with its source cell; then the sums used as totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from nachra.briefing import TEXT_COLUMNS, Block, Column, DataRow, Paragraph, Table
from nachra.quantities import level_key, observation_key
from nachra.release import Measure, Observation
from nachra.sheets.context import Context

TABLE = "data"
#: no file name makes a column wider than this, in characters
MAX_WIDTH = 60


def table(context: Context) -> tuple[Block, ...]:
    """Where everything comes from, then a table that the writer fills from the briefing's data rows."""
    lead = context.text("data_lead", file=context.release.file, sha256=context.release.sha256)
    return Paragraph(lead, "legend"), Table(TABLE, columns(context), (), keep="view")


def columns(context: Context) -> tuple[Column, ...]:
    """Return the columns of the data sheet, in the order that `workbook.DATA_COLUMNS` counts on."""
    text = context.text
    unit = context.unit.label(context.language)
    described = (
        Column(text("col_series"), 12),
        Column(text("col_label"), 20),
        Column(text("col_period"), 12),
        Column(text("col_measure"), 12),
        Column(text("col_published"), 12, "right"),
        Column(text("col_unit"), 9),
        Column(text("col_precision"), 11, "right"),
        Column(text("col_value", unit=unit), 15, "right"),
        Column(text("col_value_precision", unit=unit), 15, "right"),
        Column(text("col_status"), 13),
        Column(text("col_methodology"), 14),
        Column(text("col_file"), 18, wrap=True),
        Column(text("col_sheet"), 12),
        Column(text("col_cell"), 9),
    )
    texts = dict(zip(TEXT_COLUMNS, zip(*(row.cells for row in rows(context)), strict=True), strict=True))
    needed = [max(map(_width, texts.get(place, ())), default=0) for place in range(len(described))]
    return tuple(
        replace(column, width=min(MAX_WIDTH, max(column.width, width)))
        for column, width in zip(described, needed, strict=True)
    )


def _width(text: str) -> float:
    """Characters that a text takes of a column's width, its indent included; capitals are wide."""
    return len(text) * (1.2 if text.isupper() else 1) + 2


def rows(context: Context) -> tuple[DataRow, ...]:
    """Return the observations in the release's order, then one row for each sum of parts that is used."""
    labels = {series.code: series.name(context.language) for series in context.release.series}
    made = [observed(context, obs, labels[obs.series]) for obs in context.release.observations]
    total = context.release.total
    if total:
        for period in context.release.periods:
            level = context.panel.level(total, period)
            if level and level.is_sum:
                parts = [
                    obs
                    for obs in context.release.observations
                    if obs.period == period and obs.measure is Measure.LEVEL and obs.series != total.code
                ]
                terms = {observation_key(obs): obs for obs in parts}
                key = level_key(total, period, level)
                made.append(summed(context, key, total.code, labels[total.code], terms, level.figure.decimals))
    return tuple(made)


def observed(context: Context, obs: Observation, label: str) -> DataRow:
    """Return the row of an observation."""
    figure = obs.figure
    is_rate = obs.measure in (Measure.GROWTH, Measure.SHARE)
    factor = Decimal("0.01") if is_rate else Decimal(1)
    if figure and not is_rate:  # another currency keeps its own money, in the same thousands
        factor = figure.unit.factor / context.unit.factor
    return DataRow(
        key=observation_key(obs),
        cells=(
            obs.series,
            label,
            obs.period.label(context.language),
            context.text(f"measure_{obs.measure.value}"),
            figure.unit.label(context.language) if figure else context.nothing,
            context.status_label(obs.status),
            _methodology(context, obs),
            obs.source.file,
            obs.source.sheet,
            obs.source.cell,
        ),
        published=figure.value if figure else None,
        number_format=context.decimal_format(figure.decimals) if figure else "General",
        precision=figure.quantum if figure else None,
        factor=factor,
    )


def summed(
    context: Context, key: str, code: str, label: str, terms: Mapping[str, Observation], decimals: int
) -> DataRow:
    """Return the row of a sum of parts; `terms` are the keys of their rows."""
    first = next(iter(terms.values()))
    return DataRow(
        key=key,
        cells=(
            code,
            label,
            first.period.label(context.language),
            context.text("measure_sum"),
            context.unit.label(context.language),
            context.text("computed_by_nachra"),
            _methodology(context, first),
            *[context.nothing or "-"] * 3,
        ),
        published=None,
        number_format=context.decimal_format(decimals),
        precision=None,
        factor=Decimal(1),
        terms=tuple(terms),
    )


def _methodology(context: Context, obs: Observation) -> str:
    is_named = obs.methodology in ("2025", "historic")
    return context.text(f"methodology_{obs.methodology}") if is_named else obs.methodology
