"""Outlines: four of ours, anybody's by one file, each leading to the data; what is wrong in one is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from specimens import open_workbook
from specimens import release as made

from nachra import texts
from nachra.briefing import Chart, Table
from nachra.errors import NachraError, ProfileError, UnreadableError, UsageError
from nachra.jobs import Briefed, Job, brief_release, check_release
from nachra.outlines import load_outline, outlines
from nachra.sheets import BLOCKS, compose, subjects
from nachra.texts import languages
from nachra.workbook import write_workbook

MONDAY = """
title = { fr = "Lundi" }
[[sheets]]
id = "monday"
name = { fr = "Lundi" }
about = { fr = "Pour lundi" }
blocks = ["title", "contents"]
[[sheets]]
id = "data"
blocks = ["heading", "data"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own folder of outlines."""
    own = tmp_path / "outlines"
    own.mkdir()
    monkeypatch.setenv("NACHRA_OUTLINES", str(own))
    return own


def test_four_outlines_are_ours() -> None:
    assert list(outlines()) == ["complete", "note", "publication", "serie"]


@pytest.mark.parametrize("outline", outlines())
def test_outlines_are_titled_in_every_language(outline: str) -> None:
    assert set(load_outline(outline).title) == set(languages())


def test_every_block_is_documented_and_used_somewhere() -> None:
    page = (texts.templates() / "briefings" / "README.md").read_text(encoding="utf-8")
    assert [name for name in BLOCKS if f"`{name}`" not in page] == []
    used = {block for outline in outlines() for sheet in load_outline(outline).sheets for block in sheet.blocks}
    assert set(BLOCKS) == used


def test_an_outline_is_one_file(folder: Path, releases: list[Path], tmp_path: Path) -> None:
    (folder / "monday.toml").write_text(MONDAY, encoding="utf-8")
    assert "monday" in outlines()
    (one,) = brief_release(Job(releases[0], tmp_path / "a", outlines=("monday",)))
    assert isinstance(one, Briefed) and one.path == tmp_path / "a.monday.fr.xlsx"
    book = open_workbook(one.path)
    assert book.sheetnames == ["Lundi", "Données"]
    assert [cell.value for cell in book["Lundi"]["B"] if cell.value][-1].startswith("Chaque chiffre publié")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (('"contents"]', '"sommaire"]'), "outline_block", "sommaire"),
        (('["heading", "data"]', '["heading"]'), "outline_data", "0"),
        (('["title", "contents"]', '["title", "data"]'), "outline_data", "2"),
        (('["title", "contents"]', "[]"), "profile_key", "sheets.0.blocks"),
        (("title = {", "titre = {"), "profile_key", "title"),
        (("[[sheets]]", "[[sheets]"), "profile_toml", "line"),
        (('["title", "contents"]', '["evolution_chart"]'), "outline_chart", "levels"),
        (('["title", "contents"]', '["series_title"]'), "outline_series", "series_title"),
    ],
)
def test_what_is_wrong_in_an_outline_is_said(
    change: tuple[str, str], code: str, said: str, folder: Path, releases: list[Path]
) -> None:
    (folder / "monday.toml").write_text(MONDAY.replace(*change, 1), encoding="utf-8")
    release = check_release(releases[0])[0].release
    with pytest.raises(ProfileError) as raised:
        write_workbook(compose(release, (), outline="monday"))
    assert raised.value.code == code
    for language in languages():
        assert said in raised.value.message(language) and "monday" in raised.value.message(language)


def test_two_outlines_of_one_name_are_refused(folder: Path) -> None:
    (folder / "note.toml").write_text(MONDAY, encoding="utf-8")
    with pytest.raises(ProfileError, match="note"):
        outlines()


@pytest.mark.parametrize(
    "asked", [{"outline": "monthly"}, {"outline": "serie", "series": "XYZ"}, {"outline": "note", "series": "ITO"}]
)
def test_unknown_outlines_and_series_are_usage_errors(asked: dict[str, Any], releases: list[Path]) -> None:
    release = check_release(releases[0])[0].release
    with pytest.raises(UsageError) as raised:
        compose(release, (), **asked)
    assert asked.get("series", asked["outline"]) in str(raised.value)


def test_one_briefing_a_part_that_has_a_level() -> None:
    release = made({"TOTAL 2023": "20", "TOTAL 2024": "22", "ITO 2024": "10", "CRM 2023": None, "CRM 2024": None})
    assert subjects(release, load_outline("serie")) == ("ITO",)
    assert subjects(release, load_outline("note")) == ("",)


def test_a_release_without_parts_has_no_briefing_by_part(releases: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as raised:
        brief_release(Job(releases[1], tmp_path / "a", outlines=("serie",)))
    assert raised.value.code == "no_parts"
    made_anyway = brief_release(Job(releases[1], tmp_path / "a", outlines=("serie", "note")))
    assert [one.outline for one in made_anyway if isinstance(one, Briefed)] == ["note"]


def test_several_briefings_do_not_fit_one_file(releases: list[Path], tmp_path: Path) -> None:
    with pytest.raises(NachraError) as raised:
        brief_release(Job(releases[0], tmp_path / "a", outlines=("serie",), target=tmp_path / "one.xlsx"))
    assert raised.value.code == "one_file" and not (tmp_path / "one.xlsx").exists()


# --- the publication's tables -----------------------------------------------------------------------


@pytest.fixture(params=languages())
def publication(request: pytest.FixtureRequest, release: Path, tmp_path: Path) -> Path:
    """The tables for publication of each release, in each language."""
    (one,) = brief_release(Job(release, tmp_path / "a", (request.param,), ("publication",)))
    assert isinstance(one, Briefed)
    return one.path


def test_publication_is_bare(publication: Path) -> None:
    book = open_workbook(publication)
    for sheet in book.worksheets:
        assert len(sheet.tables) <= 1 and not sheet.merged_cells.ranges, sheet.title
        assert sheet.freeze_panes is None and sheet.auto_filter.ref is None and not sheet._charts, sheet.title
        assert not sheet.oddFooter.right.text and not sheet.oddHeader.center.text
        fills = {cell.fill.fill_type for row in sheet.iter_rows() for cell in row}
        assert fills == {None}, sheet.title
        for table in sheet.tables.values():
            first, last = sheet[table.ref][0][0], sheet[table.ref][-1][-1]
            assert first.column == 1 and last.row == sheet.max_row, "nothing stands below or left of a table"
            cells = [cell for row in sheet[table.ref] for cell in row]
            assert [cell.coordinate for cell in cells if cell.value in (None, "")] == [], sheet.title
            headers = [str(cell.value) for cell in sheet[table.ref][0]]
            assert len(set(headers)) == len(headers)


def test_publication_explains_its_shorthand(publication: Path) -> None:
    book = open_workbook(publication)
    for sheet in book.worksheets:
        values = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        used = {str(cell.value) for cell in values if str(cell.value) in ("[x]", "[z]")}
        # in words before the table, or in the table of symbols itself
        legends = [f"{row[0].value} {row[1].value or ''}" for row in sheet.iter_rows(max_col=2)]
        if sheet.tables:
            for mark in used:
                assert any(mark in legend and len(legend) > 6 for legend in legends), (sheet.title, mark)


def test_blocks_that_have_nothing_leave_no_empty_sheet(releases: list[Path]) -> None:
    historic = check_release(releases[1])[0].release
    for outline in ("publication", "complete"):
        for sheet in compose(historic, (), outline=outline).sheets:
            assert sheet.blocks and all(
                block.rows or block.id == "data" for block in sheet.blocks if isinstance(block, Table)
            )
    names = [sheet.name for sheet in compose(historic, (), outline="publication").sheets]
    assert "Structure" not in names and "Niveaux" in names


def test_no_outline_but_publication_is_without_charts(releases: list[Path]) -> None:
    release = check_release(releases[0])[0].release
    drawn = {
        outline: sum(
            isinstance(block, Chart) for sheet in compose(release, (), outline=outline).sheets for block in sheet.blocks
        )
        for outline in ("complete", "note", "publication")
    }
    assert drawn["complete"] >= 2 and drawn["note"] >= 1 and drawn["publication"] == 0
