"""What opens a briefing: what this is, its edition and status in words, key sentences, where to find the rest."""

from __future__ import annotations

from nachra.briefing import Block, Column, Link, Paragraph, Row, Table
from nachra.findings import count_by_severity, in_words
from nachra.sheets.context import Context
from nachra.texts import load_toml

CONTENTS = "contents"


def title(context: Context) -> tuple[Block, ...]:
    """The release's title, its publisher and edition; the title as published where it was translated."""
    subtitle = context.text("cover_subtitle", publisher=context.publisher, edition=context.edition)
    blocks = [Paragraph(context.title, "title"), Paragraph(subtitle, "subtitle")]
    if context.title != context.release.title:
        blocks.append(Paragraph(context.text("original_title", title=context.release.title), "legend"))
    return tuple(blocks)


def status(context: Context) -> tuple[Block, ...]:
    """How firm the figures are, and what must be known before they are compared with any other."""
    known = load_toml("nomenclature.toml")["methodology"].get(context.release.methodology, {})
    caution = [Paragraph(known["caution"][context.language], "message")] if "caution" in known else []
    return Paragraph(context.narrator.status(), "message"), *caution


def key_messages(context: Context) -> tuple[Block, ...]:
    """The headline, what it is due to, the structure and the movers, each in a sentence."""
    sentences = context.narrator.key_messages()
    return Paragraph(context.text("key_messages"), "heading"), *(Paragraph(sentence) for sentence in sentences)


def paragraphs(context: Context) -> tuple[Block, ...]:
    """Each series in a paragraph: level, growth, change, contribution, rank, status."""
    said = (context.narrator.series_paragraph(series) for series in context.ordered)
    return Paragraph(context.text("paragraphs"), "heading"), *(Paragraph(sentence) for sentence in said if sentence)


def contents(context: Context) -> tuple[Block, ...]:
    """The other sheets, with links and what is found there."""
    rows = tuple(Row((Link(entry.name, entry.name), entry.about)) for entry in context.contents)
    columns = (Column(context.text("col_contents"), 26), Column(context.text("col_contents_what"), 74, "left", True))
    return (Table(CONTENTS, columns, rows, context.text("contents_title")),)


def source(context: Context) -> tuple[Block, ...]:
    """What the checks found, in one line, and the file that everything comes from."""
    counts = count_by_severity(context.findings)
    found = context.text(
        f"cover_controls_{'error' if counts['error'] else 'clean'}", counts=in_words(counts, context.language)
    )
    return (
        Paragraph(found, "legend"),
        Paragraph(context.text("cover_source", file=context.release.file, sha256=context.release.sha256), "legend"),
    )
