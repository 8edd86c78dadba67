"""The ribbon's macros on xlwings' own Book, Sheet and Range; the application behind them is stood in for."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import office
import pytest

pytest.importorskip("xlwings")

import fakebook
import xlwings
from fakebook import content

from nachra import asking
from nachra.functions import REGISTRY
from nachra.hosts import freezing, macros
from nachra.hosts.wording import AddinError
from nachra.library import FolderLibrary
from nachra.provenance import FIGURES

RELEASES = office.REPOSITORY / "workbooks" / "releases"


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderLibrary]:
    monkeypatch.delenv("NACHRA_LANGUAGE", raising=False)
    monkeypatch.setattr(xlwings.engines, "active", xlwings.Engine(impl=fakebook.Engine()))
    before = asking.provider()
    found = FolderLibrary(RELEASES)
    monkeypatch.setattr(importlib.import_module("nachra.hosts.excel"), "LIBRARY", found)
    asking.set_provider(found)
    yield found
    asking.set_provider(before)


def opened(path: Path, tmp_path: Path) -> Any:
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    return fakebook.open_book(copy)


@pytest.fixture
def annual(tmp_path: Path) -> Any:
    return opened(RELEASES / "annuelle-2024.xlsx", tmp_path)


@pytest.fixture
def sheet(tmp_path: Path) -> Any:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Feuil1"
    book.active["A1"] = "TOTAL"
    book.save(tmp_path / "mine.xlsx")
    return fakebook.open_book(tmp_path / "mine.xlsx")


def alerts(book: Any) -> list[str]:
    found: list[str] = book.impl.app.alerts
    return found


# --- releases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["annuel", "semestriel"])
def test_a_new_release_is_a_copy_of_the_blank_template(layout: str, sheet: Any) -> None:
    macros.new_release(layout, book=sheet)
    made = sheet.impl.app.opened[-1]
    assert made.name == f"publication-{layout}.xlsx"
    template = office.REPOSITORY / "templates" / "releases" / f"{layout}.xlsx"
    assert made.path.read_bytes() == template.read_bytes()
    assert made.path != template
    macros.new_release(layout, book=sheet)
    assert sheet.impl.app.opened[-1].name == f"publication-{layout}-2.xlsx"
    assert alerts(sheet) == []


def test_an_unknown_template_is_named_with_those_there_are(sheet: Any) -> None:
    macros.new_release("../secret", book=sheet)
    assert "annuel, semestriel" in alerts(sheet)[0]


def _with_an_error(book: Any) -> Any:
    """The release with a total that its parts contradict, on a cell that already has a colour and a note."""
    cell = content(book, "Publication", "E18")
    assert isinstance(cell.value, float)
    cell.value, cell.color, cell.note = cell.value * 2, (1, 2, 3), "vu avec le service"
    return cell


def test_checking_lists_the_findings_and_marks_the_cells(annual: Any) -> None:
    cell = _with_an_error(annual)
    macros.check_release(book=annual)
    listing = annual.sheets["Constats"]
    assert listing.index == 1
    assert annual.impl.active.name == "Constats"
    assert re.search(r"[1-9]\d* erreur", alerts(annual)[0])
    assert listing["A4"].value == "Gravité"
    codes = [one for one in listing["B5:B40"].value if one]
    assert {"total-mismatch"} <= set(codes)
    assert cell.note.startswith("vu avec le service\nnachra :\n[")
    assert cell.color == (0xF8, 0xD7, 0xDA)
    assert any("#'Publication'!" in content(annual, "Constats", f"D{row}").link for row in range(5, 5 + len(codes)))
    for one in annual.sheets["Constats"].impl.contents.values():
        assert not one.formula


def test_checking_again_takes_the_old_marks_off(annual: Any) -> None:
    cell = _with_an_error(annual)
    macros.check_release(book=annual)
    count = len(annual.sheets)
    cell.value /= 2
    macros.check_release(book=annual)
    assert len(annual.sheets) == count
    assert cell.color == (1, 2, 3)
    assert cell.note == "vu avec le service"
    macros.check_release(book=annual)
    assert alerts(annual)[1] == alerts(annual)[2] != alerts(annual)[0]
    assert "Constats" in alerts(annual)[0]


def test_a_sheet_of_the_authors_own_is_never_taken_for_ours(annual: Any) -> None:
    own = annual.sheets.add("Constats", before=annual.sheets[0])
    own["A1"].value = "relevé à la main"
    for _ in range(2):
        macros.check_release(book=annual)
        assert annual.sheets["Constats"]["A1"].value == "relevé à la main"
        assert [one.name for one in annual.sheets][:2] == ["Constats (2)", "Constats"]


def test_checking_in_another_language_takes_the_old_marks_off(annual: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = _with_an_error(annual)
    macros.check_release(book=annual)
    monkeypatch.setenv("NACHRA_LANGUAGE", "ar")
    macros.check_release(book=annual)
    names = [one.name for one in annual.sheets]
    assert "الملاحظات" in names and "Constats" not in names
    assert cell.note.count("nachra :") == 1, "marked once"


def test_what_a_label_says_never_becomes_a_formula(annual: Any) -> None:
    for address in ("B13", "B14"):
        content(annual, "Publication", address).value = '=HYPERLINK("http://x")'
    macros.check_release(book=annual)
    for page in annual.impl.pages:
        for one in page.contents.values():
            assert "HYPERLINK" not in one.formula


def test_a_workbook_that_is_no_release_says_so(sheet: Any) -> None:
    for run in (macros.check_release, macros.brief_release, macros.insert_sheets):
        run(book=sheet)
    assert len(alerts(sheet)) == 3
    assert all("publication non reconnue" in said for said in alerts(sheet))
    assert [one.name for one in sheet.sheets] == ["Feuil1"]


# --- briefings --------------------------------------------------------------------------------------


def test_the_note_is_that_of_the_command_line_but_for_the_digest(annual: Any, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from nachra.jobs import Job, brief_release

    macros.brief_release(book=annual)
    made = annual.impl.app.opened[-1].path
    assert made == tmp_path / "annuelle-2024.complete.fr.xlsx"
    assert str(made) in alerts(annual)[0]
    brief_release(Job(tmp_path / "annuelle-2024.xlsx", tmp_path / "a", target=tmp_path / "other.xlsx"))
    ours, theirs = (load_workbook(path) for path in (made, tmp_path / "other.xlsx"))
    assert ours.sheetnames == theirs.sheetnames
    different = [
        (page.title, one.coordinate)
        for page in ours
        for row in page.iter_rows()
        for one in row
        if one.value != theirs[page.title][one.coordinate].value
    ]
    digest = re.compile(r"[0-9a-f]{6,64}|Excel|lecteur")
    for title, place in different:
        assert digest.search(str(ours[title][place].value)), (title, place, ours[title][place].value)


def test_a_book_never_saved_gets_its_note_in_a_temporary_folder(annual: Any) -> None:
    annual.impl.path = Path("Classeur1")
    macros.brief_release(book=annual)
    assert annual.impl.app.opened[-1].path.is_file()


def test_sheets_are_inserted_and_calculate_on_their_own_data(annual: Any) -> None:
    macros.insert_sheets(book=annual)
    assert [one.name for one in annual.sheets][-3:] == ["Évolution", "Structure", "Données"]
    assert len(annual.impl.app.opened) == 1
    formulas = [
        one.formula
        for name in ("Évolution", "Structure", "Données")
        for one in annual.sheets[name].impl.contents.values()
    ]
    assert sum("Données" in one for one in formulas) > 10
    assert not any("[" in one for one in formulas)
    macros.insert_sheets(book=annual)
    assert [one.name for one in annual.sheets][-3:] == ["Évolution (2)", "Structure (2)", "Données (2)"]
    again = [one.formula for one in annual.sheets["Évolution (2)"].impl.contents.values() if "Données" in one.formula]
    assert again
    assert all("'Données (2)'!" in one for one in again)


def test_a_folder_is_briefed_and_a_bad_file_named(sheet: Any, tmp_path: Path) -> None:
    folder = tmp_path / "l'année 2025"
    folder.mkdir()
    for path in RELEASES.glob("*.xlsx"):
        shutil.copy(path, folder)
    (folder / "bad.xlsx").write_bytes(b"PK")
    macros.brief_folder(str(folder), book=sheet)
    assert len(list((folder / "notes").glob("*.xlsx"))) == 3
    assert "3 notes" in alerts(sheet)[0]
    assert "bad.xlsx" in alerts(sheet)[0]
    assert sheet.impl.app.status_bar is False
    macros.brief_folder(str(tmp_path / "nothing"), book=sheet)


# --- figures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "formula"),
    [
        ("TOTAL ; S1 2025 ; croissance", '=EXPORT_GROWTH("TOTAL","S1 2025")'),
        ("CRM;2024", '=EXPORT_VALUE("CRM","2024")'),
        ("centres d'appels ; 2024 ; part", None),
        ("CRM ; 2024 ; part", '=EXPORT_SHARE("CRM","2024")'),
        ("; ; growth", "=EXPORT_GROWTH()"),
        ("TOTAL ; ; phrase", '=EXPORT_TEXT("TOTAL")'),
        ("TOTAL ؛ 2024 ؛ النمو", '=EXPORT_GROWTH("TOTAL","2024")'),
        ("TOTAL ; jamais", None),
        ("TOTAL ; 2024 ; vitesse", None),
        ("a;b;c;d", None),
        ('x"),WEBSERVICE("http://evil") ; 2024', None),
    ],
)
def test_a_figure_is_asked_for_in_words(asked: str, formula: str | None) -> None:
    try:
        made = macros.figure_formula(asked, "fr")
    except AddinError as error:
        made = None
        assert asked in error.message("fr")
    if asked.startswith("centres"):
        assert made in (None, '=EXPORT_SHARE("centres d\'appels","2024")')
    else:
        assert made == formula


def test_a_figure_goes_into_the_active_cell(sheet: Any) -> None:
    macros.insert_figure("TOTAL ; S1 2025 ; croissance", book=sheet)
    assert alerts(sheet) == ["sélectionnez d'abord une cellule."]
    sheet.sheets[0]["C3:D4"].impl.select()
    macros.insert_figure("TOTAL ; S1 2025 ; croissance", book=sheet)
    cell = content(sheet, "Feuil1", "C3")
    assert cell.formula == '=EXPORT_GROWTH("TOTAL","S1 2025")'
    assert cell.number_format == "0.0%"
    assert not content(sheet, "Feuil1", "D4").formula


def _put(book: Any, address: str, formula: str, value: Any) -> fakebook.Content:
    cell = content(book, "Feuil1", address)
    cell.formula, cell.value = formula, value
    return cell


def test_freezing_keeps_values_and_says_where_they_come_from(sheet: Any) -> None:
    figure = _put(sheet, "B1", '=EXPORT_GROWTH("TOTAL","S1 2025")', 0.035)
    by_reference = _put(sheet, "B2", "=EXPORT_VALUE($A$1,2024)", 26.2)
    inside = _put(sheet, "B3", '=ROUND(EXPORT_GROWTH("CRM",2024)*100,1)&" %"', "=3,5 %")
    error = _put(sheet, "B4", '=EXPORT_VALUE("TOTAL",2035)', fakebook.CODES["#N/A"])
    numbers = _put(sheet, "B5", "=EXPORT_GROWTH(110,100)", 0.1)
    native = _put(sheet, "B6", "=SUM(B1:B2)", 26.235)
    quoted = _put(sheet, "B7", '="=EXPORT_GROWTH()"', "=EXPORT_GROWTH()")
    macros.freeze(book=sheet)
    assert alerts(sheet) == ["5 formules figées."]
    assert (figure.value, figure.formula) == (0.035, "")
    assert 'Formule : =EXPORT_GROWTH("TOTAL","S1 2025")' in figure.note
    assert "Source : semestrielle-2025-S1.xlsx ! " in figure.note
    assert "Édition : 2025" in figure.note
    assert "Statut : " in figure.note
    assert "Source : annuelle-2024.xlsx ! " in by_reference.note
    assert (inside.value, inside.formula) == ("=3,5 %", "")
    assert inside.note.startswith("Formule : ")
    assert "Source" not in inside.note
    assert error.formula == "=#N/A"
    assert numbers.value == 0.1
    assert "Source" not in numbers.note
    assert native.formula == "=SUM(B1:B2)"
    assert quoted.formula == '="=EXPORT_GROWTH()"'
    assert not native.note


def test_freezing_names_the_edition_that_the_formula_names(sheet: Any, tmp_path: Path) -> None:
    import editions_made

    folder = tmp_path / "editions"
    folder.mkdir()
    shutil.copy(RELEASES / "annuelle-2024.xlsx", folder)
    editions_made.later(folder / "annuelle-2025.xlsx")
    asking.set_provider(FolderLibrary(folder))
    cells = [
        _put(sheet, f"B{row}", formula, 1.0)
        for row, formula in enumerate(
            (
                '=EXPORT_GROWTH("TOTAL",2024,"2025-10")',
                '=EXPORT_CONTRIBUTION("ESO",2024,,"2025-10")',
                '=EXPORT_CAGR("TOTAL",2023,2024,"2025-10")',
                '=EXPORT_STATUS("TOTAL",2024,"fr","2025-10")',
                '=EXPORT_TEXT("TOTAL",2024,"fr","2025-10")',
            ),
            1,
        )
    ]
    macros.freeze(book=sheet)
    for cell in cells:
        assert "Source : annuelle-2024.xlsx ! " in cell.note
        assert "Édition : 2025-10" in cell.note


def test_freezing_keeps_what_a_formula_spilled(sheet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    anchor = _put(sheet, "B1", '=EXPORT_SERIES("TOTAL")', "2023")
    spilled = [_put(sheet, address, "", value) for address, value in (("C1", 26.17), ("B2", "2024"), ("C2", 26.2))]
    stock = fakebook.Range.raw_value

    def overwrite(cells: fakebook.Range, values: Any) -> None:
        if anchor.formula and (cells.row, cells.column) == (1, 2):
            for one in spilled:
                one.value = None
        stock.fset(cells, values)  # type: ignore[misc]

    monkeypatch.setattr(fakebook.Range, "raw_value", stock.setter(overwrite))
    macros.freeze(book=sheet)
    assert [anchor.value, *(one.value for one in spilled)] == ["2023", 26.17, "2024", 26.2]


@pytest.mark.parametrize(
    ("formula", "ours"),
    [
        ("=EXPORT_GROWTH()", True),
        ("=1+export_value(A1)", True),
        ("='C:\\x\\nachra.xlam'!EXPORT_VALUE()", True),
        ("=EXPORT_UNKNOWN()", False),
        ('="EXPORT_GROWTH("', False),
        ("EXPORT_GROWTH()", False),
        (12.0, False),
    ],
)
def test_our_formulas_are_told_from_others(formula: object, ours: bool) -> None:
    assert freezing.is_ours(formula) is ours


def test_refreshing_reads_the_library_again(sheet: Any, library: FolderLibrary) -> None:
    first = library.answers()
    macros.refresh(book=sheet)
    assert library.answers() is not first
    assert library.answers().version == first.version
    assert sheet.impl.app.calculated == 1


@pytest.mark.parametrize("folder", ["gone", "empty"])
def test_refreshing_says_why_nothing_is_known(
    folder: str, sheet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nachra.texts import languages, text

    (tmp_path / "empty").mkdir()
    found = FolderLibrary(tmp_path / folder)
    monkeypatch.setattr(importlib.import_module("nachra.hosts.excel"), "LIBRARY", found)
    reason = {"gone": "library_not_found", "empty": "library_empty"}[folder]
    for language in languages():
        monkeypatch.setenv("NACHRA_LANGUAGE", language)
        macros.refresh(book=sheet)
        assert alerts(sheet)[-1] == text(f"reasons.{reason}", language)


def test_a_protected_sheet_is_named_and_nothing_is_changed(annual: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = _with_an_error(annual)
    formula = content(annual, "Publication", "M1")
    formula.formula, formula.value = "=EXPORT_GROWTH()", 0.035
    annual.sheets["Publication"]["M2"].impl.select()
    monkeypatch.setattr(annual.sheets["Publication"].impl, "api", SimpleNamespace(ProtectContents=True))
    count = len(annual.sheets)
    macros.check_release(book=annual)
    macros.freeze(book=annual)
    macros.insert_figure("TOTAL ; 2024 ; part", book=annual)
    assert len(alerts(annual)) == 3
    assert all("« Publication » est protégée" in one for one in alerts(annual))
    assert (len(annual.sheets), cell.note) == (count, "vu avec le service")
    assert (formula.formula, formula.note) == ("=EXPORT_GROWTH()", "")


def test_rates_go_in_as_percentages(sheet: Any) -> None:
    for row, (measure, shown) in enumerate(
        {"croissance": "0.0%", "part": "0.0%", "croissance requise": "0.0%", "valeur": "General"}.items(), 1
    ):
        sheet.sheets[0][f"F{row}"].impl.select()
        macros.insert_figure(f"TOTAL ; ; {measure}", book=sheet)
        assert content(sheet, "Feuil1", f"F{row}").number_format == shown, measure


def test_a_defect_of_ours_ends_in_a_message(sheet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> int:
        raise RuntimeError("boom")

    monkeypatch.setattr(freezing, "freeze_book", broken)
    macros.freeze(book=sheet)
    assert "RuntimeError: boom" in alerts(sheet)[0]


def test_every_measure_of_the_dialog_is_understood() -> None:
    from nachra.texts import load_toml

    for language, prompt in load_toml("excel.toml")["dialogs"]["figure_prompt"].items():
        inside = re.search(r"\((.*)\)", prompt)
        assert inside
        for word in re.split("[,،] ", inside[1]):
            assert macros.figure_formula(f"TOTAL ; 2024 ; {word}", language).startswith("=EXPORT_"), word
    assert set(FIGURES) < set(REGISTRY)
