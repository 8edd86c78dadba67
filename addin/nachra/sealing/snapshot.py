"""Everything that a reader of a workbook can see or compute with, read back from its bytes in one spelling.

Cells (value, formula, number format, look) and what is no cell: order, names and state of sheets, hidden rows and
columns, merged ranges, defined names, links, validations, notes, charts, page headers, title and author. Not: widths,
page set-up, blank cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from nachra.grid import address
from nachra.guard import cell_position
from nachra.sealing.drawings import read_drawing
from nachra.sealing.looks import PLAIN, Look, read_looks, run_fonts, with_runs
from nachra.sealing.normal import formula, header, text
from nachra.sealing.xml import (
    Element,
    Parts,
    attribute,
    child,
    every,
    is_true,
    name,
    related,
    root,
    texts,
)

#: narrower columns (in characters) and lower rows (in points) show nothing
INVISIBLE_WIDTH, INVISIBLE_HEIGHT = 0.6, 2.0
#: of a run of hidden columns, so many are named
MAX_HIDDEN = 255
_DIGITS = "0123456789"

#: (sheet, row, column), counted from 1
Place = tuple[str, int, int]
#: (sheet or "", topic, name)
Thing = tuple[str, str, str]


class Cell(NamedTuple):
    """A filled cell: its value (None where a formula has none stored), its formula ("" where it has none), its look."""

    value: float | str | None
    formula: str
    look: Look
    written: str = ""
    """The formula as it stands in the file, for messages."""


@dataclass(slots=True)
class Snapshot:
    """A workbook as its reader sees it."""

    sheets: list[str] = field(default_factory=list)
    cells: dict[Place, Cell] = field(default_factory=dict)
    things: dict[Thing, str] = field(default_factory=dict)


@cache
def column_number(letters: str) -> int:
    """Return a column's number, counted from 1; ValueError for letters that are none."""
    place = cell_position(f"{letters}1")
    if place is None:
        raise ValueError(letters)
    return place[1]


@cache
def column_letters(column: int) -> str:
    """Return the letters of a column counted from 1."""
    return address(1, column)[:-1]


def read_snapshot(parts: Parts, renamed: dict[str, str] | None = None) -> Snapshot:
    """Read a workbook's parts; `renamed` gives sheets (by the names they have) the names that they had."""
    return _Reader(parts, renamed or {}).read()


def sheet_part(parts: Parts, sheet: str) -> str:
    """Return the part that holds a sheet; KeyError where no sheet has that name."""
    workbook = _workbook_part(parts)
    relations = related(parts, workbook)
    ids = {attribute(one, "name"): attribute(one, "id") for one in every(root(parts[workbook]), "sheet")}
    return relations[ids[sheet]][1]


def _workbook_part(parts: Parts) -> str:
    found = (target for kind, target in related(parts, "").values() if kind == "officeDocument")
    return next(found, "xl/workbook.xml")


