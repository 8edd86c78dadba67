"""The briefing as a file: every number leads back to the release, nothing depends on the clock, it prints on A4."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import office
import pytest
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import range_boundaries
from specimens import HOSTILE, hostile_release, open_workbook
from specimens import release as made

from nachra.jobs import check_release
from nachra.sheets import compose
from nachra.workbook import write_workbook

SHEETS = ["Couverture", "Chiffres clés", "Évolution", "Structure", "Données", "Contrôles", "Notes", "Provenance"]
DATA = "Données"
#: what turns the published unit into the briefing's, by (unit of the row, unit of the briefing's column)
FACTORS = {"%": Decimal("0.01"), "MDH": Decimal(1), "Mds DH": Decimal(1000), "indice": Decimal(1)}
REFERENCE = re.compile(r"'Données'!\$[EHI]\$\d+")
NAMESPACES = {
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "xdr": "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
}


def cells(book: Workbook, *, data: bool) -> Iterator[Cell]:
    """The filled cells of the data sheet, or of all others."""
    for sheet in book.worksheets:
        if (sheet.title == DATA) is data:
            yield from (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)


def shown(value: float | str, number_format: str) -> str:
    """A number as a French Excel shows it, in the few formats that briefings use."""
    if isinstance(value, str):
        return value
    positive, *others = number_format.split(";")
    section = others[0] if others and value < 0 else others[1] if len(others) > 1 and value == 0 else positive
    digits = re.search(r"[#0][#0,.]*", section)
    if section == "General" or digits is None:
        return f"{value:.11g}".replace(".", ",")
    number = abs(Decimal(repr(value))) * (100 if section.endswith("%") else 1)
    fixed, optional = (digits[0].partition(".")[2].count(mark) for mark in "0#")
    body = f"{number.quantize(Decimal(1).scaleb(-fixed - optional), ROUND_HALF_UP):,.{fixed + optional}f}"
    if optional:
        whole, _, fraction = body.partition(".")
        body = f"{whole}.{fraction.rstrip('0').ljust(fixed, '0')}"
    if "," not in digits[0]:
        body = body.replace(",", "")
    body = body.replace(",", "\u202f").replace(".", ",")
    dressed = section[: digits.start()] + body + section[digits.end() :]
    return dressed.replace('"', "")


OPTIONAL = ("Contributions", "Trajectoire 2030", "Perspective (estimation)")


def test_sheets_stand_in_order(briefing: Path) -> None:
    names = open_workbook(briefing).sheetnames
    # where parts are told, and add up: a sheet with nothing but the reason would be a blank page
    has_shares = not briefing.name.startswith(("historique", "hcp"))
    wanted = [name for name in SHEETS if has_shares or name != "Structure"]
    assert [name for name in names if name not in OPTIONAL] == wanted
    # where a part is told in two comparable periods
    has_contributions = briefing.name.startswith(("annuelle", "oc_ide"))
    # where a whole year of exports of digital services is told
    has_targets = briefing.name.startswith(("annuelle", "historique"))
    assert ("Trajectoire 2030" in names) is has_targets
    # where past years are told whole, and a year has begun
    has_outlook = briefing.name.startswith("hcp")
    assert ("Perspective (estimation)" in names) is has_outlook
    others = has_shares + has_contributions + has_targets + has_outlook
    assert names.index("Données") == 3 + others == len(names) - 4


# --- numbers --------------------------------------------------------------------------------------


def test_numbers_are_formulas_over_the_data_sheet(briefing: Path) -> None:
    for cell in cells(open_workbook(briefing), data=False):
        assert cell.data_type in ("s", "f"), f"{cell.parent.title}!{cell.coordinate} holds {cell.value!r}"
        if cell.data_type == "f":
            body = re.sub(r'"(?:[^"]|"")*"', "", cell.value)
            is_sentence = "TEXT(" in body
            # a sentence may quote a cell that shows its number; that cell leads to the data
            # the formulas of the estimate lead there step by step
            is_estimate = not is_sentence and "Perspective (estimation)" in body + cell.parent.title
            reference = re.compile(r"'[^']+'!\$[A-Z]+\$\d+") if is_sentence or is_estimate else REFERENCE
            rest = reference.sub("", body)
            # a rate is compounded over a number of years, which is no figure
            rest = re.sub(r"\^(\d+|\(1/\d+\))", "^", rest)
            assert reference.findall(body), cell.value
            # what is left computes, and brings no figure of its own: powers of ten scale, 0.500001 rounds
            functions = {"IF", "AND", "INT", "MOD", "ABS", "TEXT"} if is_sentence else {"IF", "AND"}
            functions |= {"LN", "EXP", "SQRT", "STDEV", "MIN", "MAX"} if is_estimate else set()
            assert set(re.findall(r"[A-Z]+", rest.replace("1E-12", ""))) <= functions, cell.value
            constants = set(re.findall(r"\d[\d.]*(?:E-\d+)?", rest))
            constants -= {one for one in constants if re.fullmatch("10*", one)}
            # Student's t for five years, as nachra.outlook has it; three or four quarters make a mean
            constants -= {"1.533", "3", "4", "5"} if briefing.name.startswith("hcp") else set()
            assert constants <= ({"0", "0.500001"} if is_sentence else {"2", "1E-12"}), cell.value


def test_data_sheet_holds_what_the_release_published(release: Path, briefing: Path) -> None:
    source = open_workbook(release, data_only=True)
    sheet = open_workbook(briefing, data_only=True)[DATA]
    unit = sheet["H4"].value.split("(")[1].split(",")[0]
    rows = [row for row in sheet.iter_rows(min_row=5, values_only=True) if row[13] not in (None, "-")]
    assert len(rows) > 10
    for row in rows:
        code, published, label, precision, value, value_precision, file, name, address = (
            row[place] for place in (0, 4, 5, 6, 7, 8, 11, 12, 13)
        )
        original = source[name][address].value
        assert file == release.name
        if published is None:
            assert (precision, value, value_precision) == (None, None, None)
            assert not isinstance(original, int | float), address
            continue
        # the hidden residue of a subtraction (127.90000000000146) is not a figure
        assert published == pytest.approx(float(original), rel=1e-12), f"{code} {address}"
        factor = FACTORS[label] / (1 if label == "%" else FACTORS[unit])
        assert Decimal(str(value)) == Decimal(str(published)) * factor
        assert value_precision == pytest.approx(float(Decimal(str(precision)) * factor))
        assert float(Decimal(str(published)) % Decimal(str(precision))) == 0


def test_presentation_shows_at_most_the_published_digits(briefing: Path) -> None:
    """A level in a table has the decimals of its figure, no more: 26.2 is not 26.20."""
    formulas, values = open_workbook(briefing), open_workbook(briefing, data_only=True)
    data = values[DATA]
    for cell in cells(formulas, data=False):
        if match := re.fullmatch(r"='Données'!\$H\$(\d+)", str(cell.value)):
            precision = Decimal(str(data[f"I{match[1]}"].value)) * (100 if cell.number_format.endswith("%") else 1)
            decimals = max(0, -precision.normalize().adjusted())
            form = cell.number_format.split(";")[0].split('"')[0]
            assert len(form.partition(".")[2]) == decimals, f"{cell.parent.title}!{cell.coordinate}"


def texts_shown(path: Path, sheet: str) -> list[list[str]]:
    """A sheet's rows as a reader sees them."""
    return [
        [shown(cell.value, cell.number_format) for cell in row if cell.value not in (None, "")]
        for row in open_workbook(path, data_only=True)[sheet].iter_rows()
    ]


