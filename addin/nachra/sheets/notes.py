"""Notes: method, rounding, symbols, glossary, and the release's own notes and sources."""

from __future__ import annotations

from nachra.briefing import Column, Paragraph, Row, Sheet, Table
from nachra.release import Status
from nachra.sheets.context import Context
from nachra.texts import load_toml


def sheet(context: Context) -> Sheet:
    """Describe the sheet: method, symbols, glossary, sources."""
    text = context.text
    release = context.release
    method = text("notes_method").split("\n")
    blocks: list[Paragraph | Table] = [
        Paragraph(text("notes_title"), "title"),
        Paragraph(text("notes_method_heading"), "heading"),
        *(Paragraph(line) for line in method if line.strip()),
        _symbols(context),
        _glossary(context),
        Paragraph(text("notes_source_heading"), "heading"),
        Paragraph(text("source_line", publisher=release.publisher, title=release.title, edition=context.edition)),
        Paragraph(text("methodology_line", methodology=_methodology(context))),
    ]
    if release.notes:
        blocks.append(Paragraph(text("notes_release_heading"), "heading"))
        blocks.extend(Paragraph(note) for note in release.notes)
    return Sheet(text("sheet_notes"), tuple(blocks))


def _methodology(context: Context) -> str:
    known = load_toml("nomenclature.toml")["methodology"].get(context.release.methodology)
    return str(known["label"][context.language]) if known else context.release.methodology


def _symbols(context: Context) -> Table:
    text = context.text
    rows = [
        Row((f"({status.mark})", status.label(context.language)))
        for status in Status
        if status.mark in "prebc" and status.mark
    ]
    rows.append(Row((context.missing, text("symbol_missing"))))
    rows.append(Row((f"({text('sum_mark')})", text("symbol_sum"))))
    columns = (Column(text("col_symbol"), 16), Column(text("col_meaning"), 84, "left", True))
    return Table("symbols", columns, tuple(rows), text("symbols_title"))


def _glossary(context: Context) -> Table:
    text = context.text
    rows = []
    if any(series.short for series in context.release.series):
        rows = [
            Row((series.short_name(context.language), series.name(context.language)))
            for series in context.release.parts
        ]
    terms = [line.partition(" : ") for line in text("glossary").split("\n") if " : " in line]
    rows += [Row((term.strip(), meaning.strip())) for term, _, meaning in terms]
    columns = (Column(text("col_term"), 16), Column(text("col_meaning"), 84, "left", True))
    return Table("glossary", columns, tuple(rows), text("glossary_title"))
