"""The annotated copy: the original untouched, its formulas alive, each finding on its cells and in a linked list."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from specimens import HOSTILE, edited, open_workbook

from nachra import annotate
from nachra.annotate import annotate_release, annotated_copy
from nachra.errors import FileError, WriteError
from nachra.findings import Finding, finding
from nachra.jobs import check_release

COLOURS = {"error": "FFF8D7DA", "warning": "FFFFF1CC", "note": "FFF4F6F7"}
SEVERITIES = {"error": "erreur", "warning": "alerte", "note": "remarque"}


def annotated(release: Path) -> tuple[Workbook, tuple[Finding, ...]]:
    reading, findings = check_release(release)
    return open_workbook(io.BytesIO(annotated_copy(reading.grid, findings, "fr"))), findings


def formulas(book: Workbook) -> Iterator[tuple[str, str, str]]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from ((sheet.title, cell.coordinate, cell.value) for cell in row if cell.data_type == "f")


def test_every_finding_is_on_its_cells(release: Path) -> None:
    book, findings = annotated(release)
    marked = 0
    for one in findings:
        for address in one.cells:
            cell = book[one.sheet][address]
            assert cell.comment is not None, address
            assert f"[{SEVERITIES[one.severity]}] {one.message('fr')}" in cell.comment.text
            assert cell.fill.start_color.rgb in COLOURS.values()
            marked += 1
    assert marked or not any(one.cells for one in findings)


def test_every_finding_is_in_the_list_and_leads_to_its_cell(release: Path) -> None:
    book, findings = annotated(release)
    sheet = book.worksheets[0]
    assert sheet.title == "Contrôles" == book.active.title
    assert release.name in sheet["A1"].value
    rows = list(sheet.iter_rows(min_row=5))
    assert len(rows) == len(findings) > 0
    for row, one in zip(rows, findings, strict=True):
        assert [cell.value for cell in row[:2]] == [SEVERITIES[one.severity], one.code]
        assert row[4].value == one.message("fr")
        assert {cell.fill.start_color.rgb for cell in row} == {COLOURS[one.severity]}
        if one.cells:
            title = one.sheet.replace("'", "''")
            assert row[3].hyperlink.location == f"'{title}'!{one.cells[0]}"
            assert row[3].hyperlink.target is None
        else:
            assert row[3].hyperlink is None


def test_the_rest_of_the_release_is_as_it_was(release: Path) -> None:
    before, (after, _) = open_workbook(release), annotated(release)
    assert after.sheetnames[1:] == before.sheetnames
    assert list(formulas(after)) == list(formulas(before))
    for sheet in before.worksheets:
        copy = after[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                value = copy[cell.coordinate].value
                if isinstance(cell.value, float):
                    assert value == pytest.approx(cell.value, rel=1e-14), cell.coordinate  # openpyxl writes 16 digits
                else:
                    assert (value or "") == (cell.value or ""), cell.coordinate
                assert copy[cell.coordinate].number_format == cell.number_format
        assert sorted(map(str, copy.merged_cells.ranges)) == sorted(map(str, sheet.merged_cells.ranges))
        assert len(copy.data_validations.dataValidation) == len(sheet.data_validations.dataValidation)
    assert sorted(after.defined_names) == sorted(before.defined_names)


def test_the_original_is_untouched(release: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(release, tmp_path))
    before = own.stat().st_mtime_ns
    annotate_release(*check_release(own), tmp_path / "copies" / "copy.xlsx", "fr")
    assert own.read_bytes() == release.read_bytes() and own.stat().st_mtime_ns == before
    for spelling in (own, tmp_path / "copies" / ".." / own.name):
        with pytest.raises(WriteError, match="la publication elle-même"):
            annotate_release(*check_release(own), spelling, "fr")
    assert own.read_bytes() == release.read_bytes()


def test_same_release_same_bytes(release: Path) -> None:
    reading, findings = check_release(release)
    first = annotated_copy(reading.grid, findings, "fr")
    assert first == annotated_copy(reading.grid, findings, "fr")
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert open_workbook(io.BytesIO(first)).properties.modified == open_workbook(release).properties.modified


def test_the_real_workbook_keeps_its_plug_and_its_broken_link(shared: Path) -> None:
    book, findings = annotated(shared / "data" / "releases" / "oc_ide_recettes_par_secteurs.xlsx")
    plug = next(one for one in findings if one.code == "plug-row")
    for address in plug.cells:
        cell = book[plug.sheet][address]
        assert cell.data_type == "f" and cell.fill.start_color.rgb == COLOURS["warning"]
    assert len(book._external_links) == 1


def test_a_merged_range_is_marked_on_its_first_cell(releases: list[Path], tmp_path: Path) -> None:
    book = open_workbook(releases[0])
    book["Publication"].merge_cells("E18:F19")
    book.save(tmp_path / "merged.xlsx")
    copy, findings = annotated(tmp_path / "merged.xlsx")
    merged = next(one for one in findings if one.code == "merged-data")
    anchor = copy["Publication"]["E18"]
    assert {"E18", "E19"} <= {address for one in findings for address in one.cells}
    assert anchor.comment is not None and anchor.comment.text.count(merged.message("fr")) == 1
    # E19 is blank under the merge: that is marked here too, and the gravest finding gives the colour
    gravest = min(
        (one for one in findings if {"E18", "E19"} & set(one.cells)), key=lambda one: list(COLOURS).index(one.severity)
    )
    assert anchor.fill.start_color.rgb == COLOURS[gravest.severity]


@pytest.mark.parametrize("length", [20, 3000])
def test_comments_of_the_original_are_kept(length: int, releases: list[Path], tmp_path: Path) -> None:
    own = "à vérifier " * (length // 10)
    marked = next(one.cells[0] for one in check_release(releases[0])[1] if one.code == "claim-unchecked")
    book = open_workbook(releases[0])
    for address, text in ((marked, own), ("A1", "ailleurs")):
        book["Publication"][address].comment = Comment(text, "Statisticienne")
    book.save(tmp_path / "commented.xlsx")
    copy, _ = annotated(tmp_path / "commented.xlsx")
    said = copy["Publication"][marked].comment.text
    assert said.startswith(own) and "\n[remarque] " in said
    assert copy["Publication"]["A1"].comment.text == "ailleurs"


def test_texts_stay_texts(releases: list[Path], tmp_path: Path) -> None:
    """Neither what the release holds nor what we write about it becomes a formula or a link."""
    cells = {f"K{row}": text for row, text in enumerate(HOSTILE, 11)}
    release = edited(
        releases[0], tmp_path / "=1+1.xlsx", {**cells, "C3": HOSTILE[0], "E13": "=1+1", "G13": "provisoire"}
    )
    book, findings = annotated(release)
    assert any("=1+1" in one.message("fr") for one in findings)
    assert list(formulas(book)) == []
    assert [book["Publication"][address].value for address in cells] == list(HOSTILE)
    assert all(cell.hyperlink is None for row in book["Publication"].iter_rows() for cell in row)


def test_a_sheets_name_is_no_formula_either(releases: list[Path], tmp_path: Path) -> None:
    book = open_workbook(releases[0])
    book["Publication"].title = "=1+1"
    book.save(tmp_path / "release.xlsx")
    copy, findings = annotated(tmp_path / "release.xlsx")
    assert any(one.sheet == "=1+1" for one in findings) and list(formulas(copy)) == []


def test_control_characters_are_shown_as_such(releases: list[Path]) -> None:
    reading, _ = check_release(releases[0])
    odd = finding("error-cell", "Publication", "E13", text="\x1b[31m\x00\x0b rouge")
    book = open_workbook(io.BytesIO(annotated_copy(reading.grid, (odd,), "fr")))
    assert "(\ufffd[31m\ufffd\ufffd rouge)" in book["Publication"]["E13"].comment.text


def test_a_sheet_of_that_name_is_not_replaced(releases: list[Path], tmp_path: Path) -> None:
    book = open_workbook(releases[0])
    book.create_sheet("Contrôles")["A1"] = "les nôtres"
    book.save(tmp_path / "release.xlsx")
    copy, _ = annotated(tmp_path / "release.xlsx")
    assert copy.sheetnames == ["Contrôles_", "Publication", "Notes", "Contrôles"]
    assert copy["Contrôles"]["A1"].value == "les nôtres"


def test_what_openpyxl_cannot_write_is_said(
    releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object) -> None:
        raise KeyError("rId7")

    monkeypatch.setattr(annotate, "_mark_cells", defect)
    with pytest.raises(FileError, match=r"annuelle-2024\.xlsx : erreur inattendue de nachra \(KeyError: 'rId7'\)"):
        annotate_release(*check_release(releases[0]), tmp_path / "copy.xlsx", "fr")
    assert not (tmp_path / "copy.xlsx").exists()
