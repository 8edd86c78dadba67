"""The findings of the open release: a sheet that lists them, and a mark on each cell, taken off by the next check."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from nachra.findings import Finding, Severity
from nachra.guard import cell_position
from nachra.hosts.wording import word
from nachra.texts import load_toml, text

if TYPE_CHECKING:
    import xlwings as xw

WIDTHS = (12, 24, 26, 26, 100)
HEAD = ("col_severity", "col_code", "col_sheet", "col_cells", "col_finding")
FIRST_ROW = 4
#: columns right of the list that say which cells are marked and what colour they had
MARKS_COLUMN = 8
#: what our part of a note starts with: a note of the author's own stands before it
MARK = "nachra :\n"
SHOWN_CELLS = 8
#: stands above the list of marked cells; by it we know a sheet for ours
SIGN = "nachra-marks"


def own_sheets(book: xw.Book) -> tuple[str, ...]:
    """Return the sheets of findings of earlier checks, in any language: by our sign, as a name may be anybody's."""
    return tuple(sheet.name for sheet in book.sheets if sheet[FIRST_ROW - 1, MARKS_COLUMN - 1].value == SIGN)


def as_text(value: str) -> str:
    """Return a text as an entry that Excel takes for nothing else: not a formula, a number or a date."""
    return f"'{value}"


def unmark(book: xw.Book) -> None:
    """Take off the marks of earlier checks, and their sheets."""
    for name in own_sheets(book):
        _unmark(book, book.sheets[name])


def _unmark(book: xw.Book, listing: xw.Sheet) -> None:
    present = {one.name for one in book.sheets}
    row = FIRST_ROW + 1
    while (where := listing[row - 1, MARKS_COLUMN - 1].value) is not None:
        place, colour = (listing[row - 1, MARKS_COLUMN + right].value for right in (0, 1))
        if where in present:
            cell = book.sheets[where][place]
            cell.color = colour or None
            if cell.note is not None:
                kept = cell.note.text.partition(MARK)[0].rstrip("\n")
                if kept:
                    cell.note.text = kept
                else:
                    cell.note.delete()
        row += 1
    listing.delete()


def mark(book: xw.Book, findings: tuple[Finding, ...], lead: str, language: str) -> xw.Sheet:
    """Mark each finding on its cells and list all of them on a sheet, which is returned."""
    colours = load_toml("briefings/themes/briefing.toml")["colours"]
    marks = _mark_cells(book, findings, colours, language)
    sheet = book.sheets.add(_free_name(book, language), before=book.sheets[0])
    sheet[FIRST_ROW - 1, MARKS_COLUMN - 1].value = SIGN
    sheet["A1"].value = as_text(text("annotation.title", language, file=book.name))
    sheet["A1"].font.bold = True
    sheet["A2"].value = as_text(lead)
    head = sheet.cells[FIRST_ROW - 1, : len(HEAD)]
    head.value = [as_text(text(f"briefing.{key}", language)) for key in HEAD]
    head.font.bold = True
    head.color = f"#{colours['band']}"
    for column, width in enumerate(WIDTHS):
        sheet[0, column].column_width = width
    rows = [_row(finding, language) for finding in findings]
    if rows:
        body = sheet.cells[FIRST_ROW : FIRST_ROW + len(rows), : len(HEAD)]
        body.value = [[as_text(one) for one in row] for row in rows]
        body.wrap_text = True
    for place, finding in enumerate(findings, FIRST_ROW):
        sheet.cells[place, : len(HEAD)].color = f"#{colours[finding.severity.value]}"
        if finding.cells:
            quoted = finding.sheet.replace("'", "''")
            sheet[place, 3].add_hyperlink(f"#'{quoted}'!{finding.cells[0]}", rows[place - FIRST_ROW][3])
    if marks:
        aside = sheet.cells[FIRST_ROW : FIRST_ROW + len(marks), MARKS_COLUMN - 1 : MARKS_COLUMN + 2]
        aside.value = [[as_text(one) for one in row] for row in marks]
    for column in range(MARKS_COLUMN - 1, MARKS_COLUMN + 2):
        sheet[0, column].column_width = 0
    return sheet


def _free_name(book: xw.Book, language: str) -> str:
    """The name of a new sheet of findings; a sheet of the author's own that is called so keeps its name."""
    name = word("macros.findings_sheet", language)
    taken = {one.name.casefold() for one in book.sheets}
    names = (name, *(f"{name} ({number})" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one.casefold() not in taken)


def _row(finding: Finding, language: str) -> tuple[str, ...]:
    return (
        text(f"severities.{finding.severity.value}", language),
        finding.code,
        finding.sheet,
        ", ".join(finding.cells[:SHOWN_CELLS]) + ("…" if len(finding.cells) > SHOWN_CELLS else ""),
        finding.message(language),
    )


def _mark_cells(
    book: xw.Book, findings: tuple[Finding, ...], colours: dict[str, str], language: str
) -> list[tuple[str, str, str]]:
    """Colour each cell by its gravest finding, with all of them in a note; return (sheet, cell, colour before)."""
    by_cell: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        for address in finding.cells:
            # of merged cells, the first one shows
            cell = book.sheets[finding.sheet][_position(address)].merge_area[0, 0]
            by_cell[finding.sheet, cell.address.replace("$", "")].append(finding)
    marks = []
    for (sheet, address), found in by_cell.items():
        cell = book.sheets[sheet][address]
        before = cell.color
        marks.append((sheet, address, "#{:02X}{:02X}{:02X}".format(*before) if before else ""))
        worst = min(found, key=lambda one: list(Severity).index(one.severity))
        cell.color = f"#{colours[worst.severity.value]}"
        said = MARK + "\n".join(
            dict.fromkeys(
                f"[{text(f'severities.{one.severity.value}', language)}] {one.message(language)}" for one in found
            )
        )
        if cell.note is not None:
            cell.note.text = f"{cell.note.text}\n{said}"
        else:
            cell.add_note(said)
    return marks


def _position(address: str) -> tuple[int, int]:
    found = cell_position(address)
    if found is None:
        raise ValueError(address)
    return found[0] - 1, found[1] - 1
