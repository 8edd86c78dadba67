"""Briefings in a real spreadsheet: LibreOffice computes what we cached, two readers agree, the Open XML SDK objects
to nothing."""

from __future__ import annotations

import re
from pathlib import Path

import office
import pytest
from python_calamine import CalamineWorkbook
from specimens import hostile_release, open_workbook, release

from nachra.annotate import annotate_release
from nachra.jobs import Briefed, brief_release, check_release, plan
from nachra.outlines import DEFAULT_OUTLINE, outlines
from nachra.sheets import compose
from nachra.texts import DEFAULT_LANGUAGE, languages
from nachra.workbook import write_workbook

#: openpyxl orders the children of <font> in its own way; Excel is known to accept it
FONT_ORDER = re.compile(
    r"/xl/styles\.xml /x:styleSheet\[1\]/x:fonts\[1\]/x:font\[\d+\]: "
    r"The element has unexpected child element '\S+/main:(b|i|sz|color)'\."
)
OFFICIAL = sorted((office.REPOSITORY / "templates" / "releases").glob("*.xlsx"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The briefing of a release that tries everything."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.xlsx"
    path.write_bytes(write_workbook(compose(hostile_release(), ())))
    return path


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Briefings of a year that has begun, with one past year (no interval) and with three, in every language."""
    halves = {"TOTAL 2024-S1": "12.90", "TOTAL 2024": "26.20", "TOTAL 2025-S1": "13.40"}
    longer = {"TOTAL 2022-S1": "10.00", "TOTAL 2022": "20.50", "TOTAL 2023-S1": "11.00", "TOTAL 2023": "21.70"} | halves
    folder, paths = tmp_path_factory.mktemp("estimated"), []
    for language in languages():
        for name, figures in (("one", halves), ("three", longer)):
            paths.append(folder / f"{name}.{language}.xlsx")
            paths[-1].write_bytes(write_workbook(compose(release(figures), (), language)))
    return paths


@pytest.fixture(scope="module")
def translations(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sample releases by every outline in every language, but for what `briefings` holds."""
    jobs = plan(releases, tmp_path_factory.mktemp("translations"), languages(), tuple(outlines()))
    made = [one for job in jobs for one in brief_release(job)]
    assert all(isinstance(one, Briefed) for one in made), made
    return [
        one.path
        for one in made
        if isinstance(one, Briefed) and (one.language, one.outline) != (DEFAULT_LANGUAGE, DEFAULT_OUTLINE)
    ]


@pytest.fixture(scope="module")
def recalculated(
    briefings: dict[Path, Path],
    hostile: Path,
    translations: list[Path],
    estimated: list[Path],
    soffice: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """Every briefing as LibreOffice saves it, by name, from one run."""
    paths = [*briefings.values(), hostile, *translations, *estimated]
    results = office.recalculate(paths, tmp_path_factory.mktemp("recalculated"))
    return {path.name: path for path in results}


@pytest.mark.calc
def test_office_computes_the_cached_values(briefing: Path, recalculated: dict[str, Path]) -> None:
    assert office.formula_mismatches(briefing, recalculated[briefing.name]) == []


@pytest.mark.calc
def test_office_computes_the_cached_values_in_every_outline_and_language(
    translations: list[Path], estimated: list[Path], recalculated: dict[str, Path]
) -> None:
    paths = [*translations, *estimated]
    found = {path.name: office.formula_mismatches(path, recalculated[path.name]) for path in paths}
    assert found == {path.name: [] for path in paths}


@pytest.mark.calc
def test_office_agrees_on_refused_and_borderline_rates(hostile: Path, recalculated: dict[str, Path]) -> None:
    assert office.formula_mismatches(hostile, recalculated[hostile.name]) == []
    proof = [row[7] for row in CalamineWorkbook.from_path(hostile).get_sheet_by_name("Chiffres clés").to_python()]
    assert [verdict for verdict in proof if str(verdict).endswith("compatible")] == [
        "incompatible",  # total, +9.9 %
        "compatible",  # ITO, 40.3 % of the total
        "incompatible",  # CRM, 39.9 % of the total
        "compatible",  # ESO, +4 %, on the edge
    ]


def test_two_readers_see_the_same_workbook(briefing: Path) -> None:
    book = open_workbook(briefing, data_only=True)
    second = CalamineWorkbook.from_path(briefing)
    assert second.sheet_names == book.sheetnames
    for sheet in book.worksheets:
        rows = second.get_sheet_by_name(sheet.title).to_python(skip_empty_area=False)
        seen = {(r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1) if value != ""}
        ours = {
            (cell.row, cell.column): cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value not in (None, "")
        }
        assert ours == seen, sheet.title


@pytest.mark.validator
def test_briefing_is_valid(briefing: Path, validator: Path) -> None:
    assert office.validate(briefing) == []


@pytest.mark.validator
def test_hostile_and_translated_briefings_are_valid(
    hostile: Path, translations: list[Path], estimated: list[Path], validator: Path
) -> None:
    paths = [hostile, *translations, *estimated]
    assert {path.name: office.validate(path) for path in paths} == {path.name: [] for path in paths}


@pytest.mark.validator
@pytest.mark.parametrize("path", OFFICIAL, ids=lambda path: path.stem)
def test_blank_template_is_valid(path: Path, validator: Path) -> None:
    assert office.validate(path) == []


@pytest.mark.validator
def test_sample_releases_are_valid(releases: list[Path], validator: Path) -> None:
    assert {path.name: office.validate(path) for path in releases} == {path.name: [] for path in releases}


@pytest.mark.validator
def test_annotated_copy_is_valid(release: Path, validator: Path, tmp_path: Path) -> None:
    target = tmp_path / "annotated.xlsx"
    annotate_release(*check_release(release), target, "fr")
    assert [one for one in office.validate(target) if not FONT_ORDER.fullmatch(one)] == []