def test_published_figures_are_visible(briefings: dict[Path, Path], releases: list[Path]) -> None:
    annual, _, half = (briefings[path] for path in releases)
    structure = texts_shown(annual, "Structure")
    assert [row[1] for row in structure if len(row) > 2][1:6] == [
        f"{share}\u00a0%" for share in ("40,3", "37,4", "13,2", "8,9", "0,2")
    ]
    total = next(row for row in texts_shown(annual, "Chiffres clés") if row and row[0].startswith("Total"))
    assert total[1:6] == ["26,17", "26,219\u00a0(s)", "100,0\u00a0%", "+0,05", "+0,2\u00a0%"]
    total = next(row for row in texts_shown(half, "Chiffres clés") if row and row[0].startswith("Total"))
    assert total[1:6] == ["12,9", "13,4", "100,0\u00a0%", "+0,5", "+3,5\u00a0%"]


def workbook_figures(path: Path) -> dict[tuple[str, str], dict[str, Decimal]]:
    """The official template as anyone would read it: {(period, code): {column: number}}, levels in billions."""
    sheet = open_workbook(path, data_only=True)["Publication"]
    header = next(row[0].row for row in sheet.iter_rows() if row[1].value == "Code")
    names = [cell.value for cell in sheet[header]]
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in sheet.iter_rows(min_row=header + 1, values_only=True):
        line = dict(zip(names[1:], row[1:], strict=True))
        scale = Decimal(1000) if line["Unité"] == "MDH" else Decimal(1)
        numbers = {name: Decimal(str(value)) for name, value in line.items() if isinstance(value, int | float)}
        if "Valeur" in numbers:
            numbers["Valeur"] /= scale
        found[str(row[0]), line["Code"]] = numbers
    return found


