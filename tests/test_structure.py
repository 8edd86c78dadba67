"""The sheet of shares: largest first, and no change across a break."""

from __future__ import annotations

import pytest
from specimens import release
from told import MN, Case, structure

from nachra.briefing import Table, Value
from nachra.release import Release, Status
from nachra.sheets import compose

FIGURES: dict[str, str | None] = {
    "TOTAL 2023": "1000", "ITO 2023": "600", "CRM 2023": "400",
    "TOTAL 2024": "1100", "ITO 2024": "680", "CRM 2024": "420",
}  # fmt: skip


def shares(found: Release) -> dict[str, tuple[object, ...]]:
    """The rows of the table of shares by their names, in order."""
    (page,) = [one for one in compose(found, ()).sheets if one.name == "Structure"]
    (table,) = [one for one in page.blocks if isinstance(one, Table)]
    return {str(row.cells[0]): row.cells for row in table.rows}


@pytest.mark.parametrize(("broken", "known"), [((), 2), (("ITO",), 1), (("TOTAL",), 0)], ids=["none", "part", "total"])
def test_a_share_has_no_change_across_a_break(broken: tuple[str, ...], known: int) -> None:
    statuses = {f"{code} 2024": Status.BREAK for code in broken}
    rows = shares(Case(structure, FIGURES, MN, statuses).release())
    changed = [cells[3] for name, cells in rows.items() if name != "Total"]
    assert sum(isinstance(one, Value) for one in changed) == known
    assert {one for one in changed if not isinstance(one, Value)} <= {"n.d."}


def test_shares_without_levels_are_in_order_too() -> None:
    rows = shares(release({"TOTAL 2024": "26.2", "ITO 2024 %": "40.0", "CRM 2024 %": "60.0"}))
    assert list(rows)[:2] == ["Gestion de la relation client", "Externalisation des technologies de l'information"]
