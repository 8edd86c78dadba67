"""The library: what is admitted and what is refused, what no kill, no race and no damage can take away."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import releases_made as made
from editions_made import ANNUAL, HALF, HISTORIC, RELEASES, later, totals, written
from office import REPOSITORY

from nachra import asking
from nachra.asking import set_provider
from nachra.errors import UsageError, WriteError
from nachra.functions import export_growth, export_share, export_source, export_value
from nachra.hosts import outside
from nachra.hosts.outside import OutsideLibrary
from nachra.jobs import check_release
from nachra.library import FolderLibrary, admission, answers_of_folder, contents, index
from nachra.library.admission import Admission, Outcome, Unread, import_releases
from nachra.library.contents import Held, load
from nachra.library.index import Index
from nachra.library.places import index_file
from nachra.library.references import find, known
from nachra.library.store import EDITIONS, RECORD, Record, entries, stored_name
from nachra.release import Status

SAMPLES = [ANNUAL, HALF, HISTORIC]


def imported(folder: Path, *paths: Path, reason: str = "") -> dict[str, str]:
    """Import releases; return the outcome of each by file name, the code of the error for what cannot be read."""
    return {
        one.path.name: one.error.code if isinstance(one, Unread) else one.outcome.value
        for one in import_releases(folder, list(paths), reason, "Amina")
    }


def one_import(folder: Path, path: Path, reason: str = "") -> Admission:
    (found,) = import_releases(folder, [path], reason, "Amina")
    assert isinstance(found, Admission)
    return found


def codes(found: Admission) -> set[str]:
    return {one.code for one in found.findings}


def bytes_of(folder: Path) -> set[bytes]:
    return {one.path.read_bytes() for one in load(folder).held}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "bibliothèque du service"


@pytest.fixture
def answering(library: Path) -> Iterator[Callable[[], FolderLibrary]]:
    """Answer cells from the library, read anew at each call."""

    def anew() -> FolderLibrary:
        provider = FolderLibrary(library)
        set_provider(provider)
        return provider

    yield anew
    set_provider(asking.Provider())


# --- admission --------------------------------------------------------------------------------------


def test_the_original_bytes_are_kept_under_their_own_name_and_nobody_can_save_over_them(library: Path) -> None:
    assert imported(library, *SAMPLES) == {path.name: "admitted" for path in SAMPLES}
    for path in SAMPLES:
        reading, _ = check_release(path)
        stored = library / EDITIONS / reading.release.sha256[:16] / path.name
        assert stored.read_bytes() == path.read_bytes()
        assert not stat.S_IMODE(stored.stat().st_mode) & 0o222
        record = Record.from_json((stored.parent / RECORD).read_text(encoding="utf-8"))
        assert (record.sha256, record.file, record.by, record.reason) == (
            reading.release.sha256,
            path.name,
            "Amina",
            "",
        )
    assert imported(library, *SAMPLES) == {path.name: "known" for path in SAMPLES}
    assert len(entries(library)) == len(SAMPLES)


def test_a_finding_of_severity_error_refuses_unless_a_reason_is_given_which_is_recorded(
    library: Path, tmp_path: Path
) -> None:
    rows = made.complete()
    rows[6].growth = "25.0"
    wrong = written(tmp_path / "fausse.xlsx", rows, "2025-10")
    refused = one_import(library, wrong)
    assert refused.outcome is Outcome.REFUSED and "growth-mismatch" in codes(refused)
    assert load(library).held == () and not list(library.rglob("*.xlsx"))
    assert one_import(library, wrong, "taux confirmé par l'organisme").outcome is Outcome.ADMITTED
    (held,) = load(library).held
    assert held.record and held.record.accepted == ("growth-mismatch",)
    assert held.record.reason == "taux confirmé par l'organisme"
    assert held.path.read_bytes() == wrong.read_bytes()


def test_a_reason_that_was_not_needed_is_not_recorded(library: Path) -> None:
    one_import(library, ANNUAL, "au cas où")
    (held,) = load(library).held
    assert held.record and (held.record.reason, held.record.accepted) == ("", ())


def test_the_same_edition_with_other_bytes_is_refused_and_said_to_be_so(library: Path, tmp_path: Path) -> None:
    one_import(library, ANNUAL)
    twin = totals(tmp_path / "autre.xlsx", "2025-10", y2024="26.4")
    found = one_import(library, twin)
    conflict = next(one for one in found.findings if one.code == "edition-conflict")
    assert found.outcome is Outcome.REFUSED and conflict.params["file"] == ANNUAL.name
    assert "2025-10" in conflict.message("fr") and ANNUAL.name in conflict.message("ar")
    assert load(library).conflicts == ()
    accepted = one_import(library, twin, "corrigée le jour même")
    assert accepted.is_newest and accepted.outcome is Outcome.ADMITTED
    assert [one.path.name for one in load(library).held] == [ANNUAL.name, twin.name], "the one imported last answers"
    assert load(library).conflicts == (), "a reason was given"
    shutil.copy(totals(tmp_path / "tombee.xlsx", "2025-10", y2024="26.6"), library)
    ((first, second),) = load(library).conflicts
    assert (first.path.name, second.path.name) == ("tombee.xlsx", ANNUAL.name), "what is imported comes last"


def test_a_late_edition_is_noted_and_does_not_answer(library: Path, tmp_path: Path) -> None:
    assert one_import(library, later(tmp_path / "b.xlsx")).is_newest
    found = one_import(library, ANNUAL)
    assert "edition-late" in codes(found) and not found.is_newest and found.outcome is Outcome.ADMITTED


def test_releases_are_imported_oldest_edition_first(library: Path, tmp_path: Path) -> None:
    new, old = later(tmp_path / "a.xlsx"), totals(tmp_path / "z.xlsx", "2024-04", Status.FINAL, y2024="26.0")
    done = [one for one in import_releases(library, [new, ANNUAL, old]) if isinstance(one, Admission)]
    assert [one.path for one in done] == [old, ANNUAL, new]
    assert "final-revised" in codes(done[1]) and not {"edition-late", "final-revised"} & codes(done[2])


def test_a_revision_larger_than_any_before_is_a_finding(library: Path, tmp_path: Path) -> None:
    paths = [
        totals(tmp_path / "1.xlsx", "2026-01", y2021="10.0", y2022="20.0"),
        totals(tmp_path / "2.xlsx", "2026-02", y2021="10.1", y2022="20.1"),
        totals(tmp_path / "3.xlsx", "2026-03", y2021="10.2", y2022="20.2"),
    ]
    done = [one for one in import_releases(library, paths) if isinstance(one, Admission)]
    assert not any("revision-unusual" in codes(one) for one in done)
    quiet = one_import(library, totals(tmp_path / "4.xlsx", "2026-04", y2021="10.3", y2022="20.2"))
    assert "revision-unusual" not in codes(quiet)
    found = one_import(library, totals(tmp_path / "5.xlsx", "2026-05", y2021="10.3", y2022="20.7"))
    (unusual,) = [one for one in found.findings if one.code == "revision-unusual"]
    assert unusual.params["percent"] > unusual.params["largest"] and unusual.cells
    assert "2022" in unusual.message("fr") and "1 %" in unusual.message("fr")


def test_what_cannot_be_read_or_written_keeps_nothing_else_out(library: Path, tmp_path: Path) -> None:
    (tmp_path / "vide.xlsx").touch()
    (tmp_path / "image.xlsx").write_bytes(b"\x89PNG")
    found = imported(library, tmp_path / "vide.xlsx", ANNUAL, tmp_path / "image.xlsx", tmp_path / "absente.xlsx")
    assert found == {
        "vide.xlsx": "empty",
        "image.xlsx": "not_a_workbook",
        "absente.xlsx": "not_found",
        ANNUAL.name: "admitted",
    }
    file = tmp_path / "fichier"
    file.touch()
    (failed,) = import_releases(file, [ANNUAL])
    assert isinstance(failed, Unread) and isinstance(failed.error, WriteError)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("annuelle-2024.xlsx", "annuelle-2024.xlsx"),
        ("Exportations 2024 (définitif).XLSX", "Exportations 2024 (définitif).XLSX"),
        ("صادرات 2024.xlsx", "صادرات 2024.xlsx"),
        ("a:b?.xlsx", "a-b.xlsx"),
        ("con.xlsx", "_con.xlsx"),
        (" .xlsx", "_.xlsx"),
        ("x" * 150 + ".xlsx", "x" * 60 + ".xlsx"),
    ],
)
def test_names_that_some_system_refuses_are_changed_and_the_original_is_recorded(
    name: str, kept: str, library: Path, tmp_path: Path
) -> None:
    assert stored_name(name) == kept
    shutil.copy(ANNUAL, tmp_path / name)
    one_import(library, tmp_path / name)
    (held,) = load(library).held
    assert held.path.name == kept and held.record and held.record.file == name


# --- answers ----------------------------------------------------------------------------------------


def test_cells_follow_the_newest_edition_and_an_edition_brings_the_old_one_back(
    library: Path, tmp_path: Path, answering: Callable[[], FolderLibrary]
) -> None:
    imported(library, *SAMPLES)
    before = answering().answers().version
    # the latest period with a growth: the half-year beside the annual release, as the samples have it
    assert export_growth() == pytest.approx(0.035)
    assert export_value("TOTAL", 2024) == 26.2 and export_growth("TOTAL", 2024) == pytest.approx(0.002)
    imported(library, later(tmp_path / "synthetique.xlsx"))
    assert answering().answers().version != before
    assert export_growth() == pytest.approx(0.064), "2025 as a whole is the headline now"
    assert export_value("TOTAL", 2024) == 26.4 and export_growth("TOTAL", 2024) == pytest.approx(0.008)
    assert export_share("ITO", 2024) == pytest.approx(0.405)
    assert export_growth(None, None, "2025-10") == pytest.approx(0.035)
    assert export_growth("TOTAL", 2024, "2026-03-31") == pytest.approx(0.002)
    assert export_value("TOTAL", 2024, "2025-10") == 26.2 and export_share("ITO", 2024, 2025) == pytest.approx(0.403)
    assert export_growth("TOTAL", "S1 2025") == pytest.approx(0.035), "the half-year release goes on answering"
    assert export_value("TOTAL@historique", 2023) == 17.9
    assert str(export_source("TOTAL", 2024)).startswith("synthetique.xlsx ! Publication ! ")


def test_a_file_put_in_the_folder_answers_beside_those_imported(library: Path, tmp_path: Path) -> None:
    imported(library, ANNUAL)
    shutil.copy(HALF, library)
    later(library / "tombée là.xlsx")
    shutil.copy(ANNUAL, library / "copie.xlsx")
    held = load(library).held
    assert [(one.path.name, one.record is not None) for one in held] == [
        (ANNUAL.name, True),
        (HALF.name, False),
        ("tombée là.xlsx", False),
    ]
    one_import(library, library / "tombée là.xlsx")
    assert [one.record is not None for one in load(library).held] == [True, False, True]


def test_the_folder_answers_alike_with_an_index_and_without(library: Path, tmp_path: Path) -> None:
    imported(library, *SAMPLES, later(tmp_path / "b.xlsx"))
    plain = tmp_path / "plain"
    plain.mkdir()
    for one in load(library).held:
        shutil.copy(one.path, plain)
    first = answers_of_folder(library)
    assert answers_of_folder(library) == first, "out of the index"
    assert load(library, Index(tmp_path / "other.sqlite")).answers() == first
    assert answers_of_folder(plain) == first, "files alone say the same"


@pytest.mark.skipif(sys.platform == "win32", reason="the launcher is a script of ours")
def test_another_interpreter_is_answered_from_imported_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Calc, whose Python has none of our libraries: through the command, from the usual place too."""
    launcher = tmp_path / "commande"
    path = REPOSITORY / "addin"
    launcher.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(path)!r})\nfrom nachra.cli import main\nmain()\n"
    )
    launcher.chmod(0o755)
    monkeypatch.setenv("NACHRA_COMMAND", str(launcher))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("NACHRA_LIBRARY", "")
    monkeypatch.setattr(outside.settings, "read", dict)
    clock = iter(range(0, 1000, 10))
    found = OutsideLibrary(lambda: float(next(clock)))
    assert not found.answers().books and found.reason == "library_not_set"
    usual = tmp_path / "nachra" / "library"
    imported(usual, ANNUAL)
    assert found.answers() == answers_of_folder(usual)
    imported(usual, later(tmp_path / "b.xlsx"))
    assert found.answers().books["2025"].headline == "2025" and found.answers() == answers_of_folder(usual)


