"""Releases made for a test: in memory, or as an official workbook with some of its cells changed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook, load_workbook

from nachra.figures import Figure
from nachra.layouts import nomenclature
from nachra.periods import parse_period
from nachra.release import Measure, Observation, Release, Series, Source, Status
from nachra.units import unit

SHA256 = "5ec1" * 16
_SUFFIXES = {"%": Measure.SHARE, "%%": Measure.GROWTH}


def release(
    figures: Mapping[str, str | None],
    *,
    unit_codes: Sequence[str] = ("MAD_bn",),
    status: Status = Status.PROVISIONAL,
    labels: Mapping[str, str] | None = None,
    **fields: Any,
) -> Release:
    """Make a release from {"TOTAL 2024": "26.2", "ITO 2024 %": share, "TOTAL 2024 %%": growth}; None: not published.

    Each figure's precision is that of its last digit, its source the cell of its place in the list; levels take
    the units in turn.
    """
    observations = []
    for row, (key, value) in enumerate(figures.items(), 1):
        code, label, *suffix = key.split(" ")
        measure = _SUFFIXES[suffix[0]] if suffix else Measure.LEVEL
        figure_unit = unit("percent" if suffix else unit_codes[row % len(unit_codes)])
        number = Decimal(value) if value is not None else None
        quantum = Decimal(1).scaleb(int(number.as_tuple().exponent)) if number is not None else None
        period = parse_period(label)
        assert period, label
        observations.append(
            Observation(
                series=code,
                period=period,
                measure=measure,
                figure=Figure(number, quantum, figure_unit) if number is not None and quantum else None,
                status=status if number is not None else Status.MISSING,
                methodology=fields.get("methodology", "2025"),
                source=Source(file="specimen.xlsx", sha256=SHA256, sheet="Publication", cell=f"E{row}"),
            )
        )
    used = {one.series for one in observations}
    series = tuple(
        Series(code=one.code, label={"fr": (labels or {}).get(one.code, one.name())}, short=one.short, role=one.role)
        for one in nomenclature()
        if one.code in used
    )
    defaults: dict[str, Any] = {
        "file": "specimen.xlsx",
        "sha256": SHA256,
        "layout": "annuel",
        "publisher": "Office des Changes",
        "title": "Exportations de services numériques",
        "edition": "2025-10",
        "methodology": "2025",
        "additive": True,
        "subject": {"fr": "les exportations de services numériques"},
    }
    return Release(series=series, observations=tuple(observations), **defaults | fields)


def open_workbook(path: Path | IO[bytes], **options: Any) -> Workbook:
    """Open a workbook with openpyxl, which announces what it would lose on saving."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        return load_workbook(path, **options)


def edited(path: Path, target: Path, cells: Mapping[str, Any], sheet: str = "Publication") -> Path:
    """Save a copy of a release with some cells changed; texts stay texts, whatever they start with."""
    book = open_workbook(path)
    for address, value in cells.items():
        cell = book[sheet][address]
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    book.save(target)
    return target


#: texts that a spreadsheet would take for a formula, a command or a link
HOSTILE = (
    "=Notes!$A$1",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "https://example.invalid/=1",
    "mailto:a@example.invalid",
    '="a"&"b"',
)


def hostile_release() -> Release:
    """Labels, title and notes that look like formulas; a rate refused, and one on the very edge of its interval."""
    figures = {
        "TOTAL 2023": "26.17",
        "TOTAL 2024": "26.2",
        "TOTAL 2024 %%": "9.9",
        "ITO 2023": "10.0",
        "ITO 2024": "10.578",
        "ITO 2024 %": "40.3",
        "CRM 2024": "9.797",
        "CRM 2024 %": "39.9",
        # 3.6575 / 3.5 is +4.5 %, and so is the upper end of +4 %
        "ESO 2023": "3",
        "ESO 2024": "3.658",
        "ESO 2024 %%": "4",
        "BPO 2023": None,
        "BPO 2024": "0",
        "KPO 2024": None,
    }
    codes = ("TOTAL", "ITO", "CRM", "ESO", "BPO", "KPO")
    return release(
        figures, labels=dict(zip(codes, HOSTILE, strict=False)), title=HOSTILE[0], publisher=HOSTILE[-1], notes=HOSTILE
    )
