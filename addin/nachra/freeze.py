"""Freeze a workbook: our formulas become the values they show; where those come from goes into a note on the cell.

The workbook is changed at package level (`nachra.parts`): every other part, and every other cell, keeps its bytes.
The calculation chain is dropped with its relationship and content type, for spreadsheets make it anew at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from xml.sax.saxutils import escape

from nachra.ahead import status_words
from nachra.answers import Answer
from nachra.calls import Call, calls_in, values_of
from nachra.cellnotes import add_notes
from nachra.cells import Cell, CellError, has_number
from nachra.errors import FileError, NachraError, UnreadableError
from nachra.grid import Grid, address, read_grid
from nachra.guard import Admitted, admit, cell_position
from nachra.parts import UTF16, Edits, Element, Package, Walker, tree
from nachra.provenance import answers_behind, sources_of
from nachra.publish import publish, same_file
from nachra.texts import DEFAULT_LANGUAGE, text

#: a note holds about this much before it must be scrolled
MAX_NOTE = 1500
_DROPPED = re.compile(rb"\s(?:cm|t)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_METADATA = re.compile(rb"\scm\s*=\s*(?:\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True, slots=True)
class FrozenCell:
    """A cell whose formula became its value, and what its note says."""

    sheet: str
    cell: str
    formula: str
    value: str
    source: str
    edition: str
    status: str


@dataclass(frozen=True, slots=True)
class LeftFormula:
    """A formula of ours that was left as it was, and why: "value", "formula", "name", "rule" or "table"."""

    sheet: str
    cell: str
    formula: str
    reason: str

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Say which formula was left, why, and what to do."""
        place = " ! ".join(part for part in (self.sheet, self.cell) if part)
        return text(f"freeze.left_{self.reason}", language, place=place, formula=self.formula)


@dataclass(frozen=True, slots=True)
class StaleValue:
    """A cell frozen at the spreadsheet's last result, which is not what the library answers today."""

    frozen: FrozenCell
    value: str

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Say which cell, both values, and what to do."""
        place = f"{self.frozen.sheet} ! {self.frozen.cell}"
        return text("freeze.stale_cell", language, place=place, frozen=self.frozen.value, value=self.value)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A workbook without our formulas, except those in `left`; the same bytes where there was nothing to do."""

    data: bytes
    cells: tuple[FrozenCell, ...]
    left: tuple[LeftFormula, ...]
    stale: tuple[StaleValue, ...] = ()


def freeze_workbook(path: Path, target: Path, language: str = DEFAULT_LANGUAGE) -> Frozen:
    """Write a frozen copy of a workbook to `target`; FileError where it cannot be read or written.

    Sources and missing values are answered by the provider that is set (`nachra.asking.set_provider`).
    """
    file = admit(path)
    if same_file(path, target):
        raise UnreadableError("write_over_input", path=str(target))
    try:
        frozen = freeze(file, language)
    except NachraError:
        raise
    except Exception as error:
        # admitted, but not as a workbook is made: a lacking part, an end that is missing, UTF-16
        raise UnreadableError("unreadable", path=str(path), reason=f"{type(error).__name__}: {error}"[:200]) from error
    publish(frozen.data, target)
    return frozen


def freeze(file: Admitted, language: str = DEFAULT_LANGUAGE) -> Frozen:
    """Return a workbook with our formulas replaced by their values, each with a note in a language."""
    return _Freezer(file, language).run()


@dataclass(slots=True)
class _Formula:
    """A formula cell: its element and what stands in it."""

    row: int
    column: int
    cell: Element
    element: Element
    value: Element | None
    text: str
    """The formula without "=", also where the cell only refers to a shared one."""

    @property
    def address(self) -> str:
        return address(self.row, self.column)

    @property
    def kind(self) -> str:
        return self.cell.get("t", "n")


class _SheetWalker(Walker):
    """Finds the formulas that could be ours, those in rules, and the children of the root."""

    def __init__(self, data: bytes):
        super().__init__(data)
        self.row = self.column = 0
        self.formulas: list[_Formula] = []
        self.rules: list[str] = []
        self.top: list[Element] = []

    def started(self, element: Element) -> None:
        if element.parent is None:
            self.top.append(element)
        elif element.name == "row":
            # an address may be left out: it is then the next one
            place = cell_position("A" + element.get("r"))
            self.row, self.column = place[0] if place else self.row + 1, 0

    def ended(self, element: Element) -> None:
        parent = element.parent
        if parent is None:
            return
        if parent.parent is None:
            self.top.append(element)
        if element.name in ("formula", "formula1", "formula2", "f") and parent.name != "c":
            self.rules.append(element.text)
        elif parent.name == "c":
            parent.children.append(element)
        elif element.name == "c":
            self.row, self.column = cell_position(element.get("r")) or (self.row, self.column + 1)
            formula = element.find("f")
            if formula and (_may_be_ours(formula.text) or formula.get("t") == "shared"):
                value = element.find("v") or element.find("is")
                self.formulas.append(_Formula(self.row, self.column, element, formula, value, formula.text))


