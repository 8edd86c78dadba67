"""The sheet of targets: both bases apart, the break in words, formulas that hold, and only where targets apply."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from specimens import release

from nachra.briefing import Chart, Paragraph, Row, Sheet, Table, Value, plain
from nachra.expressions import Ref, evaluate
from nachra.jobs import check_release
from nachra.release import Release
from nachra.sheets import compose
from nachra.texts import languages

NAMES = {"fr": "Trajectoire 2030", "en": "Path to 2030", "ar": "المسار إلى 2030"}
MADE = {"TOTAL 2023": "26.17", "TOTAL 2024": "26.2", "TOTAL 2024 %%": "0.2"}


def sheet(found: Release, language: str = "fr") -> Sheet | None:
    made = compose(found, (), language)
    return next((one for one in made.sheets if one.name == NAMES[language]), None)


def tables(found: Sheet) -> dict[str, Table]:
    return {one.id: one for one in found.blocks if isinstance(one, Table)}


def numbers(row: Row, levels: dict[str, str]) -> list[Decimal | None]:
    """The values of a row's cells, with the data sheet's levels as given; None for texts and blanks."""

    def value_of(ref: Ref) -> Decimal:
        return Decimal(levels[ref.key])

    found = []
    for cell in row.cells:
        value = evaluate(cell.expression, value_of) if isinstance(cell, Value) else None
        found.append(value if isinstance(value, Decimal) else None)
    return found


FIXED = {"TOTAL|2023|target": "17.9", "TOTAL|2026|target": "25", "TOTAL|2030|target": "40"}
LEVELS = {"TOTAL|2023|level": "26.17", "TOTAL|2024|level": "26.2", "TOTAL|2024|growth": "0.002", **FIXED}


@pytest.mark.parametrize("language", languages())
def test_the_break_is_said_before_anything_is_shown(language: str) -> None:
    found = sheet(release(MADE), language)
    assert found
    kinds = [type(one) for one in found.blocks]
    said = [plain(one.text) for one in found.blocks if isinstance(one, Paragraph) and one.look == "message"]
    assert len(said) == 1 and kinds.index(Chart) > 2
    for figure in ("17,9", "26,17") if language != "en" else ("17.9", "26.17"):
        assert figure in said[0]


def test_the_series_its_projection_and_the_targets_are_three_lines() -> None:
    found = sheet(release(MADE))
    assert found
    table = tables(found)["trajectory"]
    rows = {str(row.cells[0]): numbers(row, LEVELS)[1:] for row in table.rows}
    assert list(rows) == [str(year) for year in range(2023, 2031)]
    assert rows["2023"] == [Decimal("26.17"), None, Decimal("17.9")], "the break: two levels of one year"
    assert rows["2024"] == [Decimal("26.2"), Decimal("26.2"), None]
    assert rows["2026"][2] == 25 and rows["2030"][2] == 40
    assert rows["2030"][1] == pytest.approx(Decimal("26.2") * Decimal("1.002") ** 6)
    (chart,) = [one for one in found.blocks if isinstance(one, Chart)]
    assert (chart.table, chart.kind, len(chart.series)) == ("trajectory", "line", 3)
    assert "historique" in chart.series[2].name and "2025" in chart.series[0].name
    assert "estimation de nachra" in chart.series[1].name


def test_positions_are_given_on_each_basis_by_itself() -> None:
    found = sheet(release(MADE))
    assert found
    rows = tables(found)["positions"].rows
    shown = [(str(row.cells[0]), str(row.cells[1]), *numbers(row, LEVELS)[2:6]) for row in rows]
    assert [one[:2] for one in shown] == [
        ("2026", "Série 2025 (2024)"),
        ("2026", "Série historique (2023)"),
        ("2030", "Série 2025 (2024)"),
        ("2030", "Série historique (2023)"),
    ]
    assert shown[2][2:5] == (Decimal("26.2"), Decimal("13.8"), Decimal("0.655"))
    assert shown[3][2:5] == (Decimal("17.9"), Decimal("22.1"), Decimal("0.4475"))
    assert shown[2][5] == pytest.approx((Decimal(40) / Decimal("26.2")) ** (Decimal(1) / 6) - 1)
    assert shown[3][5] == pytest.approx((Decimal(40) / Decimal("17.9")) ** (Decimal(1) / 7) - 1)
    assert ["estimation de nachra" in str(row.cells[-1]) for row in rows] == [True, False, True, False]


def test_on_the_historic_series_there_is_one_basis(releases: list[Path]) -> None:
    historic = next(one for one in releases if one.stem.startswith("historique"))
    found = sheet(check_release(historic)[0].release)
    assert found
    assert [str(row.cells[1]) for row in tables(found)["positions"].rows] == ["Série historique (2023)"] * 2
    assert "26,17" not in " ".join(plain(one.text) for one in found.blocks if isinstance(one, Paragraph))


def test_only_where_targets_apply(shared: Path) -> None:
    for path in (shared / "data" / "releases").glob("*.xlsx"):
        assert sheet(check_release(path)[0].release) is None, path.name
    assert sheet(release({"TOTAL 2024-S1": "12.9", "TOTAL 2025-S1": "13.4"})) is None, "no whole year"
    assert sheet(release({"ITO 2024": "10.6"})) is None
    assert sheet(release({"TOTAL 2024": "2.6"}, unit_codes=["USD_bn"])) is None, "targets are in dirhams"


def test_without_a_rate_there_is_no_projection() -> None:
    found = sheet(release({"TOTAL 2024": "26.2"}))
    assert found
    rows = tables(found)["trajectory"].rows
    assert {numbers(row, LEVELS)[2] for row in rows} == {None}
    said = " ".join(plain(one.text) for one in found.blocks if isinstance(one, Paragraph))
    assert "17,9" in said and "n.d." not in said and "La même année" not in said, "2023 is not in the release"


def test_a_baseline_of_another_methodology_is_not_quoted() -> None:
    found = release({"TOTAL 2023": "17.9", "TOTAL 2024": "26.2"})
    old = found.observations[0].model_copy(update={"methodology": "historic"})
    kept = {name: getattr(found, name) for name in Release.model_fields}
    assert sheet(Release(**kept | {"observations": (old, *found.observations[1:])}))


def test_in_the_unit_of_the_release() -> None:
    found = sheet(release({"TOTAL 2024": "26219"}, unit_codes=["MAD_mn"]))
    assert found
    (last,) = [row for row in tables(found)["positions"].rows if row.cells[0] == "2030"][:1]
    millions = {key: str(Decimal(value) * 1000) for key, value in FIXED.items()}
    assert numbers(last, {"TOTAL|2024|level": "26219", **millions})[3] == Decimal(40000 - 26219)


def test_every_target_leads_to_a_row_with_its_source() -> None:
    made = compose(release(MADE), ())
    rows = {row.key: row for row in made.data if row.key.endswith("|target")}
    assert {key: str(row.published) for key, row in rows.items()} == FIXED
    assert all(row.cells[7].startswith("https://") and row.cells[6] == "série historique" for row in rows.values())
    assert not [row for row in compose(release(MADE), (), outline="note").data if row.key.endswith("|target")]
