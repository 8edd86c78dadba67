"""The cell functions in the real LibreOffice Calc, headless: every cell shows what the Python call returns."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import office
import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from nachra import asking
from nachra.addins.calc import build_oxt
from nachra.asking import set_provider
from nachra.cells import Cell, CellError
from nachra.functions import REGISTRY
from nachra.library import FolderLibrary, answers_of_folder

pytestmark = pytest.mark.calc

DRIVER = Path(__file__).with_name("calc_driver.py")
#: Calc's own codes for the errors of the registry
CODES = {CellError.NA: 32767, CellError.VALUE: 519, CellError.NUM: 503, CellError.DIV0: 532}
PREFIX = "ORG.NACHRA.CALCADDIN."


class Calc:
    """Runs steps in an office of its own that has the add-in."""

    def __init__(self, soffice: Path, python: str, room: Path):
        self.soffice, self.python, self.room = soffice, python, room

    def __call__(self, *steps: list[Any], bundled: bool = True, **environment: str) -> list[Any]:
        surroundings = {name: value for name, value in office.surroundings().items() if not name.startswith("NACHRA")}
        profile = self.room / "profile"
        command = [self.python, str(DRIVER), str(self.soffice), str(profile), str(self.room / "bundled")]
        done = subprocess.run(
            command,
            input=json.dumps(steps),
            env={**surroundings, "HOME": str(self.room), **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: list[Any] = json.loads(done.stdout)
        return found


def uno_python(soffice: Path) -> str | None:
    """An interpreter that knows `uno`: this one, LibreOffice's own, or the system's."""
    beside = soffice.resolve().parent
    system = shutil.which("python3", path="/usr/bin")
    for one in (sys.executable, beside / "python", beside / "python.exe", system):
        if one and Path(one).exists():
            done = subprocess.run([one, "-c", "import uno"], capture_output=True, cwd="/", timeout=60)
            if done.returncode == 0:
                return str(one)
    return None


@pytest.fixture(scope="module")
def calc(soffice: Path, tmp_path_factory: pytest.TempPathFactory) -> Calc:
    python = uno_python(soffice)
    if python is None:
        if os.environ.get("NACHRA_REQUIRE_CALC") == "1":
            pytest.fail("no interpreter here knows uno", pytrace=False)
        pytest.skip("no interpreter here knows uno")
    room = tmp_path_factory.mktemp("calc")
    with zipfile.ZipFile(build_oxt(room)) as archive:
        archive.extractall(room / "bundled" / "nachra")
    return Calc(soffice, python, room)


@pytest.fixture(scope="module")
def library(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the sample releases with the file of their answers."""
    folder = tmp_path_factory.mktemp("library")
    for path in releases:
        shutil.copy(path, folder)
    (folder / "nachra-answers.json").write_text(answers_of_folder(folder).to_json(), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def python_side(library: Path) -> Iterator[None]:
    """The same library for the Python calls."""
    before = asking.provider()
    set_provider(FolderLibrary(library))
    yield
    set_provider(before)


def shown(value: Cell) -> Any:
    """What the driver reads from a cell that holds a result."""
    if isinstance(value, CellError):
        return {"error": CODES[value]}
    return value


def same(found: Any, value: Cell) -> bool:
    expected = shown(value)
    if isinstance(expected, float):
        return isinstance(found, float) and found == pytest.approx(expected, rel=1e-12, abs=1e-15)
    return bool(found == expected)


#: formula as Excel and openpyxl write it, and the Python call it stands for
SCALARS: list[tuple[str, tuple[Any, ...]]] = [
    ("EXPORT_GROWTH()", ()),
    ('EXPORT_GROWTH("CRM",2024)', ("CRM", 2024.0)),
    ('EXPORT_GROWTH("TOTAL","S1 2025")', ("TOTAL", "S1 2025")),
    ('EXPORT_GROWTH("TOTAL","1er semestre 2025")', ("TOTAL", "1er semestre 2025")),
    ('EXPORT_GROWTH("ITO","pas une période")', ("ITO", "pas une période")),
    ('EXPORT_GROWTH("TOTAL",1999)', ("TOTAL", 1999.0)),
    ('EXPORT_GROWTH("inconnue",2024)', ("inconnue", 2024.0)),
    ("EXPORT_GROWTH(B2,A2)", (12.0, 10.0)),
    ("EXPORT_GROWTH(B2,0)", (12.0, 0.0)),
    ('EXPORT_GROWTH(B2,"x")', (12.0, "x")),
    ('EXPORT_SHARE("ITO",2024)', ("ITO", 2024.0)),
    ("EXPORT_SHARE(A2,B2)", (10.0, 12.0)),
    ('EXPORT_VALUE("KPO",2024)', ("KPO", 2024.0)),
    ("EXPORT_VALUE()", ()),
    # a blank cell asks for the latest period
    ('EXPORT_VALUE("TOTAL",Z99)', ("TOTAL", None)),
    ("EXPORT_VALUE(D1,D2)", ("KPO", 2024.0)),
    ('EXPORT_VALUE("TOTAL",2024,"2020-01")', ("TOTAL", 2024.0, "2020-01")),
    ('EXPORT_CHANGE("TOTAL","S1 2025")', ("TOTAL", "S1 2025")),
    ("EXPORT_CHANGE(B2,A2)", (12.0, 10.0)),
    ('EXPORT_CONTRIBUTION("ESO",2024)', ("ESO", 2024.0)),
    ("EXPORT_CONTRIBUTION(B2,A2,A3)", (12.0, 10.0, 20.0)),
    ('EXPORT_CAGR("TOTAL@historique",2009,2023)', ("TOTAL@historique", 2009.0, 2023.0)),
    ("EXPORT_CAGR(B2,A2,5)", (12.0, 10.0, 5.0)),
    ('EXPORT_INDEX("TOTAL@historique",2023,2009)', ("TOTAL@historique", 2023.0, 2009.0)),
    ("EXPORT_INDEX(B2,A2)", (12.0, 10.0)),
    ('EXPORT_STATUS("CRM",2024)', ("CRM", 2024.0)),
    ('EXPORT_STATUS("CRM",2024,"klingon")', ("CRM", 2024.0, "klingon")),
    ('EXPORT_SOURCE("TOTAL","S1 2025")', ("TOTAL", "S1 2025")),
    ('EXPORT_SOURCE("TOTAL",2024,"croissance")', ("TOTAL", 2024.0, "croissance")),
    ('EXPORT_CHECK("CRM",2024,"croissance")', ("CRM", 2024.0, "croissance")),
    # after an omitted series, too, a blank cell asks for the latest period
    ("EXPORT_GROWTH(,Z99)", ()),
    ("EXPORT_CHECK(B2,0)", (12.0, 0.0)),
    ('EXPORT_CHECK("TOTAL","n\'importe quoi")', ("TOTAL", "n'importe quoi")),
    ('EXPORT_TEXT("TOTAL","S1 2025")', ("TOTAL", "S1 2025")),
    ('EXPORT_TEXT("TOTAL","S1 2025","fr")', ("TOTAL", "S1 2025", "fr")),
    ("EXPORT_TARGET()", ()),
    ('EXPORT_TARGET("TOTAL@2025",2030,"écart")', ("TOTAL@2025", 2030.0, "écart")),
    ('EXPORT_TARGET("TOTAL",2028)', ("TOTAL", 2028.0)),
    ("EXPORT_REQUIRED_GROWTH()", ()),
    ('EXPORT_REQUIRED_GROWTH("TOTAL@2025",2030)', ("TOTAL@2025", 2030.0)),
    ("EXPORT_OUTLOOK()", ()),
    ('EXPORT_OUTLOOK("ITO",2025)', ("ITO", 2025.0)),
    ('EXPORT_CHECK("TOTAL",2025,"perspective")', ("TOTAL", 2025.0, "perspective")),
    ('EXPORT_VALUE("TOTAL@lien-2023",2021)', ("TOTAL@lien-2023", 2021.0)),
    ('EXPORT_STATUS("TOTAL@lien-2023",2021)', ("TOTAL@lien-2023", 2021.0)),
    ("EXPORT_VERSION()", ()),
]
COLUMN = ((12.0,), (30.0,), ("",), ("texte",), (7.0,))
BASE = ((10.0,), (20.0,), (5.0,), (5.0,), (0.0,))
#: where the table goes, its formula, the Python call
TABLES: list[tuple[str, str, tuple[Any, ...]]] = [
    ("G2:G6", "EXPORT_GROWTH(B2:B6,A2:A6)", (COLUMN, BASE)),
    ("H2:H6", "EXPORT_SHARE(B2:B6,120)", (COLUMN, 120.0)),
    ("I2:J5", 'EXPORT_SERIES("TOTAL")', ("TOTAL",)),
    ("K2:L12", 'EXPORT_SERIES("TOTAL@historique","part",2013,2023)', ("TOTAL@historique", "part", 2013.0, 2023.0)),
    ("M2:M3", "EXPORT_VALUE(D1:D1,D2:D3)", (((("KPO",),)), ((2024.0,), ("S1 2025",)))),
    ("N2:N3", "EXPORT_STATUS({\"ITO\";\"CRM\"},2024)", ((("ITO",), ("CRM",)), 2024.0)),
]  # fmt: skip


def call(formula: str, arguments: tuple[Any, ...]) -> Cell:
    return REGISTRY[formula.partition("(")[0]].call(*arguments)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook as openpyxl writes it: plain names, no stored values."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, ((now,), (before,)) in enumerate(zip(COLUMN, BASE, strict=True), 2):
        sheet.cell(row, 1, before)
        sheet.cell(row, 2, now or None)
    sheet["D1"], sheet["D2"], sheet["D3"] = "KPO", 2024, "S1 2025"
    for row, (formula, _) in enumerate(SCALARS, 1):
        sheet.cell(row, 6, f"={formula}")
    for place, formula, _ in TABLES:
        sheet[place.partition(":")[0]] = ArrayFormula(place, f"={formula}")
    # an error in an argument is Calc's own: the function is not called
    sheet["P1"], sheet["P2"], sheet["P3"] = "=1/0", "=EXPORT_GROWTH(P1,2)", "=EXPORT_GROWTH(P1:P1,A2)"
    sheet["P4"] = "=IF(ISNA(EXPORT_GROWTH(\"CRM\",2024)),\"non publié\",\"\")"  # fmt: skip
    sheet["P5"] = "=ROUND(EXPORT_GROWTH(B2,A2)*100,1)"
    path = tmp_path_factory.mktemp("workbook") / "functions.xlsx"
    book.save(path)
    return path


def addresses(place: str) -> list[list[str]]:
    return [[cell.coordinate for cell in row] for row in openpyxl.Workbook().active[place]]  # type: ignore[index]


READ = [f"F{row}" for row in range(1, len(SCALARS) + 1)]
READ += [address for place, _, _ in TABLES for row in addresses(place) for address in row]
READ += ["P2", "P3", "P4", "P5"]


@pytest.fixture(scope="module")
def rounds(calc: Calc, library: Path, workbook: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the cells show: opened, then saved in both formats and opened again."""
    room = tmp_path_factory.mktemp("saved")
    xlsx, ods = str(room / "saved.xlsx"), str(room / "saved.ods")
    found = calc(
        *(["load", str(workbook)], ["recalculate"], ["read", READ], ["save", xlsx], ["save", ods], ["close"]),
        *(["load", xlsx], ["recalculate"], ["read", READ], ["close"]),
        *(["load", ods], ["recalculate"], ["read", READ], ["close"]),
        NACHRA_LIBRARY=str(library),
    )
    return {"opened": found[2], "xlsx": found[8], "ods": found[12], "path": xlsx}


def test_every_function_is_called() -> None:
    called = {formula.partition("(")[0] for formula, _ in SCALARS}
    assert called | {formula.partition("(")[0] for _, formula, _ in TABLES} == set(REGISTRY)


@pytest.mark.parametrize("how", ["opened", "xlsx", "ods"])
@pytest.mark.parametrize("row", range(1, len(SCALARS) + 1), ids=[formula for formula, _ in SCALARS])
def test_a_cell_shows_what_python_returns(rounds: dict[str, Any], row: int, how: str) -> None:
    formula, arguments = SCALARS[row - 1]
    assert same(rounds[how][f"F{row}"][0], call(formula, arguments)), rounds[how][f"F{row}"]


@pytest.mark.parametrize("how", ["opened", "xlsx", "ods"])
@pytest.mark.parametrize(("place", "formula", "arguments"), TABLES, ids=[formula for _, formula, _ in TABLES])
def test_a_table_shows_what_python_returns(
    rounds: dict[str, Any], place: str, formula: str, arguments: tuple[Any, ...], how: str
) -> None:
    table = call(formula, arguments)
    assert isinstance(table, tuple)
    for row, values in zip(addresses(place), table, strict=False):
        for address, value in zip(row, values, strict=True):
            assert same(rounds[how][address][0], value), (address, rounds[how][address], value)


@pytest.mark.parametrize("how", ["opened", "xlsx", "ods"])
def test_results_work_in_formulas_and_errors_pass_through(rounds: dict[str, Any], how: str) -> None:
    found = {name: rounds[how][name][0] for name in ("P2", "P3", "P4", "P5")}
    assert found["P2"] == {"error": CODES[CellError.DIV0]}
    # a range that holds an error never reaches the function
    assert found["P3"]["error"] in (502, 504, 532)
    assert (found["P4"], found["P5"]) == ("non publié", 20.0)


def test_the_headlines(rounds: dict[str, Any]) -> None:
    found = {formula: rounds["opened"][f"F{row}"][0] for row, (formula, _) in enumerate(SCALARS, 1)}
    assert found["EXPORT_GROWTH()"] == 0.035
    assert found['EXPORT_GROWTH("CRM",2024)'] == {"error": 32767}
    assert found['EXPORT_SHARE("ITO",2024)'] == 0.403
    assert found['EXPORT_VALUE("KPO",2024)'] == 48
    assert found['EXPORT_GROWTH("ITO","pas une période")'] == {"error": 519}
    assert [rounds["opened"][f"G{row}"][0] for row in (2, 3)] == [pytest.approx(0.2), 0.5]


def test_a_saved_xlsx_has_plain_names_and_true_errors(rounds: dict[str, Any]) -> None:
    formulas = openpyxl.load_workbook(rounds["path"])
    values = openpyxl.load_workbook(rounds["path"], data_only=True)
    for row, (formula, _) in enumerate(SCALARS, 1):
        assert str(formulas.active[f"F{row}"].value).replace(" ", "") == f"={formula}".replace(" ", "")  # type: ignore[index]
    errors = {formula: values.active[f"F{row}"].value for row, (formula, _) in enumerate(SCALARS, 1)}  # type: ignore[index]
    assert errors['EXPORT_GROWTH("CRM",2024)'] == "#N/A"
    assert errors['EXPORT_GROWTH("ITO","pas une période")'] == "#VALUE!"
    assert errors["EXPORT_GROWTH(B2,0)"] == "#NUM!"


def test_typed_formulas_in_the_users_notation(calc: Calc, library: Path) -> None:
    typed = {"C1": "=EXPORT_GROWTH()", "C2": '=export_growth("CRM";2024)', "C3:D6": '{=EXPORT_SERIES("TOTAL")}'}
    found = calc(
        ["new"], ["enter", typed], ["read", ["C1", "C2", "C3", "D3"]], ["described", "fr"], NACHRA_LIBRARY=str(library)
    )
    assert [value for value, _ in found[2].values()] == [0.035, {"error": 32767}, "2023", 26.17]
    listed = found[3]
    assert set(listed) == set(REGISTRY)
    for name, (description, arguments) in listed.items():
        assert description in REGISTRY[name].help.values()
        assert [one[0] for one in arguments] == [one.name for one in REGISTRY[name].arguments] or not arguments


def test_a_range_follows_its_cells(calc: Calc, library: Path) -> None:
    typed = {"C1:C2": "{=EXPORT_GROWTH(B1:B2;A1:A2)}", "D1": "=SUM(EXPORT_GROWTH(B1:B2;A1:A2))"}
    found = calc(
        ["new"],
        ["numbers", {"A1": 10, "A2": 20, "B1": 12, "B2": 30}],
        ["enter", typed],
        ["read", ["C1", "C2", "D1"]],
        ["numbers", {"B1": 20}],
        ["read", ["C1", "C2", "D1"]],
        ["numbers", {"B1": 12}],
        ["read", ["C1", "C2", "D1"]],
        NACHRA_LIBRARY=str(library),
    )
    first, second, third = ([value for value, _ in found[place].values()] for place in (3, 5, 7))
    assert first == third == [pytest.approx(0.2), 0.5, pytest.approx(0.7)]
    assert second == [1.0, 0.5, 1.5]


def test_foreign_prefixes_are_repaired(calc: Calc, library: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A2"] = "=[1]!EXPORT_GROWTH(3,2)", "=_xll.EXPORT_GROWTH(3,2)"
    path = tmp_path / "excel.xlsx"
    book.save(path)
    steps = (["load", str(path)], ["rebind"], ["read", ["A1", "A2"]])
    found = calc(*steps, NACHRA_LIBRARY=str(library))
    assert [value for value, _ in found[-1].values()] == [0.5, 0.5]


# --- where answers come from --------------------------------------------------------------------------


def test_answers_from_the_command(calc: Calc, releases: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    folder.mkdir()
    for path in releases:
        shutil.copy(path, folder)
    command = tmp_path / "nachra"
    source = office.REPOSITORY / "addin"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -m nachra.cli "$@"\n')
    command.chmod(0o755)
    sheet = openpyxl.load_workbook(releases[0]).active
    assert sheet is not None
    book = openpyxl.Workbook()
    copy = book.active
    assert copy is not None
    for row in sheet.iter_rows():
        for cell in row:
            copy[cell.coordinate] = cell.value
    copy["AA1"] = "=EXPORT_GROWTH()"
    copy["AA2"] = f'=EXPORT_VALUE("KPO",2024,A1:{sheet.cell(sheet.max_row, sheet.max_column).coordinate})'
    book.save(tmp_path / "release.xlsx")
    found = calc(
        ["load", str(tmp_path / "release.xlsx")], ["recalculate"], ["read", ["AA1", "AA2"]],
        NACHRA_LIBRARY=str(folder), NACHRA_COMMAND=str(command),
    )  # fmt: skip
    assert [value for value, _ in found[2].values()] == [0.035, 48]


def test_without_a_library_nothing_is_known_and_numbers_still_work(calc: Calc) -> None:
    typed = {"A1": "=EXPORT_GROWTH()", "A2": "=EXPORT_GROWTH(3;2)", "A3": "=EXPORT_CHECK()"}
    found = calc(["new"], ["enter", typed], ["read", list(typed)])
    growth, number, reason = (value for value, _ in found[2].values())
    assert (growth, number) == ({"error": 32767}, 0.5)
    assert "NACHRA_LIBRARY" in reason


_SAME_ERROR = re.compile(r"cached (#\S+), recalculated \1$")


def test_the_tour_calculates_to_its_cached_values(calc: Calc, library: Path, tmp_path: Path) -> None:
    tour = office.REPOSITORY / "workbooks" / "functions.xlsx"
    recalculated = tmp_path / "functions.xlsx"
    steps = [["load", str(tour)], ["recalculate"], ["save", str(recalculated)], ["close"]]
    calc(*steps, NACHRA_LIBRARY=str(library))
    # an error is always listed; here it is right where the tour shows the same one
    told = [one for one in office.formula_mismatches(tour, recalculated) if not _SAME_ERROR.search(one)]
    assert told == []
