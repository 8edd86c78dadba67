"""From releases to answers: every series, period and measure, by the same rules as a briefing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from nachra import editions, formats, indicators, narrative
from nachra.answers import CHANGE, CONTRIBUTION, GROWTH, LEVEL, SHARE, Answer, Answers, Book
from nachra.briefing import plain
from nachra.cells import CellError, Rectangle
from nachra.errors import FileError, IndicatorError
from nachra.estimating import add_estimates
from nachra.figures import Interval
from nachra.findings import Finding
from nachra.formats import Manner
from nachra.grid import Cell, Grid, Kind, Sheet
from nachra.guard import Admitted
from nachra.layouts import nomenclature
from nachra.panel import Origin, Panel, Rate
from nachra.periods import Period, parse_period
from nachra.release import Measure, Observation, Release, Series, Status
from nachra.texts import languages, load_toml, text
from nachra.units import normalise

#: the methodology that answers when none is asked for
DEFAULT_METHODOLOGY = "2025"
#: what stands for file and sheet where a release is given as a range
RANGE = "range"


def answers_of_rectangle(cells: Rectangle) -> Answers | None:
    """Return the answers of a release sheet given as values (a range of a workbook); None where it is not one."""
    from nachra.checks import check
    from nachra.layouts import load_layouts
    from nachra.reading import read_from_grid

    try:
        reading = read_from_grid(grid_of_values(cells), load_layouts())
    except FileError:
        return None
    return answers_of_releases([(reading.release, check(reading))])


def grid_of_values(cells: Rectangle) -> Grid:
    """Lay values out as a grid of one sheet; number formats and names are not known to a range."""
    digest = hashlib.sha256(repr(cells).encode()).hexdigest()
    sheet = Sheet(RANGE)
    for row, values in enumerate(cells, 1):
        for column, value in enumerate(values, 1):
            if value in (None, ""):
                continue
            if isinstance(value, CellError):
                sheet.cells[row, column] = Cell(row, column, Kind.ERROR, value.value)
            elif isinstance(value, bool):
                sheet.cells[row, column] = Cell(row, column, Kind.BOOLEAN, value)
            elif isinstance(value, int | float):
                sheet.cells[row, column] = Cell(row, column, Kind.NUMBER, float(value))
            elif isinstance(value, str):
                sheet.cells[row, column] = Cell(row, column, Kind.TEXT, value)
            else:
                sheet.cells[row, column] = Cell(row, column, Kind.DATE, value)
    return Grid(Admitted(Path(RANGE), b"", digest), [sheet])


def answers_of_releases(
    checked: Iterable[tuple[Release, tuple[Finding, ...]]], admitted: Mapping[str, str] | None = None
) -> Answers:
    """Return the answers of releases, later editions after earlier ones; `admitted` is when each was imported."""
    ordered = sorted(checked, key=lambda pair: editions.rank(pair[0], (admitted or {}).get(pair[0].sha256, "")))
    books: dict[str, Book] = {}
    headlines: dict[str, tuple[str, Period]] = {}
    for release, findings in ordered:
        book = books.setdefault(release.methodology, Book("", "", {}, {}, {}))
        _add_release(book, release, findings)
        panel = Panel(release)
        best = headlines.get(release.methodology)
        if panel.headline and (best is None or panel.headline >= best[1]):
            headlines[release.methodology] = (release.edition, panel.headline)
    for name, (_, period) in headlines.items():
        books[name].headline = str(period)
    for book in books.values():
        for periods in book.order.values():
            # releases come by edition: a later one may hold earlier periods
            periods.sort(key=lambda one: parse_period(one) or Period(1000))
    # the name counts: EXPORT_SOURCE says it
    marks = [f"{release.sha256} {release.file}" for release, _ in ordered]
    digest = hashlib.sha256("\n".join(marks).encode()).hexdigest()
    methodologies = load_toml("nomenclature.toml")["methodology"]
    aliases = {normalise(word): code for code, entry in methodologies.items() for word in (code, *entry["words"])}
    default = DEFAULT_METHODOLOGY if DEFAULT_METHODOLOGY in books or len(books) != 1 else next(iter(books))
    words = add_estimates(books, [release for release, _ in ordered])
    return Answers(digest[:12], default, books, aliases | {normalise(name): name for name in books} | words)


def _add_release(book: Book, release: Release, findings: tuple[Finding, ...]) -> None:
    panel = Panel(release)
    if release.total:
        book.total = release.total.code
    known = {series.code: series for series in nomenclature()}
    remarks = _remarks(findings)
    for series in release.series:
        aliases = known[series.code].aliases if series.code in known else ()
        for name in (series.code, *series.label.values(), *series.short.values(), *aliases):
            book.series.setdefault(normalise(name), series.code)
        for period in release.periods:
            if release.get(series.code, period) is None and release.get(series.code, period, Measure.GROWTH) is None:
                continue
            periods = book.order.setdefault(series.code, [])
            if str(period) not in periods:
                periods.append(str(period))
            for measure, answer in _answers(panel, series, period, remarks):
                earlier = book.answers.setdefault((series.code, str(period), measure), [])
                if not _stands(book, series.code, str(period), earlier, answer):
                    earlier.append(answer)


def _stands(book: Book, series: str, period: str, earlier: list[Answer], answer: Answer) -> bool:
    """Tell whether an earlier edition's rate stands: a later one has none, and publishes the same level."""
    if not earlier or earlier[-1].value is None or answer.value is not None:
        return False
    levels = [(one.value, one.unit) for one in book.answers.get((series, period, LEVEL), [])]
    return len(levels) > 1 and levels[-1] == levels[-2] and levels[-1][0] is not None


