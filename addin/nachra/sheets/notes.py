"""Notes: method, rounding, symbols, glossary, and the release's own notes and sources."""

from __future__ import annotations

import re

from nachra.briefing import Block, Column, Paragraph, Row, Table
from nachra.release import Status
from nachra.sheets.context import Context
from nachra.texts import load_toml


def method(context: Context) -> tuple[Block, ...]:
    """How rates are computed and rounded."""
    lines = context.text("notes_method").split("\n")
    heading = Paragraph(context.text("notes_method_heading"), "heading")
    return heading, *(Paragraph(line) for line in lines if line.strip())


def sources(context: Context) -> tuple[Block, ...]:
    """The publication, its methodology, and its own notes."""
    text = context.text
    release = context.release
    source = text("source_line", publisher=context.publisher, title=release.title, edition=context.edition)
    blocks = [
        Paragraph(text("notes_source_heading"), "heading"),
        Paragraph(source),
        Paragraph(text("methodology_line", methodology=_methodology(context))),
    ]
    if release.notes:
        blocks.append(Paragraph(text("notes_release_heading"), "heading"))
        blocks.extend(Paragraph(_site(note) if context.outline.shorthand else note) for note in release.notes)
        if context.outline.shorthand and any("://" in note for note in release.notes):
            blocks.append(Paragraph(text("notes_addresses", file=release.file), "legend"))
    return tuple(blocks)


def _site(note: str) -> str:
    """Shorten web addresses to their site, and take off a leading asterisk: read aloud, neither says anything."""
    return re.sub(r"https?://(?:www\.)?([^/\s]+)\S*", r"\1", note).lstrip("* ")


def _methodology(context: Context) -> str:
    known = load_toml("nomenclature.toml")["methodology"].get(context.release.methodology)
    return str(known["label"][context.language]) if known else context.release.methodology


def symbols(context: Context) -> tuple[Block, ...]:
    """What the marks mean."""
    text = context.text
    rows = [
        Row((context.mark(status.mark), status.label(context.language)))
        for status in Status
        if status.mark in "prebc" and status.mark
    ]
    rows.append(Row((context.missing, text("symbol_missing"))))
    if context.nothing:
        rows.append(Row((context.nothing, text("symbol_nothing"))))
    rows.append(Row((context.mark(text("sum_mark")), text("symbol_sum"))))
    columns = (Column(text("col_symbol"), 16), Column(text("col_meaning"), 84, "left", True))
    return (Table("symbols", columns, tuple(rows), text("title_symbols")),)


def glossary(context: Context) -> tuple[Block, ...]:
    """The series' short names and the terms."""
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
    return (Table("glossary", columns, tuple(rows), text("title_glossary")),)