# --- references -------------------------------------------------------------------------------------


def test_editions_are_found_by_the_words_that_people_use(library: Path, tmp_path: Path) -> None:
    imported(library, *SAMPLES, later(tmp_path / "synthetique.xlsx"))
    held = load(library)
    expected = {
        "dernière": "synthetique",
        "latest": "synthetique",
        "LATEST": "synthetique",
        "الأخيرة": "synthetique",
        "précédente": "annuelle-2024",
        "2026": "synthetique",
        "2025-10": "semestrielle-2025-S1",
        "annuel:2025-10": "annuelle-2024",
        "annuelle:précédente": "annuelle-2024",
        "semestriel": "semestrielle-2025-S1",
        "historique": "historique-2009-2023",
        "historique:dernière": "historique-2009-2023",
        held.held[0].release.sha256[:8]: held.held[0].path.stem,
    }
    assert {words: find(held, words).path.stem for words in expected} == expected
    assert [find(held, name).path for name in known(held)] == [one.path for one in reversed(held.held)]
    newest = find(held, "dernière")
    assert find(held, "précédente", newest).path.name == ANNUAL.name
    coming = Held(tmp_path, check_release(later(tmp_path / "c.xlsx", "2026-10"))[0].release, ())
    assert find(held, "précédente", coming) is newest, "of one that is not in the library yet"
    assert find(held, "2025-10", newest).path.name == ANNUAL.name, "of the story it is compared with"
    assert find(held, "2026-04", newest) is newest and find(held, "annuel", newest) is newest
    assert find(held, "historique", newest).path.name == HISTORIC.name, "to be told that it does not compare"