def _may_hold_ours(data: bytes) -> bool:
    # UTF-16, which no spreadsheet writes, is refused by the walk: a search in its bytes would say nothing
    return b"EXPORT" in data.upper() or data.startswith(UTF16)


def _may_be_ours(formula: str) -> bool:
    return "EXPORT" in formula.upper()


class _Freezer:
    def __init__(self, file: Admitted, language: str):
        self.file = file
        self.language = language
        self.package = Package(file.data)
        self.cells: list[FrozenCell] = []
        self.left: list[LeftFormula] = []
        self.stale: list[StaleValue] = []
        self.grid: Grid | None = None

    def run(self) -> Frozen:
        workbook = next((one.target for one in self.package.relations("") if one.kind == "officeDocument"), "")
        if not self.package.has(workbook):
            raise ValueError("no workbook in the package")
        relations = self.package.relations(workbook)
        targets = {one.id: one.target for one in relations}
        root = tree(self.package.read(workbook))
        settings = root.find("calcPr")
        # XlsxWriter and openpyxl state no result, or 0, and ask for a calculation
        is_calculated = settings is None or settings.get("fullCalcOnLoad") not in ("1", "true")
        for name in (root.find("definedNames") or root).children:
            if name.name == "definedName" and calls_in(name.text):
                self.left.append(LeftFormula("", name.get("name"), f"={name.text}", "name"))
        for sheet in (root.find("sheets") or root).children:
            part = targets.get(sheet.get("id"), "")
            if not self.package.has(part):
                raise ValueError(f"no part for the sheet {sheet.get('name')}")
            self.look_at_tables(part, sheet.get("name"))
            if _may_hold_ours(self.package.read(part)):
                self.freeze_sheet(part, sheet.get("name"), is_calculated)
        if not self.cells:
            return Frozen(self.file.data, (), tuple(self.left))
        for relation in relations:
            if relation.kind == "calcChain" and self.package.has(relation.target):
                self.package.remove(workbook, relation)
        return Frozen(self.package.written(), tuple(self.cells), tuple(self.left), tuple(self.stale))

    def look_at_tables(self, part: str, sheet: str) -> None:
        """A table keeps the formula of its column, for the rows that are added to it."""
        for relation in self.package.relations(part):
            if relation.kind != "table" or not self.package.has(relation.target):
                continue
            columns = tree(self.package.read(relation.target)).find("tableColumns")
            kept = [one.text for column in columns.children for one in column.children] if columns else []
            for formula in dict.fromkeys(one for one in kept if calls_in(one)):
                self.left.append(LeftFormula(sheet, "", f"={formula}", "table"))

    def freeze_sheet(self, part: str, sheet: str, is_calculated: bool) -> None:
        walker = _SheetWalker(self.package.read(part))
        walker.walk()
        for rule in dict.fromkeys(rule for rule in walker.rules if calls_in(rule)):
            self.left.append(LeftFormula(sheet, "", f"={rule}", "rule"))
        edits = Edits(walker.data)
        notes: dict[tuple[int, int], str] = {}
        masters: set[str] = set()
        for formula in _with_shared(walker.formulas):
            calls = calls_in(formula.text)
            if not calls:
                if calls is None:
                    self.left.append(LeftFormula(sheet, formula.address, f"={formula.text}", "formula"))
                continue
            new = None if _has_value(formula, is_calculated) else self.computed(formula, calls, sheet)
            shared = formula.element.get("si") if formula.element.get("t") == "shared" else ""
            if new is None and not _has_value(formula, is_calculated):
                self.left.append(LeftFormula(sheet, formula.address, f"={formula.text}", "value"))
                if shared in masters:
                    _own(edits, formula)
                continue
            if shared and formula.element.text:
                masters.add(shared)
            _become_value(edits, formula, new)
            frozen = self.described(formula, calls, sheet, new)
            self.cells.append(frozen)
            today = "" if new is not None else self.today(formula, calls, sheet, frozen)
            if today:
                self.stale.append(StaleValue(frozen, today))
            notes[formula.row, formula.column] = self.note(frozen, today)
        if notes:
            add_notes(self.package, part, edits, walker.top, notes, text("freeze.author", self.language))
            self.package.change(part, edits.result())

    # --- values -----------------------------------------------------------------------------------------

    def values(self, call: Call, sheet: str) -> tuple[Cell, ...] | None:
        if self.grid is None:
            try:
                self.grid = read_grid(self.file)
            except FileError:  # a reader of cells fails where a package can be changed: no references, then
                self.grid = Grid(self.file, [])
        return values_of(call, self.grid, sheet)

    def computed(self, formula: _Formula, calls: list[Call], sheet: str) -> Cell:
        """Compute a plain call with literal arguments or references to literals; None for anything else."""
        call = calls[0]
        if not call.is_whole or formula.element.get("t") == "array" or len(calls) > 1:
            return None
        values = self.values(call, sheet)
        if values is None or len(values) > len(call.function.arguments) or not call.is_literal:
            return None
        found = call.function.call(*values)
        return None if isinstance(found, tuple) else found

    def today(self, formula: _Formula, calls: list[Call], sheet: str, frozen: FrozenCell) -> str:
        """Return what the library answers where that is not the stored result; "" for other formulas than one call."""
        call = calls[0]
        values = self.values(call, sheet) if call.is_whole and len(calls) == 1 and frozen.edition else None
        if values is None or len(values) > len(call.function.arguments):
            return ""
        found = call.function.call(*values)
        if isinstance(found, tuple):  # the cell holds the first of the table
            found = found[0][0]
        plain = _plain(found)[1]
        if isinstance(found, float) and formula.kind == "n":
            return "" if isclose(found, float(frozen.value), rel_tol=1e-9) else plain
        return "" if plain == frozen.value else plain

    def described(self, formula: _Formula, calls: list[Call], sheet: str, new: Cell) -> FrozenCell:
        answers: list[Answer] = []
        numbers = False
        for call in calls:
            values = self.values(call, sheet)
            if values is None or len(values) > len(call.function.arguments):
                continue
            found = answers_behind(call, values)
            numbers = numbers or (not found and bool(values) and has_number(values[0]))
            answers += found
        numbered = text("freeze.numbers", self.language) if numbers else ""
        statuses = dict.fromkeys(status_words(one, self.language) for one in answers if one.status)
        reference = formula.element.get("ref") if formula.element.get("t") == "array" else ""
        shown = formula.text.replace("_xlfn.", "").replace("_xlws.", "")
        return FrozenCell(
            sheet=sheet,
            cell=formula.address,
            formula=f"={shown}" + (f" ({reference})" if ":" in reference else ""),
            value=self.shown(formula, sheet) if new is None else _plain(new)[1],
            source=sources_of(answers) or numbered,
            edition=", ".join(dict.fromkeys(one.edition for one in answers if one.edition)),
            status=", ".join(statuses),
        )

    def shown(self, formula: _Formula, sheet: str) -> str:
        if formula.kind != "s":
            return formula.value.text if formula.value else ""
        cell = self.grid.sheet(sheet).get(formula.row, formula.column) if self.grid and self.grid.sheets else None
        return str(cell.value) if cell else ""

    def note(self, frozen: FrozenCell, today: str) -> str:
        lines = [text("freeze.heading", self.language)]
        for key in ("formula", "source", "edition", "status"):
            value = getattr(frozen, key)
            if value:
                shown = value if len(value) <= MAX_NOTE else value[:MAX_NOTE] + "…"
                lines.append(text(f"freeze.{key}", self.language, value=shown))
        if today:
            lines.append(text("freeze.stale", self.language, value=today))
        return "\n".join(lines)


