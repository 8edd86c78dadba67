"""Build the blank official templates and the sample releases, the same bytes each time.

    uv run python workbooks/build.py

Blank templates go to templates/releases/, sample releases to workbooks/releases/. The samples hold only figures of
published_figures.csv beside this file (period, series, value, unit, status, source): nothing derived is typed in,
and what was not published is marked as such.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from nachra.layouts import nomenclature
from nachra.periods import parse_period
from nachra.release import Status
from nachra.texts import load_toml, templates

HERE = Path(__file__).parent
CREATED = dt.datetime(2025, 10, 24)
UNITS = {"MAD_bn": "Mds DH", "MAD_mn": "MDH"}
#: blank rows that a statistician finds in a new template: this many periods, every series in each
BLANK_PERIODS = 2

FRENCH = ["", "Code", "Sous-secteur", "", "Valeur", "Unité", "Statut", "Part (%)", "Variation (%)",
          "Autre valeur publiée", "Observations"]  # fmt: skip
ARABIC = ["", "الرمز", "", "القطاع الفرعي", "القيمة", "الوحدة", "الوضعية", "الحصة (%)", "التغير (%)",
          "قيمة أخرى منشورة", "ملاحظات"]  # fmt: skip
WIDTHS = [13, 10, 48, 36, 12, 11, 16, 11, 13, 14, 48]
PERIOD = {"annuel": ("Année", "السنة"), "semestriel": ("Semestre", "نصف السنة")}
FACTS = [
    ("titre", "Titre", "العنوان"),
    ("organisme", "Organisme", "الهيئة"),
    ("edition", "Édition (AAAA-MM)", "تاريخ النشر"),
    ("unite", "Unité par défaut", "الوحدة"),
    ("methodologie", "Méthodologie", "المنهجية"),
    ("modele", "Modèle", "النموذج"),
]
SOURCE_HEAD = ("Période", "Série", "Chiffre", "Source")
FILL_IN = [
    "Comment remplir",
    "1. Une ligne par période et par série ; ne changez ni les en-têtes ni les codes.",
    "2. Valeur : le chiffre tel que publié, avec ses décimales (26,2 et non 26,219 si 26,2 est publié).",
    "3. Unité : celle du chiffre de la ligne ; vide, l'unité par défaut vaut.",
    "4. Statut : choisi dans la liste. Un chiffre non publié reste vide, avec le statut « non publié ».",
    "5. Part (%) et Variation (%) : seulement si elles sont publiées ; nachra les compare aux valeurs.",
    "6. Autre valeur publiée : une seconde valeur parue pour la même période, dans la même unité.",
]


@dataclass
class Row:
    """One line of a release: what was published for a series in a period."""

    period: str
    code: str
    value: str = ""
    unit: str = ""
    status: Status = Status.MISSING
    share: str = ""
    growth: str = ""
    other: str = ""
    note: str = ""


@dataclass
class Book:
    """A workbook in an official template, blank or filled in."""

    kind: str
    title: str = ""
    publisher: str = "Office des Changes"
    edition: str = ""
    unit: str = "Mds DH"
    methodology: str = "2025"
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    sources: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Period, series, figure and source of everything that a sample holds."""


def written(text: str) -> tuple[float, str]:
    """Return a published number and the format that shows its own decimals."""
    places = len(text.partition(".")[2])
    return float(text), "#,##0" + (f".{'0' * places}" if places else "")


