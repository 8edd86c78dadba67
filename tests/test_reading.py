"""Reading: a table is found wherever it stands, and what cannot be read for certain is a finding, not a figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import releases_made as made
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from nachra.errors import LayoutError
from nachra.facts import status_in
from nachra.grid import Cell, Kind
from nachra.release import Status

PLAIN = {
    "TOTAL 2022": "100 MAD_mn ±1 final",
    "TOTAL 2023": "110 MAD_mn ±1 final",
    "TOTAL 2024": "121 MAD_mn ±1 provisional",
    "INDUSTRIE 2022": "60 MAD_mn ±1 final",
    "INDUSTRIE 2023": "66 MAD_mn ±1 final",
    "INDUSTRIE 2024": "73 MAD_mn ±1 provisional",
    "SERVICES 2022": "40 MAD_mn ±1 final",
    "SERVICES 2023": "44 MAD_mn ±1 final",
    "SERVICES 2024": "48 MAD_mn ±1 provisional",
}


def sources(book: Workbook) -> dict[str, str]:
    return {f"{obs.series} {obs.period}": obs.source.cell for obs in made.read(book).release.observations}


# --- where the table stands -----------------------------------------------------------------------


def test_plain_table() -> None:
    reading = made.read(made.table())
    assert made.levels(reading) == PLAIN
    assert reading.findings == []
    assert reading.release.title == "Tableau d'essai"
    assert reading.release.notes == ("* Chiffres provisoires",)


@pytest.mark.parametrize(("top", "left"), [(1, 1), (7, 1), (1, 9), (30, 26)])
def test_table_moves_and_its_sources_with_it(top: int, left: int) -> None:
    book = made.table(top, left)
    assert made.levels(made.read(book)) == PLAIN
    for key, address in sources(book).items():
        shown = book["Tableau"][address].value
        assert PLAIN[key].startswith(f"{shown} "), (key, address)


def test_turned_table() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["D2"] = "Tableau d'essai", "En millions de dirhams"
    for row in zip(*[("Secteurs", 2022, 2023, "2024*"), *((k, *v) for k, v in made.FIGURES.items())], strict=True):
        sheet.append(row)
    sheet.append(["* Chiffres provisoires"])
    reading = made.read(book, made.turned())
    assert made.levels(reading) == PLAIN
    assert reading.findings == []
    where = {f"{obs.series} {obs.period}": obs.source.cell for obs in reading.release.observations}
    assert (where["TOTAL 2022"], where["SERVICES 2024"]) == ("B4", "D6")


@pytest.mark.parametrize(
    "label",
    [
        "INDUSTRIE",
        "  Industrie\xa0 ",
        "Índustrié",
        "Industrie (1)",
        "Industrie*",
        "Industrie ²",
        "industries  MANUFACTURIERES",
        "الصناعة",
    ],
)
def test_label_spellings(label: str) -> None:
    reading = made.read(made.with_cells({"A6": label, "A10": "(1) Y compris mines", "A11": "² hors mines"}))
    assert [one for key, one in made.levels(reading).items() if key.startswith("INDUSTRIE")][:2] == [
        PLAIN["INDUSTRIE 2022"].replace("final", "provisional" if "*" in label else "final"),
        PLAIN["INDUSTRIE 2023"].replace("final", "provisional" if "*" in label else "final"),
    ]
    assert reading.findings == []


def test_label_of_the_total_stands_left_of_the_others() -> None:
    book = made.table(left=2)
    sheet = book["Tableau"]
    sheet["A5"], sheet["B5"] = "TOTAL", None
    sheet.merge_cells("A5:B5")
    reading = made.read(book)
    assert made.levels(reading) == PLAIN
    assert made.codes(reading.findings) == []


@pytest.mark.parametrize(
    ("cells", "code", "where", "lost"),
    [
        ({"A6": "Mines"}, "unknown-series", ("A6",), "INDUSTRIE"),
        ({"A6": None}, "missing-label", ("B6",), "INDUSTRIE"),
        ({"C4": "Var. en %"}, "unknown-period", ("C4",), "2023"),
        ({"C4": None}, "unknown-period", ("C4",), "2023"),
        ({"C4": "2022/2023"}, "unknown-period", ("C4",), "2023"),
        ({"A6": "Services"}, "duplicate-series", ("A6", "A7"), "INDUSTRIE"),
        ({"C4": 2022}, "duplicate-period", ("B4", "C4"), "2023"),
    ],
)
def test_figures_of_an_unclear_line_are_not_read(
    cells: dict[str, Any], code: str, where: tuple[str, ...], lost: str
) -> None:
    reading = made.read(made.with_cells(cells))
    assert [(one.code, one.cells) for one in reading.findings] == [(code, where)]
    expected = {key: one for key, one in PLAIN.items() if lost not in key}
    if code == "duplicate-series":  # the first line counts
        expected = {key: PLAIN[key.replace("SERVICES", "INDUSTRIE")] for key in expected}
    assert made.levels(reading) == expected
    # and the figures do not vanish: they are listed as unread
    assert len(made.found(reading, "unread-number")[0].cells) == 3


def test_each_repetition_is_told_against_the_first() -> None:
    reading = made.read(made.with_cells({"C4": 2022, "D4": "2022"}))
    assert [one.cells for one in reading.findings] == [("B4", "C4"), ("B4", "D4")]


def test_label_that_looks_like_a_formula_stays_text() -> None:
    book = made.table()
    for address in ("A1", "A6"):
        cell = book["Tableau"][address]
        cell.value = "=Tableau d'essai" if address == "A1" else "=1+1"
        cell.data_type = "s"
    reading = made.read(book)
    assert reading.release.title == "=Tableau d'essai"
    assert [one.params["label"] for one in reading.findings] == ["=1+1"]


def test_sentences_in_the_columns_of_figures_are_no_figures() -> None:
    reading = made.read(
        made.with_cells({"C10": "Source : Office, édition 2024", "C11": "(1) Hors 2022", "E8": "ملاحظة (1)"})
    )
    assert made.levels(reading) == PLAIN
    assert made.codes(reading.findings) == []


def test_two_header_cells() -> None:
    with pytest.raises(LayoutError) as caught:
        made.read(made.with_cells({"A20": "secteurs"}))
    assert caught.value.code == "header_several"
    assert "Tableau!A4, Tableau!A20" in caught.value.message()


# --- one cell -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "figure"),
    [
        (60, "General", "60 ±1"),
        (60.5, "General", "60.5 ±0.1"),
        (60, "0.0", "60 ±0.1"),
        (60.25, "0.00", "60.25 ±0.01"),
        (3314.3999999999996, '#,##0;\\-#,##0;"-   "', "3314.4 ±0.1"),
        (127.90000000000146, "#,##0", "127.9 ±0.1"),
        (60.123456, "#,##0", "60.123456 ±1"),
        (44992000, "#,##0,", "44992000 ±1000"),
        (0, "#,##0", "0 ±1"),
        (-12.5, "General", "-12.5 ±0.1"),
    ],
)
def test_number_and_its_precision(value: float, number_format: str, figure: str) -> None:
    book = made.with_cells({"B6": value})
    book["Tableau"]["B6"].number_format = number_format
    reading = made.read(book)
    number, quantum = figure.split()
    assert made.levels(reading)["INDUSTRIE 2022"] == f"{number} MAD_mn {quantum} final"
    assert reading.findings == []


NOT_READ = "missing"


@pytest.mark.parametrize(
    ("value", "seen", "code"),
    [
        # numbers as text, by the strict grammar of the layout (comma, spaces)
        ("1 234,5", "1234.5 MAD_mn ±0.1 final", "number-as-text"),
        ("1\xa0234,50", "1234.5 MAD_mn ±0.01 final", "number-as-text"),
        ("1\u202f234\u202f567", "1234567 MAD_mn ±1 final", "number-as-text"),
        ("\u2212 12,5", "-12.5 MAD_mn ±0.1 final", "number-as-text"),
        ("(1 234)", "-1234 MAD_mn ±1 final", "number-as-text"),
        ("60*", "60 MAD_mn ±1 provisional", "number-as-text"),
        ("60 (1)", "60 MAD_mn ±1 final", "number-as-text"),
        ("1,234", "1.234 MAD_mn ±0.001 final", "ambiguous-number"),
        # texts that are no number of this layout
        ("12.5", NOT_READ, "not-a-number"),
        ("1.234", NOT_READ, "not-a-number"),
        ("1 2345", NOT_READ, "not-a-number"),
        ("1_000", NOT_READ, "not-a-number"),
        ("1e3", NOT_READ, "not-a-number"),
        ("nan", NOT_READ, "not-a-number"),
        ("١٢٣", NOT_READ, "not-a-number"),
        ("60 MDH", NOT_READ, "not-a-number"),
        ("60 %", NOT_READ, "not-a-number"),
        ("soixante", NOT_READ, "not-a-number"),
        ("provisoire", NOT_READ, "not-a-number"),
        # what is no number at all
        (True, NOT_READ, "not-a-number"),
        (dt.datetime(2024, 1, 31), NOT_READ, "not-a-number"),
        (dt.time(12), NOT_READ, "not-a-number"),
        ("#REF!", NOT_READ, "error-cell"),
        ("=B5-B7", NOT_READ, "uncached-formula"),
        (None, NOT_READ, "unexplained-blank"),
        (" ", NOT_READ, "not-a-number"),
        # declared absences are no findings of the reading
        ("..", NOT_READ, None),
        ("n.d.", NOT_READ, None),
        ("-", NOT_READ, None),
        ("Non publié", NOT_READ, None),
        ("غير متوفر", NOT_READ, None),
        ("secret statistique", "confidential", None),
    ],
)
def test_content_of_a_cell(value: Any, seen: str, code: str | None) -> None:
    reading = made.read(made.with_cells({"B6": value, "A10": "(1) Hors mines"}))
    assert [(one.code, one.cells) for one in reading.findings] == ([(code, ("B6",))] if code else [])
    assert made.levels(reading) == PLAIN | {"INDUSTRIE 2022": seen}
    assert made.found(reading, "unread-number") == []


def test_number_under_a_date_format_is_not_read() -> None:
    book = made.table()
    book["Tableau"]["B6"].number_format = "dd/mm/yyyy"
    reading = made.read(book)
    assert (made.levels(reading)["INDUSTRIE 2022"], made.codes(reading.findings)) == (NOT_READ, ["not-a-number"])


def test_error_and_text_say_what_stands_there() -> None:
    reading = made.read(made.with_cells({"B6": "#DIV/0!", "C6": "soixante", "D6": "=SUM(D5:D7)"}))
    messages = {one.code: one.message() for one in reading.findings}
    assert "#DIV/0!" in messages["error-cell"]
    assert "« soixante »" in messages["not-a-number"]
    assert "=SUM(D5:D7)" in messages["uncached-formula"]


@pytest.mark.parametrize(
    ("decimal", "group", "text", "seen"),
    [
        (".", ",", "1,234.5", "1234.5 MAD_mn ±0.1 final"),
        (",", ".", "1.519,1", "1519.1 MAD_mn ±0.1 final"),
        (",", ".", "10.597", "10597 MAD_mn ±1 final"),
        (",", "", "1 234", NOT_READ),
    ],
)
def test_numbers_as_text_follow_the_layout(decimal: str, group: str, text: str, seen: str) -> None:
    profile = f'{made.PROFILE}\n[numbers]\ndecimal = "{decimal}"\ngroup = "{group}"\n'
    reading = made.read(made.with_cells({"B6": text}), made.layout(profile))
    assert made.levels(reading)["INDUSTRIE 2022"] == seen
    assert made.codes(reading.findings) == [
        "not-a-number" if seen is NOT_READ else "ambiguous-number" if text == "10.597" else "number-as-text"
    ]


# --- units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("En millions de dirhams", "MAD_mn"),
        ("    EN\xa0MILLIONS  de DIRHAMS ", "MAD_mn"),
        ("(MDH)", "MAD_mn"),
        ("Unité : M DH", "MAD_mn"),
        ("Mds DH", "MAD_bn"),
        ("en MMDH", "MAD_bn"),
        ("Milliards de dirhams", "MAD_bn"),
        ("milliers de dirhams", "MAD_th"),
        ("Valeur DHS", "MAD"),
        ("en dirhams", "MAD"),
        ("بملايين الدراهم", "MAD_mn"),
        ("بملايير الدراهم", "MAD_bn"),
        ("Millions de dollars", "USD_mn"),
        ("Indice, base 100 en 2019", "index"),
    ],
)
def test_unit_cell(written: str, code: str) -> None:
    reading = made.read(made.with_cells({"D2": written}))
    assert {obs.figure.unit.code for obs in reading.release.observations if obs.figure} == {code}
    assert reading.findings == []


def test_unit_may_stand_in_the_title() -> None:
    reading = made.read(made.with_cells({"A1": "Tableau d'essai (en MDH)", "D2": None}))
    assert made.levels(reading) == PLAIN


@pytest.mark.parametrize("other", ["en milliards de dirhams", "26,2 Mds $", "En milliers de dirhams"])
def test_contradicting_units(other: str) -> None:
    reading = made.read(made.with_cells({"A2": other}))
    contradiction, *rest = reading.findings
    assert (contradiction.code, contradiction.cells, rest) == ("unit-contradicted", ("A2", "D2"), [])
    assert "MDH" in contradiction.message()
    # the nearest one is kept, so that the rest can be checked all the same
    assert made.levels(reading) == PLAIN


def test_unit_of_the_layout_against_that_of_the_sheet() -> None:
    profile = made.PROFILE.replace("[recognise]", 'unit = "MAD_bn"\n[recognise]')
    assert made.codes(made.read(made.table(), made.layout(profile)).findings) == ["unit-contradicted"]
    silent = made.read(made.with_cells({"D2": None}), made.layout(profile))
    assert made.levels(silent)["TOTAL 2022"] == "100 MAD_bn ±1 final"
    assert made.codes(silent.findings) == ["unit-from-layout"]


def test_no_unit_no_figure() -> None:
    reading = made.read(made.with_cells({"D2": "en francs", "B6": "60"}))
    assert made.codes(reading.findings) == ["number-as-text", "unit-missing"]
    assert set(made.levels(reading).values()) == {NOT_READ}
    # nor are those figures said to be declared as not published
    assert made.found(reading, "not-published") == []


@pytest.mark.parametrize(
    ("unit", "seen", "found"),
    [
        ("MDH", "8000 MAD_mn ±1 final", []),
        ("  mds  dh", "8000 MAD_bn ±1 final", []),
        ("مليون درهم", "8000 MAD_mn ±1 final", []),
        ("", "8000 MAD_bn ±1 final", []),
        ("%", NOT_READ, ["unit-missing"]),
        ("k€", NOT_READ, ["unit-missing"]),
        ("MDH ou Mds DH", NOT_READ, ["unit-contradicted"]),
    ],
)
def test_unit_of_a_row(unit: str, seen: str, found: list[str]) -> None:
    book = made.official()
    made.place(book, "ITO", "2023", "Unité").value = unit or None
    reading = made.read(book)
    assert made.levels(reading)["ITO 2023"] == seen
    assert made.codes(reading.findings) == found


def test_no_unit_in_the_row_nor_above() -> None:
    book = made.official(unit="")
    cell = made.place(book, "ITO", "2023", "Unité")
    cell.value = None
    reading = made.read(book)
    assert [(one.code, one.cells) for one in reading.findings] == [("unit-missing", (cell.coordinate,))]
    assert made.levels(reading)["ITO 2023"] == NOT_READ
    # what is not published needs none
    made.place(book, "ITO", "2023", "Valeur").value = None
    made.place(book, "ITO", "2023", "Statut").value = "non publié"
    assert made.read(book).findings == []


# --- statuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "footnote", "status", "found"),
    [
        ("2024*", "* Chiffres provisoires", "provisional", []),
        ("2024*", "*Données préliminaires", "provisional", []),
        ("2024*", "* Données actualisées", "revised", []),
        ("2024*", "* Y compris les zones franches", "final", []),
        ("2024*", "* Hors fer : voir la note - page 3", "final", []),
        ("2024*", "(*) : chiffres estimés", "estimated", []),
        ("2024 (*)", "* Chiffres révisés", "revised", []),
        ("2024**", "* Chiffres provisoires\n** Chiffres révisés", "revised", []),
        ("2024 (p)", "(p) données provisoires", "provisional", []),
        ("2024 (1)", "¹ rupture de série", "break", []),
        ("2024¹", "(1) أرقام مؤقتة", "provisional", []),
        ("2024", "* Chiffres provisoires", "final", []),
        # without its footnote a mark is doubtful; its letter says what it usually means
        ("2024*", None, "provisional", ["unexplained-marker"]),
        ("2024 (p)", None, "provisional", ["unexplained-marker"]),
        ("2024 (r)", None, "revised", ["unexplained-marker"]),
        ("2024 (e)", None, "estimated", ["unexplained-marker"]),
        ("2024 (c)", None, "provisional", ["unexplained-marker"]),
        ("2024**", "* Chiffres révisés", "provisional", ["unexplained-marker"]),
    ],
)
def test_marks_and_footnotes(heading: str, footnote: str | None, status: str, found: list[str]) -> None:
    reading = made.read(made.with_cells({"D4": heading, "A9": footnote}))
    expected = {key: one.replace("provisional", status) for key, one in PLAIN.items()}
    assert made.levels(reading) == expected
    assert made.codes(reading.findings) == found
    if found:
        assert f"« {Status(status).label()} »" in reading.findings[0].message()


def test_footnote_of_the_table_s_own_sheet_counts() -> None:
    book = made.table()
    other = book.create_sheet("Autre", 0)
    other["A1"] = "* Données actualisées"
    book.move_sheet("Autre", 0)
    reading = made.read(book)
    assert made.levels(reading) == PLAIN


def test_default_status_of_the_layout() -> None:
    profile = made.PROFILE.replace("[recognise]", 'default_status = "estimated"\n[recognise]')
    reading = made.read(made.table(), made.layout(profile))
    assert made.levels(reading) == {key: one.replace("final", "estimated") for key, one in PLAIN.items()}


@pytest.mark.parametrize("status", list(Status))
def test_status_list_values(status: Status) -> None:
    book = made.official()
    absent = status in (Status.MISSING, Status.CONFIDENTIAL)
    for code, language in (("ITO", "fr"), ("CRM", "en"), ("ESO", "ar")):
        assert status_in(status.label(language)) is status
        made.place(book, code, "2023", "Statut").value = status.label(language).upper()
        if absent:
            made.place(book, code, "2023", "Valeur").value = None
    reading = made.read(book)
    seen = made.levels(reading)
    assert [seen[f"{code} 2023"] for code in ("ITO", "CRM", "ESO")] == [
        status.value if absent else f"{value} MAD_mn ±1 {status.value}" for value in (8000, 6000, 3000)
    ]
    assert reading.findings == []


@pytest.mark.parametrize(
    ("status", "value", "seen", "found"),
    [
        ("non publié", 8000, "8000 MAD_mn ±1 provisional", ["status-contradicted"]),
        ("confidentiel", 8000, "8000 MAD_mn ±1 provisional", ["status-contradicted"]),
        (None, 8000, "8000 MAD_mn ±1 provisional", ["status-missing"]),
        ("sûr", 8000, "8000 MAD_mn ±1 provisional", ["status-unknown"]),
        ("provisoire", None, NOT_READ, ["unexplained-blank"]),
        (None, None, NOT_READ, ["unexplained-blank"]),
        ("définitif", "n.d.", NOT_READ, []),
    ],
)
def test_status_against_value(status: str | None, value: Any, seen: str, found: list[str]) -> None:
    book = made.official()
    made.place(book, "ITO", "2023", "Statut").value = status
    made.place(book, "ITO", "2023", "Valeur").value = value
    reading = made.read(book)
    assert made.levels(reading)["ITO 2023"] == seen
    assert made.codes(reading.findings) == found


def test_rate_may_be_published_without_its_level() -> None:
    row = made.Row("2024", "TOTAL", status=Status.MISSING, growth="18.1")
    reading = made.read(made.official([row]))
    assert made.figures(reading) == {
        ("TOTAL", "2024", "level"): "missing",
        ("TOTAL", "2024", "growth"): "18.1 percent ±0.1 provisional",
    }
    assert reading.findings == []


def test_marks_in_the_official_template() -> None:
    book = made.official([made.Row("2024", code, "1", "MDH", Status.FINAL) for code in ("TOTAL", "ITO", "CRM")])
    made.place(book, "TOTAL", "2024", "Année").value = "2024 (r)"
    made.place(book, "CRM", "2024", "Code").value = "CRM (1)"
    made.place(book, "ITO", "2024", "Valeur").value = None
    made.place(book, "ITO", "2024", "Statut").value = "non publié"
    made.place(book, "ITO", "2024", "Année").value = "2024 (r)"
    book["Notes"]["A30"] = "(r) Données révisées"
    book["Notes"]["A31"] = "(1) Chiffres estimés"
    reading = made.read(book)
    assert [one.split()[-1] for one in made.levels(reading).values()] == ["revised", "missing", "estimated"]
    assert reading.findings == []


# --- rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "seen"),
    [
        (40.3, "#,##0.0", "40.3 percent ±0.1 final"),
        (0.403, "0.0%", "40.3 percent ±0.1 final"),
        (0.4034, "0.0%", "40.34 percent ±0.01 final"),
        (40.3, '0.0" %"', "40.3 percent ±0.1 final"),
        (40.3, "0.0\\%", "40.3 percent ±0.1 final"),
        ("40,3 %", "General", "40.3 percent ±0.1 final"),
        ("40,3", "General", "40.3 percent ±0.1 final"),
        ("n.d.", "General", "missing"),
    ],
)
def test_rates(value: Any, number_format: str, seen: str) -> None:
    book = made.official()
    cell = made.place(book, "ITO", "2024", "Part (%)")
    cell.value, cell.number_format = value, number_format
    reading = made.read(book)
    assert made.figures(reading)["ITO", "2024", "share"] == seen
    assert made.codes(reading.findings) == (["number-as-text"] if "40" in str(value) and isinstance(value, str) else [])


# --- rows of observations -------------------------------------------------------------------------


def test_official_template_reads_without_a_finding() -> None:
    reading = made.read(made.official())
    assert reading.findings == []
    assert len(reading.release.observations) == 18
    assert made.figures(reading)["TOTAL", "2024", "level"] == "22 MAD_bn ±0.1 final"
    assert made.figures(reading)["TOTAL", "2024", "growth"] == "10 percent ±0.1 final"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Année", "l'an passé", "unknown-period"),
        ("Année", None, "unknown-period"),
        ("Code", "ZZZ", "unknown-series"),
        ("Code", None, "unknown-series"),
    ],
)
def test_unclear_row_is_not_read(header: str, value: Any, code: str) -> None:
    book = made.official()
    cell, level = made.place(book, "ITO", "2023", header), made.place(book, "ITO", "2023", "Valeur")
    cell.value = value
    reading = made.read(book)
    assert [(one.code, one.cells) for one in reading.findings] == [(code, (cell.coordinate,))]
    assert "ITO 2023" not in made.levels(reading)
    assert made.found(reading, "unread-number")[0].cells == (level.coordinate,)


def test_duplicate_observation_keeps_the_first() -> None:
    rows = [made.Row("2024", "TOTAL", value, "MDH", Status.FINAL) for value in ("7", "8")]
    book = made.official(rows)
    reading = made.read(book)
    assert made.levels(reading) == {"TOTAL 2024": "7 MAD_mn ±1 final"}
    first = made.place(book, "TOTAL", "2024", "Valeur")
    assert [(one.code, one.cells) for one in reading.findings] == [
        ("duplicate-observation", (first.coordinate, f"{first.column_letter}{first.row + 1}"))
    ]


@pytest.mark.parametrize("header", ["Code", "Valeur", "Unité", "Statut"])
def test_column_renamed_or_doubled(header: str) -> None:
    book = made.official()
    cell = next(one for row in book["Publication"].iter_rows() for one in row if one.value == header)
    cell.value = f"{header} ?"
    with pytest.raises(LayoutError) as lacking:
        made.read(book)
    assert lacking.value.code == "columns_missing"
    assert f"« {header} »" in lacking.value.message()
    cell.value = header
    book["Publication"].cell(cell.row, 14, header)
    with pytest.raises(LayoutError) as twice:
        made.read(book)
    assert twice.value.code == "header_several"
    assert cell.coordinate in twice.value.message()


def test_columns_may_change_places() -> None:
    book = made.official()
    before = made.figures(made.read(book))
    book["Publication"].move_range(f"E1:J{book['Publication'].max_row}", cols=8)
    assert made.figures(made.read(book)) == before


def test_notes_below_the_official_table() -> None:
    book = made.official([made.Row("2024", "TOTAL", "22", "Mds DH", Status.FINAL)])
    below = made.place(book, "TOTAL", "2024", "Année").row + 1
    made.place(book, "TOTAL", "2024", "Année").value = "2024 (1)"
    for row, text in enumerate(("Source : Office, édition de 2025", "(1) Chiffres révisés en 2025", 2025), below):
        book["Publication"].cell(row, 1, text)
    reading = made.read(book)
    assert made.levels(reading) == {"TOTAL 2024": "22 MAD_bn ±1 revised"}
    assert reading.findings == made.found(reading, "unread-number") == []
    assert reading.release.notes[:2] == ("Source : Office, édition de 2025", "(1) Chiffres révisés en 2025")


def test_arabic_label_and_french_name_stand_for_the_code() -> None:
    book = made.official()
    made.place(book, "ITO", "2023", "Code").value = "Externalisation des technologies de l'information"
    made.place(book, "ITO", "2024", "Code").value = "خدمات تكنولوجيا المعلومات"
    assert made.figures(made.read(book)) == made.figures(made.read(made.official()))


# --- facts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edition", "read", "found"),
    [
        ("2025-10", "2025-10", []),
        ("octobre 2025", "2025-10", []),
        ("2025-10-24", "2025-10-24", []),
        (dt.datetime(2025, 10, 24), "2025-10-24", []),
        (2025, "2025", []),
        ("2025-13-45", "", ["edition-missing"]),
        ("bientôt", "", ["edition-missing"]),
        ("S1 2025", "", ["edition-missing"]),
        (None, "", ["edition-missing"]),
    ],
)
def test_edition(edition: Any, read: str, found: list[str]) -> None:
    book = made.official()
    cell = book["Publication"][book.defined_names["nachra_edition"].attr_text.partition("!")[2].replace("$", "")]
    cell.value = edition
    reading = made.read(book)
    assert (reading.release.edition, made.codes(reading.findings)) == (read, found)


def test_edition_of_a_table_that_states_none_is_the_day_it_was_saved() -> None:
    book = made.grid(made.table())
    book.modified = dt.datetime(2026, 1, 12, 13, 21)
    assert made.read(book).release.edition == "2026-01-12"
    book.modified = None
    reading = made.read(book)
    assert (reading.release.edition, made.codes(reading.findings)) == ("", ["edition-missing"])


def test_title_and_methodology_of_the_template() -> None:
    reading = made.read(made.official(title="  Les exportations\n de 2024 ", methodology="Série historique"))
    assert reading.release.title == "Les exportations de 2024"
    assert reading.release.methodology == "historic"
    assert {obs.methodology for obs in reading.release.observations} == {"historic"}
    untitled = made.read(made.official(title=""))
    assert untitled.release.title == untitled.layout.name


def test_named_cells_may_be_moved() -> None:
    book = made.official(title="Ici", edition="2025-10")
    sheet = book["Publication"]
    for name in ("titre", "edition", "unite", "methodologie"):
        old = sheet[book.defined_names[f"nachra_{name}"].attr_text.partition("!")[2].replace("$", "")]
        new = sheet.cell(old.row, 20, old.value)
        old.value = None
        book.defined_names[f"nachra_{name}"].attr_text = f"Publication!${new.column_letter}${new.row}"
    release = made.read(book).release
    assert (release.title, release.edition, release.methodology) == ("Ici", "2025-10", "2025")


def test_a_part_without_a_line_is_one_that_is_not_published() -> None:
    rows = [row for row in made.complete() if row.code != "KPO"]
    reading = made.read(made.official(rows))
    assert [part.code for part in reading.release.parts] == ["ITO", "CRM", "ESO", "BPO", "KPO"]
    only_total = made.read(made.official([row for row in made.complete() if row.code == "TOTAL"]))
    assert [series.code for series in only_total.release.series] == ["TOTAL"]


# --- from the template and back -------------------------------------------------------------------

published = st.sampled_from([one for one in Status if one not in (Status.MISSING, Status.CONFIDENTIAL)])
#: a number as it is published: digits and places, without superfluous zeros in front
numbers = st.builds(
    lambda digits, places: format(Decimal(digits).scaleb(-places), "f"), st.integers(0, 10**9), st.integers(0, 3)
)
rates = st.builds(
    lambda digits, places: format(Decimal(digits).scaleb(-places), "f"), st.integers(-999, 999), st.integers(0, 2)
)
notes = st.text(st.sampled_from("=+-@'\"<&>éà ;1(*)اب"), max_size=12)


@st.composite
def rows(draw: st.DrawFn) -> Any:
    """Draw what was published for one series in one period."""
    facts = {"note": draw(notes), "share": draw(rates | st.just("")), "growth": draw(rates | st.just(""))}
    if draw(st.booleans()):
        return facts | {"status": draw(st.sampled_from([Status.MISSING, Status.CONFIDENTIAL]))}
    units = st.sampled_from(["MDH", "Mds DH", ""])
    other = draw(numbers | st.just(""))
    return facts | {"value": draw(numbers), "other": other, "unit": draw(units), "status": draw(published)}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([2022, 2023, 2024]), st.sampled_from(["TOTAL", "ITO", "KPO"]), rows()),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[:2],
    )
)
def test_every_figure_comes_back(drawn: list[tuple[int, str, dict[str, Any]]]) -> None:
    book = made.Book(
        "annuel", "T", edition="2025", rows=[made.Row(str(year), code, **row) for year, code, row in drawn]
    )
    data = made.script.build(book)
    reading = made.read(data)
    units = {"MDH": "MAD_mn", "Mds DH": "MAD_bn", "": "MAD_bn"}
    columns = {"value": "E", "share": "H", "growth": "I", "other": "J"}
    measures = {"value": "level", "share": "share", "growth": "growth", "other": "other_level"}
    cells = reading.grid.sheet("Publication").cells
    first = next(row for (row, _), cell in cells.items() if cell.text == "Code") + 1
    expected = {}
    for line, (year, code, row) in enumerate(drawn, first):
        status = row["status"]
        for name, measure in measures.items():
            written = row.get(name, "")
            if not written and name != "value":
                continue
            quantum = Decimal(1).scaleb(-len(written.partition(".")[2]))
            unit = "percent" if name in ("share", "growth") else units[row.get("unit", "")]
            own = Status.PROVISIONAL if name != "value" and "value" not in row else status
            figure = (Decimal(written), quantum, unit) if written else None
            expected[code, str(year), measure] = (figure, own, f"{columns[name]}{line}", row["note"].strip())
    seen = {
        (obs.series, str(obs.period), obs.measure.value): (
            (obs.figure.value, obs.figure.quantum, obs.figure.unit.code) if obs.figure else None,
            obs.status,
            obs.source.cell,
            obs.note,
        )
        for obs in reading.release.observations
    }
    assert seen == expected
    assert reading.findings == []


#: how a statistician may lay the same table out
changes: dict[str, Callable[[Workbook], None]] = {
    "rows hidden": lambda book: setattr(book["Tableau"].row_dimensions[6], "hidden", True),
    "columns hidden": lambda book: setattr(book["Tableau"].column_dimensions["C"], "hidden", True),
    "blank rows": lambda book: book["Tableau"].insert_rows(6, 2),
    "blank columns": lambda book: book["Tableau"].insert_cols(3, 2),
    "a sheet before": lambda book: book.move_sheet(book.create_sheet("Avant"), -1),
    "headings as text": lambda book: setattr(book["Tableau"]["B4"], "value", "Année 2022"),
}


@pytest.mark.parametrize("change", changes)
def test_layout_does_not_change_figures(change: str) -> None:
    book = made.table()
    changes[change](book)
    reading = made.read(book)
    assert made.levels(reading) == PLAIN
    assert reading.findings == []


def test_observation_leads_back_to_its_cell() -> None:
    reading = made.read(made.with_cells({"B6": None}))
    cells = {str(obs.source.cell): reading.cell(obs) for obs in reading.release.observations}
    assert cells["B6"] is None
    assert cells["C7"] == Cell(7, 3, Kind.NUMBER, 44.0)


# --- texts that are not what they seem ------------------------------------------------------------


@pytest.mark.parametrize("control", [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"])
def test_text_that_turns_the_reading_order_is_refused(control: str) -> None:
    with pytest.raises(LayoutError) as caught:
        made.read(made.with_cells({"A6": f"{control}Industrie"}))
    assert (caught.value.code, caught.value.sheet, caught.value.cell) == ("turned_text", "Tableau", "A6")
    assert control not in str(caught.value)


def test_sheet_name_that_turns_the_reading_order_is_refused() -> None:
    book = made.table()
    book["Tableau"].title = "Tab\u202eleau"
    with pytest.raises(LayoutError) as caught:
        made.read(book)
    assert caught.value.code == "turned_text"
    assert "\u202e" not in str(caught.value)


def test_marks_of_arabic_and_hebrew_are_harmless() -> None:
    book = made.with_cells({"A6": "\u200fIndustrie\u200e"})
    assert made.levels(made.read(book)) == made.levels(made.read(made.table()))