def _with_shared(formulas: list[_Formula]) -> Iterator[_Formula]:
    """Give each cell that refers to a shared formula its own text."""
    masters = {
        one.element.get("si"): one for one in formulas if one.element.get("t") == "shared" and one.element.text.strip()
    }
    for formula in formulas:
        if formula.element.get("t") == "shared" and not formula.text.strip():
            master = masters.get(formula.element.get("si"))
            if master is None or not _may_be_ours(master.text):
                continue
            from openpyxl.formula.translate import Translator

            moved = Translator(f"={master.text}", master.address).translate_formula(formula.address)
            formula.text = str(moved).removeprefix("=")
        yield formula


def _has_value(formula: _Formula, is_calculated: bool) -> bool:
    """Tell whether a spreadsheet that knew the function has stored its result."""
    value = formula.value.text if formula.value else ""
    if formula.kind == "str":
        return formula.value is not None
    if value in ("", "#NAME?"):
        return False
    return is_calculated or value != "0" or formula.kind != "n"


def _plain(value: Cell) -> tuple[str, str]:
    """Return a value as cells store it: type and text."""
    if isinstance(value, bool):
        return "b", str(int(value))
    if isinstance(value, int | float):
        return "n", repr(float(value)).removesuffix(".0")
    if isinstance(value, CellError):
        return "e", value.value
    return "str", str(value)


def _become_value(edits: Edits, formula: _Formula, new: Cell) -> None:
    """Take the formula out of a cell; put a value in where one was computed."""
    cell = formula.cell
    if new is None:
        # "cm" says that the formula spills: Excel holds a cell that has none for damaged
        opened = _METADATA.sub(b"", cell.open_tag)
        edits.replace(cell.start, cell.open_end, opened)
        edits.replace(formula.element.start, formula.element.end)
        return
    kind, value = _plain(new)
    opened = _DROPPED.sub(b"", cell.open_tag)
    name = b"<" + cell.tag.encode()
    edits.replace(cell.start, cell.open_end, opened.replace(name, name + f' t="{kind}"'.encode(), 1))
    edits.replace(formula.element.start, formula.element.end, f"<{cell.prefix}v>{escape(value)}</{cell.prefix}v>")
    if formula.value:
        edits.replace(formula.value.start, formula.value.end)


def _own(edits: Edits, formula: _Formula) -> None:
    """Give a cell its own formula, for the one that it shared is no more."""
    name = formula.element.tag
    edits.replace(formula.element.start, formula.element.end, f"<{name}>{escape(formula.text)}</{name}>")
