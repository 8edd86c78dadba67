"""What briefings are made of: blocks, put on sheets by an outline; from a release to an immutable description."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from nachra import __version__
from nachra.briefing import Block, Briefing, Chart, Paragraph, Properties, Sheet, Table
from nachra.editions import rank
from nachra.errors import ProfileError, UnreadableError, UsageError
from nachra.findings import Finding
from nachra.formats import Manner, style_of
from nachra.outlines import DEFAULT_OUTLINE, Outline, SheetOutline, load_outline
from nachra.panel import Panel
from nachra.release import Measure, Release, Series
from nachra.sheets import (
    contributions,
    controls,
    cover,
    data,
    evolution,
    headings,
    key_figures,
    notes,
    numbers,
    one_series,
    outlook,
    proof,
    provenance,
    structure,
    trajectory,
)
from nachra.sheets.context import Context, Entry
from nachra.texts import DEFAULT_LANGUAGE

#: a date for releases that name none: output must not depend on the clock
NO_EDITION = dt.datetime(2000, 1, 1)
#: rows of tables and charts beyond which one printed page would be too small to read
ONE_PAGE_ROWS = 50

#: the rows that a chart takes, about
CHART_ROWS = 17
#: characters that an upright page holds at full size: what is no wider is not laid on its side
PORTRAIT_WIDTH = 96

#: rows of a table that a paragraph of sentences takes the place of
PARAGRAPH_ROWS = 3

#: what the word in an outline's `blocks` puts on the sheet
BLOCKS: dict[str, Callable[[Context], tuple[Block, ...]]] = {
    "heading": headings.heading,
    "release": headings.release,
    "unit": headings.unit,
    "shorthand": headings.shorthand,
    "title": cover.title,
    "status": cover.status,
    "key_messages": cover.key_messages,
    "paragraphs": cover.paragraphs,
    "contents": cover.contents,
    "source": cover.source,
    "key_figures": key_figures.table,
    "key_figures_short": key_figures.short_table,
    "key_figures_legend": key_figures.legend,
    "contribution_legend": key_figures.contribution_legend,
    "proof": proof.table,
    "proof_legend": proof.legend,
    "levels": evolution.levels,
    "levels_legend": evolution.levels_legend,
    "growth": evolution.growth,
    "growth_legend": evolution.growth_legend,
    "evolution_chart": evolution.chart,
    "parts_chart": evolution.parts_chart,
    "shares": structure.shares,
    "shares_legend": structure.shares_legend,
    "shares_chart": structure.shares_chart,
    "trajectory_message": trajectory.message,
    "trajectory_chart": trajectory.chart,
    "trajectory": trajectory.table,
    "trajectory_positions": trajectory.positions,
    "trajectory_legend": trajectory.legend,
    "outlook_message": outlook.message,
    "outlook_chart": outlook.chart,
    "outlook": outlook.table,
    "outlook_legend": outlook.legend,
    "outlook_refusal": outlook.refusal,
    "contributions": contributions.table,
    "contributions_chart": contributions.chart,
    "series_title": one_series.title,
    "series_messages": one_series.messages,
    "series_table": one_series.table,
    "series_chart": one_series.chart,
    "data": data.table,
    "findings_summary": controls.summary,
    "findings": controls.findings,
    "rules": controls.rules,
    "sentence_numbers": numbers.table,
    "method": notes.method,
    "symbols": notes.symbols,
    "glossary": notes.glossary,
    "sources": notes.sources,
    "provenance": provenance.table,
    "ledger": provenance.ledger,
}
#: those that speak of one series
SERIES_BLOCKS = {name for name in BLOCKS if name.startswith("series_")}
#: the sheet whose cells all formulas lead to
DATA = "data"
#: the block that verification reads, the last of its sheet
LEDGER = "ledger"


def compose(
    release: Release,
    findings: tuple[Finding, ...],
    language: str = DEFAULT_LANGUAGE,
    author: str = "",
    outline: str = DEFAULT_OUTLINE,
    series: str = "",
    style: str = "cldr",
    past: tuple[Release, ...] = (),
) -> Briefing:
    """Describe a briefing of a release by an outline.

    `series` is the code of its subject where it has one, `style` how its numbers are written (formats.Manner);
    `past` are other releases, whose earlier editions lengthen the history that the year's estimate is made from.

    Raises UnreadableError for a release in which nothing is published, UsageError for an unknown outline or series,
    ProfileError for an outline that names an unknown block.
    """
    panel = Panel(release)
    if panel.unit is None or panel.headline is None:
        raise UnreadableError("nothing_to_say", path=release.file)
    plan = load_outline(outline)
    earlier = _earlier(release, past)
    context = Context(
        panel, findings, Manner(language, style_of(style)), plan, _subject(release, plan, series), past=earlier
    )
    text = context.text
    title = context.title if context.series is None else f"{context.series.name(language)} : {context.title}"
    properties = Properties(
        title=title,
        subject=text("properties_subject", period=context.period.label(language)),
        author=author or context.publisher,
        language={"fr": "fr-MA", "ar": "ar-MA", "en": "en"}[language],
        keywords=f"nachra {__version__}; {release.layout}; sha256 {release.sha256}",
        created=_created(release.edition),
    )
    briefing = Briefing(
        properties=properties,
        sheets=_sheets(context),
        data_sheet=headings.name(context, _data_outline(plan)),
        data_columns=data.columns(context),
        data=(*data.rows(context), *trajectory.data_rows(context), *outlook.data_rows(context)),
        language=language,
        outline=plan.id,
        style=context.manner.style,
        series=series,
        theme=plan.theme,
        right_to_left=language == "ar",
        footer=text("footer", publisher=context.publisher, edition=context.edition),
        absent=context.missing if plan.shorthand else None,
        nothing=context.nothing,
        ledger_sheet=_ledger_sheet(context),
        # verification makes the briefing again with every option recorded here
        settings=provenance.settings(
            context, {"language": language, "author": author, "outline": outline, "series": series, "style": style}
        ),
    )
    return numbers.fill(briefing, context)


def _earlier(release: Release, past: tuple[Release, ...]) -> tuple[Release, ...]:
    """The releases of the same methodology that were there when this one came out, oldest edition first, each once."""
    others = {one.sha256: one for one in past if one.methodology == release.methodology}
    return tuple(sorted((one for one in others.values() if rank(one) < rank(release)), key=rank))


def subjects(release: Release, outline: Outline) -> tuple[str, ...]:
    """Return what an outline makes a briefing of: the codes of the parts with a level, or "" for the release."""
    if outline.each == "release":
        return ("",)
    levels = {obs.series for obs in release.observations if obs.measure is Measure.LEVEL and obs.figure}
    return tuple(part.code for part in release.parts if part.code in levels)


def _subject(release: Release, outline: Outline, code: str) -> Series | None:
    if outline.each == "release" and not code:
        return None
    known = {one.code: one for one in release.series} if outline.each == "series" else {}
    if code not in known:
        raise UsageError("series", series=code or "-", outline=outline.id, known=", ".join(known) or "-")
    return known[code]


def _data_outline(outline: Outline) -> SheetOutline:
    found = [sheet for sheet in outline.sheets if DATA in sheet.blocks]
    if len(found) != 1:
        raise ProfileError("outline_data", path=_file(outline), count=len(found))
    return found[0]


def _ledger_sheet(context: Context) -> str:
    found = [sheet for sheet in context.outline.sheets if LEDGER in sheet.blocks]
    if len(found) > 1 or any(sheet.blocks.index(LEDGER) < len(sheet.blocks) - 1 for sheet in found):
        raise ProfileError("outline_ledger", path=context.outline.id)
    return headings.name(context, found[0]) if found else ""


def _sheets(context: Context) -> tuple[Sheet, ...]:
    """Describe the sheets; those that list the others last, when it is known which there are."""
    made = [(one, _sheet(context, one)) for one in context.outline.sheets]
    kept = [(one, sheet) for one, sheet in made if not one.optional or _shows(sheet)]
    entries = {
        one.id: Entry(sheet.name, headings.about(context, one)) for one, sheet in kept if "contents" not in one.blocks
    }
    tables = {block.id for _, sheet in kept for block in sheet.blocks if isinstance(block, Table)}
    for chart in (block for _, sheet in kept for block in sheet.blocks if isinstance(block, Chart)):
        if chart.table not in tables:
            raise ProfileError("outline_chart", path=_file(context.outline), chart=chart.title, table=chart.table)
    listing = replace(context, contents=tuple(entries.values()))
    return tuple(sheet if one.id in entries else _sheet(listing, one) for one, sheet in kept)


def _sheet(context: Context, outline: SheetOutline) -> Sheet:
    blocks: list[Block] = []
    # what a context has worked out serves every block of the sheet
    own = replace(context, sheet=outline)
    for name in outline.blocks:
        if name not in BLOCKS:
            raise ProfileError("outline_block", path=_file(context.outline), block=name, known=", ".join(BLOCKS))
        if name in SERIES_BLOCKS and context.series is None:
            raise ProfileError("outline_series", path=_file(context.outline), block=name)
        blocks += BLOCKS[name](own)
    rows = sum(_rows(block) for block in blocks)
    return Sheet(
        headings.name(context, outline),
        tuple(blocks),
        landscape=outline.landscape and _width(blocks) > PORTRAIT_WIDTH,
        one_page=outline.one_page and rows <= ONE_PAGE_ROWS,
    )


def _file(outline: Outline) -> str:
    return f"{outline.id}.toml"


def _width(blocks: list[Block]) -> float:
    """The width of the widest table, in characters."""
    return max(
        (sum(column.width for column in block.columns) for block in blocks if isinstance(block, Table)), default=0
    )


def _rows(block: Block) -> int:
    """About how many rows of a printed page a block takes, a chart's own included."""
    if isinstance(block, Table):
        return len(block.rows)
    if isinstance(block, Chart):
        return CHART_ROWS
    return PARAGRAPH_ROWS if isinstance(block, Paragraph) and not isinstance(block.text, str) else 0


def _shows(sheet: Sheet) -> bool:
    return any(isinstance(block, Chart | Table) for block in sheet.blocks)


def _created(edition: str) -> dt.datetime:
    if not edition:
        return NO_EDITION
    year, month, day = ([int(part) for part in edition.split("-")] + [1, 1])[:3]
    return dt.datetime(year, month, day)
