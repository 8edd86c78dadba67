"""The verbs export, targets and outlook, and check --format: exit codes, files, JSON, languages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from verbs import FINDINGS, FINE, UNREADABLE, USAGE, Run

from nachra.exports import Format, export
from nachra.jobs import check_release
from nachra.texts import languages


@pytest.mark.parametrize("form", Format)
def test_export_writes_a_file(
    run: Run, releases: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("export", releases[0], "--format", form.value, "--language", "en")
    assert (code, err) == (FINE, "")
    written = Path(releases[0].stem + form.suffix)
    assert out.splitlines() == [
        f"{written}: 20 observations", "EBOPS 2010 mapping: 0 official, 6 indicative, 0 absent."
    ]  # fmt: skip
    assert written.read_bytes() == export(check_release(releases[0])[0].release, form)
    code, out, _ = run("export", releases[0], "--format", form.value, "-o", "sub/a.out", "--json")
    assert code == FINE and json.loads(out) == {
        "path": str(Path("sub/a.out")), "format": form.value, "observations": 20,
        "mapping": {"official": 0, "indicative": 6, "none": 0},
    }  # fmt: skip
    assert Path("sub/a.out").read_bytes() == written.read_bytes()


def test_export_refuses(run: Run, releases: list[Path], shared: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(releases[0], tmp_path))
    code, out, err = run("export", own, "--format", "csv", "-o", own)
    assert (code, out) == (UNREADABLE, "") and "la publication elle-même" in err
    assert own.read_bytes() == releases[0].read_bytes()
    code, _, err = run("export", own, "--format", "xml")
    assert code == USAGE and "sdmx-csv, csv, json, parquet" in err
    code, _, err = run("export", own)
    assert code == USAGE and "--format" in err
    code, _, err = run("export", own, "--format", "json", "--bom", "-o", tmp_path / "a.json")
    assert code == USAGE and "--bom" in err
    hcp = shared / "data" / "releases" / "hcp_indice_exportation_trimestriel.xlsx"
    code, _, err = run("export", hcp, "--format", "sdmx-csv", "-o", tmp_path / "a.csv")
    assert code == UNREADABLE and "ALIMENTATION" in err
    code, _, err = run("export", tmp_path / "none.xlsx", "--format", "csv", "-o", tmp_path / "a.csv")
    assert code == UNREADABLE and "introuvable" in err
    assert [path.name for path in tmp_path.iterdir()] == [own.name], "nothing half-written"


def test_check_as_a_validation_report(run: Run, releases: list[Path], tmp_path: Path) -> None:
    code, out, err = run("check", releases[0], releases[2], "--format", "ess-json")
    report = json.loads(out)
    assert (code, err) == (FINE, "")
    assert {one["data"]["target"][0].partition(" ! ")[0] for one in report} == {releases[0].name, releases[2].name}
    (tmp_path / "empty.xlsx").write_bytes(b"")
    code, out, err = run("check", tmp_path / "empty.xlsx", releases[0], "--format", "ess-json")
    assert code == UNREADABLE and json.loads(out) and "vide" in err
    assert run("check", releases[0], "--format", "xml")[0] == USAGE
    assert run("check", releases[0], "--format", "text")[1] == run("check", releases[0])[1]


def test_targets_on_both_bases_and_never_mixed(run: Run, releases: list[Path]) -> None:
    code, out, err = run("targets", *releases, "--json")
    content = json.loads(out)
    assert (code, err) == (FINE, "")
    assert [(one["basis"], one["year"]) for one in content["positions"]] == [
        ("historic", 2026), ("historic", 2030), ("2025", 2026), ("2025", 2030)
    ]  # fmt: skip
    starts = {(one["basis"], one["baseline"], one["latest"]) for one in content["positions"]}
    assert starts == {("2025", "26.17", "26.219"), ("historic", "17.9", "17.9")}
    assert [one["is_estimate"] for one in content["positions"]] == [False, False, True, True]
    assert [one["value"] for one in content["unused"]] == ["42", "40"]
    code, out, _ = run("targets", *releases, "--link", "overlap-2023", "--json")
    linked = json.loads(out)["positions"][-1]
    assert code == FINE
    assert (linked["basis"], linked["reading"], linked["is_estimate"]) == ("overlap-2023", "linked", True)
    assert (linked["target"], linked["aim"]) == ("40", "58.480447")


@pytest.mark.parametrize("language", languages())
def test_targets_in_words(run: Run, releases: list[Path], language: str) -> None:
    code, out, err = run("targets", *releases, "--link", "overlap-2023", "--language", language)
    assert (code, err) == (FINE, "")
    label = {"fr": "Estimation de nachra", "en": "Estimate of nachra", "ar": "تقدير من nachra وليس"}[language]
    assert out.count(label) == 4, "two targets on two bases that are not their own"


def test_targets_refuse(run: Run, releases: list[Path]) -> None:
    code, out, err = run("targets", *releases, "--link", "autre")
    assert (code, out) == (USAGE, "") and "overlap-2023" in err
    code, out, err = run("targets", releases[0], "--link", "overlap-2023")
    assert (code, out) == (UNREADABLE, "") and "2023" in err
    assert run("targets", "nulle-part")[0] != FINE


def test_outlook(run: Run, releases: list[Path], shared: Path) -> None:
    code, out, err = run("outlook", *releases, "--json")
    content = json.loads(out)
    assert (code, err) == (FINE, "")
    (one,) = content["outlooks"]
    assert (one["series"], one["year"], one["value"], one["low"], one["high"]) == (
        "TOTAL",
        2025,
        "27.23524",
        None,
        None,
    )
    assert one["is_estimate"] is True and "Estimation de nachra" in one["remark"]
    assert {refusal["code"] for refusal in content["refused"]} == {"outlook_no_past", "outlook_published"}
    code, out, _ = run("outlook", *releases)
    assert code == FINE and "27,2\u00a0Mds DH en 2025" in out and "aucun intervalle" in out
    assert run("outlook", *releases, "--year", "2024")[0] == FINDINGS, "nothing to estimate"
    hcp = shared / "data" / "releases" / "hcp_indice_exportation_trimestriel.xlsx"
    code, out, _ = run("outlook", hcp, "--json", "--language", "ar")
    content = json.loads(out)
    assert code == FINE and len(content["outlooks"]) == 9 and content["refused"] == []
    for one in content["outlooks"]:
        assert float(one["low"]) < float(one["value"]) < float(one["high"]) and one["level"] == "0.8"