def build(book: Book) -> bytes:
    """Write a workbook in the official template, as bytes."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({"title": book.title or f"Modèle {book.kind}", "author": "nachra", "created": CREATED})
    Template(workbook, book).write()
    workbook.close()
    return stream.getvalue()


class Template:
    """The two sheets of a template: Publication (the table) and Notes."""

    def __init__(self, workbook: xlsxwriter.Workbook, book: Book):
        self.workbook = workbook
        self.book = book
        base = {"font_name": "Arial", "font_size": 10, "valign": "vcenter"}
        head = {
            **base,
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": "#1F4E5F",
            "text_wrap": True,
            "border": 1,
            "indent": 1,
        }
        arabic = {"align": "right", "reading_order": 2, "font_name": "Noto Sans Arabic"}
        cell = {**base, "border": 1, "border_color": "#BFBFBF", "indent": 1}
        fill = {**cell, "bg_color": "#FFFBE6"}
        looks = {
            "title": {**base, "font_size": 15, "bold": True, "font_color": "#1F4E5F"},
            "fact": {**base, "bold": True},
            "long": {**fill, "text_wrap": True},
            "year": {**fill, "align": "center", "num_format": "0"},
            "head_right": {**head, "align": "right"},
            "fact_ar": {**base, **arabic},
            "input": fill,
            "fixed": {**cell, "font_color": "#595959"},
            "head": head,
            "head_ar": {**head, **arabic, "bold": False},
            "cell": cell,
            "cell_ar": {**cell, **arabic},
            "total": {**cell, "bold": True},
            "total_ar": {**cell, **arabic, "bold": True},
            "note": {**cell, "text_wrap": True, "font_size": 9},
            "wrap": {**base, "text_wrap": True, "valign": "top"},
        }
        self.look = {name: workbook.add_format(properties) for name, properties in looks.items()}
        self.fill = fill
        self.numbers: dict[str, Any] = {}

    def number_look(self, number_format: str) -> Any:
        if number_format not in self.numbers:
            look = {**self.fill, "align": "right", "num_format": number_format}
            self.numbers[number_format] = self.workbook.add_format(look)
        return self.numbers[number_format]

    def write(self) -> None:
        sheet = self.workbook.add_worksheet("Publication")
        self.facts(sheet)
        last = self.table(sheet, first=11)
        self.rules(sheet, first=11, last=last)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(9, 10)
        sheet.print_area(0, 0, last, len(FRENCH) - 1)
        sheet.set_footer(f"&L&9{self.version}&C&9&P / &N&R&9&D")
        sheet.freeze_panes(11, 2)
        sheet.hide_gridlines(2)
        self.notes()

    @property
    def version(self) -> str:
        return f"Modèle nachra {self.book.kind} v1"

    def facts(self, sheet: Worksheet) -> None:
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, "Exportations de services numériques : publication officielle", self.look["title"])
        sheet.set_row(0, 26)
        book = self.book
        values = [book.title, book.publisher, book.edition, book.unit, book.methodology, self.version]
        for row, ((name, french, arabic), value) in enumerate(zip(FACTS, values, strict=True), start=2):
            sheet.set_row(row, 32 if name == "titre" else 20)
            sheet.write_string(row, 0, french, self.look["fact"])
            look = self.look[{"modele": "fixed", "titre": "long"}.get(name, "input")]
            if value:
                sheet.write_string(row, 2, value, look)
            else:
                sheet.write_blank(row, 2, None, look)
            sheet.write_string(row, 3, arabic, self.look["fact_ar"])
            self.workbook.define_name(f"nachra_{name}", f"=Publication!$C${row + 1}")
        methodologies = [entry["words"][0] for entry in load_toml("nomenclature.toml")["methodology"].values()]
        sheet.data_validation(5, 2, 5, 2, {"validate": "list", "source": list(UNITS.values())})
        sheet.data_validation(6, 2, 6, 2, {"validate": "list", "source": methodologies})

    def table(self, sheet: Worksheet, first: int) -> int:
        """Write the two header rows above row `first` and the lines below; return the last row."""
        french, arabic = PERIOD[self.book.kind]
        for column, text in enumerate([arabic, *ARABIC[1:]]):
            sheet.write_string(first - 2, column, text, self.look["head_ar"])
        for column, text in enumerate([french, *FRENCH[1:]]):
            is_number = column in (4, 7, 8, 9)
            sheet.write_string(first - 1, column, text, self.look["head_right" if is_number else "head"])
        sheet.set_row(first - 2, 30)
        sheet.set_row(first - 1, 30)
        series = {one.code: one for one in nomenclature()}
        rows = self.book.rows or [Row("", code) for _ in range(BLANK_PERIODS) for code in series]
        for offset, row in enumerate(rows):
            one = series[row.code]
            kind = "total" if one.role == "total" else "cell"
            line = first + offset
            sheet.set_row(line, 22)
            self.period(sheet, line, row.period)
            sheet.write_string(line, 1, row.code, self.look[kind])
            sheet.write_string(line, 2, one.name("fr"), self.look[kind])
            sheet.write_string(line, 3, one.name("ar"), self.look[f"{kind}_ar"])
            self.number(sheet, line, 4, row.value)
            self.text(sheet, line, 5, row.unit)
            self.text(sheet, line, 6, row.status.label("fr") if row.period else "")
            for column, value in ((7, row.share), (8, row.growth), (9, row.other)):
                self.number(sheet, line, column, value)
            self.text(sheet, line, 10, row.note, "note")
        last = first + len(rows) - 1
        self.workbook.define_name("nachra_tableau", f"=Publication!$A${first}:$K${last + 1}")
        return last

    def period(self, sheet: Worksheet, line: int, period: str) -> None:
        if self.book.kind == "annuel" and period:
            sheet.write_number(line, 0, int(period), self.look["year"])
        else:
            self.text(sheet, line, 0, period)

    def text(self, sheet: Worksheet, line: int, column: int, value: str, look: str = "input") -> None:
        if value:
            sheet.write_string(line, column, value, self.look[look])
        else:
            sheet.write_blank(line, column, None, self.look[look])

    def number(self, sheet: Worksheet, line: int, column: int, value: str) -> None:
        if value:
            number, number_format = written(value)
            sheet.write_number(line, column, number, self.number_look(number_format))
        else:
            sheet.write_blank(line, column, None, self.look["input"])

    def rules(self, sheet: Worksheet, first: int, last: int) -> None:
        """Drop-down lists and limits, on the written lines and on two hundred more."""
        end = last + 200
        stop = {"error_type": "stop", "error_title": "nachra"}
        number = {**stop, "validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True,
                  "error_message": "Saisissez le nombre publié, sans unité ni texte."}  # fmt: skip
        sheet.data_validation(first, 4, end, 4, {**number, "input_title": "Valeur",
                              "input_message": "Le chiffre tel que publié, avec ses décimales."})  # fmt: skip
        sheet.data_validation(first, 9, end, 9, number)
        sheet.data_validation(first, 7, end, 7, {**number, "criteria": "between", "minimum": 0, "maximum": 100})
        sheet.data_validation(first, 8, end, 8, {**number, "criteria": "between", "minimum": -100, "maximum": 10000})
        lists = {1: [one.code for one in nomenclature()], 5: list(UNITS.values()), 6: [one.label() for one in Status]}
        for column, source in lists.items():
            message = "Choisissez une valeur de la liste."
            sheet.data_validation(
                first, column, end, column, {**stop, "validate": "list", "source": source, "error_message": message}
            )

    def notes(self) -> None:
        """Write how to fill the template in, or what a sample is and where each of its figures comes from."""
        sheet = self.workbook.add_worksheet("Notes")
        for column, width in enumerate((12, 12, 20, 90)):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, "Notes et sources", self.look["title"])
        lines = self.book.remarks or FILL_IN
        for row, line in enumerate(lines, start=2):
            sheet.merge_range(row, 0, row, 3, "", self.look["wrap"])
            sheet.write_string(row, 0, line, self.look["wrap"])
        first = len(lines) + 3
        for row, source in enumerate([SOURCE_HEAD, *self.book.sources] if self.book.sources else [], start=first):
            for column, text in enumerate(source):
                sheet.write_string(row, column, text, self.look["head" if row == first else "note"])


# --- the sample releases --------------------------------------------------------------------------


def published() -> list[dict[str, str]]:
    """Return the rows of published_figures.csv, periods in nachra's form ("2024-H1" → "2024-S1")."""
    with (HERE / "published_figures.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["period"] = row["period"].replace("-H", "-S")
    return rows


def lines(
    facts: list[dict[str, str]], periods: list[str], codes: list[str], notes: dict[tuple[str, str], str]
) -> list[Row]:
    """Lay published facts out as lines, one a period and series; the first level kept, a second one beside it."""
    found = []
    for period in periods:
        for code in codes:
            parsed = parse_period(period)
            row = Row(parsed.label() if parsed else period, code, note=notes.get((period, code), ""))
            for fact in facts:
                if (fact["period"], fact["subsector"]) != (period, code):
                    continue
                if fact["unit"] == "pct_share":
                    row.share = fact["value"]
                elif fact["unit"] == "pct_yoy":
                    row.growth = fact["value"]
                elif row.value:
                    row.other = fact["value"]
                else:
                    row.value, row.unit = fact["value"], UNITS[fact["unit"]]
                    row.status = status_of(fact["status"])
            found.append(row)
    return found


def status_of(words: str) -> Status:
    """Read the status column of the figures: preliminary, expected or forecast, industry statement, published."""
    if words.startswith("preliminary"):
        return Status.PROVISIONAL
    if words.startswith(("expected", "FORECAST", "industry statement")):
        return Status.ESTIMATED
    return Status.FINAL


REMARKS = [
    "Reconstitution par nachra, dans son modèle, de chiffres publiés ; "
    "ce classeur n'est pas un document de l'Office des Changes.",
    "Ce qui n'a pas été publié est marqué « non publié » ; aucun chiffre dérivé n'est saisi.",
]


def sources(facts: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    """Return a source line for each published fact."""
    units = {**UNITS, "pct_share": "% du total", "pct_yoy": "% sur un an"}
    found = []
    for fact in facts:
        period = parse_period(fact["period"])
        shown = f"{fact['value'].replace('.', ',')} {units[fact['unit']]}"
        found.append((period.label() if period else fact["period"], fact["subsector"], shown, fact["source"]))
    return found


def samples() -> dict[str, Book]:
    """Return the sample releases by file name."""
    codes = [one.code for one in nomenclature()]
    new = [row for row in published() if "series=NEW" in row["status"]]
    annual = [row for row in new if row["period"] in ("2023", "2024")]
    half = [row for row in new if row["period"] in ("2024-S1", "2025-S1")]
    historic = [row for row in published() if "series=OLD" in row["status"]]
    preliminary = "Données préliminaires, série 2025 (refonte d'octobre 2025)."
    near = "Variation publiée « près de 17 % »."
    remarks = {
        ("2013", "TOTAL"): "Déclaration professionnelle (AMRC).",
        ("2014", "TOTAL"): "Attendu à l'époque (AMRC).",
        ("2015", "TOTAL"): "Le ministère arrondit à 8 milliards.",
        ("2018", "TOTAL"): "Chiffre rond d'une présentation officielle.",
        (
            "2019",
            "TOTAL",
        ): "« Plus de 14 » selon la FMES ; 13 selon une autre déclaration professionnelle : sources en conflit.",
        ("2020", "TOTAL"): "Prévision de l'époque (« plus de 13 »).",
        ("2023", "TOTAL"): "La même année vaut 26,17 dans la série 2025.",
    }
    years = [str(year) for year in range(2009, 2024)]
    return {
        "annuelle-2024.xlsx": Book(
            "annuel",
            "Exportations de services numériques et d'outsourcing, année 2024",
            "Reconstitution nachra d'après l'Office des Changes",
            "2025-10",
            rows=lines(annual, ["2023", "2024"], codes, {("2024", "BPO"): near}),
            remarks=[*REMARKS, preliminary],
            sources=sources(annual),
        ),
        "semestrielle-2025-S1.xlsx": Book(
            "semestriel",
            "Exportations de services numériques et d'outsourcing, premier semestre 2025",
            "Reconstitution nachra d'après l'Office des Changes",
            "2025-10",
            rows=lines(half, ["2024-S1", "2025-S1"], codes, {}),
            remarks=[*REMARKS, preliminary],
            sources=sources(half),
        ),
        "historique-2009-2023.xlsx": Book(
            "annuel",
            "Exportations de l'offshoring, série historique 2009-2023",
            "Reconstitution nachra d'après des chiffres de presse",
            "2025-10",
            methodology="historique",
            rows=lines(historic, years, ["TOTAL"], remarks),
            remarks=[
                *REMARKS,
                "Série historique, antérieure à la refonte d'octobre 2025 : ne la raccordez pas à la série 2025.",
            ],
            sources=sources(historic),
        ),
    }


def outputs() -> dict[Path, bytes]:
    """Return every workbook this script makes, by path."""
    made = {templates() / "releases" / f"{kind}.xlsx": build(Book(kind)) for kind in PERIOD}
    return made | {HERE / "releases" / name: build(book) for name, book in samples().items()}


def main() -> int:
    """Write them all."""
    for path, data in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(path.name, len(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
