"""The open workbook and the file's bytes give the same grid, release and findings."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("xlwings")

import fakebook

from nachra.checks import check
from nachra.errors import FileError, RefusedError
from nachra.findings import Finding
from nachra.grid import Grid, Kind, read_grid
from nachra.guard import admit
from nachra.hosts import sheet_reader
from nachra.hosts.sheet_reader import read_book
from nachra.layouts import load_layouts
from nachra.reading import Reading, read_from_grid


def both(path: Path) -> tuple[Grid, Grid]:
    return read_grid(admit(path)), read_book(fakebook.open_book(path))


def test_the_grid_is_the_same(release: Path) -> None:
    from_bytes, from_excel = both(release)
    assert [one.title for one in from_excel.sheets] == [one.title for one in from_bytes.sheets]
    assert from_excel.names == from_bytes.names
    assert from_excel.broken_names == from_bytes.broken_names
    for ours, theirs in zip(from_excel.sheets, from_bytes.sheets, strict=True):
        # a formula that nothing ever calculated has no result in a file and has one in Excel; an empty text is nothing
        stored = {
            place: cell for place, cell in theirs.cells.items() if cell.kind is not Kind.UNCACHED and cell.value != ""
        }
        assert ours.cells == stored
        assert ours.visible == theirs.visible
        assert ours.merged == sorted(theirs.merged)
        for place in theirs.cells:
            assert ours.is_hidden(*place) == theirs.is_hidden(*place)


def test_the_release_and_its_findings_are_the_same(release: Path) -> None:
    def outcome(grid: Grid) -> Reading | str:
        try:
            return read_from_grid(grid, load_layouts())
        except FileError as error:
            return error.code

    grids = both(release)
    # the digest is of a file on one side, of the cells on the other
    grids[1].file = grids[0].file
    from_bytes, from_excel = (outcome(grid) for grid in grids)
    if isinstance(from_bytes, str) or isinstance(from_excel, str):
        assert from_bytes == from_excel
        return
    assert from_excel.release == from_bytes.release

    def about_the_release(reading: Reading) -> list[Finding]:
        # one reader cannot disagree with itself; a link that no formula uses is invisible in Excel
        return [one for one in check(reading) if not one.code.startswith(("readers-disagree", "external-link"))]

    assert about_the_release(from_excel) == about_the_release(from_bytes)


def test_a_sheet_can_be_passed_over(releases: list[Path]) -> None:
    book = fakebook.open_book(releases[0])
    assert read_book(book, (book.sheets[0].name,)).sheets == read_book(book).sheets[1:]


def test_a_sheet_that_is_too_large_is_refused(releases: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_reader, "MAX_CELLS", 5)
    with pytest.raises(RefusedError):
        read_book(fakebook.open_book(releases[0]))


def test_texts_errors_hidden_and_merged_cells(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B2"], sheet["C2"], sheet["D4"] = "=not a formula", "#N/A", True
    sheet["B2"].data_type = "s"
    sheet["B3"] = 0.5
    sheet["B3"].number_format = "0.0 %"
    sheet.merge_cells("B5:D6")
    sheet["B5"] = "merged"
    sheet.merge_cells("A8:B8")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.save(tmp_path / "one.xlsx")
    ours, theirs = (grid.sheets[0] for grid in reversed(both(tmp_path / "one.xlsx")))
    assert ours.cells == theirs.cells
    assert ours.cells[2, 2].kind is Kind.TEXT
    assert ours.cells[2, 2].formula is None
    assert ours.cells[2, 3].kind is Kind.ERROR
    assert ours.merged == sorted(theirs.merged) == [(5, 2, 6, 4), (8, 1, 8, 2)]
    assert ours.hidden_rows == {3}
    assert ours.hidden_columns == {3}