def _remarks(findings: tuple[Finding, ...]) -> dict[tuple[str, str], dict[str, str]]:
    """What the checks say, by (sheet, cell) and language."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for finding in findings:
        for cell in finding.cells:
            here = found.setdefault((finding.sheet, cell), {})
            for language in languages():
                said = finding.message(language)
                here[language] = f"{here[language]} {said}" if language in here else said
    return found


def _answers(
    panel: Panel, series: Series, period: Period, remarks: dict[tuple[str, str], dict[str, str]]
) -> Iterable[tuple[str, Answer]]:
    release = panel.release
    obs = release.get(series.code, period)
    level = panel.level(series, period)
    if obs is not None:
        yield LEVEL, _level(panel, series, obs, remarks)
    sources = [*_cells(panel, series, period), *_cells(panel, series, period.before())]
    status = obs.status if obs else Status.MISSING
    yield GROWTH, _rate(release, panel.growth(series, period), sources, status, remarks, _why(panel, series, period))
    total = release.total
    parts = [*_cells(panel, series, period), *(_cells(panel, total, period) if total else [])]
    reason = "share_none" if release.additive else "share_index"
    yield SHARE, _rate(release, panel.share(series, period), parts, status, remarks, reason)
    compared = panel.compared(series, period)
    if level and compared:
        change = indicators.change(level.figure, compared[1].figure)
        yield CHANGE, _computed(release, change.value, change.interval, sources, status, level.figure.unit.code)
    else:
        yield CHANGE, Answer(None, _why(panel, series, period), edition=release.edition, status=status.value)
    yield CONTRIBUTION, _contribution(panel, series, period, sources, status)


def _cells(panel: Panel, series: Series, period: Period) -> list[Observation]:
    """The observations behind the level that is computed with: its own, or those of the parts it is the sum of."""
    level = panel.level(series, period)
    codes = [part.code for part in panel.release.parts] if level and level.is_sum else [series.code]
    found = [panel.release.get(code, period) for code in codes]
    return [one for one in found if one and one.figure]


def _why(panel: Panel, series: Series, period: Period) -> str:
    """The reason for which a growth cannot be given."""
    # two levels in a currency that is not the release's have a growth, but no level to compute with
    return panel.obstacle(series, period) or "units_differ"


def _level(panel: Panel, series: Series, obs: Observation, remarks: dict[tuple[str, str], dict[str, str]]) -> Answer:
    release = panel.release
    said = remarks.get((obs.source.sheet, obs.source.cell), {})
    source = _source(release, [obs])
    if obs.figure is None:
        reason = "confidential" if obs.status is Status.CONFIDENTIAL else "not_published"
        return Answer(None, reason, status=obs.status.value, source=source, edition=release.edition, remarks=said)
    limits = obs.figure.interval
    best = panel.level(series, obs.period)
    return Answer(
        float(obs.figure.value),
        unit=obs.figure.unit.code,
        precise=float(best.figure.to(obs.figure.unit).value) if best and best.is_sum else None,
        low=float(limits.low),
        high=float(limits.high),
        origin=Origin.PUBLISHED.value,
        status=obs.status.value,
        source=source,
        edition=release.edition,
        text={
            language: plain(narrative.series_sentence(panel, series, obs.period, Manner(language)))
            for language in languages()
        },
        remarks=said,
    )


def _rate(
    release: Release,
    rate: Rate | None,
    levels: list[Observation],
    status: Status,
    remarks: dict[tuple[str, str], dict[str, str]],
    reason: str,
) -> Answer:
    if rate is None:
        return Answer(None, reason, status=status.value, edition=release.edition)
    limits = rate.printed.interval if rate.printed else None
    cells = [rate.claim] if rate.claim and rate.origin is Origin.PUBLISHED else levels
    said = remarks.get((rate.claim.source.sheet, rate.claim.source.cell), {}) if rate.claim else {}
    if not said and limits and rate.origin is Origin.PUBLISHED:
        said = {
            language: text("functions.allowed", language, limits=formats.interval(_percent(limits), 1, language))
            for language in languages()
        }
    return Answer(
        float(rate.value),
        unit="fraction",
        low=float(limits.low) if limits else None,
        high=float(limits.high) if limits else None,
        origin=rate.origin.value,
        status=status.value,
        source=_source(release, [one for one in cells if one]),
        edition=release.edition,
        remarks=said,
    )


def _percent(limits: Interval) -> Interval:
    return Interval(limits.low * 100, limits.high * 100)


def _computed(
    release: Release, value: Decimal, limits: Interval, cells: list[Observation], status: Status, unit: str
) -> Answer:
    return Answer(
        float(value),
        unit=unit,
        low=float(limits.low),
        high=float(limits.high),
        origin=Origin.COMPUTED.value,
        status=status.value,
        source=_source(release, cells),
        edition=release.edition,
    )


def _contribution(panel: Panel, series: Series, period: Period, cells: list[Observation], status: Status) -> Answer:
    release = panel.release
    total = release.total
    rate = panel.growth(series, period) if series is total else None
    if rate:  # the parts' contributions and a remainder make the growth that is quoted for the total
        said = _rate(release, rate, cells, status, {}, "")
        scaled = (None if one is None else one * 100 for one in (said.low, said.high))
        return replace(said, value=float(rate.value * 100), low=next(scaled), high=next(scaled), unit="points")
    levels = panel.compared(series, period)
    base = panel.level(total, period.before()) if total else None
    if not release.additive:
        return Answer(None, "share_index", status=status.value, edition=release.edition)
    if levels is None or base is None:
        reason = _why(panel, series, period) if levels is None else "previous_missing"
        return Answer(None, reason, status=status.value, edition=release.edition)
    now, before = (level.figure for level in levels)
    try:
        points = indicators.contribution(now, before, base.figure)
    except IndicatorError:
        return Answer(None, "base_not_positive", status=status.value, edition=release.edition)
    return _computed(release, points.value, points.interval, cells, status, "points")


def _source(release: Release, cells: list[Observation]) -> str:
    """Name file, sheet and cells: "annuelle-2024.xlsx ! Publication ! E18, E12"."""
    if not cells:
        return ""
    sheets = list(dict.fromkeys(one.source.sheet for one in cells))
    places = ", ".join(dict.fromkeys(one.source.cell for one in cells))
    if release.file == RANGE:  # a function is not told where the range lies
        return text("functions.range_source", cells=places)
    return f"{release.file} ! {', '.join(sheets)} ! {places}"
