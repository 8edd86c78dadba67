"""The grid: cells as they are stored, with what hides or joins them, and where two readers disagree."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import MAIN, ONE_CELL, comments, made, package, relationships, rows, two_directories, worksheet

from nachra.errors import UnreadableError
from nachra.grid import Cell, Disagreement, Grid, Kind, Sheet, address, read_grid
from nachra.guard import admit, admit_bytes, cell_position
from nachra.walking import LAST_COLUMN

STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], Grid]:
    """Read a workbook from its bytes."""

    def read_bytes(data: bytes) -> Grid:
        path = tmp_path / "publication.xlsx"
        path.write_bytes(data)
        return read_grid(admit(path))

    return read_bytes


@pytest.fixture
def read_made(tmp_path: Path) -> Callable[[Callable[[Workbook], object]], Grid]:
    """Read an openpyxl workbook filled in by a function."""
    return lambda fill: read_grid(admit(made(tmp_path / "publication.xlsx", fill)))


def text(reference: str, content: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{content}</t></is></c>'


# --- what cells hold --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "kind", "value", "formula"),
    [
        ('<c r="A1"><v>26.2</v></c>', Kind.NUMBER, 26.2, None),
        ('<c r="A1"><v>2024</v></c>', Kind.NUMBER, 2024.0, None),
        ('<c r="A1"><v>-1E-3</v></c>', Kind.NUMBER, -0.001, None),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', Kind.NUMBER, 2.0, "=1+1"),
        ('<c r="A1"><f>1+1</f></c>', Kind.UNCACHED, None, "=1+1"),
        ('<c r="A1"><f>1+1</f><v/></c>', Kind.UNCACHED, None, "=1+1"),
        ('<c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', Kind.TEXT, "ab", '="a"&"b"'),
        ('<c r="A1" t="b"><v>1</v></c>', Kind.BOOLEAN, True, None),
        ('<c r="A1" t="b"><f>1&gt;2</f><v>0</v></c>', Kind.BOOLEAN, False, "=1>2"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', Kind.ERROR, "#N/A", None),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', Kind.ERROR, "#DIV/0!", "=1/0"),
        (text("A1", "بلغت الصادرات"), Kind.TEXT, "بلغت الصادرات", None),
        (text("A1", " 26,2 "), Kind.TEXT, " 26,2 ", None),
        (text("A1", "une_x000D_\ndeux_x005F_x"), Kind.TEXT, "une\r\ndeux_x", None),
        ('<c r="A1" t="d"><v>2025-10-15T00:00:00</v></c>', Kind.DATE, dt.datetime(2025, 10, 15), None),
        ('<c r="A1"><f t="array" ref="A1:A2">B1:B2</f><v>3</v></c>', Kind.NUMBER, 3.0, "=B1:B2"),
        ('<c r="A1"><f t="dataTable" ref="A1:A2" r1="C1"/><v>3</v></c>', Kind.NUMBER, 3.0, "="),
        ("<c><v>5</v></c>", Kind.NUMBER, 5.0, None),
    ],
)
def test_kind_of_a_cell(
    read: Callable[[bytes], Grid], xml: str, kind: Kind, value: object, formula: str | None
) -> None:
    grid = read(package(rows(xml)))
    cell = grid.sheets[0].cells[1, 1]
    assert (cell.kind, cell.value, cell.formula) == (kind, value, formula)
    assert type(cell.value) is type(value)
    assert grid.disagreements == []


@pytest.mark.parametrize(
    "xml",
    [
        '<c r="A1"/>',
        '<c r="A1" s="0"><v/></c>',
        '<c r="A1" t="str"><f>IF(B1="","",B1)</f><v></v></c>',  # Excel's way to store an empty result
    ],
)
def test_cell_that_shows_nothing_is_not_filled(read: Callable[[bytes], Grid], xml: str) -> None:
    grid = read(package(rows(xml)))
    assert grid.sheets[0].cells == {} and grid.disagreements == []


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.TEXT, " ITO ", " ITO "),
        (Kind.NUMBER, 2024.0, "2024"),
        (Kind.NUMBER, 26.2, ""),
        (Kind.BOOLEAN, True, ""),
        (Kind.ERROR, "#N/A", ""),
        (Kind.DATE, dt.datetime(2024, 1, 1), ""),
        (Kind.UNCACHED, None, ""),
    ],
)
def test_text_of_a_cell(kind: Kind, value: object, shown: str) -> None:
    assert Cell(1, 1, kind, value).text == shown


def test_formulas_of_shared_cells_are_their_own(read: Callable[[bytes], Grid]) -> None:
    first = '<c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f><v>2</v></c>'
    grid = read(package(rows(first, '<c r="A2"><f t="shared" si="0"/><v>4</v></c>')))
    assert [cell.formula for cell in grid.sheets[0].cells.values()] == ["=B1*2", "=B2*2"]


def test_display_format_and_dates(read_made: Callable[[Callable[[Workbook], object]], Grid]) -> None:
    def fill(workbook: Workbook) -> None:
        sheet = workbook.active
        sheet.append([3314.4, dt.date(2025, 10, 15), dt.datetime(2025, 10, 15, 8, 30), dt.time(8, 30), "2025-10-15"])
        sheet["A1"].number_format = '#,##0;\\-#,##0;"-   "'
        sheet["F1"] = ArrayFormula("F1:F2", "=A1:A2")

    grid = read_made(fill)
    cells = [grid.sheets[0].cells[1, column] for column in range(1, 7)]
    assert cells[0].number_format == '#,##0;\\-#,##0;"-   "'
    assert [cell.kind for cell in cells] == [Kind.NUMBER, Kind.DATE, Kind.DATE, Kind.DATE, Kind.TEXT, Kind.UNCACHED]
    assert cells[1].value == dt.datetime(2025, 10, 15)
    assert cells[5].formula == "=A1:A2"
    assert grid.disagreements == []


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<c r="C2"><v>1E+305</v></c>', "not_finite"),
        (f'<c r="C2"><v>{"9" * 400}</v></c>', "not_finite"),
        (f'<c r="C2"><f>1</f><v>{"9" * 400}</v></c>', "not_finite"),
        (f'<c r="C2"><v>{"9" * 5000}</v></c>', "not_finite"),
        ('<c r="C2"><v>nan</v></c>', "cell_number"),
        ('<c r="C2"><v>abc</v></c>', "cell_number"),
        ('<c r="C2"><v>1_000</v></c>', "cell_number"),
        ('<c r="C2" t="b"><v>2</v></c>', "cell_number"),
        ('<c r="C2" t="s"><v>7</v></c>', "cell_reference"),  # no such shared string
        ('<c r="C2" s="99"><v>7</v></c>', "cell_reference"),  # no such style
    ],
)
def test_cell_that_no_reader_understands(read: Callable[[bytes], Grid], xml: str, code: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(package(rows("", xml)))
    assert caught.value.code == code
    assert (caught.value.sheet, caught.value.cell) == ("S", "C2")
    assert "publication.xlsx" in str(caught.value)


# --- what hides or joins cells ----------------------------------------------------------------------------


def test_hidden_rows_columns_and_sheets(read_made: Callable[[Callable[[Workbook], object]], Grid]) -> None:
    def fill(workbook: Workbook) -> None:
        sheet = workbook.active
        for _ in range(5):
            sheet.append([1, 2, 3, 4, 5])
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions.group("B", "C", hidden=True)
        sheet.column_dimensions["E"].width = 30
        for title, state in (("Cachée", "hidden"), ("Très cachée", "veryHidden")):
            other = workbook.create_sheet(title)
            other.append([1])
            other.sheet_state = state

    first, hidden, very_hidden = read_made(fill).sheets
    assert (first.visible, hidden.visible, very_hidden.visible) == (True, False, False)
    assert (first.hidden_rows, first.hidden_columns) == ({3}, {2, 3})
    shown = [address(*place) for place in first.cells if not first.is_hidden(*place)]
    assert shown == [f"{column}{row}" for row in (1, 2, 4, 5) for column in "ADE"]
    assert hidden.is_hidden(1, 1) and len(first.cells) == 25


def test_hidden_columns_stop_at_the_last(read: Callable[[bytes], Grid]) -> None:
    grid = read(package('<cols><col min="3" max="4000000" hidden="1"/></cols>' + ONE_CELL))
    assert grid.sheets[0].hidden_columns == set(range(3, LAST_COLUMN + 1))


def test_merged_ranges(read_made: Callable[[Callable[[Workbook], object]], Grid]) -> None:
    def fill(workbook: Workbook) -> None:
        workbook.active["A1"], workbook.active["A24"] = "EXPORTATIONS", "TOTAL"
        workbook.active.merge_cells("A1:U1")
        workbook.active.merge_cells("A24:B25")

    sheet = read_made(fill).sheets[0]
    assert sorted(sheet.merged) == [(1, 1, 1, 21), (24, 1, 25, 2)]
    assert sheet.merged_at(25, 2) == (24, 1, 25, 2) and sheet.merged_at(1, 21) == (1, 1, 1, 21)
    assert sheet.merged_at(2, 1) is None and sheet.merged_at(24, 3) is None
    assert list(sheet.cells) == [(1, 1), (24, 1)]  # a value stands at the anchor only
    assert (sheet.last_row, sheet.last_column) == (24, 1)


def test_empty_sheet() -> None:
    sheet = Sheet("vide")
    assert (sheet.last_row, sheet.last_column, sheet.get(1, 1)) == (0, 0, None)


def test_sheet_of_a_grid_by_title(read_made: Callable[[Callable[[Workbook], object]], Grid]) -> None:
    grid = read_made(lambda workbook: workbook.create_sheet("صادرات").append(["مجموع", 1]))
    assert grid.sheet("صادرات").cells[1, 1].value == "مجموع"
    assert [(sheet.title, cell.value) for sheet, cell in grid.texts()] == [("صادرات", "مجموع")]


@pytest.mark.parametrize(
    ("row", "column", "written"),
    [
        (1, 1, "A1"),
        (24, 3, "C24"),
        (9, 26, "Z9"),
        (10, 27, "AA10"),
        (1, 702, "ZZ1"),
        (1, 703, "AAA1"),
        (1048576, 16384, "XFD1048576"),
    ],
)
def test_address_of_a_place(row: int, column: int, written: str) -> None:
    assert address(row, column) == written
    assert cell_position(written) == (row, column)


# --- what else a workbook holds ---------------------------------------------------------------------------


def test_defined_names(read_made: Callable[[Callable[[Workbook], object]], Grid]) -> None:
    targets = {
        "Edition": "'Feuille d''or'!$B$3",
        "Simple": "Sheet!C24",
        "Zone": "Sheet!$A$1:$B$2",
        "Constante": "42",
        "Perdue": "Sheet!#REF!",
        "Ailleurs": "[1]Autre!$A$1",
        "Loin": "'[2]Autre feuille'!$A$1",
    }

    def fill(workbook: Workbook) -> None:
        workbook.create_sheet("Feuille d'or")
        for name, target in targets.items():
            workbook.defined_names[name] = DefinedName(name, attr_text=target)
        workbook.active.defined_names["Locale"] = DefinedName("Locale", attr_text="Sheet!$D$4")

    grid = read_made(fill)
    assert grid.names == {"Edition": ("Feuille d'or", "B3"), "Simple": ("Sheet", "C24"), "Locale": ("Sheet", "D4")}
    assert grid.broken_names == ["Ailleurs", "Loin", "Perdue"]


def test_external_links_and_macros_are_named_and_left_alone(read: Callable[[bytes], Grid]) -> None:
    target = ("externalLinkPath", "file:///C:/Users/x/Balance.xlsx")
    extra = {
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": relationships(rId1=target),
        "xl/externalLinks/externalLink2.xml": f'<externalLink xmlns="{MAIN}"><ddeLink ddeTopic="x"/></externalLink>',
        "xl/externalLinks/_rels/": "",  # some programs write entries for folders
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0",
    }
    links = {f"rId{n + 1}": ("externalLink", f"externalLinks/externalLink{n}.xml") for n in (1, 2)}
    listed = "".join(f'<externalReference r:id="{key}"/>' for key in links)
    data = package(names=f"<externalReferences>{listed}</externalReferences>", extra=extra, related=links)
    grid = read_grid(admit_bytes("publication.xlsm", data))
    assert grid.external_links == ["file:///C:/Users/x/Balance.xlsx"]
    assert grid.file.outside == (("link", "file:///C:/Users/x/Balance.xlsx"), ("dde", "|x"))
    assert grid.has_macros and not read(package()).has_macros


@pytest.mark.parametrize(
    ("written", "modified"),
    [
        ("2026-01-12T09:30:05Z", dt.datetime(2026, 1, 12, 9, 30, 5)),
        ("2026-01-12T09:30:05", dt.datetime(2026, 1, 12, 9, 30, 5)),
        (None, None),
    ],
)
def test_date_of_the_last_save(
    read: Callable[[bytes], Grid], written: str | None, modified: dt.datetime | None
) -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dcterms="http://purl.org/dc/terms/"><dcterms:modified>{written}</dcterms:modified></cp:coreProperties>'
    )
    assert read(package(extra={"docProps/core.xml": core} if written else {})).modified == modified


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "Z9:A1", ""])
def test_dimension_is_not_believed(read: Callable[[bytes], Grid], dimension: str) -> None:
    many = rows(*(f'<c r="A{row}"><v>{row}</v></c>' for row in range(1, 101)))
    sheet = read(package((f'<dimension ref="{dimension}"/>' if dimension else "") + many)).sheets[0]
    assert [cell.value for cell in sheet.cells.values()] == list(range(1, 101))


def test_strict_open_xml_is_refused_rather_than_read_as_empty(read: Callable[[bytes], Grid]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(package(namespace=STRICT, relations=STRICT_RELATIONS))
    assert caught.value.code == "no_sheets"


def test_half_strict_open_xml_is_seen_by_the_second_reader(read: Callable[[bytes], Grid]) -> None:
    assert read(package(namespace=STRICT)).disagreements == [Disagreement("S", "A1", "", "1.0")]


def test_chart_alone_is_no_sheet(tmp_path: Path) -> None:
    path = tmp_path / "publication.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Graphique!$A$1:$A$2"})
        workbook.add_chartsheet("Graphique").set_chart(chart)
    with pytest.raises(UnreadableError) as caught:
        read_grid(admit(path))
    assert caught.value.code == "no_sheets"


# --- two readers ------------------------------------------------------------------------------------------


def test_readers_disagree_on_a_value_under_a_merge(read: Callable[[bytes], Grid]) -> None:
    """openpyxl drops what stands under a merged range; Excel keeps it, and formulas may sum it."""
    cells = '<c r="A1"><v>1</v></c><c r="B1"><v>99.5</v></c><c r="C1"><v>0</v></c>'
    grid = read(package(rows(cells) + '<mergeCells><mergeCell ref="A1:C1"/></mergeCells>'))
    assert grid.disagreements == [Disagreement("S", "B1", "", "99.5"), Disagreement("S", "C1", "", "0.0")]


def test_readers_disagree_on_the_phantom_text_of_a_link(read: Callable[[bytes], Grid]) -> None:
    """openpyxl fills an empty cell with the target of its hyperlink."""
    grid = read(package(ONE_CELL + '<hyperlinks><hyperlink ref="B7" location="S!A1"/></hyperlinks>'))
    assert grid.disagreements == [Disagreement("S", "B7", "S!A1", "")]


@pytest.mark.parametrize(
    "content",
    ["deux  espaces", " avant et après ", "ligne\nligne", "ligne_x000D_\nligne", "_x000D__x000D_", "é\u0301", "=1+1"],
)
def test_readers_agree_on_texts(read: Callable[[bytes], Grid], content: str) -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>{content}</t></si></sst>'
    extra, related = {"xl/sharedStrings.xml": strings}, {"rId2": ("sharedStrings", "sharedStrings.xml")}
    cells = '<c r="A1" t="s"><v>0</v></c>' + text("B1", content)
    grid = read(package(rows(cells), extra=extra, related=related))
    assert grid.disagreements == []
    assert grid.sheets[0].cells[1, 2].kind is Kind.TEXT


def test_readers_agree_on_errors_and_booleans(tmp_path: Path) -> None:
    path = tmp_path / "publication.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for row, value in enumerate(["#N/A", "#REF!", "#DIV/0!", True, False, 0, "", "#N/A "]):
            sheet.write_formula(row, 0, "=B1", None, value)
        sheet.write_boolean("C1", True)
        sheet.write_string("C2", "TRUE")
        sheet.write_blank("C3", None, workbook.add_format({"bold": True}))
    grid = read_grid(admit(path))
    kinds = [cell.kind for (_, column), cell in grid.sheets[0].cells.items() if column == 1]
    assert kinds[:6] == [Kind.ERROR] * 3 + [Kind.BOOLEAN] * 2 + [Kind.NUMBER]
    assert grid.disagreements == []


def test_spaces_around_a_number_are_allowed_but_seen(read: Callable[[bytes], Grid]) -> None:
    """calamine takes "1" and a line end for another text; Excel and openpyxl do not."""
    strings = f'<sst xmlns="{MAIN}"><si><t>zéro</t></si><si><t>un</t></si></sst>'
    extra, related = {"xl/sharedStrings.xml": strings}, {"rId2": ("sharedStrings", "sharedStrings.xml")}
    grid = read(package(rows('<c r="A1" t="s"><v>1\n</v></c>'), extra=extra, related=related))
    assert grid.sheets[0].cells[1, 1].value == "un"
    assert [(one.cell, one.first) for one in grid.disagreements] == [("A1", "un")]


def test_both_readers_get_the_parts_that_the_guard_saw(read: Callable[[bytes], Grid]) -> None:
    """Of two directories in one archive, calamine would follow the other one, past the guard."""
    shown, hidden = package(rows('<c r="A1"><v>1</v></c>')), package(rows('<c r="A1"><v>2</v></c>'))
    grid = read(two_directories(shown, hidden))
    assert grid.sheets[0].cells[1, 1].value == 1.0
    assert grid.disagreements == []


def test_crash_of_the_second_reader_is_our_error(
    read: Callable[[bytes], Grid], monkeypatch: pytest.MonkeyPatch
) -> None:
    import python_calamine

    class PanicException(BaseException):  # what a Rust panic derives from
        pass

    class Panicking:
        @classmethod
        def from_filelike(cls, _file: object) -> object:
            raise PanicException("index out of bounds")

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Panicking)
    with pytest.raises(UnreadableError) as caught:
        read(package())
    assert caught.value.params == {"reason": "calamine, PanicException"}


def test_interruption_is_not_swallowed(read: Callable[[bytes], Grid], monkeypatch: pytest.MonkeyPatch) -> None:
    import python_calamine

    def interrupt(_file: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(python_calamine.CalamineWorkbook, "from_filelike", interrupt, raising=False)
    with pytest.raises(KeyboardInterrupt):
        read(package())


# --- hostile workbooks that pass the guard ----------------------------------------------------------------


@pytest.mark.parametrize("far", ["hyperlink", "comment", "merge"])
def test_far_cells_that_only_a_reader_creates(
    read: Callable[[bytes], Grid], monkeypatch: pytest.MonkeyPatch, far: str
) -> None:
    """openpyxl creates a cell for each link and comment; to walk the rectangle up to it would take for ever."""

    def walk(*_args: object, **_options: object) -> object:
        raise AssertionError("the whole rectangle is walked")

    for name in ("iter_rows", "iter_cols"):
        monkeypatch.setattr(Worksheet, name, walk)
    contents = {
        "hyperlink": package(ONE_CELL + '<hyperlinks><hyperlink ref="XFD1048576" location="S!A1"/></hyperlinks>'),
        "merge": package(ONE_CELL + '<mergeCells><mergeCell ref="XFC1048576:XFD1048576"/></mergeCells>'),
        "comment": comments("XFD1048576"),
    }
    assert (1, 1) in read(contents[far]).sheets[0].cells


@pytest.mark.parametrize(
    "sheets",
    [
        '<sheet name="S" sheetId="1" r:id="rId9"/>',
        '<sheet name="S" sheetId="1"/>',
        "",
        '<sheet name="" sheetId="1" r:id="rId1"/>',
        f'<sheet name="{"S" * 300}" sheetId="1" r:id="rId1"/>',
        '<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="S" sheetId="2" r:id="rId2"/>',
        '<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="s" sheetId="2" r:id="rId2"/>',
    ],
)
def test_list_of_sheets_that_is_wrong(read: Callable[[bytes], Grid], sheets: str) -> None:
    """Whatever the list says, the workbook is read whole or refused as unreadable."""
    extra, related = {"xl/worksheets/sheet2.xml": worksheet(ONE_CELL)}, {"rId2": ("worksheet", "worksheets/sheet2.xml")}
    try:
        grid = read(package(sheets=sheets, extra=extra, related=related))
    except UnreadableError:
        return
    assert all((1, 1) in sheet.cells for sheet in grid.sheets) and grid.disagreements == []


# --- real workbooks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "broken", "links"),
    [("oc_ide_recettes_par_secteurs.xlsx", 21, 1), ("hcp_indice_exportation_trimestriel.xlsx", 0, 0)],
)
def test_real_workbook_reads_alike_twice(shared: Path, name: str, broken: int, links: int) -> None:
    grid = read_grid(admit(shared / "data" / "releases" / name))
    assert grid.disagreements == []
    assert (len(grid.broken_names), len(grid.external_links)) == (broken, links)
    assert all(sheet.cells for sheet in grid.sheets)


def test_reading_needs_no_heavy_import_before() -> None:
    script = "import sys, nachra.grid; print({'openpyxl', 'python_calamine', 'pandas'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
