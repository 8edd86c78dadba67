"""Frozen workbooks: our formulas are values with a note, and nothing else in the file is touched."""

from __future__ import annotations

import io
import re
import shutil
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import editions_made
import office
import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.worksheet.datavalidation import DataValidation

from nachra import asking, functions
from nachra.asking import set_provider
from nachra.calls import calls_in
from nachra.errors import RefusedError, UnreadableError, WriteError
from nachra.freeze import Frozen, freeze_workbook
from nachra.functions import REGISTRY
from nachra.library import FolderLibrary
from nachra.texts import languages, load_toml, text

RELEASES = office.REPOSITORY / "workbooks" / "releases"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CELL = re.compile(rb'<(\w+:)?c [^>]*?r="([A-Z]+\d+)"(?:[^>]*?/>|.*?</(?:\w+:)?c>)', re.S)
NOTED = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module", autouse=True)
def library() -> Any:
    """Answer from the sample releases."""
    set_provider(FolderLibrary(RELEASES))
    yield
    set_provider(asking.Provider())


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Change parts of a workbook."""
    held = parts(path)
    change(held)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in held.items():
            package.writestr(name, data)
    return path


def frozen(path: Path, language: str = "fr") -> tuple[Path, Frozen]:
    target = path.with_name(f"{path.stem}-fige.xlsx")
    return target, freeze_workbook(path, target, language)


def loaded(path: Path, data_only: bool = True) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        return load_workbook(path, data_only=data_only)


def touched(before: Path, after: Path) -> tuple[set[str], set[str], set[str]]:
    """Return the parts that changed, came and went."""
    old, new = parts(before), parts(after)
    return (
        {name for name in old.keys() & new.keys() if old[name] != new[name]},
        set(new) - set(old),
        set(old) - set(new),
    )


def assert_only(before: bytes, after: bytes, cells: set[str]) -> None:
    """The sheet is byte for byte the same, but for these cells and the link to the drawing of notes."""

    def rest(data: bytes) -> bytes:
        return CELL.sub(lambda one: b"" if one[2].decode() in cells else one[0], data)

    after = re.sub(rb'<(?:\w+:)?legacyDrawing xmlns:nr="[^"]*" nr:id="\w+"/>', b"", after)
    assert rest(before) == rest(after)
    old, new = (
        {one.get("r"): one for one in ElementTree.fromstring(data).iter(f"{MAIN}c")} for data in (before, after)
    )
    assert list(old) == list(new)
    for reference, cell in old.items():
        if reference in cells:
            assert new[reference].find(f"{MAIN}f") is None
            assert new[reference].get("s") == cell.get("s")
        else:
            assert ElementTree.tostring(cell) == ElementTree.tostring(new[reference])


def png() -> bytes:
    """A red picture of one point."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\xff\0\0")),
              (b"IEND", b"")]  # fmt: skip
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def rich(path: Path, comments: bool = True) -> Path:
    """A workbook of XlsxWriter with much beside our formulas: chart, rules, notes, a table, a picture, other sheets."""
    book = xlsxwriter.Workbook(path)
    sheet, other = book.add_worksheet("Chiffres"), book.add_worksheet("Autre")
    percent, bold = book.add_format({"num_format": "0.0%"}), book.add_format({"bold": True})
    sheet.write_row("A1", ["Série", "Période", "Croissance", "EXPORT_GROWTH(", "Natif"], bold)
    sheet.write_row("A2", ["TOTAL", "S1 2025"])
    sheet.write_formula("C2", "=EXPORT_GROWTH(A2,B2)", percent, 0.035)
    sheet.write_formula("C3", '=EXPORT_VALUE("KPO",2024)', None, 48)
    sheet.write_formula("C4", '="Croissance : "&TEXT(EXPORT_GROWTH("TOTAL",2024),"0.0%")', None, "Croissance : 0.2%")
    sheet.write_formula("C5", '=EXPORT_GROWTH("CRM",2024)', percent, "#N/A")
    sheet.write_formula("C6", "=EXPORT_GROWTH(F2,F3)", percent, 0.1)
    sheet.write_formula("C7", '=EXPORT_TEXT("TOTAL",2024)', None, "Une phrase & <une autre>")
    sheet.write_array_formula("C9:D12", '{=EXPORT_SERIES("TOTAL")}', None, "2023")
    for row, (period, value) in enumerate(functions.export_series("TOTAL")):  # type: ignore[arg-type, misc]
        sheet.write(8 + row, 2, period) if row else None
        sheet.write(8 + row, 3, value)
    sheet.write_formula("E2", "=SUM(F2:F3)", None, 231)
    sheet.write_formula("E3", '=LEN("EXPORT_GROWTH(")', None, 14)
    sheet.write_column("F2", [121, 110])
    if comments:
        sheet.write_comment("C3", "Déjà là", {"author": "Chef"})
        sheet.write_comment("A1", "Un titre")
    sheet.conditional_format("C2:C6", {"type": "data_bar"})
    sheet.data_validation("B2", {"validate": "list", "source": ["S1 2025", "2024"]})
    sheet.freeze_panes(1, 0)
    sheet.add_table("H1:I3", {"data": [[1, 2], [3, 4]]})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Chiffres!$F$2:$F$3"})
    sheet.insert_chart("H8", chart)
    other.write_row("A1", ["rien", "à", "figer", 1.5])
    other.write_formula("A2", "=A1&B1", None, "rienà")
    other.set_header("&L&G", {"image_left": "logo.png", "image_data_left": io.BytesIO(png())})
    other.insert_image("D4", "logo.png", {"image_data": io.BytesIO(png())})
    book.define_name("Base", "=Chiffres!$F$2")
    book.close()
    return path