def test_key_figures_recomputed_by_hand(briefings: dict[Path, Path], releases: list[Path]) -> None:
    """Plain arithmetic on the release's own cells, without nachra."""
    annual, historic, half = releases
    sheets = {path: open_workbook(briefings[path], data_only=True)["Chiffres clés"] for path in releases}

    def cell(path: Path, label: str, column: str) -> Decimal:
        sheet = sheets[path]
        headers = {str(one.value).split(" (")[0]: one.column for one in sheet[5] if one.value}
        row = next(row[0].row for row in sheet.iter_rows(min_row=6) if label in str(row[0].value))
        return Decimal(str(sheet.cell(row, headers[column]).value))

    def close(number: Decimal, expected: Decimal) -> bool:
        return abs(number - expected) < Decimal("1e-12")

    figures = workbook_figures(annual)
    parts = [figures["2024", code]["Valeur"] for code in ("ITO", "CRM", "ESO", "BPO", "KPO")]
    whole, before = sum(parts, Decimal(0)), figures["2023", "TOTAL"]["Valeur"]
    assert whole == Decimal("26.219")
    assert close(cell(annual, "Total", "2024"), whole)
    assert close(cell(annual, "Total", "Variation"), whole - before)
    assert close(cell(annual, "(ESO)", "Variation"), figures["2024", "ESO"]["Valeur"] - Decimal("3.2"))
    assert close(cell(annual, "(KPO)", "Croissance sur un an"), Decimal(48) / 78 - 1)
    assert close(cell(annual, "(ESO)", "Contribution"), (parts[2] - Decimal("3.2")) * 100 / before)
    assert close(cell(annual, "(BPO)", "Croissance sur un an"), figures["2024", "BPO"]["Variation (%)"] / 100)
    points = [cell(annual, label, "Contribution") for label in ("(ESO)", "(KPO)", "Non ventilé")]
    assert close(cell(annual, "Total", "Contribution"), sum(points, Decimal(0)))
    assert close(cell(annual, "Total", "Contribution"), cell(annual, "Total", "Croissance sur un an") * 100)

    figures = workbook_figures(half)
    total = figures["S1 2025", "TOTAL"]
    assert close(cell(half, "(CRM)", "Part du total"), figures["S1 2025", "CRM"]["Valeur"] / total["Valeur"])
    assert close(cell(half, "Total", "Variation"), total["Valeur"] - figures["S1 2024", "TOTAL"]["Valeur"])
    assert close(cell(half, "Total", "Croissance sur un an"), total["Variation (%)"] / 100)

    figures = workbook_figures(historic)
    assert close(cell(historic, "Total", "2023"), figures["2023", "TOTAL"]["Valeur"])
    assert close(cell(historic, "Total", "Croissance sur un an"), figures["2023", "TOTAL"]["Variation (%)"] / 100)


# --- the file -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_same_inputs_give_the_same_bytes(briefings: dict[Path, Path], tmp_path: Path) -> None:
    """Whatever the hash seed, the time zone and the number of processes."""
    runs = []
    for seed, zone in (("1", "Africa/Casablanca"), ("2", "Asia/Tokyo")):
        command = [sys.executable, "-m", "nachra.cli", "batch", *map(str, briefings), "--out", str(tmp_path / seed)]
        command += ["--workers", seed, "--outline", "complete"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(office.REPOSITORY / "addin")}
        runs.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
    for run in runs:
        assert run.communicate(timeout=240)[1].decode().count("\n") == 1 and run.returncode == 0
    for path in briefings.values():
        assert (
            path.read_bytes() == (tmp_path / "1" / path.name).read_bytes() == (tmp_path / "2" / path.name).read_bytes()
        )


