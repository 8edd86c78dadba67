"""The tour of the cell functions: complete, the same bytes each time, and every stored result is what Python gives."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import Any

import office
import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import rows_from_range
from openpyxl.worksheet.formula import ArrayFormula

from nachra import asking
from nachra.asking import set_provider
from nachra.calls import calls_in, values_of
from nachra.cells import CellError
from nachra.freeze import freeze_workbook
from nachra.functions import REGISTRY, localised
from nachra.grid import read_grid
from nachra.guard import admit
from nachra.library import FolderLibrary
from nachra.texts import text

TOUR = office.REPOSITORY / "workbooks" / "functions.xlsx"


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("workbooks_tour", TOUR.with_name("tour.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = _script()


@pytest.fixture(scope="module")
def book() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        return {"formulas": load_workbook(TOUR), "values": load_workbook(TOUR, data_only=True)}


@pytest.fixture
def library() -> Any:
    """Answer from the sample releases, for the time of a test: the script sets its own."""
    set_provider(FolderLibrary(TOUR.with_name("releases")))
    yield
    set_provider(asking.Provider())


def test_the_file_is_what_the_script_makes() -> None:
    built = script.build()
    assert built == script.build()
    assert built == TOUR.read_bytes(), "run workbooks/tour.py and commit functions.xlsx"


def test_every_function_and_every_example_is_there(book: dict[str, Any]) -> None:
    sheet = book["values"]["Fonctions"]
    rows = [[cell or "" for cell in row] for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert [row[0] for row in rows if row[0]] == list(REGISTRY)
    shown = [row[3] for row in rows if row[3]]
    assert shown == [localised(example) for one in REGISTRY.values() for example in one.examples]
    for row in rows:
        if row[0]:
            function = REGISTRY[row[0]]
            assert row[1] == function.help["fr"]
            assert all(one.name in row[2] and one.help["fr"] in row[2] for one in function.arguments)
    live = {call.function.name for sheet in book["formulas"] for row in sheet for cell in row
            if cell.data_type == "f" for call in calls_in(_text(cell.value)) or []}  # fmt: skip
    assert live == set(REGISTRY)


def _text(value: Any) -> str:
    return (value.text if isinstance(value, ArrayFormula) else value).strip("{}").removeprefix("=")


def test_stored_results_are_what_python_gives(book: dict[str, Any], library: None) -> None:
    grid = read_grid(admit(TOUR))
    compared = 0
    for sheet in book["formulas"]:
        stored = book["values"][sheet.title]
        for cell in [one for row in sheet for one in row if one.data_type == "f"]:
            (call,) = calls_in(_text(cell.value)) or []
            assert call.is_whole
            values = values_of(call, grid, sheet.title)
            assert values is not None
            found = call.function.call(*values)
            table = found if isinstance(found, tuple) else ((found,),)
            places = rows_from_range(cell.value.ref) if isinstance(cell.value, ArrayFormula) else [(cell.coordinate,)]
            for references, row in zip(places, table, strict=False):  # a long table is shown in its first rows
                for reference, value in zip(references, row, strict=True):
                    shown = stored[reference].value
                    wanted = value.value if isinstance(value, CellError) else value
                    # XlsxWriter stores sixteen digits
                    assert shown == (pytest.approx(wanted, rel=1e-15) if isinstance(wanted, float) else wanted), (
                        reference
                    )
                    compared += 1
    assert compared >= 60


def test_an_error_has_its_reason_beside_it(book: dict[str, Any]) -> None:
    errors = [row for row in book["values"]["Fonctions"].iter_rows(min_row=5) if row[4].data_type == "e"]
    assert errors
    for row in errors:
        assert row[6].value == text("reasons.previous_missing")


def test_it_prints_on_a4_landscape(book: dict[str, Any]) -> None:
    for sheet in book["formulas"]:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area


def test_it_freezes_whole(tmp_path: Path, library: None) -> None:
    done = freeze_workbook(TOUR, tmp_path / "fige.xlsx")
    assert done.left == ()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        left = [cell for sheet in load_workbook(tmp_path / "fige.xlsx") for row in sheet for cell in row
                if cell.data_type == "f"]  # fmt: skip
    assert left == []


@pytest.mark.validator
def test_it_is_valid(validator: Path) -> None:
    assert office.validate(TOUR) == []