@pytest.mark.parametrize(
    "words", ["2019", "mensuel", "n'importe quoi", "annuel:2019", "abcdef12", ":", "historique:précédente"]
)
def test_an_edition_that_is_not_there_names_those_that_are(words: str, library: Path) -> None:
    imported(library, *SAMPLES)
    with pytest.raises(UsageError) as caught:
        find(load(library), words)
    assert "annuel:2025-10" in caught.value.message("fr") and words in caught.value.message("en")


# --- damage -----------------------------------------------------------------------------------------


def test_an_altered_release_no_longer_answers_is_named_and_repaired_by_importing_it_again(library: Path) -> None:
    imported(library, ANNUAL, HALF)
    stored = next(library.rglob(ANNUAL.name))
    stored.chmod(0o644)
    shutil.copyfile(HISTORIC, stored)
    found = load(library)
    assert [one.path.name for one in found.held] == [HALF.name]
    assert [one.code for one in found.problems] == ["library_altered"] and str(stored) in found.problems[0].message(
        "fr"
    )
    assert imported(library, ANNUAL) == {ANNUAL.name: "admitted"}
    assert bytes_of(library) == {ANNUAL.read_bytes(), HALF.read_bytes()} and not load(library).problems


@pytest.mark.parametrize(
    "record",
    [
        "",
        "null",
        "[]",
        "{",
        "{}",
        '{"sha256": 1}',
        '{"sha256": "a", "file": "b", "stored": "../../x.xlsx", "admitted": ""}',
    ],
)
def test_a_lost_record_takes_no_figure_away(record: str, library: Path) -> None:
    imported(library, ANNUAL)
    place = next(library.rglob(RECORD))
    place.write_text(record)
    (held,) = load(library).held
    assert held.record is None and held.path.read_bytes() == ANNUAL.read_bytes()
    assert imported(library, ANNUAL) == {ANNUAL.name: "admitted"}
    assert load(library).held[0].record


