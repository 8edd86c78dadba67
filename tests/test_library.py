"""The folder that cell functions answer from: noticed when it changes, harmless when it is broken or not there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import office
import pytest

from nachra import asking
from nachra.answers import LEVEL
from nachra.asking import set_provider
from nachra.cells import CellError
from nachra.functions import export_check, export_value, export_version
from nachra.library import LOOK_EVERY, FolderLibrary, contents
from nachra.texts import text

RELEASES = office.REPOSITORY / "workbooks" / "releases"
ANNUAL, HALF = RELEASES / "annuelle-2024.xlsx", RELEASES / "semestrielle-2025-S1.xlsx"


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def tick(self) -> None:
        self.now += LOOK_EVERY


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ANNUAL, tmp_path)
    return tmp_path


@pytest.fixture
def library(folder: Path, clock: Clock) -> FolderLibrary:
    return FolderLibrary(folder, clock)


def test_a_release_that_is_added_changed_or_removed_is_noticed(
    library: FolderLibrary, folder: Path, clock: Clock
) -> None:
    first = library.answers()
    shutil.copy(HALF, folder)
    assert library.answers() is first, "not looked at again within a second"
    clock.tick()
    second = library.answers()
    assert second.version != first.version
    assert second.books["2025"].find("TOTAL", "2025-S1", LEVEL)
    (folder / ANNUAL.name).write_bytes((RELEASES / "historique-2009-2023.xlsx").read_bytes())
    clock.tick()
    third = library.answers()
    assert third.version not in (first.version, second.version)
    (folder / HALF.name).unlink()
    clock.tick()
    assert "2025" not in library.answers().books
    (folder / ANNUAL.name).unlink()
    clock.tick()
    assert library.answers().books == {}


def test_the_version_is_that_of_the_content(library: FolderLibrary, folder: Path, clock: Clock) -> None:
    first = library.answers()
    os.utime(folder / ANNUAL.name, ns=(1, 1))
    clock.tick()
    assert library.answers() is not first, "it was read again"
    assert library.answers().version == first.version
    (folder / "notes.txt").write_text("rien")
    shutil.copy(HALF, folder / "~$annuelle-2024.xlsx")
    clock.tick()
    assert library.answers().version == first.version
    (folder / ANNUAL.name).rename(folder / "autre.xlsx")
    clock.tick()
    assert library.answers().version != first.version, "EXPORT_SOURCE answers otherwise"


def test_a_quiet_folder_is_read_once(library: FolderLibrary, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    first = library.answers()
    monkeypatch.setattr("nachra.library.answers_of_folder", lambda _: pytest.fail("read again"))
    for _ in range(3):
        clock.tick()
        assert library.answers() is first


def test_an_unreadable_file_takes_nothing_away(library: FolderLibrary, folder: Path, clock: Clock) -> None:
    first = library.answers()
    (folder / "abime.xlsx").write_bytes(b"PK\x03\x04 tronque")
    (folder / "vide.xlsx").touch()
    (folder / "texte.xlsx").write_text("bonjour")
    (folder / "dossier.xlsx").mkdir()
    (folder / "perdu.xlsx").symlink_to(folder / "nulle-part.xlsx")
    clock.tick()
    assert library.answers().version == first.version
    assert library.answers().books.keys() == first.books.keys()


def test_a_file_that_vanishes_while_it_is_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "find_releases", lambda _: [folder / ANNUAL.name, folder / "parti.xlsx"])
    assert [Path(name).name for name, *_ in contents.signature(folder)] == [ANNUAL.name]
    assert contents.answers_of_folder(folder).books


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("empty", "library_empty"),
        ("missing", "library_not_found"),
        ("file", "library_not_found"),
        ("none", "library_not_set"),
        ("blank", "library_not_set"),
    ],
)
def test_no_library(kind: str, reason: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, none, or no setting: #N/A, and the reason says what to do."""
    folder = {"empty": tmp_path / "vide", "missing": tmp_path / "rien", "file": tmp_path / "fichier"}.get(kind)
    (tmp_path / "fichier").touch()
    (tmp_path / "vide").mkdir()
    monkeypatch.delenv("NACHRA_LIBRARY", raising=False)
    if kind == "blank":
        monkeypatch.setenv("NACHRA_LIBRARY", "")
    set_provider(FolderLibrary(folder, clock))
    try:
        assert export_value() is export_value("TOTAL", 2024) is export_value("TOTAL@historique") is CellError.NA
        assert export_check("TOTAL", 2024) == text(f"reasons.{reason}")
        assert isinstance(export_version(), str)
    finally:
        set_provider(asking.Provider())


def test_a_provider_that_was_not_set_knows_nothing() -> None:
    set_provider(asking.Provider())
    assert export_value("TOTAL", 2024) is CellError.NA
    assert export_value("TOTAL", 2024, ((1.0, 2.0), (3.0, 4.0))) is CellError.VALUE
    assert export_version() == "0"


def test_the_environment_names_the_folder(folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NACHRA_LIBRARY", str(folder))
    library = FolderLibrary(clock=clock)
    assert library.answers().books.keys() == {"2025"}
    monkeypatch.setenv("NACHRA_LIBRARY", str(RELEASES))
    clock.tick()
    assert library.answers().books.keys() == {"2025", "historic", "overlap-2023"}


def test_a_methodology_without_a_release_is_not_published(library: FolderLibrary) -> None:
    set_provider(library)
    try:
        assert export_value("TOTAL@historique", 2023) is CellError.NA
        assert export_check("TOTAL@historique", 2023) == text("reasons.series_unpublished")
    finally:
        set_provider(asking.Provider())


def test_ranges_are_kept_and_let_go(library: FolderLibrary) -> None:
    for number in range(30):
        assert library.answers_of_range(((float(number), None), ("x", 1.0))) is None
    assert len(library.ranges) < 12