RICH = {"C2", "C3", "C4", "C5", "C6", "C7", "C9"}


def test_values_and_notes(tmp_path: Path) -> None:
    target, done = frozen(rich(tmp_path / "riche.xlsx"))
    assert {one.cell for one in done.cells} == RICH
    assert done.left == ()
    sheet, before = loaded(target)["Chiffres"], loaded(tmp_path / "riche.xlsx")["Chiffres"]
    for row in before.iter_rows():
        for cell in row:
            assert sheet[cell.coordinate].value == cell.value
            assert sheet[cell.coordinate].number_format == cell.number_format
    formulas = loaded(target, data_only=False)["Chiffres"]
    assert [cell.coordinate for row in formulas for cell in row if cell.data_type == "f"] == ["E2", "E3"]
    notes = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert set(notes) == RICH | {"A1"}
    assert notes["A1"] == "Un titre"
    assert notes["C2"].splitlines() == [
        "Valeur figée par nachra",
        "Formule : =EXPORT_GROWTH(A2,B2)",
        "Source : semestrielle-2025-S1.xlsx ! Publication ! I18",
        "Édition : 2025-10",
        "Statut : provisoire",
    ]
    assert notes["C3"].startswith("Déjà là\n\nValeur figée par nachra\n")
    assert "annuelle-2024.xlsx ! Publication ! E23" in notes["C3"]
    assert 'TEXT(EXPORT_GROWTH("TOTAL",2024),"0.0%")' in notes["C4"]
    assert "Source : annuelle-2024.xlsx ! Publication ! I18" in notes["C4"]
    assert "nombres du classeur" in notes["C6"]
    assert "(C9:D12)" in notes["C9"]
    assert "semestrielle-2025-S1.xlsx" in notes["C9"]


def test_nothing_else_changes(tmp_path: Path) -> None:
    path = rich(tmp_path / "riche.xlsx")
    target, _ = frozen(path)
    changed, new, gone = touched(path, target)
    assert changed == {SHEET, "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"}
    assert (new, gone) == (set(), set())
    assert_only(parts(path)[SHEET], parts(target)[SHEET], RICH)
    assert list(parts(path)) == list(parts(target)), "and the parts keep their order"