def test_a_record_without_bytes_is_no_release(library: Path) -> None:
    imported(library, ANNUAL)
    next(library.rglob(ANNUAL.name)).unlink()
    assert load(library).held == () and not load(library).problems
    assert imported(library, ANNUAL) == {ANNUAL.name: "admitted"}


def test_old_leftovers_are_swept_and_young_ones_are_not(library: Path) -> None:
    imported(library, ANNUAL)
    place = next(library.rglob(RECORD)).parent
    old, young = place / ".annuelle-x.tmp", place / ".annuelle-y.tmp"
    old.touch()
    young.touch()
    os.utime(old, (time.time() - 100_000,) * 2)
    imported(library, HALF)
    assert not old.exists() and young.exists()


def _garbage(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(9000))


def _holes(file: Path) -> None:
    data = bytearray(file.read_bytes())
    chance = random.Random(2)
    for _ in range(200):
        data[chance.randrange(100, len(data))] ^= 0xFF
    file.write_bytes(data)


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def _other_tables(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("create table release (something)")
    connection.close()


def _other_version(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("update meta set form = 'older'")
        connection.execute("update release set content = '{}'")
    connection.close()


def _false_figures(file: Path) -> None:
    """What SQLite cannot notice: a figure changed in place."""
    with sqlite3.connect(file) as connection:
        connection.execute("update release set content = replace(content, '26.2', '62.2')")
        connection.execute("update answers set content = replace(content, '26.2', '62.2')")
    connection.close()


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "damage", [_garbage, _holes, _truncated, Path.unlink, _other_tables, _other_version, _false_figures, _a_folder]
)
def test_a_damaged_index_loses_nothing(damage: Callable[[Path], None], library: Path) -> None:
    imported(library, *SAMPLES)
    whole = answers_of_folder(library)
    damage(index_file(library))
    assert answers_of_folder(library) == whole
    assert {one.record is not None for one in load(library).held} == {True}
    assert answers_of_folder(library) == whole
    if index_file(library).is_file():
        kept = Index(index_file(library)).releases()
        assert len(kept) == len(SAMPLES), "it was made anew"


def test_a_python_without_sqlite_reads_the_files(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(library, *SAMPLES)
    whole = answers_of_folder(library)
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    assert answers_of_folder(library) == whole and Index(index_file(library)).releases() == {}


def test_a_locked_index_is_left_alone(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(library, *SAMPLES)
    whole = answers_of_folder(library)
    monkeypatch.setattr(index, "PATIENCE", 0.01)
    connection = sqlite3.connect(index_file(library), isolation_level=None)
    connection.execute("begin exclusive")
    assert answers_of_folder(library) == whole
    connection.execute("rollback")
    connection.close()
    assert len(Index(index_file(library)).releases()) == len(SAMPLES)


def test_a_changed_profile_is_read_with_anew(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(library, ANNUAL)
    assert load(library).held
    monkeypatch.setattr("nachra.library.contents.check_release", lambda _: pytest.fail("read again"))
    assert load(library).held
    monkeypatch.undo()
    layouts = tmp_path / "profils"
    layouts.mkdir()
    (layouts / "essai.toml").write_text(made.PROFILE, encoding="utf-8")
    monkeypatch.setenv("NACHRA_LAYOUTS", str(layouts))
    assert Index(index_file(library)).releases() == {}


# --- kills and races --------------------------------------------------------------------------------


@pytest.fixture
def warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Releases that were read before, so that an import is nearly all writing: there the kills are to fall."""
    paths = [*SAMPLES, later(tmp_path / "b.xlsx"), totals(tmp_path / "c.xlsx", "2026-10", y2024="26.5", y2025="28.0")]
    readings = {path.read_bytes(): check_release(path) for path in paths}

    def remembered(path: Path) -> Any:
        return readings[path.read_bytes()]

    monkeypatch.setattr(admission, "check_release", remembered)
    monkeypatch.setattr(contents, "check_release", remembered)
    return paths


def child(work: Callable[[], object]) -> int:
    """Start a process that does one piece of work, all modules loaded; return its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, about threads that we do not use
        number = os.fork()
    if number == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return number


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_no_kill_loses_anything(warm: list[Path], tmp_path: Path) -> None:
    """SIGKILL at 100 random moments: the library opens every time, and a second import completes."""
    paths = warm[:3]
    originals = {path.read_bytes() for path in paths}
    start = time.monotonic()
    imported(tmp_path / "measured", *paths)
    duration = time.monotonic() - start
    chance = random.Random(20251024)
    found: list[int] = []
    for number in range(100):
        folder = tmp_path / f"library{number}"
        process = child(lambda folder=folder: list(import_releases(folder, paths)))  # type: ignore[misc]
        time.sleep(chance.uniform(0, duration * 1.1))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        left = load(folder)
        assert not left.problems
        assert {one.path.read_bytes() for one in left.held} <= originals
        assert all(one.record and one.record.sha256 == one.release.sha256 for one in left.held)
        found.append(len(left.held))
        outcomes = imported(folder, *paths)
        assert sorted(outcomes.values()) == ["admitted"] * (3 - found[-1]) + ["known"] * found[-1]
        again = load(folder)
        assert {one.path.read_bytes() for one in again.held} == originals and not again.problems
    assert len(set(found)) > 2, f"the kills fell at different moments: {found}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_imports_at_the_same_time_lose_nothing(warm: list[Path], tmp_path: Path) -> None:
    for turn in range(5):
        folder = tmp_path / f"together{turn}"
        processes = [
            child(lambda order=order, folder=folder: list(import_releases(folder, order)))  # type: ignore[misc]
            for order in (warm, warm[::-1], warm[2:], warm[:3])
        ]
        assert [os.waitpid(process, 0)[1] for process in processes] == [0] * 4
        found = load(folder)
        assert {one.path.read_bytes() for one in found.held} == {path.read_bytes() for path in warm}
        assert all(one.record for one in found.held) and not found.problems
        assert not list(folder.rglob("*.tmp"))


def test_releases_folder_is_untouched() -> None:
    assert not (RELEASES / EDITIONS).exists()
    assert json.dumps(sorted(path.name for path in RELEASES.iterdir()))
