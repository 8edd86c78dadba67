"""A finding: the outcome of a check, with its code, ESS level, severity, place and wording.

Levels are those of the European Statistical System's validation handbook: 0 format and structure, 1 within the
file, 2 over time, 3 between providers, 4 between domains, 5 between organisations.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from nachra import formats, plurals
from nachra.texts import DEFAULT_LANGUAGE


class Severity(StrEnum):
    """How grave a finding is, gravest first; only an error changes the exit code."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: every finding that nachra can make: code → (ESS level, severity); its wording is in templates/texts
CATALOGUE: dict[str, tuple[int, Severity]] = {
    # how the workbook is made
    "readers-disagree": (0, _E),
    "readers-disagree-outside": (0, _W),
    "external-link": (0, _W),
    "broken-name": (0, _N),
    "macros": (0, _N),
    "dde-link": (0, _E),
    "web-image": (0, _W),
    "data-connection": (0, _W),
    "outside-formula": (0, _W),
    "embedded-object": (0, _N),
    "hidden-figures": (0, _W),
    "merged-data": (0, _W),
    "unread-number": (0, _W),
    "unread-sheet": (0, _N),
    # what its cells hold
    "error-cell": (0, _E),
    "uncached-formula": (0, _E),
    "not-a-number": (0, _E),
    "number-as-text": (0, _W),
    "ambiguous-number": (0, _W),
    "unit-missing": (0, _E),
    "unit-from-layout": (0, _N),
    "unit-contradicted": (1, _E),
    "display-scaled": (0, _W),
    "status-missing": (0, _W),
    "status-unknown": (0, _W),
    "status-contradicted": (1, _E),
    "edition-missing": (0, _N),
    "methodology-unknown": (0, _W),
    "unexplained-marker": (1, _W),
    # which observations are there
    "unknown-series": (1, _E),
    "missing-label": (1, _E),
    "missing-series": (1, _W),
    "no-breakdown": (1, _N),
    "unknown-period": (1, _E),
    "missing-period": (1, _W),
    "duplicate-series": (1, _E),
    "duplicate-period": (1, _E),
    "duplicate-observation": (1, _E),
    "unexplained-blank": (1, _W),
    "not-published": (1, _N),
    "partial-year": (1, _N),
    # whether the figures go together
    "not-positive": (1, _E),
    "zero": (1, _N),
    "total-mismatch": (1, _E),
    "total-exceeded": (1, _E),
    "total-unchecked": (1, _N),
    "total-formula": (1, _N),
    "plug-row": (1, _W),
    "shares-sum": (1, _E),
    "share-mismatch": (1, _E),
    "growth-mismatch": (1, _E),
    "claim-unlike-parts": (1, _W),
    "claim-unchecked": (1, _N),
    "conflicting-level": (1, _W),
    "rounder-level": (1, _N),
    "subperiods-mismatch": (1, _E),
    "implausible-jump": (2, _W),
}
#: what only a library can find, since it takes two editions
OVER_EDITIONS: dict[str, tuple[int, Severity]] = {
    "edition-conflict": (2, _E),
    "edition-late": (2, _N),
    "final-revised": (2, _W),
    "revision-unusual": (2, _W),
}


class Finding(BaseModel):
    """One outcome of a check, on one sheet and its cells (none where it is about the whole workbook)."""

    model_config = ConfigDict(frozen=True)

    code: str
    level: int
    severity: Severity
    sheet: str = ""
    cells: tuple[str, ...] = ()
    params: dict[str, Any] = {}

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the finding as a sentence in the user's language."""
        params = {name: formats.parameter(value, language) for name, value in self.params.items()}
        return plurals.text(f"findings.{self.code}", language, **params)


def finding(code: str, sheet: str = "", *cells: str, **params: object) -> Finding:
    """Make a finding of the catalogues; KeyError for a code that is in neither."""
    level, severity = (CATALOGUE | OVER_EDITIONS)[code]
    return Finding(code=code, level=level, severity=severity, sheet=sheet, cells=cells, params=params)


def in_words(counts: dict[str, int], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the numbers of findings by severity in words ("aucune erreur, 2 alertes, 1 remarque")."""
    words = {f"{name}s": plurals.counted(name, count, language) for name, count in counts.items()}
    return plurals.text("cli.counts", language, **words)


def count_by_severity(findings: tuple[Finding, ...] | list[Finding]) -> dict[str, int]:
    """Return how many findings there are of each severity, zeros included."""
    return {severity.value: sum(item.severity is severity for item in findings) for severity in Severity}
