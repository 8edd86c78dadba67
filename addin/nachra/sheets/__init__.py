"""The sheets of a briefing, one module each: from a release and its findings to an immutable description."""

from __future__ import annotations

import datetime as dt

from nachra import __version__
from nachra.briefing import Briefing, Properties
from nachra.errors import UnreadableError
from nachra.findings import Finding
from nachra.panel import Panel
from nachra.release import Release
from nachra.sheets import controls, cover, data, evolution, key_figures, notes, structure
from nachra.sheets.context import Context
from nachra.texts import DEFAULT_LANGUAGE

#: a date for releases that name none: output must not depend on the clock
NO_EDITION = dt.datetime(2000, 1, 1)


def compose(
    release: Release, findings: tuple[Finding, ...], language: str = DEFAULT_LANGUAGE, author: str = ""
) -> Briefing:
    """Describe the complete briefing of a release: cover, key figures, evolution, structure, data, checks, notes.

    Raises UnreadableError for a release in which nothing is published.
    """
    panel = Panel(release)
    if panel.unit is None or panel.headline is None:
        raise UnreadableError("nothing_to_say", path=release.file)
    context = Context(panel, findings, language)
    text = context.text
    sheets = [
        make(context)
        for make in (
            cover.sheet,
            key_figures.sheet,
            evolution.sheet,
            structure.sheet,
            data.sheet,
            controls.sheet,
            notes.sheet,
        )
    ]
    properties = Properties(
        title=release.title,
        subject=text("properties_subject", period=panel.headline.label(language)),
        author=author or release.publisher,
        language={"fr": "fr-MA", "ar": "ar-MA", "en": "en"}[language],
        keywords=f"nachra {__version__}; {release.layout}; sha256 {release.sha256}",
        created=_created(release.edition),
    )
    return Briefing(
        properties=properties,
        sheets=tuple(sheets),
        data_sheet=text("sheet_data"),
        data_columns=data.columns(context),
        data=data.rows(context),
        language=language,
        right_to_left=language == "ar",
        footer=text("footer", publisher=release.publisher, edition=context.edition),
    )


def _created(edition: str) -> dt.datetime:
    if not edition:
        return NO_EDITION
    year, month, day = ([int(part) for part in edition.split("-")] + [1, 1])[:3]
    return dt.datetime(year, month, day)