def test_nothing_else_changes_where_notes_are_new(tmp_path: Path) -> None:
    path = rich(tmp_path / "riche.xlsx", comments=False)
    target, _ = frozen(path)
    changed, new, gone = touched(path, target)
    assert changed == {SHEET, "xl/worksheets/_rels/sheet1.xml.rels", NOTED}
    # the first drawing is the picture in the other sheet's header
    assert (new, gone) == ({"xl/comments1.xml", "xl/drawings/vmlDrawing2.vml"}, set())
    old, now = parts(path), parts(target)
    assert_only(old[SHEET], now[SHEET], RICH)
    for part in (NOTED, "xl/worksheets/_rels/sheet1.xml.rels"):
        lines = [set(re.findall(rb"<[^/?][^>]*>", one)) for one in (old[part], now[part])]
        assert lines[0] < lines[1], "what was there is there"


def test_the_same_bytes_each_time_and_nothing_to_do_twice(tmp_path: Path) -> None:
    target, _ = frozen(rich(tmp_path / "riche.xlsx"))
    first = target.read_bytes()
    frozen(tmp_path / "riche.xlsx")
    assert target.read_bytes() == first
    again, done = frozen(target)
    assert done.cells == done.left == ()
    assert again.read_bytes() == first


@pytest.mark.parametrize("language", languages())
def test_notes_in_each_language(language: str, tmp_path: Path) -> None:
    if "freeze" not in load_toml(f"texts/{language}.toml"):
        pytest.skip("not worded yet")
    target, _ = frozen(rich(tmp_path / "riche.xlsx"), language)
    label = load_toml("statuses.toml")["provisional"]["label"][language]
    assert label in loaded(target)["Chiffres"]["C2"].comment.text


# --- workbooks without results ----------------------------------------------------------------------


