"""Recognition: the workbook itself says which layout it has, and one layout only."""

from __future__ import annotations

from pathlib import Path

import pytest
import releases_made as made
from openpyxl import Workbook

from nachra.errors import LayoutError
from nachra.layouts import load_layouts
from nachra.reading import read_release
from nachra.recognition import find_header, recognise


def test_shipped_layouts_recognise_their_own_workbooks(releases: list[Path], shared: Path) -> None:
    expected = {
        "annuelle-2024": "annuel",
        "historique-2009-2023": "annuel",
        "semestrielle-2025-S1": "semestriel",
        "oc_ide_recettes_par_secteurs": "oc-ide-secteurs",
        "hcp_indice_exportation_trimestriel": "hcp-indice-exportation",
    }
    paths = [*releases, *(shared / "data" / "releases").glob("*.xlsx")]
    assert {path.stem: read_release(path).layout.id for path in paths} == expected


def test_no_layout_says_what_was_looked_for_and_seen() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Budget 2025"
    sheet["B2"], sheet["B3"], sheet["C3"] = "Dépenses de fonctionnement", "Chapitre", 12
    with pytest.raises(LayoutError) as caught:
        made.read(book)
    assert (caught.value.code, caught.value.path) == ("layout_none", "essai.xlsm")
    message = caught.value.message()
    for layout in (made.layout(), *load_layouts()):
        assert f"{layout.id} : « {layout.recognise.texts[0]} »" in message
    assert "« Budget 2025 »" in message
    assert "« Dépenses de fonctionnement », « Chapitre »" in message


def test_empty_workbook_is_not_recognised() -> None:
    with pytest.raises(LayoutError, match="premiers textes -\\."):
        made.read(Workbook())


def test_what_lacks_is_named_and_not_what_is_there() -> None:
    profile = made.layout(made.PROFILE.replace('"Tableau d\'essai"', '"Tableau d\'essai", "Commerce"'))
    with pytest.raises(LayoutError) as caught:
        made.read(made.table(), profile)
    assert "essai : « Commerce »" in caught.value.message()
    with pytest.raises(LayoutError) as caught:
        made.read(made.with_cells({"A4": "Branches"}), made.layout())
    assert "essai : « Secteurs »" in caught.value.message()


def test_header_must_be_the_whole_text_of_its_cell() -> None:
    with pytest.raises(LayoutError):
        made.read(made.with_cells({"A4": "Secteurs d'activité"}), made.layout())
    assert made.read(made.with_cells({"A4": " SECTEURS\xa0"}), made.layout()).release.observations


def test_two_candidates_are_both_named() -> None:
    twin = made.layout(made.PROFILE.replace('id = "essai"', 'id = "essai-bis"').replace("Tableau d'essai", "tableau"))
    with pytest.raises(LayoutError) as caught:
        made.read(made.table(), made.layout(), twin, *load_layouts())
    assert caught.value.code == "layout_several"
    assert "(essai, essai-bis)" in caught.value.message()


def test_texts_may_stand_on_any_sheet_in_any_spelling() -> None:
    book = made.with_cells({"A1": None})
    book.create_sheet("Notes")["B7"] = "Source : TABLEAU\xa0D’ESSAI, édition du mois"
    assert recognise(made.grid(book), (made.layout(), *load_layouts())).id == "essai"


def test_header_is_found_with_its_sheet() -> None:
    book = made.table()
    book.move_sheet(book.create_sheet("Avant"), -1)
    sheet, cell = find_header(made.grid(book), made.layout())
    assert (sheet.title, cell.address) == ("Tableau", "A4")


def test_new_layout_is_one_toml_and_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = tmp_path / "recettes.xlsx"
    made.table(top=3, left=2).save(release)
    with pytest.raises(LayoutError):
        read_release(release)
    folder = tmp_path / "profils"
    folder.mkdir()
    (folder / "essai.toml").write_text(made.PROFILE, encoding="utf-8")
    monkeypatch.setenv("NACHRA_LAYOUTS", str(folder))
    reading = read_release(release)
    assert (reading.layout.id, reading.release.publisher) == ("essai", "Office des Essais")
    assert made.levels(reading)["SERVICES 2024"] == "48 MAD_mn ±1 provisional"
    assert {obs.source.file for obs in reading.release.observations} == {"recettes.xlsx"}
    assert reading.findings == []