def test_document_properties_come_from_the_edition(briefings: dict[Path, Path], releases: list[Path]) -> None:
    path = briefings[releases[0]]
    properties = open_workbook(path).properties
    assert properties.title == "Exportations de services numériques et d'outsourcing, année 2024"
    assert properties.creator.endswith("Office des Changes") and properties.language == "fr-MA"
    assert properties.created == dt.datetime(2025, 10, 1)
    with zipfile.ZipFile(path) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"<dc:language>fr-MA</dc:language>" in package.read("docProps/core.xml")


def test_pages_are_a4_one_page_wide(briefing: Path) -> None:
    book = open_workbook(briefing)
    for sheet in book.worksheets:
        setup = sheet.page_setup
        assert setup.paperSize == 9, sheet.title
        # openpyxl leaves out the 1 that is the default
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and setup.fitToWidth in (None, 1), sheet.title
        assert sheet.oddFooter.right.text.endswith("&P / &N"), sheet.title
    evolution = book["Évolution"]
    if evolution.page_setup.fitToHeight == 0:  # as many pages as it takes
        header = int(evolution.print_title_rows.rpartition("$")[2])
        assert evolution.cell(header, 1).value == "Période" and evolution.freeze_panes is None
    data = book[DATA]
    assert data.print_title_rows == "$4:$4" and data.freeze_panes == "B5"
    assert data.auto_filter.ref == f"A4:N{data.max_row}"
    assert book.active.title == "Couverture"


def charts(path: Path) -> Iterator[ElementTree.Element]:
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("xl/charts/chart"):
                yield ElementTree.fromstring(package.read(name))


def test_charts_follow_cells(briefing: Path) -> None:
    """Every range of a chart exists; categories are texts, values are numbers or gaps, and its cache agrees."""
    book = open_workbook(briefing, data_only=True)
    found = 0
    for chart in charts(briefing):
        for series in chart.iterfind(".//c:ser", NAMESPACES):
            found += 1
            sizes = set()
            for role, kinds in (("cat", (str,)), ("val", (int, float))):
                reference = series.find(f"c:{role}//c:f", NAMESPACES)
                assert reference is not None and reference.text
                name, _, area = reference.text.rpartition("!")
                left, top, right, bottom = range_boundaries(area)
                held = [cell.value for row in book[name.strip("'")].iter_rows(top, bottom, left, right) for cell in row]
                assert all(isinstance(value, kinds) or (role == "val" and value is None) for value in held), area
                assert any(value is not None for value in held)
                sizes.add(len(held))
                cached = {
                    int(point.attrib["idx"]): point.findtext("c:v", "", NAMESPACES)
                    for point in series.iterfind(f"c:{role}//c:pt", NAMESPACES)
                }
                if role == "val":
                    assert {place: float(value) for place, value in cached.items() if value} == {
                        place: pytest.approx(value) for place, value in enumerate(held) if value is not None
                    }
            assert len(sizes) == 1
    assert found >= 1


def test_charts_have_alternative_texts(briefing: Path) -> None:
    with zipfile.ZipFile(briefing) as package:
        drawings = [name for name in package.namelist() if name.startswith("xl/drawings/drawing")]
        frames = [
            frame
            for name in drawings
            for frame in ElementTree.fromstring(package.read(name)).iterfind(
                ".//xdr:graphicFrame//xdr:cNvPr", NAMESPACES
            )
        ]
    assert len(frames) == len(list(charts(briefing)))
    assert all(len(frame.attrib.get("descr", "")) > 40 for frame in frames)


def widths(book: Workbook) -> dict[tuple[str, int], float]:
    """The width of each column; openpyxl keeps neighbours of one width under the first one's letter."""
    return {
        (sheet.title, column): one.width
        for sheet in book.worksheets
        for one in sheet.column_dimensions.values()
        for column in range(one.min, one.max + 1)
    }


def drawn(cell: Cell) -> float:
    """About how many pixels a text takes: Arial's widths in thousandths, by kind of letter, and the indent."""
    em = (cell.font.size or 10) * 96 / 72 * (1.07 if cell.font.bold else 1)
    widths = {**dict.fromkeys(" .,:;'|!()[]/-–fIijlrt\u00a0", 300), **dict.fromkeys("mMW@%", 860)}
    thousandths = sum(widths.get(letter, 690 if letter.isupper() else 545) for letter in str(cell.value))
    return thousandths / 1000 * em + 9 * cell.alignment.indent


