"""Couverture: what this is, its edition and status in words, three key sentences, and where to find the rest."""

from __future__ import annotations

from nachra import narrative
from nachra.briefing import Column, Link, Paragraph, Row, Sheet, Table
from nachra.findings import count_by_severity
from nachra.sheets.context import Context
from nachra.texts import load_toml

CONTENTS = "contents"
SHEETS = ("key_figures", "evolution", "structure", "data", "controls", "notes")


def sheet(context: Context) -> Sheet:
    """Describe the sheet: title, edition, status, key sentences, contents."""
    text = context.text
    release = context.release
    counts = count_by_severity(context.findings)
    contents = Table(
        CONTENTS,
        (Column(text("col_contents"), 26), Column(text("col_contents_what"), 74, "left", True)),
        tuple(Row((Link(text(f"sheet_{name}"), text(f"sheet_{name}")), text(f"about_{name}"))) for name in SHEETS),
        text("contents_title"),
    )
    return Sheet(
        text("sheet_cover"),
        (
            Paragraph(release.title, "title"),
            Paragraph(text("cover_subtitle", publisher=release.publisher, edition=context.edition), "subtitle"),
            Paragraph(narrative.status_sentence(context.panel, context.language), "message"),
            *_caution(context),
            Paragraph(text("key_messages"), "heading"),
            *(Paragraph(sentence) for sentence in narrative.key_sentences(context.panel, context.language)),
            contents,
            Paragraph(text(f"cover_controls_{'error' if counts['error'] else 'clean'}", **counts), "legend"),
            Paragraph(text("cover_source", file=release.file, sha256=release.sha256), "legend"),
        ),
    )


def _caution(context: Context) -> list[Paragraph]:
    """What must be known before the figures are compared with any other."""
    known = load_toml("nomenclature.toml")["methodology"].get(context.release.methodology, {})
    return [Paragraph(known["caution"][context.language], "message")] if "caution" in known else []
