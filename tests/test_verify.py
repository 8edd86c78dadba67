"""Verification: no edit of a briefing escapes, no resave is taken for one, and only the release is proof."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import copy
from inspect import signature
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import office
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from releases_made import complete, saved, script
from specimens import edited, open_workbook
from tampering import cell_xml, formula, number, parts_of, replaced, style, tampered, with_cell, words

from nachra.errors import RefusedError, UnreadableError
from nachra.jobs import Job, brief_release
from nachra.outlines import outlines
from nachra.sealing import normal
from nachra.sealing.ledger import find_ledger, ledger_of, lines_of
from nachra.sealing.seal import BLANK, CUSTOM, package_digest
from nachra.sealing.snapshot import Cell, Snapshot, read_snapshot, sheet_part
from nachra.sealing.xml import Parts, related
from nachra.sheets import compose
from nachra.texts import languages
from nachra.verification import Change, Verified, verify_briefing

#: of each kind in each way: 200 in all, the number that was promised
MUTATIONS = 20
SEED = 20251024

Edit = tuple[str, str, str]


@pytest.fixture(scope="session")
def sealed(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every sample's briefings, by "stem.outline.language", in a folder without their releases."""
    folder = tmp_path_factory.mktemp("sealed")
    made: dict[str, Path] = {}
    for path in releases:
        kinds = tuple(one for one in outlines() if one != "serie")
        jobs = [Job(path, folder / path.stem, languages(), kinds)]
        if path is releases[0]:
            jobs.append(Job(path, folder / path.stem, languages(), ("serie",), "ITO"))
        for one in (one for job in jobs for one in brief_release(job)):
            made[one.path.name.removesuffix(".xlsx")] = one.path  # type: ignore[union-attr]
    return made


@pytest.fixture
def briefing(sealed: dict[str, Path]) -> Path:
    """The French annual briefing."""
    return sealed["annuelle-2024.complete.fr"]


def told(verified: Verified) -> set[tuple[str, str, str]]:
    """The changes as (sheet, cell, what)."""
    return {(one.sheet, one.cell, one.what) for one in verified.changes}


def resaved(path: Path, target: Path, edit: Callable[[Any], object] = lambda book: None) -> Path:
    """Save a copy with openpyxl, after an edit."""
    book = open_workbook(path)
    edit(book)
    book.save(target)
    return target


# --- no false alarm -------------------------------------------------------------------------------


def test_untouched_briefings_are_untouched(sealed: dict[str, Path]) -> None:
    assert len(sealed) == 30
    assert {name: verify_briefing(path).state for name, path in sealed.items()} == dict.fromkeys(sealed, "untouched")


def test_real_releases_make_untouched_briefings(briefings: dict[Path, Path]) -> None:
    found = {release.name: verify_briefing(path, release) for release, path in briefings.items()}
    assert {name: (one.state, one.changes) for name, one in found.items()} == dict.fromkeys(found, ("untouched", ()))


def test_a_resave_by_openpyxl_is_no_edit(sealed: dict[str, Path], tmp_path: Path) -> None:
    for name, path in sealed.items():
        found = verify_briefing(resaved(path, tmp_path / "resaved.xlsx"))
        assert (found.state, found.changes) == ("resaved", ()), name
        # it keeps no results
        assert found.uncached == sum(
            1 for row in open_workbook(path) for line in row.iter_rows() for cell in line if cell.data_type == "f"
        )


