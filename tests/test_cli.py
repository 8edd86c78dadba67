"""The command line keeps its contract: exit codes, one clear line a failure, nothing but JSON on standard output."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import office
import pytest
from specimens import edited, open_workbook
from verbs import FINDINGS, FINE, UNREADABLE, USAGE, Run

from nachra import __version__, cli
from nachra.jobs import check_release
from nachra.release import Measure
from nachra.texts import languages

DECIMAL = re.compile(r"-?\d+(\.\d*[1-9])?")
PERIOD = re.compile(r"\d{4}(-S[12]|-Q[1-4]|-\d\d|-\d\d/\d{4}-\d\d)?")


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(office.REPOSITORY / "addin"), "COLUMNS": "200"}
    environment.pop("NACHRA_LANGUAGE", None)
    command = [sys.executable, "-m", "nachra.cli", *map(str, arguments)]
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, **streams | options)


@pytest.fixture(scope="module")
def wrong(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release whose published share of ITO is impossible."""
    reading, _ = check_release(releases[0])
    share = next(one for one in reading.release.observations if (one.series, one.measure) == ("ITO", Measure.SHARE))
    return edited(releases[0], tmp_path_factory.mktemp("wrong") / "wrong.xlsx", {share.source.cell: 45.3})


@pytest.fixture(scope="module")
def unreadable(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that are no workbooks, by what is wrong with them."""
    folder = tmp_path_factory.mktemp("unreadable")
    whole = releases[0].read_bytes()
    contents = {
        "picture.xlsx": b"\x89PNG\r\n\x1a\n" + bytes(1000),
        "empty.xlsx": b"",
        "truncated.xlsx": whole[: len(whole) // 2],
        "protected.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    # a workbook, but not a release
    edited(releases[0], folder / "other.xlsx", {}).write_bytes((folder / "other.xlsx").read_bytes())
    book = open_workbook(folder / "other.xlsx")
    del book["Publication"]
    book.save(folder / "other.xlsx")
    return {path.stem: path for path in folder.iterdir()} | {"absent": folder / "absent.xlsx"}


# --- exit codes and messages ----------------------------------------------------------------------


def test_clean_releases_exit_with_0(run: Run, release: Path) -> None:
    code, out, err = run("check", release)
    assert (code, err) == (FINE, "")
    assert out.startswith(f"{release} : ") and "aucune erreur" in out.splitlines()[-1]


def test_an_error_finding_exits_with_1(run: Run, wrong: Path, releases: list[Path], tmp_path: Path) -> None:
    code, out, err = run("check", wrong, releases[0])
    assert (code, err) == (FINDINGS, "")
    assert "share-mismatch" in out and "part publiée 45,3 %" in out
    assert run("brief", wrong, "-o", tmp_path / "a.xlsx")[0] == FINDINGS
    assert run("batch", wrong, "--out", tmp_path)[0] == FINDINGS


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("picture", "pas un classeur Excel"),
        ("empty", "fichier vide"),
        ("truncated", "tronqué ou abîmé"),
        ("protected", "protégé par un mot de passe"),
        ("other", "publication non reconnue"),
        ("absent", "introuvable"),
    ],
)
def test_what_cannot_be_read_exits_with_3(
    kind: str, says: str, run: Run, unreadable: dict[str, Path], wrong: Path, releases: list[Path], tmp_path: Path
) -> None:
    path = unreadable[kind]
    # what is found after it neither lowers the code nor is lost
    code, out, err = run("check", path, wrong, releases[0])
    assert code == UNREADABLE and "share-mismatch" in out and str(releases[0]) in out
    assert err.count("\n") == 1 and err.startswith(f"{path} : ") and says in err
    code, out, err = run("brief", path, "-o", tmp_path / "briefing.xlsx")
    assert (code, out) == (UNREADABLE, "")
    assert err.count("\n") == 1 and str(path) in err and says in err
    assert not (tmp_path / "briefing.xlsx").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "{folder}"], "aucun classeur"),
        (["batch", "{folder}"], "aucun classeur"),
        (["check", "{release}", "--language", "xx"], "langue « xx »"),
        (["batch", "{release}", "--workers", "0"], "au moins 1"),
        (["batch", "{release}", "--workers", "many"], "--workers"),
        (["check", "{release}", "--colour"], ""),
        (["check"], ""),
        (["brief", "{release}", "{release}"], ""),
        (["publish", "{release}"], ""),
    ],
)
def test_bad_usage_exits_with_2(
    arguments: list[str], says: str, run: Run, releases: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    filled = [one.format(folder=tmp_path / "empty", release=releases[0]) for one in arguments]
    code, out, err = run(*filled)
    assert (code, out) == (USAGE, "")
    assert says in err.casefold() and err.strip() and "Traceback" not in err


def test_the_language_comes_from_the_option_or_the_environment(
    run: Run, releases: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NACHRA_LANGUAGE", "xx")
    code, _, err = run("check", releases[0])
    assert code == USAGE and "langue « xx »" in err.casefold() and ", ".join(languages()) in err
    assert run("check", releases[0], "--language", "fr")[0] == FINE


def test_a_process_of_its_own_keeps_the_contract(
    releases: list[Path], wrong: Path, unreadable: dict[str, Path]
) -> None:
    """Exit codes and streams as a shell sees them, without a terminal and with an ASCII locale."""
    protected = unreadable["protected"]
    asked = {FINE: releases[0], FINDINGS: wrong, USAGE: "--no-such-option", UNREADABLE: protected}
    started = {code: start("check", argument, cwd="/") for code, argument in asked.items()}
    for code, process in started.items():
        out, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert bool(out) is (code in (FINE, FINDINGS)) and bool(err) is (code in (USAGE, UNREADABLE))
    assert err.decode().count("\n") == 1 and "protégé par un mot de passe" in err.decode()


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (FINE, f"nachra {__version__}\n", "")
    code, out, err = run("--help")
    assert (code, err) == (FINE, "") and all(verb in out for verb in ("check", "brief", "batch"))


# --- JSON -----------------------------------------------------------------------------------------


def test_check_reports_every_observation_and_finding(run: Run, release: Path, unreadable: dict[str, Path]) -> None:
    code, out, err = run("check", release, unreadable["empty"], "--json")
    report = json.loads(out)
    assert code == UNREADABLE and list(report) == ["releases", "failed"]
    (found,), (failed,) = report["releases"], report["failed"]
    assert list(found) == ["path", "sha256", "layout", "title", "edition", "observations", "findings"]
    assert found["path"] == str(release) and re.fullmatch(r"[0-9a-f]{64}", found["sha256"])
    book = open_workbook(release, data_only=True)
    keys = ["series", "period", "measure", "value", "unit", "precision", "status", "methodology", "sheet", "cell"]
    for one in found["observations"]:
        assert list(one) == keys and PERIOD.fullmatch(one["period"]), one
        assert one["measure"] in ("level", "other_level", "growth", "share")
        original = book[one["sheet"]][one["cell"]].value
        if one["value"] is None:
            assert one["unit"] is one["precision"] is None and one["status"] in ("missing", "confidential")
            assert not isinstance(original, int | float)
        else:
            assert DECIMAL.fullmatch(one["value"]) and DECIMAL.fullmatch(one["precision"]), one
            assert float(one["value"]) == pytest.approx(original, rel=1e-12)
    for one in found["findings"]:
        assert list(one) == ["code", "level", "severity", "message", "sheet", "cells"]
        assert one["severity"] in ("warning", "note") and one["level"] in range(6) and one["message"]
        assert all(re.fullmatch(r"[A-Z]+[0-9]+", cell) for cell in one["cells"])
    assert failed == {"release": str(unreadable["empty"]), "code": "empty", "message": err.rstrip("\n")}


def test_batch_reports_what_was_written_and_what_was_not(
    run: Run, releases: list[Path], unreadable: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    shutil.copytree(releases[0].parent, folder)
    shutil.copy(unreadable["truncated"], folder / "b-truncated.xlsx")
    (folder / "~$annuelle-2024.xlsx").write_bytes(b"locked")
    code, out, err = run("batch", folder, "--out", tmp_path / "out", "--json")
    report = json.loads(out)
    assert code == UNREADABLE and list(report) == ["briefings", "failed", "seconds"]
    assert [Path(one["release"]).name for one in report["briefings"] if one["outline"] == "complete"] == [
        path.name for path in releases
    ]
    assert {one["outline"] for one in report["briefings"]} == {"complete", "note", "publication", "serie"}
    for one in report["briefings"]:
        assert list(one) == ["release", "sha256", "language", "outline", "series", "path", "findings"]
        assert one["language"] == "fr" and (one["series"] is not None) == (one["outline"] == "serie")
        assert list(one["findings"]) == ["error", "warning", "note"] and one["findings"]["error"] == 0
        assert Path(one["path"]).read_bytes().startswith(b"PK")
    (failed,) = report["failed"]
    assert list(failed) == ["release", "code", "message"] and failed["code"] == "damaged_zip"
    assert Path(failed["release"]).name == "b-truncated.xlsx"
    assert isinstance(report["seconds"], float)
    assert err.count("\n") == 1 and failed["message"] in err
    written = {Path(one["path"]).name for one in report["briefings"]}
    assert {path.name for path in (tmp_path / "out").iterdir()} == written


def test_batch_names_failures_at_the_end(
    run: Run, releases: list[Path], unreadable: dict[str, Path], tmp_path: Path
) -> None:
    paths = [unreadable["picture"], releases[0], unreadable["empty"], releases[2]]
    code, out, err = run("batch", *paths, "--out", tmp_path, "--outline", "complete")
    assert code == UNREADABLE
    assert [line.split(" (")[0] for line in out.splitlines()] == [
        str(tmp_path / name) for name in ("annuelle-2024.complete.fr.xlsx", "semestrielle-2025-S1.complete.fr.xlsx")
    ]
    summary, first, second = err.splitlines()
    assert re.fullmatch(r"2 notes en \d+,\d s, 2 échecs\.", summary)
    assert str(paths[0]) in first and str(paths[2]) in second


# --- files ----------------------------------------------------------------------------------------


def test_brief_writes_where_it_is_told(
    run: Run, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("brief", releases[0], "-o", "folder/mine.xlsx")[0] == FINE
    code, out, err = run("brief", releases[0])
    assert (code, err) == (FINE, "") and out.startswith("annuelle-2024.complete.fr.xlsx (")
    assert Path("annuelle-2024.complete.fr.xlsx").read_bytes() == Path("folder/mine.xlsx").read_bytes()
    assert run("brief", releases[0], "--author", "Direction des études")[0] == FINE
    assert open_workbook(Path("annuelle-2024.complete.fr.xlsx")).properties.creator == "Direction des études"


def test_the_release_itself_is_refused_as_a_destination(run: Run, releases: list[Path], tmp_path: Path) -> None:
    own = Path(shutil.copy(releases[0], tmp_path))
    for spelling in (own, tmp_path / ".." / tmp_path.name / own.name):
        code, out, err = run("brief", own, "-o", spelling)
        assert (code, out) == (UNREADABLE, "") and "la publication elle-même" in err
    assert own.read_bytes() == releases[0].read_bytes()


def test_a_link_as_a_destination_is_refused(run: Run, releases: list[Path], tmp_path: Path) -> None:
    own = Path(shutil.copy(releases[0], tmp_path))
    (tmp_path / "link.xlsx").symlink_to(own)
    code, _, err = run("brief", releases[2], "-o", tmp_path / "link.xlsx")
    assert code == UNREADABLE and "lien symbolique" in err
    assert own.read_bytes() == releases[0].read_bytes()


def test_equal_names_in_two_folders_make_two_briefings(run: Run, releases: list[Path], tmp_path: Path) -> None:
    for folder, original in (("2024", releases[0]), ("2025", releases[2])):
        (tmp_path / folder).mkdir()
        shutil.copy(original, tmp_path / folder / "release.xlsx")
    out = tmp_path / "out"
    assert run("batch", tmp_path / "2024", tmp_path / "2025", "--out", out)[0] == FINE
    titles = [
        open_workbook(out / name).properties.title
        for name in ("release.complete.fr.xlsx", "release-2.complete.fr.xlsx")
    ]
    assert [title.rpartition(", ")[2] for title in titles] == ["année 2024", "premier semestre 2025"]


def test_a_second_run_does_not_take_briefings_for_releases(
    run: Run, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(releases[0], tmp_path)
    first = run("batch", ".", "--outline", "complete")
    assert first[0] == FINE and run("batch", ".", "--outline", "complete")[:2] == first[:2]
    assert [path.name for path in Path("briefings").iterdir()] == ["annuelle-2024.complete.fr.xlsx"]


def test_check_annotates_copies(run: Run, releases: list[Path], wrong: Path, tmp_path: Path) -> None:
    code, out, _ = run("check", releases[0], wrong, "--annotate", tmp_path / "copies")
    assert code == FINDINGS
    for stem in ("annuelle-2024", "wrong"):
        copy = tmp_path / "copies" / f"{stem}.annotated.fr.xlsx"
        assert f"copie annotée : {copy}" in out
        assert open_workbook(copy).sheetnames[0] == "Contrôles"


def test_a_copy_that_cannot_be_written_is_a_failure(run: Run, releases: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    code, _, err = run("check", releases[0], "--annotate", tmp_path / "file")
    assert code == UNREADABLE and err.count("\n") == 1 and "impossible d'écrire" in err


def test_batch_writes_every_language_asked_for(run: Run, releases: list[Path], tmp_path: Path) -> None:
    options = [part for language in (*languages(), "fr") for part in ("--language", language)]
    options += ["--outline", "note", "--outline", "note"]
    code, out, _ = run("batch", releases[0], "--out", tmp_path, "--json", *options)
    written = json.loads(out)["briefings"]
    assert code == FINE and [one["language"] for one in written] == list(languages())
    names = [f"annuelle-2024.note.{language}.xlsx" for language in languages()]
    assert [Path(one["path"]).name for one in written] == names
    properties = [open_workbook(Path(one["path"])).properties.language for one in written]
    assert [tag.partition("-")[0] for tag in properties] == list(languages())


# --- processes ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_progress_is_for_a_person_at_a_terminal(releases: list[Path], tmp_path: Path) -> None:
    """A bar on standard error where that is a terminal; standard output is JSON all the same."""
    terminal, end = pty.openpty()
    process = start("batch", *releases, "--out", tmp_path, "--json", stderr=end)
    os.close(end)
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(terminal)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == FINE and len(json.loads(out)["briefings"]) > 3
    assert b"3/3" in shown


# --- nothing but answers ------------------------------------------------------------------------------------


def test_a_defect_of_ours_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_options: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(cli, "app", fail)
    code, out, err = run("doctor")
    assert (code, out) == (UNREADABLE, "")
    assert "RuntimeError: boom" in err and len(err.splitlines()) == 1


def test_a_reader_who_leaves_is_no_defect(releases: list[Path]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("check", releases[0], "--json", stdout=writing)
    os.close(writing)
    _, errors = process.communicate(timeout=60)
    assert errors == b""


# --- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("addin",)], ids=["nachra", "nachra addin"])
def test_without_a_verb_help_is_shown(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert code == USAGE and not out
    assert err.startswith("Usage: nachra") and "Commands:" in err


@pytest.mark.parametrize("language", languages())
def test_the_list_of_verbs_cuts_no_sentence(language: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "nachra.cli", "--help"],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"NACHRA_LANGUAGE": language, "COLUMNS": "80"},
        check=True,
    ).stdout
    verbs = found.partition("Commands:\n")[2].splitlines()
    assert len(verbs) > 12
    assert not [one for one in verbs if one.endswith("...")]


# --- mistakes that people make --------------------------------------------------------------------


@pytest.mark.parametrize("option", [("--language", "en"), ("--language=en",)], ids=["apart", "joined"])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "."), "No workbook"),
        (("brief", "a.xlsx", "--outline", "none"), "Unknown outline"),
        (("check", "a.xlsx", "--colour"), "Unknown option: --colour"),
        (("batch", "a.xlsx", "--workers", "many"), "Incorrect value for --workers"),
    ],
    ids=["empty folder", "outline", "option", "value"],
)
def test_what_goes_wrong_is_said_in_the_language_asked_for(
    words: tuple[str, ...],
    says: str,
    option: tuple[str, ...],
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*words, *option)
    assert (code, out) == (USAGE, "") and err.startswith(says) and err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "a.xlsx", "--annotate"), "--annotate"),
        (("check", "a.xlsx", "--json=1"), "--json"),
        (("outlook", "a.xlsx", "--year", "-5"), "--year"),
        (("outlook", "a.xlsx", "--year", "99999"), "--year"),
    ],
)
def test_the_option_at_fault_is_named(words: tuple[str, ...], says: str, run: Run) -> None:
    code, out, err = run(*words)
    assert (code, out) == (USAGE, "") and err.startswith(f"Valeur incorrecte pour {says}.")


@pytest.mark.parametrize("name", ["note", "note.pdf", "note.xlsm", "note.csv"])
def test_a_workbook_is_written_under_a_name_that_excel_opens(
    name: str, run: Run, releases: list[Path], tmp_path: Path
) -> None:
    target = tmp_path / name
    for words in (("brief", releases[0]), ("diff", releases[0], releases[0]), ("freeze", releases[0])):
        code, out, err = run(*words, "-o", target)
        assert (code, out) == (USAGE, "") and err.startswith(f"{target} : ") and ".xlsx" in err
        assert not target.exists()
    assert run("brief", releases[0], "-o", tmp_path / "NOTE.XLSX")[0] == FINE


def test_a_file_in_the_place_of_a_folder_is_named(run: Run, releases: list[Path], tmp_path: Path) -> None:
    (tmp_path / "fichier").touch()
    for folder in (tmp_path / "fichier", tmp_path / "fichier" / "sous"):
        code, _, err = run("batch", releases[0], "--outline", "note", "--out", folder)
        assert code == UNREADABLE and f"« {tmp_path / 'fichier'} » est un fichier, pas un dossier" in err


def test_a_briefing_is_not_taken_for_an_unknown_release(run: Run, releases: list[Path], tmp_path: Path) -> None:
    briefing = tmp_path / "note.xlsx"
    assert run("brief", releases[0], "-o", briefing)[0] == FINE
    code, out, err = run("check", briefing, "--json")
    assert code == UNREADABLE and json.loads(out)["failed"][0]["code"] == "layout_briefing"
    assert "note de nachra" in err and "Modèle" not in err


def test_a_folder_without_releases_is_not_searched_in_silence(run: Run, releases: list[Path], tmp_path: Path) -> None:
    briefing = tmp_path / "note.xlsx"
    assert run("brief", releases[0], "-o", briefing)[0] == FINE
    code, out, err = run("verify", briefing, "--releases", tmp_path / "absent")
    assert (code, out) == (USAGE, "") and "absent" in err
    assert run("verify", briefing, "--releases", releases[0].parent)[0] == FINE


def test_a_file_is_found_once_however_it_is_spelled(run: Run, releases: list[Path]) -> None:
    around = releases[0].parent / ".." / releases[0].parent.name / releases[0].name
    assert len(json.loads(run("check", releases[0], around, "--json")[1])["releases"]) == 1


def test_json_is_all_that_is_printed(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("functions", "--json", "--markdown")[1])["functions"]
    code, out, _ = run("outlook", tmp_path / "absent.xlsx")
    assert (code, out) == (UNREADABLE, "")


def test_help_shows_words_and_no_types(run: Run) -> None:
    out = run("batch", "--help")[1]
    assert "...}..." not in out and "<str>" not in out and "list[str]" not in out


@pytest.mark.skipif(sys.platform == "win32", reason="processes of one console are interrupted otherwise")
@pytest.mark.parametrize("after", [0, 1.5], ids=["workers load", "workers work"])
def test_an_interrupted_batch_shows_no_traceback(after: float, releases: list[Path], tmp_path: Path) -> None:
    many = [shutil.copy(releases[0], tmp_path / f"{count}.xlsx") for count in range(6)]
    process = start("batch", *many, "--out", tmp_path / "out", "--workers", "2", start_new_session=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("no list of child processes here")
    while process.poll() is None and len(children.read_text().split()) < 2:
        time.sleep(0.01)
    time.sleep(0.2 + after)  # not before the first of them has begun to load
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (UNREADABLE, b"")
    assert b"Traceback" not in err and err.decode().endswith("Interrompu.\n")


def test_a_series_needs_an_outline_by_series(run: Run, releases: list[Path], tmp_path: Path) -> None:
    code, _, err = run("brief", releases[0], "--series", "ITO", "-o", tmp_path / "x.xlsx")
    assert code == USAGE and "--outline serie" in err and not (tmp_path / "x.xlsx").exists()


def test_a_name_without_its_ending_is_no_edition(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    code, _, err = run("brief", "annuelle-2024")
    assert code == USAGE and "n'est pas un fichier" in err and ".xlsx" in err
