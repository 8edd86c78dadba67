"""Contrôles: the quality log. What was checked, what was found, and where."""

from __future__ import annotations

from nachra import __version__
from nachra.briefing import Block, Column, Paragraph, Row, Style, Table
from nachra.checks import RULES
from nachra.findings import Severity, count_by_severity, in_words
from nachra.sheets.context import Context
from nachra.texts import text as wording

FINDINGS = "findings"
#: cells named in full in a finding's row; the annotated copy marks them all
SHOWN_CELLS = 12


def summary(context: Context) -> tuple[Block, ...]:
    """How many findings of each severity, in which file."""
    release = context.release
    file = context.text("controls_file", file=release.file, sha256=release.sha256, version=__version__)
    counts = context.text("controls_summary", counts=in_words(count_by_severity(context.findings), context.language))
    return Paragraph(counts[:1].upper() + counts[1:], "message"), Paragraph(file, "legend")


def findings(context: Context) -> tuple[Block, ...]:
    """The findings, gravest first, or that there are none."""
    return (_findings(context),) if context.findings else (Paragraph(context.text("controls_none")),)


def rules(context: Context) -> tuple[Block, ...]:
    """The checks that were run."""
    names = context.text("list_separator").join(wording(f"rules.{rule.__name__}", context.language) for rule in RULES)
    return Paragraph(context.text("controls_run"), "heading"), Paragraph(names[:1].upper() + names[1:] + ".")


def _findings(context: Context) -> Table:
    text = context.text
    columns = (
        Column(text("col_severity"), 12),
        Column(text("col_level"), 8),
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
                _cells(context, item.cells) or context.nothing,
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
