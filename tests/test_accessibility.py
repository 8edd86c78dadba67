"""Every rule of the checklist, on a workbook that keeps all of them and on one that breaks exactly that one."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import office
import pytest
from openpyxl import load_workbook
from specimens_accessible import ROWS, Publication, with_part
from workbooks import PNG, altered, made

from nachra import cli, texts
from nachra.accessibility import audit
from nachra.accessibility.colours import contrast, tinted
from nachra.accessibility.inspection import Area
from nachra.accessibility.objects import is_colour_only
from nachra.accessibility.reporting import audit_json, audit_lines
from nachra.accessibility.rules import RULES
from nachra.accessibility.verdicts import Verdict, is_essential, joined
from nachra.errors import FileError, ProfileError
from nachra.texts import languages, load_toml

#: no machine can judge these
FOR_PEOPLE = {"plain-words", "spelling", "accessibility-checker"}
CORPUS = office.REPOSITORY.parent / "shared" / "corpus"
RED, YELLOW = "#C00000", "#FFFF00"
Shape = Callable[[Publication], object]


def failing(path: Path) -> set[str]:
    return {one.rule for one in audit(path).of(Verdict.FAIL)}


def shaped(*calls: Shape, **facts: Any) -> Publication:
    return Publication(lambda made: [call(made) for call in calls], **facts)


def replaced(row: int, column: int, value: Any) -> tuple[tuple[Any, ...], ...]:
    """The rows of the table with one value changed."""
    rows = [list(one) for one in ROWS]
    rows[row][column] = value
    return tuple(tuple(one) for one in rows)


def chart(made: Publication, sheet: Any, row: int, **options: Any) -> None:
    drawn = made.book.add_chart({"type": "column"})
    drawn.add_series({"values": "=Exportations!$B$5:$B$8"})
    sheet.insert_chart(row, 0, drawn, options)


def two_series(made: Publication, **labels: Any) -> None:
    drawn = made.book.add_chart({"type": "column"})
    for column in "BC":
        drawn.add_series({"values": f"=Exportations!${column}$5:${column}$8", **labels})
    made.cover.insert_chart(4, 0, drawn, {"description": "Histogramme des exportations par série, 2023 et 2024"})


def core(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: altered(data, {"docProps/core.xml": lambda part: part.replace(old, new)})


def sheet_xml(number: int, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(part: bytes) -> bytes:
        assert old in part
        return part.replace(old, new)

    return lambda data: altered(data, {f"xl/worksheets/sheet{number}.xml": change})


def write(sheet: str, place: str, value: Any, **look: Any) -> Shape:
    return lambda made: getattr(made, sheet).write(
        place, value, made.format(**{"text_wrap": isinstance(value, str)} | look)
    )


def data_format(**look: Any) -> Shape:
    """Write one figure of the table in another look."""
    return write("data", "B6", 8.1, **{"num_format": "0.0", "align": "right"} | look)


#: rule → the workbooks that break exactly it (with what cannot be broken apart), with the cells to be named
BROKEN: list[tuple[str, Publication, str, set[str]]] = [
    ("tables-marked-up", shaped(marked=False), "Exportations A4:C8", set()),
    ("table-names", shaped(name="Table1"), "Exportations A4:C8", set()),
    ("table-names", shaped(name="Tableau_3"), "Exportations A4:C8", set()),
    ("no-merged-cells", shaped(lambda made: made.cover.merge_range("A4:B4", "Fusion", made.body)), "Couverture A4:B4", set()),
    ("no-blank-lines", shaped(rows=(*ROWS[:2], (None, None, None), *ROWS[2:])), "Exportations A7:C7", set()),
    ("no-blank-lines", shaped(headers=("Série", "2023", "2024", "2025"), rows=tuple((*row[:2], None, row[2]) for row in ROWS), marked=False, headers_blank=True, shape_blank=True) if False else shaped(rows=(*ROWS[:3], (None, None, None), ROWS[3]), marked=False), "Exportations A8:C8", {"tables-marked-up"}),
    ("one-header-row", shaped(headers=("Série", "Colonne1", "2024")), "Exportations B4", set()),
    ("one-header-row", shaped(lambda made: made.data.write_row("A4", ["Série", "", ""]), headers=("Série", "2023", "2023 "), marked=False, ), "Exportations B4:C4", {"tables-marked-up"}),
    ("wrapped-text", shaped(write("cover", "A3", "Un texte bien plus large que sa colonne de soixante caractères, et voisin d'un autre", text_wrap=False), write("cover", "B3", "x")), "Couverture A3", {"column-a"}),
    ("wrapped-text", shaped(write("cover", "A3", "Un long texte. " * 20, text_wrap=False)), "Couverture A3", set()),
    ("wrapped-text", shaped(write("cover", "A3", "Un long texte. " * 20), lambda made: made.cover.set_row(2, 15)), "Couverture A3", set()),
    ("no-filters-or-panes", shaped(lambda made: made.data.freeze_panes(4, 1)), "Exportations", set()),
    ("no-filters-or-panes", shaped(filter=True), "Exportations A4:C8", set()),
    ("blanks-explained", shaped(rows=replaced(1, 1, None)), "Exportations B6", set()),
    ("nothing-hidden", shaped(lambda made: made.notes.hide()), "Notes", set()),
    ("nothing-hidden", shaped(lambda made: made.data.set_row(5, None, None, {"hidden": True})), "Exportations A6:C6", set()),
    ("nothing-hidden", shaped(lambda made: made.data.set_column(1, 1, 20, None, {"hidden": True})), "Exportations B1:B8", set()),
    ("column-widths", shaped(data_format(num_format="#,##0.00"), write("data", "B7", 123456789012.5, num_format="#,##0.00", align="right"), lambda made: made.data.set_column(1, 1, 9)), "Exportations B7", set()),
    ("column-widths", shaped(lambda made: made.cover.set_column(0, 0, 150)), "Couverture A1:A2", set()),
    ("alignment", shaped(data_format(align="center")), "Exportations B6", set()),
    ("alignment", shaped(write("data", "A6", "CRM", align="right")), "Exportations A6", set()),
    ("alignment", shaped(write("data", "B4", "2023", align="left")), "Exportations B4", set()),
    ("no-symbol-notes", shaped(title="Exportations par série, en milliards*"), "Exportations A1", set()),
    ("no-symbol-notes", shaped(headers=("Série", "2023", "2024*")), "Exportations C4", set()),
    ("no-symbol-notes", shaped(lambda made: made.cover.write_rich_string("A3", made.body, "Total", made.format(font_script=1), "1", made.body)), "Couverture A3", set()),
    ("word-note", shaped(headers=("Série", "2023", "2024 (1)")), "Exportations C4", set()),
    ("no-notes-in-cells", shaped(rows=replaced(1, 0, "CRM [note 1]")), "Exportations A6", set()),
    ("notes-table", shaped(write("cover", "A3", "Note 1 : chiffres provisoires.")), "Couverture A3", set()),
    ("links", shaped(write("cover", "A3", "Voir https://example.org/chiffres")), "Couverture A3", set()),
    ("links", shaped(lambda made: made.cover.write_url("A3", "internal:Notes!A1", made.body, "Cliquez ici")), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Petit", font_size=9)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Avec empattement", font_name="Times New Roman")), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Italique", italic=True)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Souligné", underline=1)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "Tourné", rotation=90)), "Couverture A3", set()),
    ("text-format", shaped(write("cover", "A3", "CHIFFRES PROVISOIRES")), "Couverture A3", set()),
    ("sheet-titles", shaped(write("data", "A1", "")), "Exportations A1", set()),
    ("sheet-titles", shaped(title="Notes du classeur"), "Notes A1", set()),
    ("sheet-titles", shaped(write("cover", "A1", "Exportations de services numériques")), "Couverture A1", set()),
    ("no-lone-symbols", shaped(rows=replaced(1, 1, "-")), "Exportations B6", set()),
    ("no-lone-symbols", shaped(write("data", "B6", 0.0, num_format='0.0;-0.0;"-"', align="right")), "Exportations B6", set()),
    ("no-headers-footers", shaped(lambda made: made.cover.set_footer("&L&P")), "Couverture", set()),
    ("no-headers-footers", shaped(lambda made: made.cover.insert_textbox("A4", "Un texte qui flotte")), "Couverture A4", set()),
    ("no-headers-footers", shaped(lambda made: made.cover.insert_button("A4", {"caption": "Aller"})), "Couverture A1", set()),
    ("no-dividers", shaped(write("cover", "A3", "----------")), "Couverture A3", {"no-lone-symbols"}),
    ("no-dividers", shaped(lambda made: made.cover.set_row(2, 4), write("cover", "A4", "Suite")), "Couverture A3", set()),
    ("no-dividers", shaped(lambda made: made.cover.write_blank("A3", None, made.format(bottom=1)), write("cover", "A4", "Suite")), "Couverture A3", set()),
    ("no-fill", shaped(write("cover", "A3", "Sur fond", bg_color="#DDEBF7")), "Couverture A3", set()),
    ("no-fill", shaped(style="Table Style Light 9"), "Exportations A4:C8", set()),
    ("no-fill", shaped(lambda made: made.data.conditional_format("B5:B8", {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#DDEBF7"})), "Exportations B5:B8", set()),
    ("colour-not-alone", shaped(data_format(font_color=RED)), "Exportations B6", set()),
    ("colour-not-alone", shaped(lambda made: made.data.conditional_format("B5:B8", {"type": "cell", "criteria": ">", "value": 9, "format": made.book.add_format({"font_color": RED})})), "Exportations B5:B8", set()),
    ("colour-not-alone", shaped(write("data", "B6", -8.1, num_format="0.0;[Blue]0.0", align="right")), "Exportations B6", set()),
    ("colour-not-alone", shaped(two_series), "Couverture A5", {"no-images"}),
    ("contrast", shaped(write("cover", "A3", "Gris clair", font_color="#999999")), "Couverture A3", set()),
    ("contrast", shaped(write("cover", "A3", "Jaune", bg_color=YELLOW, font_color="#808080")), "Couverture A3", {"no-fill"}),
    ("no-images", shaped(lambda made: chart(made, made.cover, 4, description="Histogramme des exportations par série")), "Couverture A5", set()),
    ("alternative-text", shaped(lambda made: chart(made, made.cover, 4)), "Couverture A5", {"no-images"}),
    ("alternative-text", shaped(lambda made: chart(made, made.cover, 4, description="Graphique 1")), "Couverture A5", {"no-images"}),
    ("no-macros", shaped(parts=with_part("xl/vbaProject.bin", b"\0" * 64)), "", set()),
    ("sheet-names", shaped(sheet="Feuil2"), "Feuil2", set()),
    ("no-blank-sheets", shaped(lambda made: made.book.add_worksheet("Vide")), "Vide", set()),
    ("column-a", shaped(write("cover", "B3", "À côté")), "Couverture B3", set()),
    ("tables-at-left", shaped(left=1), "Exportations B4:D8", set()),
    ("nothing-below-table", shaped(write("data", "A10", "Source : Office des Changes.")), "Exportations A10", set()),
    ("one-table-per-sheet", shaped(lambda made: made.table(made.data, 12, 0, "Seconde")), "Exportations A4:C8 A13:C17", set()),
    ("document-properties", shaped(language=False), "", set()),
    ("document-properties", shaped(parts=core(b"<dc:title>Exportations de services num\xc3\xa9riques</dc:title>", b"")), "", set()),
    ("cursor-at-start", shaped(lambda made: made.data.activate()), "Exportations", set()),
    ("cursor-at-start", shaped(lambda made: made.cover.set_selection("A2")), "Couverture A2", set()),
]  # fmt: skip


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
    found = audit(publication.save(tmp_path / "broken.xlsx"))
    failed = {one.rule: one for one in found.of(Verdict.FAIL)}
    assert set(failed) == {rule} | also
    assert [" ".join([sheet, *cells]).strip() for sheet, cells in failed[rule].cells.items()] == [where]
    assert found.promised_holds is not any(is_essential(one) for one in failed)
    assert all(failed[rule].message(language) for language in languages())


KEPT: list[tuple[str, Publication]] = [
    ("blanks-explained", shaped(write("data", "A2", "Les cellules vides ne sont pas publiées."), rows=replaced(1, 1, None))),
    ("colour-not-alone", shaped(data_format(font_color=RED, bold=True))),
    ("colour-not-alone", shaped(rows=(("oui", 1.5, 2.5), ("non", 1.5, 2.5)) * 2)),
    ("colour-not-alone", shaped(lambda made: two_series(made, data_labels={"series_name": True, "value": True}))),
    ("colour-not-alone", shaped(write("data", "B6", -8.1, num_format="0.0;[Red]-0.0", align="right", font_size=18))),
    ("contrast", shaped(write("cover", "A3", "Gris, en grand", font_color="#767676", font_size=18))),
    ("no-notes-in-cells", shaped(rows=replaced(1, 2, "note 1"), headers=("Série", "2023", "Notes"))),
    ("no-symbol-notes", shaped(write("cover", "A3", "Surface en km²"))),
    ("nothing-below-table", shaped(write("data", "A3", "Source : Office des Changes."))),
    ("text-format", shaped(write("cover", "A3", "ITO CRM ESO BPO KPO"))),
    ("wrapped-text", shaped(write("cover", "A3", "Un texte un peu plus large que sa colonne, que rien ne gêne", text_wrap=False))),
    ("links", shaped(lambda made: made.cover.write_url("A3", "internal:Notes!A1", made.body, "Notes du classeur"))),
    ("alternative-text", shaped(lambda made: chart(made, made.cover, 4, decorative=True))),
    ("no-fill", shaped(write("cover", "A3", "Sur fond blanc", bg_color="#FFFFFF"))),
    ("no-fill", shaped(style="Table Style Light 15", rows=ROWS, parts=lambda data: altered(data, {"xl/tables/table1.xml": lambda part: part.replace(b'showRowStripes="1"', b'showRowStripes="0"')}))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "publication"), KEPT, ids=[f"{one[0]}-{n}" for n, one in enumerate(KEPT)])
def test_what_only_looks_like_a_fault_is_none(rule: str, publication: Publication, tmp_path: Path) -> None:
    assert rule not in failing(publication.save(tmp_path / "kept.xlsx"))


def test_colours_that_a_word_tells_are_no_lone_signal(tmp_path: Path) -> None:
    rows = (("erreur", 1.5, 2.5), ("alerte", 1.5, 2.5)) * 2

    def paint(made: Publication, words: bool) -> None:
        for row, (label, *_) in enumerate(rows, 5):
            shown = label if words else f"constat {row}"
            look = {"text_wrap": True} | ({"font_color": RED} if row in (5, 7, 8) else {})
            made.data.write(
                f"A{row}", "alerte" if words and row == 6 else "erreur" if words else shown, made.format(**look)
            )

    told = Publication(lambda made: paint(made, True), rows=rows).save(tmp_path / "told.xlsx")
    untold = Publication(lambda made: paint(made, False), rows=rows).save(tmp_path / "untold.xlsx")
    assert "colour-not-alone" not in failing(told) and "colour-not-alone" in failing(untold)


@pytest.mark.parametrize(
    ("publication", "reason"),
    [
        (shaped(style="Table Style Medium 2"), "table_style"),
        (shaped(write("cover", "A3", "Hachures", pattern=4)), "patterned"),
        (shaped(lambda made: made.cover.set_background(io_png(), is_byte_stream=True)), "background"),
    ],
)
def test_contrast_that_the_file_does_not_tell_is_not_checkable(
    publication: Publication, reason: str, tmp_path: Path
) -> None:
    found = audit(publication.save(tmp_path / "untold.xlsx"))
    (outcome,) = [one for one in found.outcomes if one.rule == "contrast"]
    assert outcome.verdict is Verdict.NOT_CHECKABLE and outcome.reasons == (reason,)


def io_png() -> Any:
    import io
    import struct

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
        for row in (
            ["Titre"],
            [],
            ["Série", "Niveau", "Part"],
            [],
            ["ITO", 1.5, 0.5],
            ["CRM", 1.5, 0.5],
            [],
            ["Total", 3.0, 1.0],
        ):
            book.active.append(row)

    found = {one.rule: one for one in audit(made(tmp_path / "parted.xlsx", fill)).outcomes}
    assert found["tables-marked-up"].cells == {"Sheet": ["A3:C8"]}
    assert found["no-blank-lines"].cells == {"Sheet": ["A4:C4", "A7:C7"]}


# --- what an outline promises ---------------------------------------------------------------------


@pytest.fixture
def outlines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of templates with outlines of its own."""
    folder = tmp_path / "templates"
    (folder / "briefings").mkdir(parents=True)
    for path in texts.templates().glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "briefings" / "strict.toml").write_text('title = "Publication"\n', encoding="utf-8")
    (folder / "briefings" / "lax.toml").write_text(
        '[accessibility]\nbreaks = ["no-filters-or-panes"]\n', encoding="utf-8"
    )
    (folder / "briefings" / "wrong.toml").write_text('[accessibility]\nbreaks = ["no-such-rule"]\n', encoding="utf-8")
    monkeypatch.setattr("nachra.accessibility.verdicts.templates", lambda: folder)
    monkeypatch.setattr("nachra.texts.templates", lambda: folder)
    load_toml.cache_clear()
    yield folder
    load_toml.cache_clear()


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
    outlines: Path, outline: str, ours: bool, holds: bool, tmp_path: Path
) -> None:
    made = shaped(lambda made: made.data.freeze_panes(4, 1), outline=outline)
    found = audit(made.save(tmp_path / "outlined.xlsx"))
    assert [one.rule for one in found.of(Verdict.FAIL)] == ["no-filters-or-panes"]
    assert (found.outline, found.is_ours, found.promised_holds) == (outline, ours, holds)
    promised = {one.rule for one in found.outcomes if one.promised}
    expected = set(RULES) - ({"no-filters-or-panes"} if outline == "lax" else set())
    assert promised == (expected if ours else {rule for rule in RULES if is_essential(rule)})


