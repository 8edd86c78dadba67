"""A copy of the release with each finding marked on its cell, and a sheet that lists them with links.

Made by openpyxl, the only library that can change a workbook and keep it. It drops what it does not know (pictures
in headers, some shapes): the copy is for correcting the original, not for publication.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import warnings
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nachra.errors import UnreadableError, WriteError
from nachra.findings import Finding, Severity, count_by_severity, in_words
from nachra.grid import Grid
from nachra.publish import publish, same_file
from nachra.texts import load_toml, text

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from nachra.reading import Reading

#: a comment box holds about this much before it must be scrolled
MAX_COMMENT = 900
WIDTHS = (12, 24, 26, 26, 100)
#: cells named in the list; all are marked
SHOWN_CELLS = 8


def annotate_release(reading: Reading, findings: tuple[Finding, ...], target: Path, language: str) -> Path:
    """Write the annotated copy of a release to `target`, or beside it where it is held open; return its path.

    The original is never touched.

    Raises WriteError where the copy cannot be written, or would replace the release itself.
    """
    path = reading.grid.file.path
    if same_file(target, path):
        raise WriteError("write_over_input", path=str(target))
    try:
        data = annotated_copy(reading.grid, findings, language)
    except UnreadableError:
        raise
    except Exception as error:  # openpyxl may fail to write what it could read
        reason = f"{type(error).__name__}: {error}"[:200]
        raise UnreadableError("internal", path=str(path), reason=reason) from error
    return publish(data, target, sibling=True)


def annotated_copy(grid: Grid, findings: tuple[Finding, ...], language: str) -> bytes:
    """Return the annotated copy as bytes: the same release and version give the same."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # links to workbooks are kept, calls of other programs are not: the copy will be opened in Excel
        links = not any(kind == "dde" for kind, _ in grid.file.outside)
        try:
            book = openpyxl.load_workbook(io.BytesIO(grid.file.data), rich_text=True, keep_links=links)
        except Exception as error:  # pictures, charts or comments that reading had no need of
            reason = f"openpyxl, {type(error).__name__}"
            raise UnreadableError("unreadable", path=str(grid.file.path), reason=reason) from error
    saved = book.properties.modified
    _mark_cells(book, findings, language)
    _list_findings(book, grid, findings, language)
    stream = io.BytesIO()
    book.save(stream)
    return _without_clock(stream.getvalue(), saved, has_birthday=_says_when_created(grid.file.data))


def _says_when_created(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        core = "docProps/core.xml"
        return core in package.namelist() and b"dcterms:created" in package.read(core)


def _without_clock(data: bytes, saved: dt.datetime, *, has_birthday: bool) -> bytes:
    """Put the date of the original's last save where openpyxl puts the hour: in the properties and on every part."""
    dates = rb"modified" if has_birthday else rb"created|modified"
    stamp = f"{saved:%Y-%m-%dT%H:%M:%SZ}".encode()
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:" + dates + rb")[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _fills() -> dict[str, Any]:
    from openpyxl.styles import PatternFill

    colours = load_toml("briefings/themes/briefing.toml")["colours"]
    return {
        severity: PatternFill("solid", start_color=f"FF{colours[severity]}", end_color=f"FF{colours[severity]}")
        for severity in ("error", "warning", "note")
    }


def _mark_cells(book: Workbook, findings: tuple[Finding, ...], language: str) -> None:
    """Fill each cell in the colour of its gravest finding; the comment holds all of them, in words."""
    from openpyxl.comments import Comment

    by_cell: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        for address in finding.cells:
            place = _anchor(book[finding.sheet], address)
            if finding not in by_cell[finding.sheet, place]:
                by_cell[finding.sheet, place].append(finding)
    fills = _fills()
    for (sheet, address), found in by_cell.items():
        cell = book[sheet][address]
        lines = [f"[{text(f'severities.{item.severity.value}', language)}] {item.message(language)}" for item in found]
        said = "\n".join(lines)[:MAX_COMMENT]
        if cell.comment is not None:
            said = f"{cell.comment.text}\n{said}"
        worst = min(found, key=lambda item: list(Severity).index(item.severity))
        cell.fill = fills[worst.severity.value]
        comment = Comment(said, text("annotation.author", language))
        comment.width, comment.height = 380, 40 + 34 * (said.count("\n") + 1)
        cell.comment = comment


def _anchor(sheet: Worksheet, address: str) -> str:
    """Return the first cell of the merged range that covers a cell: only that one can carry a comment."""
    area = next((area for area in sheet.merged_cells.ranges if address in area), None)
    return str(area.coord).partition(":")[0] if area else address


def _list_findings(book: Workbook, grid: Grid, findings: tuple[Finding, ...], language: str) -> None:
    """Add the sheet of findings, each row linked to its cell."""
    from openpyxl.styles import Alignment, Font, PatternFill

    theme = load_toml("briefings/themes/briefing.toml")
    colours = theme["colours"]
    name = text("annotation.sheet", language)
    while name in book.sheetnames:
        name += "_"
    sheet = book.create_sheet(name, 0)
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCDE", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    counts = in_words(count_by_severity(findings), language)
    _write(sheet, 1, 1, text("annotation.title", language, file=grid.file.name)).font = Font(
        size=14, bold=True, color=f"FF{colours['accent']}"
    )
    _write(sheet, 2, 1, text("annotation.lead", language, counts=counts))
    head = ("col_severity", "col_code", "col_sheet", "col_cells", "col_finding")
    for column, key in enumerate(head, 1):
        cell = _write(sheet, 4, column, text(f"briefing.{key}", language))
        cell.font = Font(bold=True, color=f"FF{colours['on_accent']}")
        cell.fill = PatternFill("solid", start_color=f"FF{colours['accent']}", end_color=f"FF{colours['accent']}")
    fills = _fills()
    for row, finding in enumerate(findings, 5):
        values = (
            text(f"severities.{finding.severity.value}", language),
            finding.code,
            finding.sheet,
            ", ".join(finding.cells[:SHOWN_CELLS]) + ("…" if len(finding.cells) > SHOWN_CELLS else ""),
            finding.message(language),
        )
        lines = max(math.ceil(len(value) / (width - 2)) for value, width in zip(values, WIDTHS, strict=True))
        sheet.row_dimensions[row].height = 6 + 14 * lines
        for column, value in enumerate(values, 1):
            cell = _write(sheet, row, column, value)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(name=theme["font"], size=theme["size"])
            cell.fill = fills[finding.severity.value]
        if finding.cells:
            cell = sheet.cell(row, 4)
            cell.hyperlink = _link(finding.sheet, finding.cells[0])
            cell.font = Font(name=theme["font"], size=theme["size"], color=f"FF{colours['link']}", underline="single")
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "4:4"
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0


def _write(sheet: Any, row: int, column: int, value: str) -> Any:
    """Write text as text: openpyxl would take a label that starts with "=" for a formula."""
    cell = sheet.cell(row, column)
    cell.value = value
    cell.data_type = "s"
    return cell


def _link(sheet: str, cell: str) -> Any:
    from openpyxl.worksheet.hyperlink import Hyperlink

    title = sheet.replace("'", "''")
    return Hyperlink(ref="", location=f"'{title}'!{cell}", display=cell)
