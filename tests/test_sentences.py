"""Sentences as formulas: the same text in every spreadsheet and language setting, and never another than the cells'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import office
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from specimens import open_workbook
from specimens import release as made
from strategies import decimals

from nachra.briefing import Briefing, Link, Number, Paragraph, Sheet, Table, Value, plain
from nachra.errors import DisagreementError
from nachra.expressions import Ref, minus, number, over, times
from nachra.figures import round_half_up
from nachra.formats import Manner, Style, known_styles
from nachra.places import Cell, Places
from nachra.reading import read_release
from nachra.sentences import MAX_FORMULA, MAX_LITERAL, Sentences, numbers, quoted
from nachra.sheets import compose
from nachra.texts import languages
from nachra.workbook import write_workbook

#: language settings to recalculate in: decimal commas and points, other group marks, right to left, other digits
LOCALES = ("fr-FR", "en-US", "ar-MA", "de-DE", "de-CH", "fa-IR")
FIGURES: dict[str, str | None] = {
    "TOTAL 2023": "26170", "TOTAL 2024": "1026219", "ITO 2023": "10000", "ITO 2024": "10578", "CRM 2023": "9797.5",
    "CRM 2024": "9700.0", "ESO 2023": "3200", "ESO 2024": "3.25", "BPO 2023": "40.0", "BPO 2024": "48.2",
    "KPO 2023": "1000", "KPO 2024": "1000",
}  # fmt: skip


@cache
def briefing(language: str = "fr", style: Style = "cldr", **figures: str | None) -> Briefing:
    """A briefing of FIGURES; figures to change are named like TOTAL_2024."""
    changed = {name.replace("_", " "): value for name, value in figures.items()}
    return compose(made(FIGURES | changed, unit_codes=["MAD_mn"]), (), language, style=style)


# --- a spreadsheet in miniature: the functions that sentences use, on exact fractions or on doubles -------------


def spreadsheet(written: str, cells: dict[str, Any]) -> str:
    """Compute a sentence's formula; `cells` gives the numbers, exact or double, by their references."""
    # words first: they may hold anything
    words: list[str] = []

    def kept(match: re.Match[str]) -> str:
        words.append(match[1].replace('""', '"'))
        return f" W[{len(words) - 1}] "

    code = re.sub(r'"((?:[^"]|"")*)"', kept, written)
    for reference in sorted(cells, key=len, reverse=True):
        code = code.replace(reference, f"C[{reference!r}]")
    code = code.replace("&", "+").replace("IF(", "IF_(").replace("AND(", "AND_(")
    code = re.sub(r"(?<![<>=])=(?!=)", "==", code)
    number_type = type(next(iter(cells.values())))
    code = re.sub(r"(?<![\w\]\['\"$.])(\d+(?:\.\d+)?)(?![\w\]'])", r"N('\1')", code)
    functions = {
        "INT": lambda x: number_type(x // 1),
        "MOD": lambda x, y: x % y,
        "ABS": abs,
        "IF_": lambda test, yes, no: yes if test else no,
        "AND_": lambda *tests: all(tests),
        "TEXT": lambda x, form: f"{int(x):0{len(form)}d}",
        "N": number_type,
        "C": cells,
        "W": words,
    }
    return str(eval(code, functions))


def holding(values: dict[str, Decimal], manner: Manner) -> Places:
    """The data sheet alone, with some of its cells changed."""
    template = briefing(manner.language, manner.style)
    data = tuple(replace(row, published=values.get(row.key, row.published)) for row in template.data)
    sheets = tuple(sheet for sheet in template.sheets if sheet.name == template.data_sheet)
    return Places(replace(template, data=data, sheets=sheets))


def one_number(value: Decimal, shown: Number, manner: Manner) -> tuple[str | None, str]:
    """A number's formula over one cell of a data sheet that holds `value`, and what is written for it."""
    key = "TOTAL|2024|level"
    where = holding({key: value}, manner)
    sentences = Sentences(where)
    scaled = value * shown.scale
    written = manner.number(abs(scaled) if shown.sign == "none" else scaled, shown.decimals, sign=shown.sign == "both")
    return sentences.formula((replace(shown, expression=Ref(key), written=written),)), written


shapes = st.builds(
    Number,
    st.just(Ref("")),
    st.just(""),
    st.integers(0, 3),
    st.sampled_from([Decimal(1), Decimal(100), Decimal(1000), Decimal("0.001")]),
    st.sampled_from(["none", "minus", "both"]),
)
manners = st.builds(Manner, st.sampled_from(languages()), st.sampled_from(known_styles()))
HALF = Number(Ref(""), "", 0)


@given(decimals(5, 10**7), shapes, manners)
@example(Decimal("0.5"), HALF, Manner("fr"))
@example(Decimal("-2.5"), replace(HALF, sign="both"), Manner("ar"))
@example(Decimal("1.005"), replace(HALF, decimals=2), Manner("en"))
@example(Decimal("0.205"), replace(HALF, scale=Decimal(100), sign="none"), Manner("fr"))
@example(Decimal("-0.04"), replace(HALF, decimals=1, sign="minus"), Manner("fr"))
@example(Decimal("999999.5"), HALF, Manner("fr"))
def test_formula_gives_the_digits_that_are_written(value: Decimal, shown: Number, manner: Manner) -> None:
    """On exact numbers and on doubles alike, ties included: half up, as the words were made."""
    written, expected = one_number(value, shown, manner)
    if written is None:
        # only what lies closer to a half than a double can tell, below it, stays a text
        units = abs(value * shown.scale).scaleb(shown.decimals)
        gap = round_half_up(units, 0) + Decimal("0.5") - units
        assert Decimal(0) < gap % 1 < Decimal("0.000002")
        return
    reference = re.findall(r"'[^']+'!\$[A-Z]+\$\d+", written)[0]
    assert spreadsheet(written, {reference: Fraction(value)}) == expected
    assert spreadsheet(written, {reference: float(value)}) == expected


@given(decimals(2, 10**5, positive=True), decimals(2, 10**5, positive=True), st.integers(0, 2))
@example(Decimal("1205"), Decimal("1000"), 0)
@example(Decimal("120.45"), Decimal("100"), 1)
def test_growth_in_doubles_rounds_as_its_exact_value(now: Decimal, before: Decimal, places: int) -> None:
    """now / before - 1 in doubles lies beside the exact value, on either side of a half."""
    keys = "TOTAL|2024|level", "TOTAL|2023|level"
    where = holding(dict(zip(keys, (now, before), strict=True)), Manner("fr"))
    tree = minus(over(Ref(keys[0]), Ref(keys[1])), number(1))
    exact = where.evaluate(tree)
    assert isinstance(exact, Decimal)
    written = Manner("fr").number(exact * 100, places, sign=True)
    formula = Sentences(where).formula((Number(tree, written, places, Decimal(100), "both"),))
    if formula is not None:
        cells = {where.address_of(Ref(keys[0])): float(now), where.address_of(Ref(keys[1])): float(before)}
        assert spreadsheet(formula, cells) == written


# --- the formulas of whole briefings ------------------------------------------------------------------------------


def in_cells(book: Briefing) -> Iterator[tuple[Cell, str | None, str]]:
    sentences = Sentences(Places(book))
    yield from ((cell, sentences.formula(said), plain(said)) for cell, said in sentences.all())


@pytest.mark.parametrize("language", languages())
def test_every_sentence_of_every_release_is_a_formula(release: Path, language: str) -> None:
    found = list(in_cells(compose(read_release(release).release, (), language)))
    assert found
    for cell, written, _ in found:
        assert written is not None, cell
        assert len(written) < MAX_FORMULA
        assert all(len(literal) <= MAX_LITERAL for literal in re.findall(r'"((?:[^"]|"")*)"', written))


def test_numbers_lead_to_the_cell_that_shows_them() -> None:
    book = compose(made({"TOTAL 2023": "12.9", "TOTAL 2024": "13.4", "TOTAL 2024 %%": "3.5"}), ())
    headline = next(written for cell, written, _ in in_cells(book) if cell.sheet == "Couverture")
    assert headline is not None
    # level, level before and growth stand in the table of key figures, the bounds in the proof below it
    assert len(set(re.findall(r"'Chiffres clés'!\$[A-Z]\$\d+", headline))) == 5
    assert "Données" not in headline


def test_every_number_is_listed_with_its_cell(release: Path) -> None:
    book = compose(read_release(release).release, ())
    said = [number for _, sentence in Sentences(Places(book)).all() for number in numbers(sentence)]
    tables = [block for sheet in book.sheets for block in sheet.blocks if isinstance(block, Table)]
    table = next(block for block in tables if block.id == "numbers")
    assert [row.cells[1] for row in table.rows] == [one.written for one in said]
    shown = {(cell.sheet, cell.address): expression for expression, cell in Places(book).values.items()}
    sentences = {(cell.sheet, cell.address): sentence for cell, sentence in Sentences(Places(book)).all()}
    for row, one in zip(table.rows, said, strict=True):
        place, source = row.cells[0], row.cells[2]
        assert isinstance(place, Link) and isinstance(source, Link) and isinstance(row.cells[3], Value)
        assert one in sentences[place.sheet, place.cell]
        assert source.sheet == "Données" or shown[source.sheet, source.cell] == one.expression


def test_long_words_are_cut_into_literals() -> None:
    words = 'a"' * 300
    literals = re.findall(r'"((?:[^"]|"")*)"', quoted(words))
    assert "".join(literals).replace('""', '"') == words and max(map(len, literals)) <= MAX_LITERAL


def test_a_sentence_too_long_for_a_formula_stays_text() -> None:
    book = briefing()
    sentences = Sentences(Places(book))
    _, said = next(sentences.all())
    assert sentences.formula(said) is not None and sentences.formula((*said, "x" * MAX_FORMULA)) is None


# --- sentences and tables agree, or there is no briefing ---------------------------------------------------------


def planted(book: Briefing, change: Any) -> Briefing:
    """A briefing whose first sentence has its numbers changed."""

    def changed(sheet: Sheet) -> Sheet:
        blocks = [
            replace(block, text=tuple(change(part) if isinstance(part, Number) else part for part in block.text))
            if isinstance(block, Paragraph) and not isinstance(block.text, str)
            else block
            for block in sheet.blocks
        ]
        return replace(sheet, blocks=tuple(blocks))

    return replace(book, sheets=tuple(changed(sheet) for sheet in book.sheets))


def test_words_that_differ_from_their_cell_stop_the_briefing() -> None:
    with pytest.raises(DisagreementError) as caught:
        write_workbook(planted(briefing(), lambda one: replace(one, written=one.written.replace("1", "7"))))
    assert (caught.value.sheet, caught.value.code) == ("Couverture", "sentence_disagrees")
    assert "7" in caught.value.message("fr") and caught.value.cell


def test_a_table_that_shows_other_digits_stops_the_briefing() -> None:
    """The sentence is true to its own expression, the table of the same quantity is not the same."""
    book = briefing()

    def doubled(one: Number) -> Number:
        if not one.quantity.startswith("growth|"):
            return one
        tree = times(one.expression, number(2))
        value = Sentences(Places(book)).value(replace(one, expression=tree))
        shown = abs(value) if one.sign == "none" else value
        return replace(one, expression=tree, written=Manner("fr").number(shown, one.decimals, sign=one.sign == "both"))

    with pytest.raises(DisagreementError, match="Chiffres clés"):
        write_workbook(planted(book, doubled))


def test_digits_that_agree_at_the_coarser_precision_do_agree() -> None:
    """3 % in the sentence and 3.4 % in the table are the same; the table's digits decide no more than that."""
    book = briefing(TOTAL_2024="27060")

    def rougher(one: Number) -> Number:
        if not one.quantity.startswith("growth|TOTAL"):
            return one
        return replace(one, decimals=0, written="3")

    assert write_workbook(planted(book, rougher))


# --- in a real spreadsheet ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Briefings in every language and style, with numbers of every size and sign, and exact ties."""
    folder = tmp_path_factory.mktemp("sentences")
    found = []
    for language in languages():
        for style in known_styles():
            path = folder / f"{language}-{style}.xlsx"
            path.write_bytes(write_workbook(briefing(language, style, BPO_2024="48.2", KPO_2024="1205")))
            found.append(path)
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_the_same_text_in_every_language_setting(
    soffice: Path, written: list[Path], locale: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = f"""<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>{locale}</value></prop></item>
</oor:items>"""
    monkeypatch.setattr(office, "_PROFILE", office._PROFILE.replace("</oor:items>", setting))
    probe = tmp_path / "probe.xlsx"
    book = open_workbook(written[0])
    book.active["A1"] = '=TEXT(1234.5,"0.0")&"|"&TEXT(1234.5,"0,0")&"|"&FIXED(1234.5,1)'
    book.save(probe)
    results = office.recalculate([*written, probe], tmp_path / "out")
    # the setting took: what depends on it differs from the one in English
    naive = open_workbook(results[-1], data_only=True).active["A1"].value
    assert (naive == "1234.5|1,235|1,234.5") == (locale == "en-US"), naive
    for original, recalculated in zip(written, results, strict=False):
        before, after = (open_workbook(path, data_only=True) for path in (original, recalculated))
        formulas = open_workbook(original)
        found = 0
        for sheet in formulas.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f" and "TEXT(" in str(cell.value):
                        texts = [book[sheet.title][cell.coordinate].value for book in (before, after)]
                        assert texts[0] == texts[1], f"{original.name} {sheet.title}!{cell.coordinate}"
                        found += 1
        assert found >= 5