class _Reader:
    def __init__(self, parts: Parts, renamed: dict[str, str]):
        self.parts = parts
        self.renamed = renamed
        self.snapshot = Snapshot()
        self.workbook = _workbook_part(parts)
        self.relations = related(parts, self.workbook)
        targets = dict(self.relations.values())
        self.looks = read_looks(parts.get(targets.get("styles", "")))
        shared = parts.get(targets.get("sharedStrings", ""))
        strings = list(root(shared)) if shared else []
        self.strings = [_string(one) for one in strings]
        # fonts of texts in several runs: LibreOffice makes such of Arabic beside digits, all in the cell's font
        self.runs = {str(place): run_fonts(one) for place, one in enumerate(strings) if len(one) > 1}

    def read(self) -> Snapshot:
        book = root(self.parts[self.workbook])
        for place, sheet in enumerate(every(book, "sheet"), 1):
            written = attribute(sheet, "name")
            named = self.renamed.get(written, written)
            self.snapshot.sheets.append(named)
            self.note("", "sheet", str(place), written)
            state = attribute(sheet, "state", "visible")
            if state != "visible":
                self.note(named, "hidden", "", state)
            part = self.relations.get(attribute(sheet, "id"), ("", ""))[1]
            if part in self.parts:
                self.read_sheet(named, part)
        for one in every(book, "definedName"):
            called = attribute(one, "name")
            if called != "_xlnm._FilterDatabase":
                local = attribute(one, "localSheetId")
                known = local.isdecimal() and int(local) < len(self.snapshot.sheets)
                sheet_name = self.snapshot.sheets[int(local)] if known else ""
                self.note(sheet_name, "name", called, formula(one.text or "", self.renamed))
        for part in self.parts:
            if part.endswith("vbaProject.bin"):
                self.note("", "macros", part.rpartition("/")[2], "macros")
            elif "/externalLinks/" in part and part.endswith(".xml"):
                links = [target for _, target in related(self.parts, part).values()]
                self.note("", "external", part.rpartition("/")[2], " ".join(links))
        core = next((target for kind, target in related(self.parts, "").values() if kind == "core-properties"), "")
        for one in root(self.parts[core]) if core in self.parts else ():
            if name(one) in ("title", "subject", "creator") and one.text:
                self.note("", "property", name(one), text(one.text))
        return self.snapshot

    def note(self, sheet: str, topic: str, called: str, seen: str) -> None:
        self.snapshot.things[sheet, topic, called] = seen

    # --- sheets -----------------------------------------------------------------------------------

    def read_sheet(self, sheet: str, part: str) -> None:
        relations = related(self.parts, part)
        for one in root(self.parts[part]):
            match name(one):
                case "sheetData":
                    self.read_cells(sheet, one)
                case "cols":
                    self.read_columns(sheet, one)
                case "sheetViews":
                    for view in one:
                        if attribute(view, "showZeros") in ("0", "false"):
                            self.note(sheet, "view", "zeros", "hidden")
                        if is_true(attribute(view, "showFormulas")):
                            self.note(sheet, "view", "formulas", "shown")
                case "sheetFormatPr":
                    if is_true(attribute(one, "zeroHeight")):
                        self.note(sheet, "view", "rows", "hidden")
                case "mergeCells":
                    for merged in one:
                        self.note(sheet, "merged", attribute(merged, "ref"), "merged")
                case "hyperlinks":
                    for link in one:
                        target = relations.get(attribute(link, "id"), ("", ""))[1]
                        self.note(sheet, "link", attribute(link, "ref"), _target(target, link, self.renamed))
                case "dataValidations" | "conditionalFormatting" as rules:
                    area = attribute(one, "sqref")
                    for place, rule in enumerate(every(one, "dataValidation") + every(one, "cfRule"), 1):
                        called = attribute(rule, "sqref") or f"{area} {place}"
                        kind = "validation" if rules == "dataValidations" else "condition"
                        self.note(sheet, kind, called, _rule(rule, self.renamed))
                case "headerFooter":
                    for side in one:
                        if shown := header(side.text or ""):
                            self.note(sheet, "header", name(side), shown)
                case "oleObjects" | "controls" | "picture" as objects:
                    self.note(sheet, "picture", objects, objects)
        for kind, target in relations.values():
            self.read_related(sheet, kind, target)

    def read_related(self, sheet: str, kind: str, target: str) -> None:
        if target not in self.parts:
            return
        if kind == "drawing":
            facts = read_drawing(self.parts, target, self.renamed)
            self.snapshot.things |= {(sheet, topic, called): seen for (topic, called), seen in facts.items()}
        elif kind == "comments":
            for one in every(root(self.parts[target]), "comment"):
                self.note(sheet, "note", attribute(one, "ref"), text(texts(one)))
        elif kind in ("table", "pivotTable"):
            table = root(self.parts[target])
            area = attribute(table, "ref") or attribute(child(table, "location"), "ref")
            # its last row is no matter of what is seen, and that of the ledger is not known when it is sealed
            self.note(sheet, kind, attribute(table, "displayName") or attribute(table, "name"), area.rstrip(_DIGITS))

    def read_columns(self, sheet: str, columns: Element) -> None:
        for one in columns:
            width = float(attribute(one, "width", "9") or 9)
            if is_true(attribute(one, "hidden")) or width < INVISIBLE_WIDTH:
                first, last = (int(attribute(one, end, "1")) for end in ("min", "max"))
                for column in range(first, min(last, first + MAX_HIDDEN) + 1):
                    letters = column_letters(column)
                    self.note(sheet, "hidden", f"{letters}:{letters}", "hidden")

    def read_cells(self, sheet: str, data: Element) -> None:
        space = data.tag[: -len("sheetData")]
        cell_tag, value_tag, formula_tag, inline_tag = (f"{space}{tag}" for tag in ("c", "v", "f", "is"))
        shared: dict[str, tuple[str, str]] = {}
        row = 0
        for line in data:
            row = int(line.attrib.get("r") or row + 1)
            digits = str(row)
            height = line.attrib.get("ht")
            if is_true(line.attrib.get("hidden", "")) or (height and float(height) < INVISIBLE_HEIGHT):
                self.note(sheet, "hidden", f"{row}:{row}", "hidden")
            column = 0
            for cell in line:
                if cell.tag != cell_tag:
                    continue
                reference = cell.attrib.get("r")
                if reference and not reference.endswith(digits):
                    raise ValueError(reference)
                column = column_number(reference[: -len(digits)]) if reference else column + 1
                if not len(cell):
                    continue
                stored = None
                written = spelled = ""
                for one in cell:
                    if one.tag == value_tag:
                        stored = one.text or ""
                    elif one.tag == formula_tag:
                        written, spelled = self.formula_of(one, address(row, column), shared)
                    elif one.tag == inline_tag:
                        stored = _string(one)
                kind = cell.attrib.get("t", "n")
                value = self.value_of(kind, stored)
                if value in (None, "") and not spelled:
                    continue
                style = int(cell.attrib.get("s", "0"))
                look = self.looks[style] if style < len(self.looks) else PLAIN
                if kind == "s" and stored in self.runs:
                    look = with_runs(look, self.runs[stored])
                self.snapshot.cells[sheet, row, column] = Cell(value, spelled, look, written)

    def value_of(self, kind: str, stored: str | None) -> float | str | None:
        """Return a stored value: a number, a text (errors too), None where a formula has none."""
        if stored is None:
            return None
        if kind == "s":
            return self.strings[int(stored)] if stored.isdecimal() and int(stored) < len(self.strings) else ""
        if kind in ("str", "inlineStr", "e", "d"):
            return text(stored)
        try:
            return float(stored)
        except ValueError:
            return text(stored) or None

    def formula_of(self, element: Element, cell: str, shared: dict[str, tuple[str, str]]) -> tuple[str, str]:
        """Return a cell's formula as written and in one spelling, with its range where it fills one."""
        written, kind = element.text or "", element.attrib.get("t", "")
        if kind == "shared":
            index = element.attrib.get("si", "")
            if written:
                shared[index] = (written, cell)
            elif index in shared:
                from openpyxl.formula.translate import Translator

                master, origin = shared[index]
                written = str(Translator(f"={master}", origin).translate_formula(cell))
        spelled = formula(written, self.renamed)
        area = element.attrib.get("ref", "")
        if kind in ("array", "dataTable"):
            spelled = f"{{{kind} {spelled}}} {area}"
        return written.removeprefix("="), spelled


def _string(element: Element) -> str:
    """Return a string's text, all its runs, without the phonetic reading beside it."""
    pieces = []
    for one in element:
        tag = name(one)
        if tag == "t":
            pieces.append(one.text or "")
        elif tag == "r":
            pieces.extend(run.text or "" for run in one if name(run) == "t")
    return text("".join(pieces))


def _target(outside: str, link: Element, renamed: dict[str, str]) -> str:
    location = attribute(link, "location")
    inside = formula(location, renamed) if location else ""
    return " ".join(filter(None, (outside.lstrip("#") if not location else outside, inside)))


_SPACES = re.compile(r"\s+")


def _rule(rule: Element, renamed: dict[str, str]) -> str:
    """Return a validation or a conditional format: its kind, its operator, its formulas."""
    words = [attribute(rule, "type"), attribute(rule, "operator")]
    words += [formula(one.text or "", renamed) for one in every(rule, "formula1") + every(rule, "formula2")]
    words += [formula(one.text or "", renamed) for one in every(rule, "formula")]
    return _SPACES.sub(" ", " ".join(filter(None, words)))
