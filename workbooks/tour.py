"""Build workbooks/functions.xlsx, the tour of the cell functions, the same bytes each time.

    uv run python workbooks/tour.py

Every formula stands with the value that the Python function gives for the releases beside this file, so that a
reader without the add-in sees what it answers; with the add-in, a recalculation gives the same.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from nachra.ahead import ESTIMATE, status_words
from nachra.asking import Provider, lookup, set_provider
from nachra.cells import Cell, CellError, Rectangle
from nachra.functions import REGISTRY, CellFunction, export_check, localised
from nachra.library import FolderLibrary
from nachra.texts import load_toml

HERE = Path(__file__).parent
CREATED = dt.datetime(2025, 10, 24)
FUNCTIONS, TRIALS = "Fonctions", "Essais"
LEAD = (
    "Chaque formule est vivante : avec le complément nachra et NACHRA_LIBRARY sur le dossier workbooks/releases, elle "
    "se recalcule à la valeur affichée. Sans complément, le classeur montre la valeur enregistrée."
)
HEAD = ("Fonction", "Ce qu'elle donne", "Arguments", "Exemple", "Résultat", "", "Pourquoi")
WIDTHS = (23, 33, 42, 37, 14, 12, 28)
#: columns of the example, of its result (a table takes two) and of the reason
EXAMPLE, RESULT, REASON = 3, 4, 6
TRIALS_LEAD = (
    "Les mêmes fonctions sur des nombres : une formule pour toute la plage. Vides, textes et zéros donnent chacun leur "
    "erreur, sans arrêter les autres."
)
#: what the trials compute on: label, a year before, now (millions of dirhams)
NUMBERS: tuple[tuple[str, float | str | None, float | str | None], ...] = (
    ("Total", 900, 1035),
    ("Série A", 500, 560),
    ("Série B", 400, 475),
    ("Base nulle", 0, 12),
    ("Non publié", None, 30),
    ("Texte", "n.d.", 30),
)
FIRST = 4
TRIAL_HEAD = ("Libellé", "Un an avant", "Maintenant", "Croissance", "Part", "Variation", "Contribution", "Indice")
#: rows of a table that are shown on the first sheet
SHOWN_ROWS = 4
#: characters that a text line of width one holds, and points that a line takes
LINE = 13.5

#: functions whose result is a rate
RATES = ("=EXPORT_GROWTH", "=EXPORT_SHARE", "=EXPORT_CAGR", "=EXPORT_REQUIRED_GROWTH")

Value = float | str | bool
#: functions that compute on numbers, with their arguments as columns of the trials
COMPUTED = {
    "EXPORT_GROWTH": ("now", "before"),
    "EXPORT_SHARE": ("now", "whole"),
    "EXPORT_CHANGE": ("now", "before"),
    "EXPORT_CONTRIBUTION": ("now", "before", "whole before"),
    "EXPORT_INDEX": ("now", "before"),
}


def arguments_of(formula: str) -> list[Cell]:
    """Return the literal arguments of an example: texts, numbers and nothing."""
    inside = formula[formula.index("(") + 1 : formula.rindex(")")]
    return [_literal(one.strip()) for one in inside.split(",")] if inside.strip() else []


def _literal(written: str) -> Cell:
    if written.startswith('"'):
        return written.strip('"')
    return float(written) if written else None


def is_live(formula: str) -> bool:
    """Tell whether an example answers from the library: those on cells are shown at work on the second sheet."""
    try:
        arguments_of(formula)
    except ValueError:
        return False
    return True


def stored(value: Cell) -> Value:
    """Return a value as XlsxWriter stores a result."""
    if isinstance(value, CellError):
        return value.value
    return value if isinstance(value, float | int | str | bool) else ""


def number_format(value: Cell) -> str:
    """Return the format that shows a number with its own decimals, three at most."""
    shown = f"{value:.3f}".rstrip("0") if isinstance(value, float) else ""
    places = len(shown.partition(".")[2])
    return "#,##0" + (f".{'0' * places}" if places else "")


MEASURES = {
    "EXPORT_VALUE": "level",
    "EXPORT_GROWTH": "growth",
    "EXPORT_SHARE": "share",
    "EXPORT_CHANGE": "change",
    "EXPORT_CONTRIBUTION": "contribution",
    "EXPORT_TARGET": "target",
    "EXPORT_REQUIRED_GROWTH": "required_growth",
    "EXPORT_OUTLOOK": "outlook",
}


def why(function: CellFunction, formula: str) -> str:
    """Return EXPORT_CHECK's reason where an example answers with an error, the label where with an estimate."""
    series, period, third = [*arguments_of(formula), None, None, None][:3]
    measure: Cell = MEASURES.get(function.name)
    if isinstance(function.call(*arguments_of(formula)), CellError):
        return str(export_check(series, period, measure))
    found = lookup(series, period, third or measure if measure == "target" else measure) if measure else None
    return status_words(found) if found and found.origin == ESTIMATE else ""


