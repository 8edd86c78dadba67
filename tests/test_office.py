"""The harness must be able to fail: a check that never objects proves nothing."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import office
import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Right and wrong cached values side by side."""
    path = tmp_path / "mixed.xlsx"
    with xlsxwriter.Workbook(path) as book:
        percent = book.add_format({"num_format": "0.0%"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Données")
        sheet.write_column("A1", [2, 3])
        sheet.write_formula("B1", "=A2/A1-1", percent, 0.5)
        sheet.write_formula("B2", "=A2/A1-1", percent, 0.4)
        sheet.write_formula("B3", "=NOSUCH(A1)", None, "#NAME?")
        sheet.write_formula("B4", '=A1&" é"', None, "2 é")
        sheet.write_formula("B5", '=A1&" é"', None, "2 e")
        sheet.write_formula("B6", "=A1<A2", None, True)
        sheet.write_formula("B7", "=A1<A2", None, 1)
        sheet.write_formula("B8", "=DATE(2025,5,1)", day, 45778)
        sheet.write_formula("B9", '=IF(A1=2,"",A1)', None, "")
        sheet.write_formula("B10", "=A1/3", None, 2 / 3 + 1e-12)
        sheet.write_formula("B11", "=A1/8", None, 0.2501)
        sheet.write_formula("B12", "=SUM(Absent!A1)", None, 1)
        sheet.write_formula("B13", "=A1/A3", None, "#DIV/0!")
        sheet.write_array_formula("C1:C2", "{=A1:A2*2}", None, 4)
        sheet.write("C2", 7)
        # XlsxWriter stores 0 when it is given no value
        book.add_worksheet("Résumé").write_formula("A1", "=Données!A1")
    return path


@pytest.mark.calc
def test_recalculation_finds_exactly_the_bad_cells(workbook: Path, tmp_path: Path, soffice: Path) -> None:
    [recalculated] = office.recalculate([workbook], tmp_path / "recalculated")
    assert office.formula_mismatches(workbook, recalculated) == [
        "Données!C2: =A1:A2*2, cached 7, recalculated 6",
        "Données!B2: =A2/A1-1, cached 0.4, recalculated 0.5",
        "Données!B3: =NOSUCH(A1), cached #NAME?, recalculated #NAME?",
        "Données!B5: =A1&\" é\", cached '2 e', recalculated '2 é'",
        "Données!B7: =A1<A2, cached 1, recalculated True",
        "Données!B11: =A1/8, cached 0.2501, recalculated 0.25",
        "Données!B12: =SUM(Absent!A1), cached 1, recalculated #NAME?",
        "Données!B13: =A1/A3, cached #DIV/0!, recalculated #DIV/0!",
        "Résumé!A1: =Données!A1, cached 0, recalculated 2",
    ]


@pytest.mark.calc
def test_a_formula_without_a_cached_value_and_a_typed_error_are_found(tmp_path: Path, soffice: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    sheet["A1"], sheet["A2"], sheet["A3"], sheet["A4"] = 1, "=A1+1", "#REF!", '=""'
    path = tmp_path / "uncached.xlsx"
    book.save(path)
    [recalculated] = office.recalculate([path], tmp_path / "recalculated")
    assert office.formula_mismatches(path, recalculated) == [
        "S!A2: =A1+1, cached nothing, recalculated 2",
        "S!A3: no formula, holds #REF!",
    ]


@pytest.mark.calc
def test_one_run_converts_every_file_and_leaves_the_originals_alone(tmp_path: Path, soffice: Path) -> None:
    paths = [tmp_path / f"été {number}.xlsx" for number in (1, 2)]
    for number, path in enumerate(paths, 1):
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet().write_formula("A1", f"={number}*10")
        # left behind by an office that crashed
        path.with_name(f".~lock.{path.name}#").write_text(",someone,elsewhere,01.01.2025 00:00,;")
    before = [path.read_bytes() for path in paths]
    results = office.recalculate(paths, tmp_path / "out")
    assert [load_workbook(result, data_only=True).worksheets[0]["A1"].value for result in results] == [10, 20]
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.calc
def test_pages_are_printed_and_drawn(workbook: Path, tmp_path: Path, soffice: Path, pdftoppm: Path) -> None:
    [pdf] = office.to_pdf([workbook], tmp_path / "pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    pages = office.to_png(pdf, tmp_path / "png", dpi=40)
    assert [page.name for page in pages] == ["mixed-1.png", "mixed-2.png"]
    assert all(page.read_bytes().startswith(b"\x89PNG") for page in pages)


@pytest.mark.calc
def test_a_file_that_calc_cannot_read_is_an_error(tmp_path: Path, soffice: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(office.OfficeError, match=r"did not make broken\.xlsx"):
        office.recalculate([path], tmp_path / "out")


def test_a_timeout_ends_the_launcher_and_what_it_started() -> None:
    started = time.monotonic()
    with pytest.raises(office.OfficeError, match=r"stopped after 0\.3 s"):
        office.run_group(["sh", "-c", "sleep 60 & wait"], timeout=0.3)
    # the output closes only when the last process that holds it has ended
    assert time.monotonic() - started < 30


def test_results_never_overwrite_originals_or_each_other(
    workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "find_soffice", lambda: Path("soffice"))
    with pytest.raises(ValueError, match="overwritten"):
        office.recalculate([workbook], workbook.parent)
    with pytest.raises(ValueError, match="same name"):
        office.to_pdf([workbook, tmp_path / "other" / workbook.name], tmp_path / "out")


@pytest.mark.validator
def test_the_validator_accepts_what_xlsxwriter_writes(workbook: Path, validator: Path) -> None:
    assert office.validate(workbook) == []


@pytest.mark.validator
@pytest.mark.parametrize(
    ("old", "new", "objection"),
    [
        ("<sheetData>", "<nonsense/><sheetData>", "nonsense"),
        ('<row r="1"', '<row r="1" ht="tall"', "ht"),
        ("</worksheet>", "", "end"),
    ],
    ids=["unknown element", "bad attribute", "unclosed element"],
)
def test_the_validator_objects_to_a_broken_sheet(
    workbook: Path, tmp_path: Path, validator: Path, old: str, new: str, objection: str
) -> None:
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode(), 1)
            target.writestr(name, part)
    errors = office.validate(broken)
    assert errors
    assert objection in errors[0]