@pytest.mark.calc
def test_a_resave_by_libreoffice_is_no_edit(
    sealed: dict[str, Path], soffice: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Recalculated, in every sample, outline and language; a second resave, by openpyxl, adds nothing."""
    paths = office.recalculate(list(sealed.values()), tmp_path_factory.mktemp("office"), timeout=400)
    for path in paths:
        found = verify_briefing(path)
        assert (found.state, found.changes, found.uncached) == ("resaved", (), 0), path.name
    again = resaved(paths[0], paths[0].with_name("again.xlsx"))
    assert verify_briefing(again).state == "resaved"


def test_a_resave_proves_itself_against_the_release(
    sealed: dict[str, Path], releases: list[Path], tmp_path: Path
) -> None:
    for release in releases:
        path = resaved(sealed[f"{release.stem}.complete.ar"], tmp_path / "resaved.xlsx")
        found = verify_briefing(path, release)
        assert (found.state, found.changes, found.release) == ("resaved", (), release)


# --- every edit is caught -------------------------------------------------------------------------


def filled(path: Path, kind: str) -> list[tuple[str, str, Cell]]:
    """The cells of a kind ("number", "text", "formula"), the ledger's own left out."""
    snapshot = read_snapshot(parts_of(path))
    ledger = find_ledger(snapshot)
    assert ledger
    found = []
    for place, cell in snapshot.cells.items():
        own = "formula" if cell.formula else "text" if isinstance(cell.value, str) else "number"
        if own == kind and not ledger.covers(place):
            found.append((place[0], office_address(place[1], place[2]), cell))
    return found


def office_address(row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(column)}{row}"


def another_digit(value: float, chance: random.Random) -> float:
    """Change one digit of a number as it is written."""
    shown = f"{value:.12g}"
    places = [place for place, sign in enumerate(shown) if sign.isdecimal()]
    place = chance.choice(places)
    digit = chance.choice([one for one in "0123456789" if one != shown[place]])
    return float(shown[:place] + digit + shown[place + 1 :])


def another_text(shown: str, chance: random.Random) -> str:
    place = chance.randrange(len(shown))
    return f"{shown[:place]}{chance.choice('xyz0é')}{shown[place + 1 :]}?"


def another_formula(written: str, chance: random.Random) -> str:
    """Another row, another operator, another number, or something added."""
    rows = list(re.finditer(r"(?<=[A-Z])\$?\d+", written))
    found = chance.choice(rows)
    ways = [
        written[: found.start()] + f"${int(found[0].lstrip('$')) + 1}" + written[found.end() :],
        f"{written}+0.1",
        f"-({written})",
    ]
    if "/" in written:
        ways.append(written.replace("/", "*", 1))
    return chance.choice(ways)


LOOKS: tuple[Callable[[Any], None], ...] = (
    lambda cell: setattr(cell, "font", copy(cell.font) + Font(italic=True)),
    lambda cell: setattr(cell, "font", Font(name="Arial", size=7)),
    lambda cell: setattr(cell, "font", Font(name="Arial", size=10, color="FFFFFFFF")),
    lambda cell: setattr(cell, "font", Font(name="Wingdings", size=10)),
    lambda cell: setattr(cell, "font", Font(name="Arial", size=10, strike=True)),
    lambda cell: setattr(cell, "fill", PatternFill("solid", fgColor="FFFFFF00")),
    lambda cell: setattr(cell, "fill", PatternFill("lightUp", fgColor="FF00FF00")),
    lambda cell: setattr(cell, "border", Border(left=Side("double"))),
    lambda cell: setattr(cell, "alignment", Alignment(horizontal="center")),
)
FORMATS = ("0", "0.000", '0.0" Mds"', "#,##0.0,", "0.0E+00", "[<1]0;0.0000", ";;;", "0.0;0.0")


def by_openpyxl(kind: str, chance: random.Random, path: Path, target: Path) -> Edit:
    """Make one random edit with openpyxl; return where and as what it is to be told."""
    cells = {"value": "number", "formula": "formula", "label": "text"}.get(kind) or chance.choice(
        ["number", "formula"] if kind == "number format" else ["number", "formula", "text"]
    )
    sheet, address, cell = chance.choice(filled(path, cells))

    def edit(book: Any) -> None:
        one = book[sheet][address]
        if kind == "value":
            one.value = another_digit(float(cell.value or 0), chance)
        elif kind == "formula":
            one.value = "=" + another_formula(one.value[1:], chance)
        elif kind == "label":
            one.value = another_text(one.value, chance)
            one.data_type = "s"
        elif kind == "number format":
            one.number_format = chance.choice([code for code in FORMATS if code != one.number_format])
        else:
            chance.choice(LOOKS)(one)

    resaved(path, target, edit)
    return sheet, address, kind if kind in ("value", "formula", "label") else "format"


def by_hand(kind: str, chance: random.Random, path: Path, target: Path) -> Edit:
    """Make one random edit in the XML, which keeps cached values and charts; return as `by_openpyxl`."""
    cells = {"value": "number", "formula": "formula", "cached_value": "formula", "label": "text"}.get(kind)
    sheet, address, cell = chance.choice(filled(path, cells or chance.choice(["number", "formula", "text"])))
    edits: dict[str, Callable[[str], str]] = {
        "value": lambda xml: number(repr(another_digit(float(cell.value or 0), chance)))(xml),
        "cached_value": lambda xml: number(
            another_text(cell.value, chance)
            if isinstance(cell.value, str)
            else repr(another_digit(float(cell.value or 0), chance))
        )(xml),
        "formula": formula(lambda written: another_formula(written, chance)),
        "label": words(another_text(str(cell.value), chance)),
    }
    if kind == "format":
        parts = parts_of(path)
        looks = read_snapshot_looks(parts)
        mine = int(re.search(r' s="(\d+)"', cell_xml(parts, sheet, address)[1])[1])  # type: ignore[index]
        others = [place for place, look in enumerate(looks) if look != looks[mine]]
        edits["format"] = style(chance.choice(others))
    with_cell(path, target, sheet, address, edits[kind])
    return sheet, address, kind


def read_snapshot_looks(parts: Parts) -> list[Any]:
    from nachra.sealing.looks import read_looks

    return list(read_looks(parts["xl/styles.xml"]))


WAYS: list[tuple[Callable[[str, random.Random, Path, Path], Edit], str]] = [
    *((by_openpyxl, kind) for kind in ("value", "formula", "number format", "look", "label")),
    *((by_hand, kind) for kind in ("value", "formula", "cached_value", "format", "label")),
]


@pytest.mark.parametrize(("edit", "kind"), WAYS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_every_random_edit_is_told(
    edit: Callable[[str, random.Random, Path, Path], Edit], kind: str, sealed: dict[str, Path], tmp_path: Path
) -> None:
    """One cell is edited; that cell is told, as what it is, and nothing else."""
    chance = random.Random(f"{SEED} {edit.__name__} {kind}")
    for place in range(MUTATIONS):
        name = chance.choice(sorted(sealed))
        target = tmp_path / f"{place}.xlsx"
        sheet, address, what = edit(kind, chance, sealed[name], target)
        found = verify_briefing(target)
        assert found.state == "edited", (name, sheet, address)
        cells = {(one.sheet, one.cell) for one in found.changes}
        whats = {one.what for one in found.changes}
        assert (cells, whats) == ({(sheet, address)}, {what}), (name, found.changes)


def test_cells_removed_and_added_are_told(briefing: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book["Données"]["E11"].value = None
        book["Données"]["B11"].value = None
        book["Notes"]["H40"].value = 12.5
        book["Notes"]["H41"].value = "un mot"
        book["Notes"]["H42"].value = "=1+1"

    found = verify_briefing(resaved(briefing, tmp_path / "edited.xlsx", edit))
    assert told(found) == {
        ("Données", "E11", "value"),
        ("Données", "B11", "label"),
        ("Notes", "H40", "value"),
        ("Notes", "H41", "label"),
        ("Notes", "H42", "formula"),
    }
    news = {one.cell: (one.old, one.new) for one in found.changes}
    assert news["H40"] == ("", "12.5") and news["H42"] == ("", "=1+1") and news["E11"][1] == ""


def test_a_formula_frozen_to_its_value_is_told(briefing: Path, tmp_path: Path) -> None:
    sheet, address, cell = next(one for one in filled(briefing, "formula") if isinstance(one[2].value, float))
    path = with_cell(
        briefing, tmp_path / "frozen.xlsx", sheet, address, lambda xml: re.sub(r"<f>.*?</f>", "", xml, flags=re.DOTALL)
    )
    (change,) = verify_briefing(path).changes
    assert (change.what, change.cell, change.new) == ("formula", address, normal.number(cell.value))  # type: ignore[arg-type]


def test_swapped_labels_are_told_with_what_they_were(briefing: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        cells = book["Structure"]["A5"], book["Structure"]["A6"]
        cells[0].value, cells[1].value = cells[1].value, cells[0].value

    before = open_workbook(briefing)["Structure"]
    first, second = before["A5"].value, before["A6"].value
    assert first != second
    found = verify_briefing(resaved(briefing, tmp_path / "swapped.xlsx", edit))
    assert found.changes == (
        Change("Structure", "A5", "label", first, second),
        Change("Structure", "A6", "label", second, first),
    )


def test_hidden_things_are_told(briefing: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book["Données"].row_dimensions[8].hidden = True
        book["Données"].row_dimensions[9].height = 0.5
        book["Données"].column_dimensions["G"].hidden = True
        book["Structure"].column_dimensions["B"].width = 0.1
        book["Notes"].sheet_state = "hidden"
        book["Contrôles"].sheet_state = "veryHidden"

    found = verify_briefing(resaved(briefing, tmp_path / "hidden.xlsx", edit))
    assert told(found) == {
        ("Données", "8:8", "hidden"),
        ("Données", "9:9", "hidden"),
        ("Données", "G:G", "hidden"),
        # openpyxl keeps columns of one width together
        *(("Structure", f"{letter}:{letter}", "hidden") for letter in "BCD"),
        ("Notes", "", "hidden"),
        ("Contrôles", "", "hidden"),
    }
    part = sheet_part(parts_of(briefing), "Données")
    by_hand = replaced(briefing, tmp_path / "row.xlsx", part, '<row r="8"', '<row r="8" hidden="1"')
    assert told(verify_briefing(by_hand)) == {("Données", "8:8", "hidden")}


LABEL = (
    '<c:dLbl><c:idx val="0"/><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>99</a:t></a:r></a:p></c:rich></c:tx>'
    '<c:showVal val="1"/></c:dLbl>'
)
POINT = '<c:dPt><c:idx val="2"/><c:spPr><a:solidFill><a:srgbClr val="FF0000"/></a:solidFill></c:spPr></c:dPt>'
CHART_EDITS = [
    ("series 1 label 0", r"(<c:dLbls>)", rf"\g<1>{LABEL}"),
    ("series 1 point 2", r"(<c:dLbls>)", rf"{POINT}\g<1>"),
    ("series 1 values", r"(<c:val><c:numRef><c:f>[^<]*\$)(\d+)(</c:f>)", r"\g<1>9\g<3>"),
    ("series 1 categories", r"(<c:cat><c:strRef><c:f>[^<]*\$)(\d+)(</c:f>)", r"\g<1>9\g<3>"),
    ("title", r"(<c:title>.*?<a:t>)([^<]*)(</a:t>)", r"\g<1>Autre titre\g<3>"),
    ("series 1 values drawn", r'(<c:numCache>.*?<c:pt idx="0"><c:v>)([^<]*)(</c:v>)', r"\g<1>99\g<3>"),
    ("series 1 name", r"(<c:ser>.*?<c:tx>.*?<c:v>)([^<]*)(</c:v>)", r"\g<1>Autre nom\g<3>"),
    ("series 1 colour", r'(<c:ser>.*?<c:spPr>.*?srgbClr val=")(\w+)(")', r"\g<1>FF0000\g<3>"),
]


@pytest.mark.parametrize(("detail", "pattern", "new"), CHART_EDITS, ids=[one[0] for one in CHART_EDITS])
def test_edited_charts_are_told(detail: str, pattern: str, new: str, briefing: Path, tmp_path: Path) -> None:
    def change(parts: Parts) -> None:
        before = parts["xl/charts/chart1.xml"].decode()
        after = re.sub(pattern, new, before, count=1, flags=re.DOTALL)
        assert after != before
        parts["xl/charts/chart1.xml"] = after.encode()

    found = verify_briefing(tampered(briefing, tmp_path / "chart.xlsx", change))
    assert [(one.what, one.detail) for one in found.changes] == [("chart", f"chart 1 {detail}")]


def test_an_axis_that_starts_elsewhere_is_told(briefing: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book["Évolution"]._charts[0].y_axis.scaling.min = 20

    found = verify_briefing(resaved(briefing, tmp_path / "axis.xlsx", edit))
    assert [(one.what, one.detail, one.new) for one in found.changes] == [("chart", "chart 1 axis 2 min", "20")]


def test_a_removed_chart_is_told(briefing: Path, tmp_path: Path) -> None:
    found = verify_briefing(resaved(briefing, tmp_path / "chart.xlsx", lambda book: book["Structure"]._charts.clear()))
    assert {(one.sheet, one.what, one.new) for one in found.changes} == {("Structure", "chart", "")}


STRUCTURE: dict[str, tuple[Callable[[Any], object], set[tuple[str, str, str]]]] = {
    "sheet renamed": (
        lambda book: setattr(book["Notes"], "title", "Remarques"),
        {("Notes", "", "structure")},
    ),
    "data sheet renamed": (
        lambda book: setattr(book["Données"], "title", "Data"),
        {("Données", "", "structure")},
    ),
    "sheet removed": (lambda book: book.remove(book["Contrôles"]), {("Contrôles", "", "structure")}),
    "sheet added": (lambda book: book.create_sheet("Ajout", 2), {("Ajout", "", "structure")}),
    "sheets reordered": (lambda book: book.move_sheet("Notes", -3), {("", "", "structure")}),
    "cells merged": (lambda book: book["Données"].merge_cells("A30:C31"), {("Données", "A30:C31", "structure")}),
    "note": (
        lambda book: setattr(book["Données"]["E11"], "comment", Comment("faux", "x")),
        {("Données", "E11", "structure")},
    ),
    "rule of entry": (
        lambda book: book["Données"].add_data_validation(DataValidation("whole", formula1="1", sqref="E11:E12")),
        {("Données", "E11:E12", "structure")},
    ),
    "conditional format": (
        lambda book: book["Données"].conditional_formatting.add("E11", CellIsRule("greaterThan", ["1"])),
        {("Données", "E11 1", "structure")},
    ),
    "footer": (
        lambda book: setattr(book["Données"].oddFooter.left, "text", "Édition de 2019"),
        {("Données", "", "label")},
    ),
    "link": (
        lambda book: setattr(book["Données"]["A5"], "hyperlink", "https://example.invalid/"),
        {("Données", "A5", "structure")},
    ),
    "print titles": (lambda book: setattr(book["Données"], "print_title_rows", "1:2"), {("Données", "", "structure")}),
}


@pytest.mark.parametrize("name", STRUCTURE)
def test_edits_of_the_structure_are_told(name: str, briefing: Path, tmp_path: Path) -> None:
    edit, expected = STRUCTURE[name]
    found = verify_briefing(resaved(briefing, tmp_path / "edited.xlsx", edit))
    assert found.state == "edited"
    # openpyxl dresses a cell that it gives a link
    assert {one for one in told(found) if one[2] != "format"} == expected


def test_words_dressed_apart_are_told(briefing: Path, tmp_path: Path) -> None:
    """One word of a label in white: the text is the same, and does not read so."""
    shown = open_workbook(briefing)["Couverture"]["A1"].value
    white = "<r><rPr><sz val='16'/><color rgb='FFFFFFFF'/><rFont val='Arial'/></rPr>"

    def change(parts: Parts) -> None:
        before = parts["xl/sharedStrings.xml"].decode()
        plain = f"<si><t>{escape(shown)}</t></si>"
        assert plain in before
        runs = f"<si><r><t>{escape(shown[:5])}</t></r>{white}<t>{escape(shown[5:])}</t></r></si>"
        parts["xl/sharedStrings.xml"] = before.replace(plain, runs).encode()

    found = verify_briefing(tampered(briefing, tmp_path / "rich.xlsx", change))
    assert ("Couverture", "A1", "format") in told(found)
    assert {one.what for one in found.changes} == {"format"}


def test_what_a_view_hides_is_told(briefing: Path, tmp_path: Path) -> None:
    part = sheet_part(parts_of(briefing), "Données")
    edits = (
        ("<sheetView ", '<sheetView showZeros="0" ', "view zeros"),
        ("<sheetView ", '<sheetView showFormulas="1" ', "view formulas"),
        ("<sheetFormatPr ", '<sheetFormatPr zeroHeight="1" ', "view rows"),
    )
    for old, new, detail in edits:
        (change,) = verify_briefing(replaced(briefing, tmp_path / "view.xlsx", part, old, new)).changes
        assert (change.sheet, change.what, change.detail) == ("Données", "hidden", detail)


def test_a_format_that_excel_keeps_to_itself_is_told(briefing: Path, tmp_path: Path) -> None:
    """Number 44 is an accounting format that no workbook lists."""
    sheet, address, _ = filled(briefing, "number")[0]
    parts = parts_of(briefing)
    mine = int(re.search(r' s="(\d+)"', cell_xml(parts, sheet, address)[1])[1])  # type: ignore[index]
    xfs = re.search(r"<cellXfs.*?</cellXfs>", parts["xl/styles.xml"].decode(), re.DOTALL)
    assert xfs
    old = re.findall(r"<xf .*?(?:/>|</xf>)", xfs[0], re.DOTALL)[mine]
    new = re.sub(r'numFmtId="\d+"', 'numFmtId="44"', old)
    found = verify_briefing(replaced(briefing, tmp_path / "format.xlsx", "xl/styles.xml", old, new))
    assert (sheet, address, "format") in told(found) and {one.detail for one in found.changes} == {"number format"}


def test_another_author_or_title_is_told(briefing: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book.properties.title, book.properties.creator = "Autre", "Un autre"

    found = verify_briefing(resaved(briefing, tmp_path / "author.xlsx", edit))
    assert {(one.detail, one.new) for one in found.changes} == {
        ("property title", "Autre"),
        ("property creator", "Un autre"),
    }


def test_links_that_lead_elsewhere_are_told(briefing: Path, tmp_path: Path) -> None:
    part = sheet_part(parts_of(briefing), "Couverture")
    path = replaced(briefing, tmp_path / "link.xlsx", part, "'Données'!A1", "'Notes'!A1")
    assert {(sheet, what) for sheet, _, what in told(verify_briefing(path))} == {("Couverture", "structure")}


def test_macros_and_links_to_other_workbooks_are_told(briefing: Path, tmp_path: Path) -> None:
    def change(parts: Parts) -> None:
        parts["xl/vbaProject.bin"] = b"macros"
        parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"

    # the guard refuses macros under a name that cannot have any
    found = verify_briefing(tampered(briefing, tmp_path / "more.xlsm", change))
    assert [one.detail for one in found.changes] == ["macros vbaProject.bin", "external externalLink1.xml"]


def test_pictures_and_shapes_are_told(briefing: Path, tmp_path: Path) -> None:
    parts = parts_of(briefing)
    part = dict(related(parts, sheet_part(parts, "Structure")).values())["drawing"]
    shape = (
        '<xdr:absoluteAnchor><xdr:pos x="0" y="0"/><xdr:ext cx="9" cy="9"/><xdr:sp macro="" textlink=""><xdr:nvSpPr>'
        '<xdr:cNvPr id="9" name="t"/><xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr/><xdr:txBody><a:bodyPr/><a:p><a:r>'
        "<a:t>Chiffre corrigé</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:absoluteAnchor>"
    )
    path = replaced(briefing, tmp_path / "shape.xlsx", part, "</xdr:wsDr>", f"{shape}</xdr:wsDr>")
    (change,) = verify_briefing(path).changes
    assert (change.sheet, change.detail, change.new) == ("Structure", "picture 1", "Chiffre corrigé")


# --- the ledger itself ----------------------------------------------------------------------------


def test_the_ledger_says_what_the_briefing_was_made_with(briefing: Path, releases: list[Path]) -> None:
    found = find_ledger(read_snapshot(parts_of(briefing)))
    assert found and found.is_whole and found.sheet == "Provenance"
    settings = found.ledger.settings
    assert settings["file"] == "annuelle-2024.xlsx" and settings["language"] == "fr"
    assert (settings["outline"], settings["series"], settings["period"]) == ("complete", "", "2024")
    shown = {cell.value for row in open_workbook(briefing)["Provenance"].iter_rows() for cell in row}
    assert {settings["sha256"], "annuelle-2024.xlsx", f"nachra {settings['version']}"} <= shown


def test_every_option_of_a_briefing_is_recorded(briefing: Path) -> None:
    """What `compose` is told beside the release must be known to make the briefing again."""
    found = find_ledger(read_snapshot(parts_of(briefing)))
    assert found
    # earlier releases are recorded by their digests, where there are any (test_outlook_sheet)
    options = set(signature(compose).parameters) - {"release", "findings", "past"}
    assert options and options <= set(found.ledger.settings)


def test_ledgers_are_read_as_they_were_written(sealed: dict[str, Path]) -> None:
    for name, path in sealed.items():
        snapshot = read_snapshot(parts_of(path))
        found = find_ledger(snapshot)
        assert found and found.is_whole, name
        own = {place for place in snapshot.cells if found.covers(place)}
        rest = Snapshot(snapshot.sheets, {k: v for k, v in snapshot.cells.items() if k not in own}, snapshot.things)
        assert ledger_of(rest, found.ledger.settings) == found.ledger, name
        assert len(own) == 2 * len(lines_of(found.ledger))


#: a workbook of one sheet, with everything that has a spelling of its own
SPECIMEN = {
    "_rels/.rels": """<Relationships>
        <Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": """<Relationships>
        <Relationship Id="s" Type="x/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="t" Type="x/styles" Target="styles.xml"/></Relationships>""",
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Feuille 1" r:id="s"/></sheets></workbook>',
    "xl/styles.xml": """<styleSheet>
        <numFmts><numFmt numFmtId="164" formatCode="+0.0&quot; &quot;%;-0.0"/></numFmts>
        <fonts><font><b/><sz val="10"/><color rgb="FF1a1a1a"/></font></fonts>
        <fills><fill><patternFill patternType="solid"><fgColor rgb="FFEAF1F3"/></patternFill></fill></fills>
        <borders><border><left style="thin"/></border></borders>
        <cellXfs><xf numFmtId="164" fontId="0" fillId="0" borderId="0"><alignment horizontal="right"/></xf></cellXfs>
        </styleSheet>""",
    "xl/worksheets/sheet1.xml": """<worksheet><sheetData><row r="2" hidden="1">
        <c r="B2"><f>'Feuille 1'!$C$2*1E-12+sum( C2 )</f><v>0.30000000000000004</v></c>
        <c r="C2" t="inlineStr"><is><t>un texte</t></is></c></row></sheetData>
        <mergeCells><mergeCell ref="A4:B4"/></mergeCells>
        <headerFooter><oddFooter>&amp;L&amp;8Pied</oddFooter></headerFooter></worksheet>""",
}


def test_the_spelling_is_part_of_the_ledgers_format() -> None:
    """Where this fails, briefings that are already sent would be called edited: give the ledger's MARK a new number."""
    snapshot = read_snapshot({part: xml.encode() for part, xml in SPECIMEN.items()})
    first, *rest = lines_of(ledger_of(snapshot, {"version": "0"}))
    assert rest[1][1] == "B:n221764976e·dc38a4·daaa7c=e959dd632a C:tb7e7b067ef·dc38a4·daaa7c"
    assert first == ("nachra:1", "6 62df4f80450170ce9c64ecf7606d7fb2ab6b9f9079527b250af12539be449dee")


def test_a_ledger_of_another_format_is_not_judged(briefing: Path, tmp_path: Path) -> None:
    part = sheet_part(parts_of(briefing), "Provenance")
    path = replaced(briefing, tmp_path / "later.xlsx", part, "<t>nachra:1</t>", "<t>nachra:9</t>")
    with pytest.raises(UnreadableError) as error:
        verify_briefing(path)
    assert error.value.code == "ledger_other"


def test_an_edited_ledger_is_told(briefing: Path, tmp_path: Path) -> None:
    snapshot = read_snapshot(parts_of(briefing))
    found = find_ledger(snapshot)
    assert found
    line = office_address(found.first + 20, 2)

    def edit(book: Any) -> None:
        book["Provenance"][line].value = book["Provenance"][line].value.replace("a", "b")

    verified = verify_briefing(resaved(briefing, tmp_path / "ledger.xlsx", edit))
    assert verified.state == "edited"
    assert ("structure", "ledger") in {(one.what, one.detail) for one in verified.changes}


def test_a_removed_ledger_is_told(briefing: Path, tmp_path: Path) -> None:
    path = resaved(briefing, tmp_path / "gone.xlsx", lambda book: book.remove(book["Provenance"]))
    found = verify_briefing(path)
    assert (found.state, [one.detail for one in found.changes]) == ("edited", ["ledger"])


def forged(path: Path, target: Path) -> Path:
    """Edit a figure, then rewrite the ledger and the digest of the package as if nothing had happened."""
    with_cell(path, target, "Données", "E11", number("27.2"))

    def reseal(parts: Parts) -> None:
        snapshot = read_snapshot(parts)
        found = find_ledger(snapshot)
        assert found
        cells = {place: cell for place, cell in snapshot.cells.items() if not found.covers(place)}
        ledger = ledger_of(Snapshot(snapshot.sheets, cells, snapshot.things), found.ledger.settings)
        part = sheet_part(parts, found.sheet)
        for row, line in enumerate(lines_of(ledger), found.first):
            for letter, text in zip("AB", line, strict=True):
                element = cell_xml(parts, found.sheet, f"{letter}{row}")[1]
                parts[part] = parts[part].replace(element.encode(), words(text)(element).encode(), 1)
        parts[CUSTOM] = re.sub(rb"[0-9a-f]{64}", BLANK.encode(), parts[CUSTOM])
        parts[CUSTOM] = parts[CUSTOM].replace(BLANK.encode(), package_digest(parts).encode())

    return tampered(target, target, reseal)


def test_a_forger_who_rewrites_the_ledger_is_caught_by_the_release_alone(
    briefing: Path, releases: list[Path], tmp_path: Path
) -> None:
    path = forged(briefing, tmp_path / "forged.xlsx")
    # what the ledger cannot prove
    assert verify_briefing(path).state == "untouched"
    found = verify_briefing(path, releases[0])
    assert found.state == "not_reproduced"
    assert Change("Données", "E11", "value", "26.2", "27.2") in found.changes
    assert ("structure", "ledger") in {(one.what, one.detail) for one in found.changes}
    # found beside it by its digest, the release serves without being named
    shutil.copy(releases[0], tmp_path / "renamed.xlsx")
    assert verify_briefing(path).state == "not_reproduced"


# --- the release ----------------------------------------------------------------------------------


def test_the_release_gives_the_old_values(briefing: Path, releases: list[Path], tmp_path: Path) -> None:
    path = with_cell(briefing, tmp_path / "edited.xlsx", "Données", "E13", number("10.587"))
    (change,) = verify_briefing(path).changes
    assert (change.what, change.new) == ("value", "10.587")
    for found in (verify_briefing(path, releases[0]), verify_briefing(path, releases=tuple(releases))):
        (change,) = found.changes
        assert (found.state, change.old, change.new) == ("edited", "10578", "10.587")


def test_a_changed_release_is_told_figure_by_figure(briefing: Path, releases: list[Path], tmp_path: Path) -> None:
    source = find_ledger(read_snapshot(parts_of(briefing)))
    assert source
    data = open_workbook(briefing)["Données"]
    address, published = data["N13"].value, data["E13"].value
    release = edited(releases[0], tmp_path / "annuelle-2024.xlsx", {address: published + 1})
    found = verify_briefing(briefing, release)
    assert found.state == "not_reproduced" and found.release == release
    assert Change("Données", "E13", "value", normal.number(published + 1), normal.number(published)) in found.changes
    # which release that is, then the figures, before what is made of them
    assert found.changes[0].detail == "release" and found.changes[1].what == "value"


def test_a_release_under_another_name_is_the_same_release(
    sealed: dict[str, Path], releases: list[Path], tmp_path: Path
) -> None:
    for release in releases:
        copied = tmp_path / "autre nom.xlsx"
        shutil.copy(release, copied)
        for name, path in sealed.items():
            if name.startswith(release.stem):
                found = verify_briefing(path, copied)
                assert (found.state, found.changes) == ("untouched", ()), name


def test_other_templates_are_no_alarm_by_themselves(
    briefing: Path, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "outlines"
    folder.mkdir()
    (folder / "maison.toml").write_text(
        (office.REPOSITORY / "templates" / "briefings" / "note.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setenv("NACHRA_OUTLINES", str(folder))
    found = verify_briefing(briefing, releases=tuple(releases))
    assert (found.state, found.release, found.is_as_then) == ("untouched", None, False)
    assert verify_briefing(briefing, releases[0]).release == releases[0]


def official(folder: Path, name: str, rows: list[Any], edition: str, kind: str = "annuel") -> Path:
    path = folder / name
    path.write_bytes(saved(script.build(script.Book(kind, rows=rows, title="Exportations", edition=edition))))
    return path


def test_a_newer_edition_is_told(tmp_path: Path) -> None:
    old = official(tmp_path, "2025-10.xlsx", complete(), "2025-10")
    (made,) = brief_release(Job(old, tmp_path / "out" / "note"))
    path: Path = made.path  # type: ignore[union-attr]
    later = official(tmp_path, "2026-03.xlsx", complete(), "2026-03")
    earlier = official(tmp_path, "2025-04.xlsx", complete(), "2025-04")
    found = verify_briefing(path, releases=(old, earlier, later))
    assert (found.state, found.changes) == ("untouched", ())
    assert found.newer and (found.newer.path, found.newer.edition, found.newer.period) == (later, "2026-03", "2024")
    assert verify_briefing(path, releases=(old, earlier)).newer is None
    # what is of another kind, or no release at all, is no newer edition
    (tmp_path / "autre.xlsx").write_bytes(b"")
    others = (tmp_path / "autre.xlsx", path, *sorted((office.REPOSITORY / "workbooks" / "releases").glob("h*.xlsx")))
    assert verify_briefing(path, releases=others).newer is None


def test_a_newer_period_is_told(tmp_path: Path) -> None:
    old = official(tmp_path, "old.xlsx", complete(), "2025-10")
    (made,) = brief_release(Job(old, tmp_path / "out" / "note"))
    rows = [*complete(), *(script.Row("2025", row.code, "30.0", "Mds DH", row.status) for row in complete()[-6:])]
    newer = official(tmp_path, "new.xlsx", rows, "2026-10")
    found = verify_briefing(made.path, releases=(newer,))  # type: ignore[union-attr]
    assert found.newer and found.newer.period == "2025"


# --- what is no briefing --------------------------------------------------------------------------


def test_what_is_no_briefing_is_refused(releases: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as error:
        verify_briefing(releases[0])
    assert error.value.code == "not_a_briefing"
    with pytest.raises(UnreadableError):
        verify_briefing(tmp_path / "nowhere.xlsx")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    with pytest.raises(RefusedError):
        verify_briefing(tmp_path / "empty.xlsx")


def test_hostile_briefings_are_refused(briefing: Path, tmp_path: Path) -> None:
    def doctype(parts: Parts) -> None:
        parts["xl/workbook.xml"] = b'<!DOCTYPE x [<!ENTITY a "a">]><workbook/>'

    with pytest.raises(RefusedError):
        verify_briefing(tampered(briefing, tmp_path / "doctype.xlsx", doctype))
    ledger = find_ledger(read_snapshot(parts_of(briefing)))
    assert ledger
    part = sheet_part(parts_of(briefing), "Provenance")
    for name, old, new in (
        # a ledger that claims more lines than a sheet has
        ("long", r"<t>\d+ ", "<t>999999 "),
        ("style", r' s="\d+"', ' s="x"'),
        ("row", r'<row r="\d+"', '<row r="x"'),
        ("settings", r'<t>\{"version', '<t>["version'),
    ):

        def change(parts: Parts, old: str = old, new: str = new) -> None:
            after = re.sub(old, new, parts[part].decode(), count=1)
            assert after != parts[part].decode()
            parts[part] = after.encode()

        path = tampered(briefing, tmp_path / f"{name}.xlsx", change)
        try:
            assert verify_briefing(path).state == "edited", name
        except (UnreadableError, RefusedError):
            continue


# --- spellings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'Données'!$H$5-1E-12", "Données!$H$5-0.000000000001"),
        ("=SUM( A1 : B2 )", "sum(A1:B2)"),
        ('_xlfn.CONCAT(A1,"x y")', 'CONCAT(A1,"x y")'),
        ("'L''an 1'!A1*100", "'L''an 1'!A1*1E+2"),
    ],
)
def test_formulas_of_one_meaning_are_spelled_alike(one: str, other: str) -> None:
    assert normal.formula(one) == normal.formula(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A1", "A2"),
        ("A1", "$A$1"),
        ("A1*1.5", "A1*15"),
        ('IF(A1,"a b","c")', 'IF(A1,"ab","c")'),
        ('"A1"', "A1"),
        ("Données!A1", "Notes!A1"),
        ("A1+B1", "A1-B1"),
        ("LOG10(A1)", "LOG(10,A1)"),
    ],
)
def test_formulas_of_another_meaning_are_not(one: str, other: str) -> None:
    assert normal.formula(one) != normal.formula(other)


def test_number_formats_are_spelled_alike() -> None:
    assert normal.number_format('+0.0" "%;-0.0" "%') == normal.number_format(r"\+0.0\ %;\-0.0\ %")
    assert normal.number_format('0.0" (p)"') == normal.number_format(r"0.0\ \(\p\)")
    assert normal.number_format("GENERAL") == normal.number_format("General")
    different = ("0.0", "0.00", "0.0%", '0.0"%"', "#,##0", "#,##0,", "0.0;0.0", "[<1]0.0", "0.0E+00")
    assert len({normal.number_format(code) for code in different}) == len(different)


def test_numbers_are_the_same_up_to_their_last_binary_digits() -> None:
    for value in (0.1 + 0.2, 1 / 3, 26219.000000000004, 13.4 / 12.9 - 1, 1e-17, -0.0, 123456.789):
        assert normal.number(value * (1 + 3e-16)) in normal.spellings(value)
        if abs(value) > 1e-9:
            assert normal.number(value * (1 + 1e-9)) not in normal.spellings(value)


# --- the command ----------------------------------------------------------------------------------


def run(*arguments: object, language: str = "fr") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(office.REPOSITORY / "addin"),
        "NACHRA_LANGUAGE": language,
    }
    command = [sys.executable, "-m", "nachra.cli", "verify", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_the_command_says_it_and_exits(briefing: Path, releases: list[Path], tmp_path: Path) -> None:
    fine = run(briefing)
    assert fine.returncode == 0 and "intacte" in fine.stdout and "--release" in fine.stderr
    proved = run(briefing, "--release", releases[0])
    assert proved.returncode == 0 and "cellule par cellule" in proved.stdout and proved.stderr == ""
    again = run(resaved(briefing, tmp_path / "again.xlsx"))
    assert again.returncode == 0 and "réenregistrée, valeurs inchangées" in again.stdout
    path = with_cell(briefing, tmp_path / "edited.xlsx", "Données", "E11", number("27.2"))
    changed = run(path, "--releases", releases[0].parent)
    assert changed.returncode == 1 and "MODIFIÉE" in changed.stdout
    assert "Données!E11 : valeur modifiée. Avant : 26,2. Maintenant : 27,2." in changed.stdout
    assert run(releases[0]).returncode == 3 and run(tmp_path / "nowhere.xlsx").returncode == 3
    (tmp_path / "bare").mkdir()
    assert run(tmp_path / "bare").returncode == 2


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_change_has_its_words(language: str, briefing: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        data = book["Données"]
        data["E11"].value, data["B11"].value, data["H12"].value = 1, "x", "=1"
        data["E12"].number_format, data["A12"].font = "0", Font(bold=True)
        data.row_dimensions[8].hidden = True
        book["Évolution"]._charts[0].y_axis.scaling.min = 20
        data["A13"].comment = Comment("x", "y")
        book.create_sheet("Ajout")

    shown = run(resaved(briefing, tmp_path / "edited.xlsx", edit), language=language)
    assert shown.returncode == 1 and "Traceback" not in shown.stderr
    lines = [line for line in shown.stdout.splitlines() if line.startswith("  ")]
    assert len(lines) >= 9 and len(set(lines)) == len(lines)
    assert not re.search(r"\bwhat_|\bword_|\{|\}", shown.stdout)


def test_json_is_that_of_the_contract(briefing: Path, releases: list[Path], tmp_path: Path) -> None:
    path = with_cell(briefing, tmp_path / "edited.xlsx", "Données", "E11", number("27.2"))
    answer = run(path, briefing, releases[0], "--json")
    assert answer.returncode == 3
    found = json.loads(answer.stdout)
    first, second = found["briefings"]
    assert first["state"] == "edited" and first["changes"] == [
        {"sheet": "Données", "cell": "E11", "what": "value", "old": "26.2", "new": "27.2"}
    ]
    assert (second["state"], second["changes"], second["outdated_by"]) == ("untouched", [], None)
    assert [one["code"] for one in found["failed"]] == ["not_a_briefing"]