def trial(name: str) -> Rectangle:
    """Return what a function gives for the numbers of the trials, as one range call."""
    columns: dict[str, Cell] = {
        "now": tuple((row[2],) for row in NUMBERS),
        "before": tuple((row[1],) for row in NUMBERS),
        "whole": NUMBERS[0][2],
        "whole before": NUMBERS[0][1],
    }
    found = REGISTRY[name].call(*(columns[one] for one in COMPUTED[name]))
    assert isinstance(found, tuple)
    return found


def corrected(data: bytes) -> bytes:
    """Correct what XlsxWriter cannot say: an error that is a plain value, a result that is text made of digits.

    No cell of an array formula but its first may hold a formula, and a period such as "2023" is not a number.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for part in source.infolist():
            content = source.read(part)
            if part.filename.startswith("xl/worksheets/"):
                content = re.sub(rb"<f>#[A-Z0-9/]+[!?]?</f>", b"", content)
                content = re.sub(
                    rb'(<c r="\w+" s="\d+")(><f[^>]*>EXPORT_(?:SERIES|VERSION)\()', rb'\1 t="str"\2', content
                )
            package.writestr(part, content)
    return target.getvalue()


class Tour:
    """The two sheets of the tour."""

    def __init__(self, book: xlsxwriter.Workbook):
        self.book = book
        self.looks: dict[tuple[tuple[str, Any], ...], Any] = {}
        theme = load_toml("briefings/themes/briefing.toml")
        self.colours = {name: f"#{colour}" for name, colour in theme["colours"].items()}
        self.base = {"font_name": theme["font"], "font_size": 10, "valign": "top"}

    def look(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.looks:
            self.looks[key] = self.book.add_format({**self.base, **properties})
        return self.looks[key]

    @property
    def heading(self) -> dict[str, Any]:
        colours = {"font_color": self.colours["on_accent"], "bg_color": self.colours["accent"]}
        border = {"border": 1, "border_color": self.colours["rule"]}
        return {**self.base, **colours, **border, "bold": True, "text_wrap": True, "valign": "vcenter", "indent": 1}

    @property
    def head(self) -> Any:
        return self.look(**self.heading)

    def body(self, **properties: Any) -> Any:
        return self.look(bottom=1, border_color=self.colours["rule"], text_wrap=True, **properties)

    def start(self, name: str, title: str, lead: str, widths: tuple[int, ...]) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8nachra&R&8&A  &P / &N")
        sheet.hide_gridlines(2)
        accent = self.colours["accent"]
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, title, self.look(font_size=16, bold=True, font_color=accent, valign="vcenter"))
        sheet.set_row(1, LINE * math.ceil(len(lead) / sum(widths)) + 6)
        sheet.merge_range(1, 0, 1, len(widths) - 1, "", self.look(text_wrap=True))
        sheet.write_string(1, 0, lead, self.look(text_wrap=True, font_color=self.colours["muted"]))
        return sheet

    def functions(self) -> None:
        sheet = self.start(FUNCTIONS, "Les fonctions de cellule de nachra", LEAD, WIDTHS)
        for column, title in enumerate(HEAD):
            sheet.write_string(3, column, title, self.head)
        sheet.merge_range(3, RESULT, 3, RESULT + 1, HEAD[RESULT], self.head)
        sheet.set_row(3, 22)
        sheet.freeze_panes(4, 1)
        sheet.repeat_rows(3)
        row = 4
        for function in REGISTRY.values():
            examples = list(function.examples)
            for place, example in enumerate(examples):
                row = self.example(sheet, row, function, example, is_first=place == 0)
        sheet.print_area(0, 0, row - 1, len(HEAD) - 1)

    def example(self, sheet: Worksheet, row: int, function: CellFunction, example: str, is_first: bool) -> int:
        """Write one example, with the function's help beside the first; return the next row."""
        listed = "\n".join(f"{one.name} : {one.help['fr']}" for one in function.arguments)
        texts = [function.name, function.help["fr"], listed] if is_first else ["", "", ""]
        found = function.call(*arguments_of(example)) if is_live(example) else None
        reason = why(function, example) if is_live(example) else f"Sur des nombres : voir la feuille {TRIALS}."
        table = found[:SHOWN_ROWS] if isinstance(found, tuple) else ()
        is_text = isinstance(found, str)
        words = [*texts, localised(example), "" if is_text or table else str(stored(found)), "", reason]
        for column, words_of in enumerate(words):
            if column not in (RESULT, RESULT + 1):
                sheet.write_string(row, column, words_of, self.body(bold=column == 0, align="left", indent=1))
            else:
                sheet.write_blank(row, column, None, self.body())
        if is_text:  # a sentence needs the room of the reason
            sheet.merge_range(row, RESULT, row, REASON, "", self.body(align="left", indent=1))
            words[REASON] = str(found)[: len(str(found)) * WIDTHS[REASON] // sum(WIDTHS[RESULT:])]
        if not is_live(example):
            pass
        elif table:
            self.table(sheet, row, example, table)
        else:
            self.formula(sheet, row, example, stored(found))
        lines = max(
            sum(math.ceil(len(line) / (width * 1.15 - 1)) or 1 for line in words_of.split("\n"))
            for words_of, width in zip(words, WIDTHS, strict=True)
        )
        sheet.set_row(row, LINE * lines + 4)
        return row + max(1, len(table))

    def formula(self, sheet: Worksheet, row: int, example: str, value: Value) -> None:
        is_rate = isinstance(value, float) and example.startswith(RATES)
        number = {"num_format": "0.0%" if is_rate else number_format(value), "align": "right"}
        look = self.body(**(number if isinstance(value, float | int) else {"align": "left", "indent": 1}))
        sheet.write_formula(row, RESULT, example, look, value)

    def table(self, sheet: Worksheet, row: int, example: str, table: Rectangle) -> None:
        """Write a formula that spills as an array over its first rows: periods below the result, values beside."""
        values = [value for _, value in table if isinstance(value, float)]
        is_rate = "croissance" in example
        look = self.body(num_format="0.0%" if is_rate else max(map(number_format, values), key=len), align="right")
        last = row + len(table) - 1
        sheet.write_array_formula(row, RESULT, last, RESULT + 1, f"{{{example}}}", look, stored(table[0][0]))
        for offset, cells in enumerate(table):
            for column, value in enumerate(cells):
                if offset or column:
                    self.store(sheet, row + offset, RESULT + column, value, look)
            if offset:
                for column in (*range(RESULT), REASON):
                    sheet.write_blank(row + offset, column, None, self.body())

    def store(self, sheet: Worksheet, row: int, column: int, value: Cell, look: Any) -> None:
        """Store the result of an array formula in a cell that is not its first."""
        if isinstance(value, CellError):
            # XlsxWriter writes an error only as the result of a formula, which `corrected` takes away
            sheet.write_formula(row, column, f"={value.value}", look, value.value)
        elif isinstance(value, str):
            sheet.write_string(row, column, value, look)
        else:
            sheet.write_number(row, column, float(value), look)  # type: ignore[arg-type]

    def trials(self) -> None:
        sheet = self.start(TRIALS, "Les fonctions sur des plages", TRIALS_LEAD, (18, 14, 14, 14, 14, 14, 15, 14))
        right = self.book.add_format({**self.heading, "align": "right"})
        for column, title in enumerate(TRIAL_HEAD):
            sheet.write_string(3, column, title, right if column else self.head)
        sheet.set_row(3, 22)
        last = FIRST + len(NUMBERS) - 1
        for offset, (label, before, now) in enumerate(NUMBERS):
            row = FIRST + offset
            sheet.set_row(row, 20)
            sheet.write_string(row, 0, label, self.body(bold=offset == 0, align="left", indent=1))
            look = self.body(num_format="#,##0", align="right", bg_color=self.colours["band"])
            for column, given in ((1, before), (2, now)):
                if given is None:
                    sheet.write_blank(row, column, None, look)
                else:
                    self.store(sheet, row, column, given, look)
        top, end = FIRST + 1, last + 1
        ranges = {"now": f"C{top}:C{end}", "before": f"B{top}:B{end}", "whole": f"C{top}", "whole before": f"B{top}"}
        formats = {"EXPORT_GROWTH": "0.0%", "EXPORT_SHARE": "0.0%"}
        row = end + 1
        sheet.write_string(row, 0, "Les formules", self.look(bold=True, font_color=self.colours["accent"]))
        for column, (name, arguments) in enumerate(COMPUTED.items(), start=3):
            formula = f"={name}({','.join(ranges[one] for one in arguments)})"
            look = self.body(num_format=formats.get(name, "#,##0.0"), align="right")
            found = trial(name)
            sheet.write_array_formula(FIRST, column, last, column, f"{{{formula}}}", look, stored(found[0][0]))
            for offset, (value,) in enumerate(found):
                if offset:
                    self.store(sheet, FIRST + offset, column, value, look)
            sheet.write_string(row + column - 2, 0, TRIAL_HEAD[column], self.look())
            sheet.write_string(row + column - 2, 1, localised(formula), self.look())
        row += len(COMPUTED) + 1
        formula = f"=EXPORT_CAGR(C{top},B{top},5)"
        sheet.write_string(row, 0, "Taux annuel moyen", self.look())
        sheet.write_string(row, 1, localised(formula), self.look())
        rate = REGISTRY["EXPORT_CAGR"].call(NUMBERS[0][2], NUMBERS[0][1], 5)
        sheet.write_formula(row, 3, formula, self.look(num_format="0.0%", align="right"), stored(rate))
        sheet.print_area(0, 0, row, len(TRIAL_HEAD) - 1)


def build() -> bytes:
    """Return the tour as bytes, answered from the releases beside this file."""
    set_provider(FolderLibrary(HERE / "releases"))
    try:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"title": "Les fonctions de cellule de nachra", "author": "nachra", "created": CREATED})
        tour = Tour(book)
        tour.functions()
        tour.trials()
        book.close()
        return corrected(stream.getvalue())
    finally:
        set_provider(Provider())


def main() -> int:
    """Write the tour."""
    data = build()
    (HERE / "functions.xlsx").write_bytes(data)
    print("functions.xlsx", len(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
