"""Checks of a release: one small function a rule, grouped by what it looks at.

A rule takes a Reading and yields findings. To add one, write the function in the room it belongs to, list it in
RULES, name its finding in `findings.CATALOGUE` and word it in `templates/texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nachra.checks import additivity, claims, plausibility, presence, workbook
from nachra.findings import Finding, Severity
from nachra.reading import Reading

Rule = Callable[[Reading], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    workbook.readers_disagree,
    workbook.external_links,
    workbook.broken_names,
    workbook.macros,
    workbook.hidden_figures,
    workbook.merged_data,
    workbook.unread_numbers,
    workbook.unread_sheets,
    presence.missing_series,
    presence.missing_periods,
    presence.not_published,
    presence.partial_years,
    additivity.plug_rows,
    additivity.total_formulas,
    additivity.totals,
    additivity.shares,
    additivity.subperiods,
    claims.growth_claims,
    claims.share_claims,
    claims.claims_on_sums,
    claims.other_levels,
    plausibility.signs,
    plausibility.jumps,
    plausibility.unlike_units,
    plausibility.units_in_formats,
)

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


def check(reading: Reading) -> tuple[Finding, ...]:
    """Return every finding at once, those met while reading included: gravest first, then by code and place."""
    found = [*reading.findings]
    for rule in RULES:
        found.extend(rule(reading))
    return tuple(sorted(found, key=lambda item: (_ORDER[item.severity], item.level, item.code, item.sheet)))
