"""`nachra import`, `library` and `diff` as people use them, and the comparison workbook in a real spreadsheet."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import office
import pytest
import releases_made as made
from editions_made import ANNUAL, HALF, HISTORIC, later, totals, written
from specimens import hostile_release, open_workbook, release
from verbs import FINDINGS, FINE, UNREADABLE, USAGE, Run

from nachra import notices
from nachra.comparison import describe
from nachra.jobs import check_release
from nachra.library.store import EDITIONS
from nachra.release import Release
from nachra.revisions import compare
from nachra.texts import languages, text
from nachra.workbook import write_workbook


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return later(tmp_path_factory.mktemp("synthetic") / "synthetique.xlsx")


@pytest.fixture
def library(run: Run, tmp_path: Path, synthetic: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of the samples and of the synthetic later edition, named by the environment."""
    folder = tmp_path / "library"
    monkeypatch.setenv("NACHRA_LIBRARY", str(folder))
    assert run("import", ANNUAL.parent, synthetic)[0] == FINE
    return folder


# --- import and library -----------------------------------------------------------------------------


def test_import_reports_each_release(run: Run, synthetic: Path, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    code, out, err = run("import", ANNUAL, synthetic, "--library", folder)
    assert (
        code == FINE
        and err == f"Bibliothèque {folder}. Admises : 2 ; déjà connues : 0 ; refusées : 0 ; illisibles : 0.\n"
    )
    assert f"{ANNUAL} : admise, édition 2025-10 (annuel, série 2025, annuelle)" in out
    code, out, _ = run("import", ANNUAL, synthetic, tmp_path / "absent.xlsx", "--library", folder, "--json")
    report = json.loads(out)
    assert code == UNREADABLE and list(report) == ["library", "releases", "failed"]
    assert [one["outcome"] for one in report["releases"]] == ["known", "known"]
    assert [one["newest"] for one in report["releases"]] == [False, True]
    assert report["releases"][0]["story"] == {"layout": "annuel", "methodology": "2025", "frequency": "A"}
    assert report["failed"][0]["code"] == "not_found"


def test_a_refusal_exits_with_1_and_a_reason_admits(run: Run, tmp_path: Path) -> None:
    rows = made.complete()
    rows[6].growth = "25.0"
    wrong, folder = written(tmp_path / "fausse.xlsx", rows, "2025-10"), tmp_path / "library"
    code, out, _ = run("import", wrong, "--library", folder)
    assert code == FINDINGS and "growth-mismatch" in out and "--accept-findings" in out and not folder.exists()
    code, out, _ = run(
        "import", wrong, "--library", folder, "--accept-findings", "confirmé par l'organisme", "--author", "Amina"
    )
    assert code == FINE and "growth-mismatch" in out
    code, out, _ = run("library", "--library", folder)
    assert code == FINE and "par Amina" in out and "admise malgré growth-mismatch : « confirmé par l'organisme »" in out


def test_without_a_place_the_users_own_library_is_taken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    code, _, err = run("library")
    assert code == USAGE and "nachra import" in err
    assert run("import", ANNUAL)[0] == FINE
    assert (tmp_path / "nachra" / "library" / EDITIONS).is_dir()
    code, out, _ = run("library", "--json")
    assert code == FINE and len(json.loads(out)["stories"]) == 1
    code, out, _ = run("answers", "--where")
    assert code == FINE and out.strip() == str(tmp_path / "nachra" / "library")


@pytest.mark.parametrize("language", languages())
def test_the_library_is_listed(run: Run, library: Path, language: str) -> None:
    code, out, err = run("library", "--language", language)
    assert (code, err) == (FINE, "") and out.splitlines()[0].count(str(library)) == 1
    for part in ("2026-04", "2025-10", ANNUAL.name, HALF.name, HISTORIC.name, "synthetique.xlsx", "KPO"):
        assert part in out
    assert out.index("2026-04") < out.index(ANNUAL.name), "the newest first"
    assert text("library.newest", language).strip() in out


def test_the_library_as_json(run: Run, library: Path) -> None:
    code, out, _ = run("library", "--json", "--revisions")
    report = json.loads(out)
    assert code == FINE
    assert list(report) == ["library", "stories", "conflicts", "problems", "triangle", "habits"]
    annual = report["stories"][0]
    assert (annual["layout"], annual["methodology"], annual["frequency"]) == ("annuel", "2025", "A")
    assert [(one["edition"], one["newest"]) for one in annual["editions"]] == [("2026-04", True), ("2025-10", False)]
    assert annual["editions"][1]["statuses"] == {"provisional": 9, "missing": 3}
    assert annual["editions"][1]["import"]["file"] == ANNUAL.name
    total = next(one for one in report["triangle"] if (one["series"], one["period"]) == ("TOTAL", "2024"))
    assert [one["value"] for one in total["vintages"]] == ["26.2", "26.4"] and total["total"] == "0.763359"
    assert {(one["series"], one["enough"], one["mean"]) for one in report["habits"]} >= {("TOTAL", False, None)}


def test_what_is_wrong_with_a_library_is_said(run: Run, library: Path, tmp_path: Path) -> None:
    shutil.copy(HALF, library / "copie.xlsx")
    assert run("library")[0] == FINE, "a copy of what is there is no conflict"
    totals(library / "autre.xlsx", "2026-04", y2024="26.5")
    code, out, _ = run("library")
    assert code == FINDINGS and "en conflit" in out and "autre.xlsx" in out
    stored = next((library / EDITIONS).rglob(ANNUAL.name))
    stored.chmod(0o644)
    shutil.copyfile(HALF, stored)
    code, out, _ = run("library", "--rebuild")
    assert code == UNREADABLE and "À réparer" in out and str(stored) in out


def test_habits_are_told_in_words_with_their_number_of_editions(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    paths = [
        totals(tmp_path / "1.xlsx", "2026-01", y2021="10.0", y2022="20.0", y2023="40.0"),
        totals(tmp_path / "2.xlsx", "2026-02", y2021="10.2", y2022="19.8", y2023="40.4"),
    ]
    assert run("import", *paths, "--library", folder)[0] == FINE
    _, out, _ = run("library", "--library", folder, "--revisions")
    assert (
        "TOTAL, série 2025 : en moyenne +0,7 %, en valeur absolue 1,3 %, de −1,0 % à +2,0 % ; "
        "à la hausse : 2, à la baisse : 1 (périodes : 3, éditions : 2)." in out.replace("\u00a0", " ")
    )
    assert "10,0 Mds DH (2026-01) → 10,2 Mds DH (2026-02)   +2,0 %" in out.replace("\u00a0", " ")


# --- brief from the library -------------------------------------------------------------------------


def test_brief_takes_an_edition_in_place_of_a_file(
    run: Run, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("brief", "annuel:2025-10")
    assert code == FINE and err == "Bibliothèque : annuelle-2024.xlsx, édition 2025-10.\n"
    assert run("brief", ANNUAL, "-o", "fichier.xlsx")[0] == FINE
    made_from_library = Path(out.split(" (")[0])
    assert made_from_library.name == "annuelle-2024.complete.fr.xlsx"
    assert made_from_library.read_bytes() == Path("fichier.xlsx").read_bytes()
    code, _, err = run("brief", "dernière")
    assert code == FINE and "synthetique.xlsx" in err
    code, out, err = run("brief", "2019")
    assert (code, out) == (USAGE, "") and "annuel:2026-04" in err
    code, _, err = run("brief", "absent.xlsx")
    assert code == UNREADABLE and "introuvable" in err


# --- diff -------------------------------------------------------------------------------------------


def test_diff_keeps_its_contract(run: Run, library: Path, synthetic: Path) -> None:
    by_file = run("diff", ANNUAL, synthetic, "--json")
    assert run("diff", "précédente", "dernière", "--json") == by_file
    assert run("diff", "2025-10", "annuel:2026-04", "--json") == by_file
    code, out, err = by_file
    report = json.loads(out)
    assert (code, err) == (FINDINGS, "") and list(report)[:4] == ["revisions", "added", "withdrawn", "changed"]
    for one in report["revisions"]:
        assert list(one)[:6] == ["series", "period", "measure", "old", "new", "revision"]
        assert Decimal(one["new"]) - Decimal(one["old"]) == Decimal(one["revision"]) != 0
    bpo = next(one for one in report["revisions"] if (one["series"], one["measure"]) == ("BPO", "level"))
    assert (bpo["old"], bpo["new"], bpo["revision"], bpo["unit"]) == ("2.334", "2.3", "-0.034", "MAD_bn")
    assert bpo["within_rounding"] is True and bpo["published"]["old"]["value"] == "2334"
    assert [(one["series"], one["period"], one["value"]) for one in report["added"]] == [
        ("TOTAL", "2025", "28.1"),
        ("TOTAL", "2025", "6.4"),
    ]
    assert [one["series"] for one in report["withdrawn"]] == ["ESO", "BPO"]
    assert {
        "series": "BPO",
        "period": "2024",
        "measure": "level",
        "what": "unit",
        "old": "MAD_mn",
        "new": "MAD_bn",
    } in (report["changed"])


def test_diff_of_equal_editions_exits_with_0(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copie.xlsx"
    shutil.copy(ANNUAL, copy)
    code, out, err = run("diff", ANNUAL, copy)
    assert (code, err) == (FINE, "") and "Aucune différence." in out
    code, out, _ = run("diff", ANNUAL, copy, "--json")
    assert (
        code == FINE and [json.loads(out)[name] for name in ("revisions", "added", "withdrawn", "changed")] == [[]] * 4
    )


def test_diff_says_why_it_does_not_compare(run: Run, library: Path, tmp_path: Path) -> None:
    for pair in ((HISTORIC, ANNUAL), ("historique", "annuel:2026-04")):
        code, out, err = run("diff", *pair)
        assert (code, out) == (USAGE, "") and "n'ont pas la même méthodologie" in err
    unknown = written(tmp_path / "inconnue.xlsx", made.complete(), "2026-04", methodology="une autre")
    code, _, err = run("diff", ANNUAL, unknown)
    assert code == USAGE and "méthodologie" in err
    (tmp_path / "vide.xlsx").touch()
    assert run("diff", ANNUAL, tmp_path / "vide.xlsx")[0] == UNREADABLE
    assert run("diff", ANNUAL)[0] == USAGE


@pytest.mark.parametrize("language", languages())
def test_diff_in_words(run: Run, synthetic: Path, language: str) -> None:
    code, out, _ = run("diff", ANNUAL, synthetic, "--language", language)
    assert code == FINDINGS
    for key in ("heading_revisions", "heading_added", "heading_withdrawn", "heading_changed", "within_rounding"):
        assert text(f"revisions.{key}", language) in out
    body = out.replace("\u00a0", " ").replace("\u202f", " ")
    assert {"fr": "26,2 Mds DH → 26,4 Mds DH  +0,2 Mds DH  +0,8 %", "en": "26.2 MAD billion → 26.4 MAD billion"}.get(
        language, "26,2 مليار درهم ← 26,4 مليار درهم"
    ) in body


@pytest.mark.parametrize("language", languages())
def test_the_notice_names_what_is_revised_and_leaves_the_reason_to_its_author(
    run: Run, synthetic: Path, language: str
) -> None:
    code, out, _ = run("diff", ANNUAL, synthetic, "--notice", "--language", language)
    paragraphs = out.strip().split("\n\n")
    assert code == FINDINGS and len(paragraphs) > 10
    named = [place for place, line in enumerate(paragraphs) if re.search(r"26[.,]4.*26[.,]2", line)]
    assert named == [3], "the total first"
    assert paragraphs[-1].rstrip().endswith("].") and "[" in paragraphs[-1]
    assert not any("{" in line or "None" in line for line in paragraphs)
    code, out, _ = run("diff", ANNUAL, ANNUAL, "--notice", "--language", language)
    assert code == FINE and text("revisions.notice_nothing", language) in out
    report = json.loads(run("diff", ANNUAL, synthetic, "--notice", "--json", "--language", language)[1])
    assert report["notice"] == paragraphs


def test_a_revised_final_figure_calls_for_an_explanation() -> None:
    from nachra.release import Status

    old = release({"TOTAL 2024": "26.2"}, status=Status.FINAL)
    said = notices.notice(compare(old, release({"TOTAL 2024": "26.4"}, status=Status.FINAL)), "fr")
    assert text("revisions.notice_final", "fr") in said
    assert text("revisions.notice_final", "fr") not in notices.notice(compare(old, old), "fr")


# --- the workbook -----------------------------------------------------------------------------------


def pairs(synthetic: Path) -> dict[str, tuple[Release, Release]]:
    """Editions that make workbooks of every kind: revised, equal, without a figure in common, hostile."""
    annual, half, new = (check_release(path)[0].release for path in (ANNUAL, HALF, synthetic))
    hostile = hostile_release()
    finer = release({"TOTAL 2024": "26219", "ITO 2024": "10578"}, unit_codes=("MAD_mn",), edition="2026-04")
    return {
        "later": (annual, new),
        "equal": (annual, annual),
        "apart": (annual, half),
        "hostile": (release({"TOTAL 2024": "20.0"}), hostile),
        "units": (release({"TOTAL 2024": "26.2", "ITO 2024": "10.1"}), finer),
    }


@pytest.fixture(scope="module")
def workbooks(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The comparison of every pair, the usual one in every language."""
    folder, found = tmp_path_factory.mktemp("comparisons"), []
    for name, pair in pairs(synthetic).items():
        for language in languages() if name == "later" else ("fr",):
            path = folder / f"{name}.{language}.xlsx"
            path.write_bytes(write_workbook(describe(compare(*pair), language)))
            found.append(path)
    return found


@pytest.mark.calc
def test_office_computes_the_cached_revisions(workbooks: list[Path], soffice: Path, tmp_path: Path) -> None:
    recalculated = {path.name: path for path in office.recalculate(workbooks, tmp_path)}
    found = {path.name: office.formula_mismatches(path, recalculated[path.name]) for path in workbooks}
    assert found == {path.name: [] for path in workbooks}


@pytest.mark.validator
def test_comparisons_are_valid(workbooks: list[Path], validator: Path) -> None:
    assert {path.name: office.validate(path) for path in workbooks} == {path.name: [] for path in workbooks}


def test_the_workbook_holds_before_and_after_as_formulas_on_the_data(run: Run, synthetic: Path, tmp_path: Path) -> None:
    target = tmp_path / "comparaison.xlsx"
    code, _, err = run("diff", ANNUAL, synthetic, "-o", target)
    assert code == FINDINGS and str(target) in err
    first = target.read_bytes()
    assert run("diff", ANNUAL, synthetic, "-o", target)[0] == FINDINGS and target.read_bytes() == first
    live, cached = open_workbook(target), open_workbook(target, data_only=True)
    assert live.sheetnames == ["Avis de révision", "Révisions", "Ajouts et retraits", "Autres changements", "Données"]
    sheet, values = live["Révisions"], cached["Révisions"]
    rows = {
        (values.cell(row, 1).value, values.cell(row, 2).value, values.cell(row, 3).value): row
        for row in range(1, values.max_row + 1)
    }
    row = rows["Externalisation des processus métiers", "2024", "niveau"]
    assert all(str(sheet.cell(row, column).value).startswith("=") for column in (4, 5, 7, 8))
    assert [values.cell(row, column).value for column in (4, 5)] == [2.334, 2.3]
    assert values.cell(row, 7).value == pytest.approx(-0.034) and values.cell(row, 8).value == pytest.approx(
        -0.034 / 2.334
    )
    assert values.cell(row, 11).value == "dans l'arrondi"
    places = {(r[0].value, r[2].value, r[11].value, r[13].value) for r in cached["Données"].iter_rows(min_row=5)}
    assert ("BPO", "2024", ANNUAL.name, "E22") in places and ("BPO", "2024", "synthetique.xlsx", "E19") in places


def test_a_comparison_over_one_of_its_releases_is_refused(run: Run, tmp_path: Path, synthetic: Path) -> None:
    own = tmp_path / "own.xlsx"
    shutil.copy(synthetic, own)
    code, _, err = run("diff", ANNUAL, own, "-o", own)
    assert code == UNREADABLE and "jamais modifiée" in err and own.read_bytes() == synthetic.read_bytes()


def test_no_revision_is_dropped_from_the_workbook(synthetic: Path) -> None:
    difference = compare(*pairs(synthetic)["later"])
    briefing = describe(difference, "fr")
    tables = {block.id: block for sheet in briefing.sheets for block in sheet.blocks if hasattr(block, "rows")}
    assert len(tables["revisions"].rows) == len(difference.revisions)
    assert len(tables["levels"].rows) == len(notices.revised_levels(difference))
    assert len(tables["added"].rows) == len(difference.added)
    assert len(tables["withdrawn"].rows) == len(difference.withdrawn)
    assert len(tables["changes"].rows) == len(difference.changed)
    sides: Any = [row.key.partition("|")[0] for row in briefing.data]
    assert sides.count("old") == len(difference.revisions) + len(difference.withdrawn)
    assert sides.count("new") == len(difference.revisions) + len(difference.added)


def test_an_edition_named_as_it_is_listed_is_not_taken_for_another(
    run: Run, releases: list[Path], tmp_path: Path
) -> None:
    """The historic series is an annual release of the same month: compared with itself, nothing would differ."""
    assert run("import", *releases, "--library", tmp_path)[0] == FINE
    code, out, err = run("diff", "annuel:2025-10", "historique", "--library", tmp_path)
    assert code == USAGE, out
    assert "méthodologie" in err and "Aucune différence" not in out