def test_no_number_is_wider_than_its_column(briefing: Path) -> None:
    """A number too wide for its column shows as ####; a digit of Arial 10 is a little wider than the width's unit."""
    formulas, values = open_workbook(briefing), open_workbook(briefing, data_only=True)
    room = widths(formulas)
    for cell in (*cells(formulas, data=True), *cells(formulas, data=False)):
        title = cell.parent.title
        value = values[title][cell.coordinate].value
        if isinstance(value, int | float):
            text = shown(value, cell.number_format)
            taken = len(text) * 1.07 + 0.7 + cell.alignment.indent * 1.3
            assert taken <= room[title, cell.column], f"{title}!{cell.coordinate}: {text}"


def test_no_text_is_cut_by_its_neighbour(briefing: Path) -> None:
    """A text that is not wrapped runs on over blank cells, and is cut at the first filled one."""
    book = open_workbook(briefing)
    room = widths(book)
    for cell in (*cells(book, data=True), *cells(book, data=False)):
        if cell.data_type == "s" and not cell.alignment.wrap_text and cell.offset(0, 1).value is not None:
            place = f"{cell.parent.title}!{cell.coordinate}: {cell.value}"
            assert drawn(cell) <= room[cell.parent.title, cell.column] * 7 + 5, place


def test_the_cells_of_a_row_stand_on_one_line(briefing: Path) -> None:
    """A text of one line beside a number is not raised above it because its column may wrap."""
    book = open_workbook(briefing)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            ways = {cell.alignment.vertical for cell in row if cell.value is not None}
            assert len(ways) <= 1, f"{sheet.title}!{row[0].row}: {ways}"


def test_the_numbers_of_sentences_have_their_header_on_every_page(briefing: Path) -> None:
    sheet = open_workbook(briefing)["Contrôles"]
    repeated = sheet.print_title_rows.replace("$", "").split(":")
    assert repeated[0] == repeated[1] and sheet.cell(int(repeated[0]), 1).value == "Phrase"


def test_the_count_of_findings_begins_like_a_sentence(briefing: Path) -> None:
    said = str(open_workbook(briefing)["Contrôles"]["A2"].value)
    assert said[0].isupper() and said.endswith(".")


def test_arabic_footers_run_from_right_to_left(release: Path) -> None:
    """A footer has no direction of its own: a Latin name would turn the words around it, unless it is enclosed."""
    reading, findings = check_release(release)
    book = open_workbook(io.BytesIO(write_workbook(compose(reading.release, findings, "ar"))))
    for sheet in book.worksheets:
        left = sheet.oddFooter.left.text
        assert left[0] == "\u2067" and left[-1] == "\u2069", sheet.title


# --- strings are strings --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile() -> bytes:
    return write_workbook(compose(hostile_release(), ()))


def test_texts_are_never_formulas_or_links(hostile: bytes) -> None:
    book = open_workbook(io.BytesIO(hostile))
    texts = {cell.value for data in (True, False) for cell in cells(book, data=data) if cell.data_type == "s"}
    assert set(HOSTILE) <= texts
    for data in (True, False):
        for cell in cells(book, data=data):
            if cell.data_type == "f":
                # over the data sheet, over its own row, or a sentence over the cells of a table
                known = REFERENCE.search(cell.value) or re.match(r"=\$?[EGHI]\$?\d", cell.value)
                assert known or re.search(r"&IF\((?:AND|INT)\(", cell.value), cell.value
            if cell.hyperlink:
                assert cell.hyperlink.target is None and cell.hyperlink.location.startswith("'")
    with zipfile.ZipFile(io.BytesIO(hostile)) as package:
        parts: dict[str, Any] = {name: package.read(name) for name in package.namelist()}
    assert not any(b"TargetMode" in content for content in parts.values())


def test_chart_titles_are_never_references(tmp_path: Path) -> None:
    path = tmp_path / "hostile.xlsx"
    figures: dict[str, str | None] = {f"TOTAL {year}": "26.2" for year in range(2014, 2025)}
    path.write_bytes(write_workbook(compose(made(figures, labels={"TOTAL": HOSTILE[0]}), ())))
    chart = next(iter(charts(path)))
    for place in ("c:chart/c:title", ".//c:ser/c:tx"):
        named = chart.find(place, NAMESPACES)
        assert named is not None and named.find(".//c:f", NAMESPACES) is None
