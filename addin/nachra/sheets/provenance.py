"""Provenance: what the briefing was made with, and the ledger by which an edit of it shows."""

from __future__ import annotations

import json

from nachra import __version__
from nachra.briefing import Block, Column, Row, Table
from nachra.profiles import recipe
from nachra.sheets.context import Context
from nachra.texts import text


def table(context: Context) -> tuple[Block, ...]:
    """What the briefing was made with (version, release and its digest, outline, language), how to verify it."""
    release = context.release
    facts = {
        "version": f"nachra {__version__}",
        "release": release.title,
        "file": release.file,
        "sha256": release.sha256,
        "edition": context.edition,
        **({"history": "\n".join(f"{one.file}, SHA-256 {one.sha256}" for one in context.past)} if context.past else {}),
        "outline": context.outline.title[context.language],
        "language": _word(context, "this_language"),
        **{name: _word(context, name) for name in ("purpose", "how", "limits")},
    }
    rows = tuple(Row((_word(context, f"fact_{name}"), fact)) for name, fact in facts.items())
    columns = (Column(_word(context, "col_fact"), 26), Column(_word(context, "col_value"), 90, "left", True))
    return (Table("provenance", columns, rows, _word(context, "inputs_title")),)


def ledger(context: Context) -> tuple[Block, ...]:
    """The ledger's head and the blank row that it takes the place of (`sealing.seal`)."""
    columns = (
        Column(_word(context, "col_place"), 30),
        Column(_word(context, "col_digests"), 90, wrap=context.outline.shorthand),
    )
    return (Table("ledger", columns, (Row(("", "")),), _word(context, "ledger_title"), printed=False),)


def settings(context: Context, options: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what it takes to make the briefing again (`options` of compose), and to tell a newer edition.

    "history", where there are earlier releases, names them as JSON: [[SHA-256, file] …].
    """
    release = context.release
    history = json.dumps([[one.sha256, one.file] for one in context.past])
    return (
        ("version", __version__),
        ("recipe", recipe()),
        ("file", release.file),
        ("sha256", release.sha256),
        ("layout", release.layout),
        ("methodology", release.methodology),
        ("edition", release.edition),
        ("period", str(context.period)),
        *([("history", history)] if context.past else []),
        *options.items(),
    )


def _word(context: Context, key: str) -> str:
    return text(f"provenance.{key}", context.language)
