"""Synthetic editions for the tests of the library: the official template filled in as a later release might be.

None of these figures was ever published; every title begins with "SYNTHÉTIQUE". What is real in those tests are the
sample releases, which synthetic editions follow.
"""

from __future__ import annotations

from pathlib import Path

import releases_made as made
from office import REPOSITORY

from nachra.release import Status

RELEASES = REPOSITORY / "workbooks" / "releases"
ANNUAL, HALF = RELEASES / "annuelle-2024.xlsx", RELEASES / "semestrielle-2025-S1.xlsx"
HISTORIC = RELEASES / "historique-2009-2023.xlsx"
P, R, F = Status.PROVISIONAL, Status.REVISED, Status.FINAL

#: what a later annual edition might print: 2024 revised, 2025 new, BPO in other units, two growths withdrawn
LATER = [
    made.Row("2023", "TOTAL", "26.2", "Mds DH", R),
    made.Row("2023", "ESO", "3.3", "Mds DH", R),
    made.Row("2023", "KPO", "78", "MDH", F),
    made.Row("2024", "TOTAL", "26.4", "Mds DH", R, growth="0.8"),
    made.Row("2024", "ITO", "10680", "MDH", R, share="40.5"),
    made.Row("2024", "CRM", "9850", "MDH", F, share="37.3"),
    made.Row("2024", "ESO", "3520", "MDH", R, share="13.3"),
    made.Row("2024", "BPO", "2.3", "Mds DH", P, share="8.7"),
    made.Row("2024", "KPO", "48", "MDH", P, share="0.2"),
    made.Row("2025", "TOTAL", "28.1", "Mds DH", P, growth="6.4"),
]


def later(path: Path, edition: str = "2026-04") -> Path:
    """Write the later annual edition."""
    return written(path, LATER, edition)


def totals(path: Path, edition: str, status: Status = P, **values: str) -> Path:
    """Write an annual edition of totals alone, in billions: totals(path, "2026-04", y2024="26.4")."""
    rows = [made.Row(year[1:], "TOTAL", value, "Mds DH", status) for year, value in values.items()]
    return written(path, rows, edition)


def written(path: Path, rows: list[made.Row], edition: str, **facts: str) -> Path:
    """Write an annual release of these rows."""
    title = f"SYNTHÉTIQUE : exportations de services numériques, édition {edition}"
    path.write_bytes(made.script.build(made.Book("annuel", title, edition=edition, rows=rows, **facts)))
    return path