def test_an_outline_cannot_break_a_rule_that_does_not_exist(outlines: Path, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no-such-rule"):
        audit(Publication(outline="wrong").save(tmp_path / "wrong.xlsx"))


def test_our_outlines_break_rules_that_exist() -> None:
    files = sorted((texts.templates() / "briefings").glob("*.toml"))
    assert files
    for path in files:
        breaks = load_toml(f"briefings/{path.name}").get("accessibility", {}).get("breaks", [])
        assert set(breaks) <= set(RULES), path.name


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
    code = "".join(
        path.read_text("utf-8") for path in sorted(Path(cli.__file__).parents[1].glob("accessibility/rules/*.py"))
    )
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


def test_tints_are_those_of_excel() -> None:
    # "Blue, Accent 1, Lighter 80 %" and "Darker 25 %" of Office's theme
    assert tinted("4472C4", 0.7999816888943144) == "DAE3F3"
    assert tinted("4472C4", -0.249977111117893) in ("2F5597", "305496")


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
    import zipfile

    def draw(made: Publication) -> None:
        drawn = made.book.add_chart({"type": "line"})
        for one in series:
            drawn.add_series({"values": "=Exportations!$B$5:$B$8", **one})
        made.cover.insert_chart("A5", drawn)

    with zipfile.ZipFile(Publication(draw).save(tmp_path / "lines.xlsx")) as package:
        assert is_colour_only(package.read("xl/charts/chart1.xml")) is alone


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nachra", "audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    monkeypatch.delenv("NACHRA_LANGUAGE", raising=False)
    return command


def test_exit_codes(run: Any, tmp_path: Path) -> None:
    good = Publication().save(tmp_path / "good.xlsx")
    bad = shaped(language=False).save(tmp_path / "bad.xlsx")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    assert run(good)[0] == 0
    assert run(good, bad)[0] == 1
    assert run()[0] == 2 and run(good, "--language", "xx")[0] == 2 and run(tmp_path / "folder")[0] == 2
    code, out, err = run(tmp_path / "empty.xlsx", bad)
    assert code == 3 and "fichier vide" in err and str(bad) in out
    assert run(tmp_path / "absent.xlsx")[0] == 3


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


def test_json_tells_every_rule(run: Any, tmp_path: Path) -> None:
    bad = shaped(lambda made: made.data.freeze_panes(4, 1), write("cover", "B3", "x")).save(tmp_path / "bad.xlsx")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    code, out, err = run(bad, tmp_path / "empty.xlsx", "--json", "--language", "en")
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
    judged, refused = 0, set()
    for path in sorted(CORPUS.iterdir()):
        try:
            found = audit(path)
        except FileError as error:
            refused.add(error.code)
            continue
        judged += 1
        assert len(audit_json(found, "fr")["rules"]) == len(RULES) and audit_lines(found, "ar"), path.name
    assert judged > 300 and "internal" not in refused
    assert refused <= {"encrypted", "damaged_zip", "no_sheets", "unreadable", "not_a_spreadsheet", "not_a_workbook"}


@pytest.mark.calc
def test_a_workbook_saved_again_by_calc(soffice: Path, tmp_path: Path) -> None:
    good = Publication().save(tmp_path / "good.xlsx")
    bad = shaped(
        write("cover", "B3", "À côté"),
        lambda made: made.data.freeze_panes(4, 1),
        marked=False,
        rows=replaced(1, 1, None),
    ).save(tmp_path / "bad.xlsx")
    (tmp_path / "out").mkdir()
    again = office.recalculate([good, bad], tmp_path / "out")
    # Calc writes a header and a footer of its own on every sheet, and shows filter buttons on tables
    assert failing(again[0]) - {"no-headers-footers", "no-filters-or-panes"} == set()
    assert {"column-a", "no-filters-or-panes", "tables-marked-up", "blanks-explained"} <= failing(again[1])
    assert load_workbook(again[0]).sheetnames == ["Couverture", "Exportations", "Notes"]
