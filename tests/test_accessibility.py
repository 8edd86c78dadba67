"""Every rule of the checklist, on a workbook that keeps all of them and on one that breaks exactly that one."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import office
import pytest
from cases_accessible import BROKEN, KEPT, RED, replaced, shaped, write
from hostile_table import CORPUS, corpus_files, digest, expected_outcomes, made_files
from openpyxl import load_workbook
from openpyxl.styles import Font
from specimens_accessible import Publication
from verbs import Run
from workbooks import PNG, made

from nachra import texts
from nachra.accessibility import audit
from nachra.accessibility.colours import contrast, tinted
from nachra.accessibility.inspection import Area
from nachra.accessibility.objects import is_colour_only
from nachra.accessibility.reporting import audit_json, audit_lines
from nachra.accessibility.rules import RULES
from nachra.accessibility.verdicts import Verdict, is_essential, joined
from nachra.errors import FileError, ProfileError
from nachra.outlines import load_outline
from nachra.outlines import outlines as all_outlines
from nachra.texts import languages, load_toml

#: no machine can judge these
FOR_PEOPLE = {"plain-words", "spelling", "accessibility-checker"}


def failing(path: Path) -> set[str]:
    return {one.rule for one in audit(path).of(Verdict.FAIL)}


def test_the_specimen_keeps_every_rule(tmp_path: Path) -> None:
    found = audit(Publication().save(tmp_path / "good.xlsx"))
    verdicts = {one.rule: one.verdict for one in found.outcomes}
    assert {rule for rule, verdict in verdicts.items() if verdict is not Verdict.PASS} == FOR_PEOPLE
    assert all(verdicts[rule] is Verdict.NOT_CHECKABLE for rule in FOR_PEOPLE)
    assert list(verdicts) == list(RULES) and found.promised_holds


def test_every_rule_that_can_be_judged_is_broken_once() -> None:
    assert {rule for rule, *_ in BROKEN} == set(RULES) - FOR_PEOPLE


@pytest.mark.parametrize(
    ("rule", "publication", "where", "also"), BROKEN, ids=[f"{one[0]}-{n}" for n, one in enumerate(BROKEN)]
)
def test_a_broken_rule_fails_alone_and_names_the_place(
    rule: str, publication: Publication, where: str, also: set[str], tmp_path: Path
) -> None:
    found = audit(publication.save(tmp_path / f"broken{publication.facts['suffix']}"))
    failed = {one.rule: one for one in found.of(Verdict.FAIL)}
    assert set(failed) == {rule} | also
    assert [" ".join([sheet, *cells]).strip() for sheet, cells in failed[rule].cells.items()] == [where]
    assert found.promised_holds is not any(is_essential(one) for one in failed)
    assert all(failed[rule].message(language) for language in languages())


@pytest.mark.parametrize(("rule", "publication"), KEPT, ids=[f"{one[0]}-{n}" for n, one in enumerate(KEPT)])
def test_what_only_looks_like_a_fault_is_none(rule: str, publication: Publication, tmp_path: Path) -> None:
    assert rule not in failing(publication.save(tmp_path / "kept.xlsx"))


def test_colours_that_a_word_tells_are_no_lone_signal(tmp_path: Path) -> None:
    def paint(made: Publication, labels: tuple[str, ...]) -> None:
        for row, (label, colour) in enumerate(zip(labels, ("#000000", "#000000", RED, "#000000"), strict=True), 5):
            made.data.write(f"A{row}", label, made.format(text_wrap=True, font_color=colour))

    told = shaped(lambda made: paint(made, ("oui", "oui", "non", "oui"))).save(tmp_path / "told.xlsx")
    untold = shaped(lambda made: paint(made, ("ITO", "CRM", "BPO", "KPO"))).save(tmp_path / "untold.xlsx")
    assert "colour-not-alone" not in failing(told) and "colour-not-alone" in failing(untold)


@pytest.mark.parametrize(
    ("publication", "reason"),
    [
        (shaped(style="Table Style Medium 2"), "table_style"),
        (shaped(write("cover", "A3", "Hachures", pattern=4)), "patterned"),
        (shaped(lambda made: made.cover.set_background(io_png())), "background"),
    ],
)
def test_contrast_that_the_file_does_not_tell_is_not_checkable(
    publication: Publication, reason: str, tmp_path: Path
) -> None:
    found = audit(publication.save(tmp_path / "untold.xlsx"))
    (outcome,) = [one for one in found.outcomes if one.rule == "contrast"]
    assert outcome.verdict is Verdict.NOT_CHECKABLE and outcome.reasons == (reason,)


def io_png() -> Any:
    header = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    return io.BytesIO(PNG[:8] + struct.pack(">I", 13) + b"IHDR" + header + bytes(64))


def test_names_without_a_marked_table_are_not_checkable(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for row in (["Série", "2024"], ["ITO", 1.5], ["CRM", 2.5]):
            book.active.append(row)

    found = {one.rule: one for one in audit(made(tmp_path / "plain.xlsx", fill)).outcomes}
    assert found["table-names"].verdict is Verdict.NOT_CHECKABLE
    assert found["tables-marked-up"].cells == {"Sheet": ["A1:B3"]}


def test_formulas_without_results_are_figures(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for row in (["Série", "2024"], ["ITO", "=1+1"], ["CRM", "=B2"]):
            book.active.append(row)

    found = {one.rule: one for one in audit(made(tmp_path / "uncached.xlsx", fill)).outcomes}
    assert found["tables-marked-up"].cells == {"Sheet": ["A1:B3"]}
    assert found["blanks-explained"].verdict is Verdict.PASS


def test_headers_beyond_a_blank_row_belong_to_the_table(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        figures = (["ITO", 1.5, 0.5], ["CRM", 1.5, 0.5], [], ["Total", 3.0, 1.0])
        for row in (["Titre"], [], ["Série", "Niveau", "Part"], [], *figures):
            book.active.append(row)

    found = {one.rule: one for one in audit(made(tmp_path / "parted.xlsx", fill)).outcomes}
    assert found["tables-marked-up"].cells == {"Sheet": ["A3:C8"]}
    assert found["no-blank-lines"].cells == {"Sheet": ["A4:C4", "A7:C7"]}


def test_header_rows_of_a_region(tmp_path: Path) -> None:
    def several(rows: list[list[object]], bold: int) -> bool:
        def fill(book: Any) -> None:
            for row in rows:
                book.active.append(row)
            for cell in (cell for row in book.active.iter_rows(max_row=bold) for cell in row):
                cell.font = Font(bold=True)

        return "one-header-row" in failing(made(tmp_path / "headers.xlsx", fill))

    figures: list[list[object]] = [["ITO", 1.5, 2.5], ["CRM", 1.5, 2.5]]
    assert several([["Série", "Niveau", "Part"], ["", "Mds DH", "%"], *figures], bold=2)
    assert several([["Série", "Niveau", None], [None, "2023", "2024"], *figures], bold=0) is True
    # a first row without any figure is no header
    assert not several([["Série", "Niveau", "Part"], ["BPO", "n.d.", "n.d."], *figures], bold=1)
    assert not several([["Série", "Niveau", "Part"], *figures], bold=0)


# --- what an outline promises ---------------------------------------------------------------------


@pytest.fixture
def outlines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outlines beside ours, in a folder of their own."""
    whole = (texts.templates() / "briefings" / "note.toml").read_text("utf-8")
    broken = {"strict": "[]", "lax": '["no-filters-or-panes"]', "wrong": '["no-such-rule"]'}
    for name, breaks in broken.items():
        content = f"{whole.partition('[accessibility]')[0]}\n[accessibility]\nbreaks = {breaks}\n"
        (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
    monkeypatch.setenv("NACHRA_OUTLINES", str(tmp_path))


@pytest.mark.parametrize(
    ("outline", "ours", "holds"),
    [
        ("strict", True, False),
        ("lax", True, True),
        ("unknown", False, True),
        ("../lax", False, True),
        ("", False, True),
    ],
)
def test_a_workbook_promises_what_its_outline_says(
    outlines: None, outline: str, ours: bool, holds: bool, tmp_path: Path
) -> None:
    made = shaped(lambda made: made.data.freeze_panes(4, 1), outline=outline)
    found = audit(made.save(tmp_path / "outlined.xlsx"))
    assert [one.rule for one in found.of(Verdict.FAIL)] == ["no-filters-or-panes"]
    assert (found.outline, found.is_ours, found.promised_holds) == (outline, ours, holds)
    promised = {one.rule for one in found.outcomes if one.promised}
    expected = set(RULES) - ({"no-filters-or-panes"} if outline == "lax" else set())
    assert promised == (expected if ours else {rule for rule in RULES if is_essential(rule)})


def test_an_outline_cannot_break_a_rule_that_does_not_exist(outlines: None, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no-such-rule"):
        audit(Publication(outline="wrong").save(tmp_path / "wrong.xlsx"))


def test_our_outlines_break_rules_that_exist() -> None:
    known = all_outlines()
    assert {"complete", "note", "publication", "serie"} <= set(known)
    for name in known:
        assert set(load_outline(name).accessibility.breaks) <= set(RULES), name


# --- wordings -------------------------------------------------------------------------------------


def test_every_rule_has_its_wording_and_no_other_has() -> None:
    wordings = load_toml("accessibility.toml")
    assert list(wordings["rules"]) == list(RULES)
    for rule, entry in wordings["rules"].items():
        assert entry["level"] in ("essential", "desirable"), rule
        for words in (entry["title"], entry["why"], entry["remedy"], *entry.get("causes", {}).values()):
            assert set(words) == set(languages()), rule


def test_every_cause_and_reason_is_worded() -> None:
    wordings = load_toml("accessibility.toml")
    rules = Path(texts.__file__).parent / "accessibility" / "rules"
    code = "".join(path.read_text("utf-8") for path in sorted(rules.glob("*.py")))
    quoted = set(re.findall(r'"([a-z_]+)"', code))
    causes = {cause for rule in wordings["rules"].values() for cause in rule.get("causes", {})}
    # kinds of objects are causes by their own name
    assert causes <= quoted and set(wordings["reasons"]) <= quoted
    assert set(re.findall(r'Unjudged\("([a-z_]+)"\)', code)) == set(wordings["reasons"])


# --- the parts ------------------------------------------------------------------------------------


def test_contrast_is_that_of_the_guidelines() -> None:
    # the values that WCAG's own tools give
    assert contrast("000000", "FFFFFF") == pytest.approx(21)
    assert contrast("767676", "FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("FF0000", "FFFFFF") == pytest.approx(4.0, abs=0.005)


@pytest.mark.parametrize(("tint", "shown"), [(0.7999816888943144, "D9E1F2"), (-0.249977111117893, "305496")])
def test_tints_are_those_of_excel(tint: float, shown: str) -> None:
    # "Accent 1, lighter 80 %" and "darker 25 %"; Excel reckons in 240 steps, so that channels differ by two at most
    made = tinted("4472C4", tint)
    apart = [abs(int(made[place : place + 2], 16) - int(shown[place : place + 2], 16)) for place in (0, 2, 4)]
    assert max(apart) <= 2


def test_cells_side_by_side_are_named_as_ranges() -> None:
    cells = [Area(row, column, row, column) for row in (1, 2, 3) for column in (1, 2)]
    assert joined([*cells, Area(5, 4, 5, 4), Area(0, 0, 0, 0)]) == ["A1:B3", "D5"]
    assert joined([Area(1, 1, 4, 4), Area(2, 6, 2, 6)]) == ["A1:D4", "F2"]


@pytest.mark.parametrize(
    ("series", "alone"),
    [
        ([{}], False),
        ([{}, {}], True),
        ([{"line": {"dash_type": "dash"}}, {}], False),
        ([{"marker": {"type": "circle"}}, {"marker": {"type": "square"}}], False),
        ([{"data_labels": {"series_name": True}}, {}], False),
    ],
)
def test_series_of_a_line_chart(series: list[dict[str, Any]], alone: bool, tmp_path: Path) -> None:
    def draw(made: Publication) -> None:
        drawn = made.book.add_chart({"type": "line"})
        for one in series:
            drawn.add_series({"values": "=Exportations!$B$5:$B$8", **one})
        made.cover.insert_chart("A5", drawn)

    with zipfile.ZipFile(Publication(draw).save(tmp_path / "lines.xlsx")) as package:
        assert is_colour_only(package.read("xl/charts/chart1.xml")) is alone


# --- the command ----------------------------------------------------------------------------------


def test_exit_codes(run: Run, tmp_path: Path) -> None:
    good = Publication().save(tmp_path / "good.xlsx")
    bad = shaped(language=False).save(tmp_path / "bad.xlsx")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    assert run("audit", good)[0] == 0
    assert run("audit", good, bad)[0] == 1
    assert (
        run("audit")[0] == 2
        and run("audit", good, "--language", "xx")[0] == 2
        and run("audit", tmp_path / "folder")[0] == 2
    )
    code, out, err = run("audit", tmp_path / "empty.xlsx", bad)
    assert code == 3 and "fichier vide" in err and str(bad) in out
    assert run("audit", tmp_path / "absent.xlsx")[0] == 3


@pytest.mark.parametrize("language", languages())
def test_failing_rules_come_first_with_cells_and_remedy(language: str, tmp_path: Path) -> None:
    calls = [write("cover", f"{column}{row}", "x") for column in "CEGIKMO" for row in (3, 5)]
    found = audit(shaped(*calls, lambda made: made.data.freeze_panes(4, 1)).save(tmp_path / "bad.xlsx"))
    lines = audit_lines(found, language)
    rules = load_toml("accessibility.toml")["rules"]
    order = [rules[rule]["title"][language] for rule in ("column-a", "no-filters-or-panes", "spelling", "contrast")]
    places = [next(n for n, line in enumerate(lines) if title in line) for title in order]
    assert places == sorted(places)
    assert "C3" in lines[places[0] + 1] and "8" in lines[places[0] + 1] and lines[places[0] + 2].startswith("      → ")
    assert rules["column-a"]["remedy"][language] in lines[places[0] + 2]
    shown = "\n".join(lines)
    assert all(entry["title"][language] in shown for entry in rules.values())
    sums = [int(number) for number in re.findall(r"\d+", lines[-2])]
    assert sorted(sums) == sorted([len(RULES) - 5, 2, 1, 3])


def test_json_tells_every_rule(run: Run, tmp_path: Path) -> None:
    bad = shaped(lambda made: made.data.freeze_panes(4, 1), write("cover", "B3", "x")).save(tmp_path / "bad.xlsx")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    code, out, err = run("audit", bad, tmp_path / "empty.xlsx", "--json", "--language", "en")
    report = json.loads(out)
    assert code == 3 and list(report) == ["workbooks", "failed"]
    (found,), (failed,) = report["workbooks"], report["failed"]
    assert list(found) == ["path", "outline", "promised_holds", "rules"]
    assert (found["path"], found["outline"], found["promised_holds"]) == (str(bad), None, False)
    assert [one["id"] for one in found["rules"]] == list(RULES)
    for one in found["rules"]:
        assert list(one) == ["id", "title", "level", "verdict", "promised", "cells", "message"]
        assert one["verdict"] in ("pass", "fail", "not_checkable") and bool(one["message"]) == (
            one["verdict"] != "pass"
        )
        assert bool(one["cells"]) == (one["verdict"] == "fail")
    (outside,) = [one for one in found["rules"] if one["id"] == "column-a"]
    assert outside["cells"] == [{"sheet": "Couverture", "cells": ["B3"]}] and outside["level"] == "essential"
    assert failed == {"path": str(tmp_path / "empty.xlsx"), "code": "empty", "message": err.rstrip("\n")}


# --- workbooks that nobody here made --------------------------------------------------------------


def test_releases_of_others(shared: Path) -> None:
    oc = audit(shared / "data" / "releases" / "oc_ide_recettes_par_secteurs.xlsx")
    found = {one.rule: one for one in oc.outcomes}
    assert found["tables-marked-up"].cells == {"R-IDEM-S": ["A6:U24"]}
    assert found["no-blank-lines"].cells == {"R-IDEM-S": ["A7:U7", "A23:U23"]}
    assert found["no-symbol-notes"].cells == {"R-IDEM-S": ["T6:U6", "A25"]}
    assert "A1:U1" in found["no-merged-cells"].cells["R-IDEM-S"] and not oc.promised_holds
    hcp = {
        one.rule: one
        for one in audit(shared / "data" / "releases" / "hcp_indice_exportation_trimestriel.xlsx").outcomes
    }
    # bands of grey in every second row are no signal; orange on grey cannot be read
    assert hcp["colour-not-alone"].verdict is Verdict.PASS
    assert hcp["contrast"].cells == {"1- Indice trimestriel ": ["A1:J1"]}


@pytest.mark.slow
def test_the_corpus_ends_in_verdicts_or_in_our_errors() -> None:
    if not CORPUS.is_dir():
        pytest.skip("there is no shared/corpus beside the repository")
    expected = expected_outcomes()
    unlike = []
    for path in corpus_files(CORPUS):
        line = expected[digest(path)]
        try:
            found = audit(path)
        except FileError as error:
            # what the other readers are given they read; what was refused or lost to them is so here, by the same code
            if error.code != line["outcome"] or (line["guard"], line["readers"]) == ("admitted", "read"):
                unlike.append((path.name, error.code, line))
            continue
        assert len(audit_json(found, "fr")["rules"]) == len(RULES) and audit_lines(found, "ar"), path.name
        if line["guard"] == "refused":
            unlike.append((path.name, "judged", line))
    assert unlike == []


@pytest.mark.slow
def test_hostile_files_end_in_verdicts_or_in_our_errors(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for path in made_files(tmp_path).values():
        try:
            outcomes["judged"] += len(audit(path).outcomes) == len(RULES)
        except FileError as error:
            outcomes[error.code] += 1
    assert "internal" not in outcomes and len(outcomes) > 10


@pytest.mark.calc
def test_a_workbook_saved_again_by_calc(soffice: Path, tmp_path: Path) -> None:
    good = Publication().save(tmp_path / "good.xlsx")
    calls = write("cover", "B3", "À côté"), lambda made: made.data.freeze_panes(4, 1)
    bad = shaped(*calls, marked=False, rows=replaced(1, 1, None)).save(tmp_path / "bad.xlsx")
    (tmp_path / "out").mkdir()
    again = office.recalculate([good, bad], tmp_path / "out")
    assert failing(again[0]) == set()
    assert {"column-a", "no-filters-or-panes", "tables-marked-up", "blanks-explained"} <= failing(again[1])
    assert load_workbook(again[0]).sheetnames == ["Couverture", "Exportations", "Notes"]
