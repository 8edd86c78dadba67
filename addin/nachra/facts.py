"""What a release says about itself around its table: title, edition, unit, methodology, footnotes, notes."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field

from nachra.findings import Finding, finding
from nachra.grid import Cell, Grid, Kind, Sheet
from nachra.guard import cell_position
from nachra.layouts import Layout
from nachra.periods import parse_period
from nachra.release import Status, status_words
from nachra.texts import load_toml
from nachra.units import Unit, find_units, normalise, unit


@dataclass(slots=True)
class Facts:
    """Facts of a release; `unit` is None where neither the workbook nor its layout names one."""

    title: str
    publisher: str
    edition: str
    methodology: str
    unit: Unit | None
    subject: dict[str, str] = field(default_factory=dict)
    """What the methodology measures, where that is not what the layout says."""
    total_label: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    looked_at: set[tuple[int, int]] = field(default_factory=set)


def find_facts(grid: Grid, layout: Layout, sheet: Sheet, header: Cell) -> Facts:
    """Find the facts where the layout says they stand, else above the table."""
    finder = _Finder(grid, layout, sheet, header)
    methodology = finder.methodology()
    known = load_toml("nomenclature.toml")["methodology"].get(methodology, {})
    return Facts(
        title=finder.title(),
        publisher=finder.publisher(),
        edition=finder.edition(),
        methodology=methodology,
        subject=known.get("subject", {}),
        total_label=known.get("total", {}),
        unit=finder.unit(),
        notes=finder.notes(),
        findings=finder.findings,
        looked_at=finder.looked_at,
    )


class _Finder:
    def __init__(self, grid: Grid, layout: Layout, sheet: Sheet, header: Cell):
        self.grid = grid
        self.layout = layout
        self.sheet = sheet
        self.header = header
        self.findings: list[Finding] = []
        self.looked_at: set[tuple[int, int]] = set()

    def at(self, place: str | None) -> Cell | None:
        """Return the cell at "@name" or "B3"."""
        if not place:
            return None
        sheet, reference = self.sheet, place
        if place.startswith("@"):
            target = self.grid.names.get(place[1:])
            if target is None or target[0] not in [one.title for one in self.grid.sheets]:
                return None
            sheet, reference = self.grid.sheet(target[0]), target[1]
        position = cell_position(reference)
        cell = sheet.get(*position) if position else None
        if cell and sheet is self.sheet:
            self.looked_at.add((cell.row, cell.column))
        return cell

    def above(self) -> list[Cell]:
        cells = [cell for (row, _), cell in sorted(self.sheet.cells.items()) if row < self.header.row]
        return [cell for cell in cells if cell.kind is Kind.TEXT and cell.text.strip()]

    def title(self) -> str:
        cell = self.at(self.layout.where.title)
        if cell:
            return " ".join(cell.text.split())
        if self.layout.where.title:
            return self.layout.name
        lines = [" ".join(cell.text.split()) for cell in self.above() if not find_units(cell.text)]
        return ", ".join(lines) or self.layout.name

    def publisher(self) -> str:
        cell = self.at(self.layout.where.publisher)
        return " ".join(cell.text.split()) if cell and cell.text.strip() else self.layout.publisher

    def edition(self) -> str:
        cell = self.at(self.layout.where.edition)
        if cell and isinstance(cell.value, dt.datetime):
            return cell.value.date().isoformat()
        if cell:
            with suppress(ValueError):
                return dt.date.fromisoformat(cell.text.strip()).isoformat()
            period = parse_period(cell.text)
            if period and period.kind in ("month", "year"):
                return str(period)
        elif not self.layout.where.edition and self.grid.modified:
            return self.grid.modified.date().isoformat()
        self.findings.append(finding("edition-missing", self.sheet.title))
        return ""

    def methodology(self) -> str:
        cell = self.at(self.layout.where.methodology)
        if cell:
            for code, entry in load_toml("nomenclature.toml")["methodology"].items():
                if normalise(cell.text) in [normalise(word) for word in (code, *entry["words"])]:
                    return str(code)
            self.findings.append(finding("methodology-unknown", self.sheet.title, cell.address, label=cell.text[:40]))
        return self.layout.methodology

    def unit(self) -> Unit | None:
        """Return the unit stated nearest above the table; contradictions and silence are findings."""
        cell = self.at(self.layout.where.unit)
        named = [cell] if cell else self.above()
        stated = [(one, code) for one in named for code in sorted(find_units(one.text)) if code != "percent"]
        declared = self.layout.unit
        codes = {code for _, code in stated} | ({declared} if declared else set())
        if len(codes) > 1:
            cells = [one.address for one, _ in stated]
            units = tuple(unit(code) for code in sorted(codes))
            self.findings.append(finding("unit-contradicted", self.sheet.title, *cells, units=units))
        if stated:
            return unit(stated[-1][1])
        if declared:
            self.findings.append(finding("unit-from-layout", self.sheet.title, unit=unit(declared)))
            return unit(declared)
        if self.layout.table.rows != "observations":
            self.findings.append(finding("unit-missing", self.sheet.title, self.header.address))
        return None

    def notes(self) -> list[str]:
        """Return the texts of the notes sheet, one a row."""
        rows: dict[int, list[str]] = {}
        for sheet in self.grid.sheets:
            if sheet.title == self.layout.where.notes:
                for (row, _), cell in sorted(sheet.cells.items()):
                    if cell.kind is Kind.TEXT and cell.text.strip():
                        rows.setdefault(row, []).append(" ".join(cell.text.split()))
        return [", ".join(texts) for texts in rows.values()]


_MARK = r"(?:\*+|\((?:\d{1,2}|[a-z]{1,2}|\*+)\)|[¹²³⁴⁵⁶⁷⁸⁹]+)"
_FOOTNOTE = re.compile(rf"\s*({_MARK})\s*[:.=–-]?\s*(\S.*)", re.DOTALL)
_NEXT_NOTE = re.compile(rf"\n(?=\s*{_MARK})")


def bare_mark(marker: str) -> str:
    """Return a note mark as it is looked up: "(*)" explains "*", and "¹" is explained by "(1)"."""
    return unicodedata.normalize("NFKC", marker).strip("()")


def is_footnote(text: str) -> bool:
    """Tell whether a text is a note mark and what it stands for."""
    return bool(_FOOTNOTE.fullmatch(text))


def footnotes(grid: Grid, table: Sheet) -> dict[str, str]:
    """Return the text behind each bare note mark ("*" → "Chiffres provisoires"), the table's own sheet first."""
    found: dict[str, str] = {}
    for sheet in sorted(grid.sheets, key=lambda sheet: sheet is not table):
        for cell in sheet.cells.values():
            for text in _NEXT_NOTE.split(cell.text) if cell.kind is Kind.TEXT else ():
                if match := _FOOTNOTE.fullmatch(text):
                    found.setdefault(bare_mark(match[1]), match[2].strip())
    return found


def status_in(text: str) -> Status | None:
    """Return the status that a footnote or a status cell names, None where it names none."""
    body = normalise(text)
    for word, status in status_words():
        plain = normalise(word)
        if body == plain or (plain[0].isalpha() and re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", body)):
            return status
    return None


def absence_in(text: str) -> Status | None:
    """Return why a cell has no figure, where its whole text says so ("..", "n.d.", "confidentiel")."""
    body = normalise(text)
    for word, status in status_words():
        if status in (Status.MISSING, Status.CONFIDENTIAL) and normalise(word) == body:
            return status
    return None
