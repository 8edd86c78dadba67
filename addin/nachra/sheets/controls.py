"""Contrôles: the quality log. What was checked, what was found, and where."""

from __future__ import annotations

from nachra import __version__
from nachra.briefing import Column, Paragraph, Row, Sheet, Style, Table
from nachra.checks import RULES
from nachra.findings import Severity, count_by_severity
from nachra.sheets.context import Context
from nachra.texts import text as wording

FINDINGS = "findings"
#: cells named in full in a finding's row; the annotated copy marks them all
SHOWN_CELLS = 12


def sheet(context: Context) -> Sheet:
    """Describe the sheet: the findings, gravest first, and the rules that were run."""
    text = context.text
    release = context.release
    counts = count_by_severity(context.findings)
    blocks: list[Paragraph | Table] = [
        Paragraph(text("controls_title"), "title"),
        Paragraph(text("controls_summary", **counts), "message"),
        Paragraph(text("controls_file", file=release.file, sha256=release.sha256, version=__version__), "legend"),
        _findings(context),
    ]
    if not context.findings:
        blocks.append(Paragraph(text("controls_none")))
    rules = text("list_separator").join(wording(f"rules.{rule.__name__}", context.language) for rule in RULES)
    blocks.append(Paragraph(text("controls_run"), "heading"))
    blocks.append(Paragraph(rules[:1].upper() + rules[1:] + "."))
    return Sheet(text("sheet_controls"), tuple(blocks), landscape=True)


def _findings(context: Context) -> Table:
    text = context.text
    columns = (
        Column(text("col_severity"), 12),
        Column(text("col_level"), 8, "center"),
        Column(text("col_finding"), 66, "left", True),
        Column(text("col_sheet"), 14, "left", True),
        Column(text("col_cells"), 24, "left", True),
        Column(text("col_code"), 23),
    )
    styles: dict[Severity, Style] = {
        Severity.ERROR: "error",
        Severity.WARNING: "warning",
        Severity.NOTE: "note",
    }
    rows = [
        Row(
            (
                wording(f"severities.{item.severity.value}", context.language),
                str(item.level),
                item.message(context.language),
                item.sheet.strip() or text("whole_workbook"),
                _cells(context, item.cells),
                item.code,
            ),
            styles[item.severity],
        )
        for item in context.findings
    ]
    return Table(FINDINGS, columns, tuple(rows), text("findings_title"))


def _cells(context: Context, cells: tuple[str, ...]) -> str:
    shown = ", ".join(cells[:SHOWN_CELLS])
    more = len(cells) - SHOWN_CELLS
    return shown + context.text("more_cells", count=more) if more > 0 else shown