def made(path: Path, cells: dict[str, Any], more: Callable[[Workbook], object] | None = None) -> Path:
    """Save cells with openpyxl, which stores no results."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Feuille à moi"
    for reference, value in cells.items():
        sheet[reference] = value
    if more:
        more(book)
    book.save(path)
    return path


def test_plain_calls_are_computed(tmp_path: Path) -> None:
    cells = {
        "A1": "TOTAL", "B1": "S1 2025", "A2": 110, "B2": 100, "A3": "=A2",
        "C1": "=EXPORT_GROWTH(A1,B1)",
        "C2": "=EXPORT_GROWTH($A$2,'Feuille à moi'!B2)",
        "C3": '=_xlfn.EXPORT_STATUS("ITO",2024,"fr")',
        "C4": '=EXPORT_VALUE("FOO",2024)',
        "C5": "=EXPORT_VALUE(,2024)",
        "C6": "=EXPORT_GROWTH( 110 , -5 )",
        "C7": "=EXPORT_VALUE()",
        # left: not plain, on what is itself computed, or more than one cell
        "D1": "=EXPORT_GROWTH(A3,B2)",
        "D2": '=2*EXPORT_VALUE("KPO",2024)',
        "D3": '=EXPORT_VALUE(A1&"",2024)',
        "D4": '=EXPORT_SERIES("TOTAL")',
        "D5": "=EXPORT_GROWTH(A1:A2,B1:B2)",
        "D6": "=EXPORT_VALUE([2]Autre!A1,2024)",
        "D7": "=EXPORT_VALUE(EXPORT_VALUE())",
    }  # fmt: skip
    target, done = frozen(made(tmp_path / "sans.xlsx", cells))
    assert {one.cell: one.value for one in done.cells} == {
        "C1": "0.035", "C2": repr(110 / 100 - 1), "C3": "provisoire", "C4": "#VALUE!", "C5": "26.2",
        "C6": "#NUM!", "C7": "13.4",
    }  # fmt: skip
    assert {one.cell for one in done.left} == {"D1", "D2", "D3", "D4", "D5", "D6", "D7"}
    assert {one.reason for one in done.left} == {"value"}
    assert all(one.cell in one.message() and one.formula in one.message() for one in done.left)
    sheet = loaded(target).worksheets[0]
    assert [sheet[f"C{row}"].value for row in range(1, 8)] == [
        0.035, 110 / 100 - 1, "provisoire", "#VALUE!", 26.2, "#NUM!", 13.4,
    ]  # fmt: skip
    formulas = loaded(target, data_only=False).worksheets[0]
    assert {reference: formulas[reference].value for reference in cells if reference[0] in "AD"} == {
        reference: value for reference, value in cells.items() if reference[0] in "AD"
    }
    before, after = (parts(one)[SHEET] for one in (tmp_path / "sans.xlsx", target))
    assert_only(before, after, {f"C{row}" for row in range(1, 8)})


def test_a_zero_of_a_program_that_does_not_calculate_is_no_result(tmp_path: Path) -> None:
    """XlsxWriter stores 0 where it is told no result, and asks for a calculation: 0 % would be a false figure."""
    path = tmp_path / "zero.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_formula("A1", "=EXPORT_GROWTH()")
        sheet.write_formula("A2", "=1*EXPORT_GROWTH()")
    _, done = frozen(path)
    assert [(one.cell, one.value) for one in done.cells] == [("A1", "0.035")]
    assert [one.cell for one in done.left] == ["A2"]
    # Excel itself has calculated what it saves
    rewritten(path, lambda held: held.update(
        {"xl/workbook.xml": held["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")}
    ))  # fmt: skip
    _, done = frozen(path)
    assert [(one.cell, one.value) for one in done.cells] == [("A1", "0"), ("A2", "0")]


@pytest.fixture
def two_editions(tmp_path: Path) -> Any:
    """Answer from the sample releases and from a later edition of the annual one."""
    folder = tmp_path / "editions"
    folder.mkdir()
    for release in RELEASES.glob("*.xlsx"):
        shutil.copy(release, folder)
    editions_made.later(folder / "annuelle-2025.xlsx")
    set_provider(FolderLibrary(folder))
    yield
    set_provider(FolderLibrary(RELEASES))


#: formulas that name an edition, the cells that they come from in it
OF_AN_EDITION = {
    '=EXPORT_VALUE("TOTAL",2024,"2025-10")': "E18",
    '=EXPORT_GROWTH("TOTAL",2024,"2025-10")': "I18",
    '=EXPORT_CONTRIBUTION("ESO",2024,,"2025-10")': "E21, E15",
    '=EXPORT_CAGR("TOTAL",2023,2024,"2025-10")': "E18",
    '=EXPORT_INDEX("TOTAL",2024,2023,"2025-10")': "E18",
    '=EXPORT_STATUS("TOTAL",2024,"fr","2025-10")': "E18",
    '=EXPORT_SOURCE("TOTAL",2024,"croissance","2025-10")': "I18",
    '=EXPORT_CHECK("TOTAL",2024,"croissance","fr","2025-10")': "I18",
    '=EXPORT_TEXT("TOTAL",2024,"fr","2025-10")': "E18",
}


def test_notes_name_the_edition_that_the_formula_names(two_editions: None, tmp_path: Path) -> None:
    path = made(tmp_path / "editions.xlsx", {f"A{row}": one for row, one in enumerate(OF_AN_EDITION, 1)})
    _, done = frozen(path)
    assert [one.formula for one in done.cells] == list(OF_AN_EDITION)
    for one in done.cells:
        assert one.edition == "2025-10", one
        assert "annuelle-2024.xlsx" in one.source and one.source.endswith(OF_AN_EDITION[one.formula]), one
        assert one.status == "provisoire", one


def test_notes_of_ranges_name_what_each_cell_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "plages.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_column("A1", ["ITO", "CRM"])
        sheet.write_array_formula("B1:B2", "{=EXPORT_VALUE(A1:A2,2024)}", None, 10578)
        sheet.write_formula("C1", '=EXPORT_VALUE("FOO",2024)', None, "#VALUE!")
        sheet.write_formula("C2", "=EXPORT_GROWTH(B1:B2,5)", None, 2)
    _, done = frozen(path)
    found = {one.cell: one.source for one in done.cells}
    assert found["B1"] == "annuelle-2024.xlsx ! Publication ! E19 ; annuelle-2024.xlsx ! Publication ! E20"
    assert found["C1"] == "", "an unknown series is no number of the workbook"


def test_a_stored_result_that_the_library_contradicts_is_said(two_editions: None, tmp_path: Path) -> None:
    """The result is of the edition that the spreadsheet knew, source and status are those of the newest."""
    path = tmp_path / "ancien.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Note")
        sheet.write_formula("A1", '=EXPORT_VALUE("TOTAL",2024)', None, 26.2)
        sheet.write_formula("A2", '=EXPORT_VALUE("TOTAL",2024)', None, 26.4)
        sheet.write_formula("A3", '=EXPORT_STATUS("TOTAL",2024)', None, "provisoire")
        sheet.write_formula("A4", '=EXPORT_VALUE("TOTAL",2024)*2', None, 52.4)
    for language in languages():
        target, done = frozen(path, language)
        assert [(one.frozen.cell, one.value) for one in done.stale] == [("A1", "26.4"), ("A3", "révisé")]
        assert "Note ! A1" in done.stale[0].message(language) and "26.2" in done.stale[0].message(language)
        notes = {cell.coordinate: cell.comment.text for row in loaded(target)["Note"] for cell in row if cell.comment}
        assert text("freeze.stale", language, value="26.4") in notes["A1"]
        assert loaded(target)["Note"]["A1"].value == 26.2


def test_the_formula_of_a_table_column_is_left_and_said(tmp_path: Path) -> None:
    path = tmp_path / "tableau.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Suivi")
        formula = "=EXPORT_VALUE([@Série],2024)"
        sheet.add_table("A1:B3", {"columns": [{"header": "Série"}, {"header": "2024", "formula": formula}]})
        for row, (series, value) in enumerate((("ITO", 10578), ("CRM", 9849)), 2):
            sheet.write(f"A{row}", series)
            sheet.write_formula(f"B{row}", "=EXPORT_VALUE(Table1[[#This Row],[Série]],2024)", None, value)
    target, done = frozen(path)
    assert [one.cell for one in done.cells] == ["B2", "B3"]
    assert [(one.reason, one.sheet) for one in done.left] == [("table", "Suivi")]
    for language in languages():
        assert "EXPORT_VALUE(" in done.left[0].message(language)
    assert parts(path)["xl/tables/table1.xml"] == parts(target)["xl/tables/table1.xml"]


def test_names_and_rules_are_left_and_said(tmp_path: Path) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    def more(book: Workbook) -> None:
        book.defined_names["Taux"] = DefinedName("Taux", attr_text="EXPORT_GROWTH()")
        sheet = book.worksheets[0]
        sheet.conditional_formatting.add("A1:A3", FormulaRule(["EXPORT_GROWTH()>0"]))
        sheet.conditional_formatting.add("B1:B3", FormulaRule(["A1>0"]))
        rule = DataValidation("custom", formula1='EXPORT_VALUE("ITO")>A1')
        rule.add("A1")
        sheet.add_data_validation(rule)

    _, done = frozen(made(tmp_path / "regles.xlsx", {"A1": 1}, more))
    assert done.cells == ()
    assert sorted((one.reason, one.cell) for one in done.left) == [("name", "Taux"), ("rule", ""), ("rule", "")]
    assert all(one.message() for one in done.left)


# --- how formulas stand in the XML ------------------------------------------------------------------


def with_rows(path: Path, rows: str, *, prefix: str = "", after: str = "") -> Path:
    """A workbook whose only sheet is written by hand."""
    made(path, {"A1": 1})
    p = f"{prefix}:" if prefix else ""
    xmlns = f"xmlns:{prefix}" if prefix else "xmlns"
    sheet = (
        f'<?xml version="1.0"?><{p}worksheet {xmlns}="{MAIN[1:-1]}"><{p}sheetData>{rows}</{p}sheetData>{after}'
        f"</{p}worksheet>"
    )
    return rewritten(path, lambda held: held.update({SHEET: sheet.encode()}))


def test_shared_formulas(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>110</v></c><c r="B1"><v>100</v></c>'
        '<c r="C1"><f t="shared" ref="C1:C4" si="0">EXPORT_GROWTH(A1,$B$1)</f><v>0.1</v></c>'
        '<c r="D1"><f t="shared" ref="D1:D2" si="1">A1+1</f><v>111</v></c></row>'
        '<row r="2"><c r="A2"><v>121</v></c><c r="C2"><f t="shared" si="0"/><v>0.21</v></c>'
        '<c r="D2"><f t="shared" si="1"/><v>122</v></c></row>'
        '<row r="3"><c r="A3"><v>90</v></c><c r="C3"><f t="shared" si="0"></f></c></row>'
        '<row r="4"><c r="A4"><f>A3+1</f><v>91</v></c><c r="C4"><f t="shared" si="0"/></c></row>'
    )
    path = with_rows(tmp_path / "partage.xlsx", rows)
    target, done = frozen(path)
    assert [(one.cell, one.formula, one.value) for one in done.cells] == [
        ("C1", "=EXPORT_GROWTH(A1,$B$1)", "0.1"),
        ("C2", "=EXPORT_GROWTH(A2,$B$1)", "0.21"),
        ("C3", "=EXPORT_GROWTH(A3,$B$1)", repr(90 / 100 - 1)),
    ]
    assert [one.cell for one in done.left] == ["C4"]
    formulas = loaded(target, data_only=False).worksheets[0]
    assert formulas["C4"].value == "=EXPORT_GROWTH(A4,$B$1)", "what shared a formula that is gone has its own"
    assert (formulas["D1"].value, formulas["D2"].value) == ("=A1+1", "=A2+1")


def test_arrays_metadata_and_odd_spellings(tmp_path: Path) -> None:
    rows = (
        '<row><c cm="1"><f t="array" ref="A1:A2" ca="1">_xlfn.EXPORT_VALUE(C1:C2,2024)</f><v>26.2</v></c>'
        '<c t="str"><f><![CDATA[EXPORT_TEXT("TOTAL",2024)]]></f><v>a &lt; b</v></c></row>'
        '<row><c><v>48</v></c><c t="b"><f>EXPORT_VALUE("KPO",2024)&gt;40</f><v>1</v></c>'
        "<!-- <c><f>EXPORT_VALUE()</f></c> --></row>"
        '<row r="7" spans="1:3"><c t="e" r="C7" s="0" ><f >[1]!EXPORT_GROWTH("CRM",2024)</f ><v>#N/A</v></c>'
        "<c t='str' r='D7'><f>'nachra.xlam'!export_status(\"ITO\",2024)</f><v></v></c>"
        '<c r="E7"><f>MY_EXPORT_GROWTH(1,2)+XEXPORT_VALUE()+EXPORT_GROWTH</f><v>5</v></c>'
        '<c r="F7" t="e"><f>EXPORT_VALUE("KPO",2024)</f><v>#NAME?</v></c>'
        '<c r="G7"><f>ORG.NACHRA.CALC.EXPORTVALUE("KPO",2024)</f><v>48</v></c>'
        '<c r="H7"><f>EXPORT_VALUE("KPO",,2024</f><v>48</v></c></row>'
    )
    path = with_rows(tmp_path / "rare.xlsx", rows)
    target, done = frozen(path)
    assert [(one.cell, one.value) for one in done.cells] == [
        ("A1", "26.2"), ("B1", "a < b"), ("B2", "1"), ("C7", "#N/A"), ("D7", ""), ("F7", "48"), ("G7", "48"),
    ]  # fmt: skip
    after = parts(target)[SHEET]
    assert b'cm="1"' not in after
    assert b"<!-- <c><f>EXPORT_VALUE()</f></c> -->" in after
    assert b"<f>MY_EXPORT_GROWTH(1,2)+XEXPORT_VALUE()+EXPORT_GROWTH</f>" in after
    assert [(one.cell, one.reason) for one in done.left] == [("H7", "formula")]
    assert loaded(target).worksheets[0]["F7"].value == 48


def test_a_sheet_with_prefixes(tmp_path: Path) -> None:
    rows = '<x:row r="1"><x:c r="A1"><x:f>EXPORT_VALUE("KPO",2024)</x:f></x:c></x:row>'
    path = with_rows(tmp_path / "prefixe.xlsx", rows, prefix="x", after="<x:pageMargins left='1' right='1' top='1' "
                     "bottom='1' header='1' footer='1'/>")  # fmt: skip
    target, _ = frozen(path)
    after = parts(target)[SHEET]
    assert b'<x:c t="n" r="A1"><x:v>48</x:v></x:c>' in after
    assert after.index(b"<x:pageMargins") < after.index(b"<x:legacyDrawing")
    sheet = loaded(target).worksheets[0]
    assert sheet["A1"].value == 48
    assert sheet["A1"].comment


def test_the_calculation_chain_goes(tmp_path: Path) -> None:
    path = rich(tmp_path / "riche.xlsx")
    chain = f'<calcChain xmlns="{MAIN[1:-1]}"><c r="C2" i="1"/><c r="E2"/><c r="A2" i="2"/></calcChain>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"

    def add(held: dict[str, bytes]) -> None:
        held["xl/calcChain.xml"] = chain.encode()
        held[NOTED] = held[NOTED].replace(
            b"</Types>", f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>'.encode()
        )
        rels = "xl/_rels/workbook.xml.rels"
        link = f'<Relationship Id="rId99" Type="{relation}" Target="calcChain.xml"/></Relationships>'
        held[rels] = held[rels].replace(b"</Relationships>", link.encode())

    plain = parts(path)
    target, _ = frozen(rewritten(path, add))
    _, _, gone = touched(path, target)
    after = parts(target)
    assert gone == {"xl/calcChain.xml"}
    assert after["xl/_rels/workbook.xml.rels"] == plain["xl/_rels/workbook.xml.rels"]
    assert after[NOTED] == plain[NOTED]


def test_notes_that_openpyxl_wrote_are_kept(tmp_path: Path) -> None:
    def more(book: Workbook) -> None:
        sheet = book.worksheets[0]
        sheet["A1"].comment = Comment("Déjà là", "Chef")
        sheet["B9"].comment = Comment("Ailleurs", "nachra")

    path = made(tmp_path / "notes.xlsx", {"A1": "=EXPORT_VALUE()", "A2": "=EXPORT_GROWTH()"}, more)
    target, _ = frozen(path)
    sheet = loaded(target).worksheets[0]
    notes = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert notes["A1"].startswith("Déjà là\n\nValeur figée")
    assert notes["B9"] == "Ailleurs"
    assert notes["A2"].startswith("Valeur figée")
    authors = re.findall(rb"<author>(.*?)</author>", next(data for name, data in parts(target).items() if "comment" in
                         name and name.endswith(".xml")))  # fmt: skip
    assert sorted(authors) == [b"Chef", b"nachra"], "an author is named once"


@pytest.mark.parametrize("name", REGISTRY)
def test_every_function_under_every_name(name: str) -> None:
    bare = name.replace("_", "")
    for opening in (name, name.lower(), f"_xlfn.{name}", f"_xlfn._xlws.{name}", f"[1]!{name}", f"'nachra.xlam'!{name}",
                    f"'C:\\Mes compléments\\[nachra.xlam]Feuille'!{name}", f"ORG.NACHRA.CALC.{name}",
                    f"org.nachra.CalcAddIn.{bare}"):  # fmt: skip
        found = calls_in(f"1+SUM({opening}(A1),2)")
        assert found and [one.function.name for one in found] == [name], opening
    for other in (f"MY_{name}(1)", f"{name}X(1)", f'"{name}(1)"', name, f"{name}+(1)", f"'{name}('!A1"):
        assert not calls_in(other), other


# --- what is refused --------------------------------------------------------------------------------


def _utf16(held: dict[str, bytes]) -> None:
    sheet = held[SHEET].decode()
    held[SHEET] = sheet.replace('"utf-8"', '"utf-16"').replace('"UTF-8"', '"UTF-16"').encode("utf-16")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda held: held.update({SHEET: b"<a><b></a>"}), RefusedError),
        (lambda held: held.update({SHEET: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), RefusedError),
        (lambda held: held.update({"xl/comments1.xml": b"<comments/>"}), UnreadableError),
        (lambda held: held.update({"xl/drawings/vmlDrawing1.vml": b"rien"}), UnreadableError),
        (lambda held: held.pop("_rels/.rels"), UnreadableError),
        (lambda held: held.pop("xl/_rels/workbook.xml.rels"), UnreadableError),
        (_utf16, UnreadableError),
    ],
    ids=["damaged", "doctype", "comments", "drawing", "rels", "sheets", "utf16"],
)  # fmt: skip
def test_damaged_workbooks_are_refused(change: Any, error: type[Exception], tmp_path: Path) -> None:
    path = rewritten(rich(tmp_path / "riche.xlsx"), change)
    with pytest.raises(error) as caught:
        frozen(path)
    assert caught.value.message()  # type: ignore[attr-defined]
    assert not (tmp_path / "riche-fige.xlsx").exists()


def test_never_over_the_original(tmp_path: Path) -> None:
    path = rich(tmp_path / "riche.xlsx")
    before = path.read_bytes()
    with pytest.raises(UnreadableError, match="destination"):
        freeze_workbook(path, tmp_path / "." / "riche.xlsx")
    (tmp_path / "lien.xlsx").symlink_to(tmp_path / "ailleurs.xlsx")
    with pytest.raises(WriteError):
        freeze_workbook(path, tmp_path / "lien.xlsx")
    assert path.read_bytes() == before


# --- in the real spreadsheet ------------------------------------------------------------------------


@pytest.mark.calc
def test_office_opens_it_and_nothing_changed(tmp_path: Path, soffice: Path) -> None:
    """LibreOffice recalculates both: the frozen copy shows our values where the original shows #NAME?."""
    original = rich(tmp_path / "riche.xlsx")
    target, _ = frozen(original)
    first, second = office.recalculate([original, target], tmp_path / "lo")
    sheet, before = loaded(second)["Chiffres"], loaded(original)["Chiffres"]
    assert loaded(first)["Chiffres"]["C2"].value == "#NAME?"
    for row in before.iter_rows():
        for cell in row:
            assert sheet[cell.coordinate].value == cell.value, cell.coordinate
    for reference in RICH:
        assert "Valeur figée par nachra" in sheet[reference].comment.text
    assert "Déjà là" in sheet["C3"].comment.text
    # what LibreOffice saved, with its own notes and drawing, is frozen as well
    again, done = frozen(first)
    assert {one.cell: one.value for one in done.cells}["C2"] == "0.035"
    assert {one.cell for one in done.left} == {"C4", "C9"}
    assert "Déjà là" in loaded(again)["Chiffres"]["C3"].comment.text
    assert_only(parts(first)[SHEET], parts(again)[SHEET],
                {one.cell for one in done.cells})  # fmt: skip


@pytest.mark.validator
@pytest.mark.parametrize("comments", [True, False])
def test_frozen_workbooks_are_valid(comments: bool, tmp_path: Path, validator: Path) -> None:
    path = rich(tmp_path / "riche.xlsx", comments)
    target, _ = frozen(path)
    assert office.validate(path) == []
    assert office.validate(target) == []


@pytest.mark.validator
def test_frozen_workbooks_of_openpyxl_are_valid(tmp_path: Path, validator: Path) -> None:
    path = made(tmp_path / "sans.xlsx", {"A1": "=EXPORT_VALUE()", "A2": '=EXPORT_TEXT("TOTAL",2024)'})
    target, _ = frozen(path)
    assert set(office.validate(target)) <= set(office.validate(path))
