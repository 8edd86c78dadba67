"""Answers that nachra estimates, added to those of the releases: linked series, targets, the year's outlook.

Each says in its remarks, in every language, that it is an estimate of nachra, from what and on which assumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nachra import formats, targets
from nachra.ahead import ATTAINED, DISTANCE, ESTIMATE, OUTLOOK, PROGRESS, PROJECTION, REQUIRED, TARGET
from nachra.answers import CHANGE, CONTRIBUTION, GROWTH, LEVEL, SHARE, Answer, Book
from nachra.errors import IncomparableError
from nachra.figures import Interval
from nachra.history import History, Point, histories
from nachra.indicators import Indicator
from nachra.linking import link_series, links
from nachra.outlook import outlook
from nachra.panel import Origin
from nachra.release import Release, Status
from nachra.remarks import amount, link_remark, outlook_remark, position_remark
from nachra.targets import Position, Reading
from nachra.texts import languages, load_toml, text
from nachra.units import normalise

Histories = Mapping[tuple[str, str], History]
_ESTIMATED = Status.ESTIMATED.value


def add_estimates(books: dict[str, Book], releases: Iterable[Release]) -> dict[str, str]:
    """Add every estimate to the books, a linked series as a book of its own; return the words for the links.

    Earlier editions come first.
    """
    known: dict[tuple[str, str], History] = dict(histories(releases, is_ordered=True))
    for code, history in [*known.items()]:
        _add_outlook(books[code[0]], history)
    words: dict[str, str] = {}
    for link in links().values():
        linked = [_linked(known, link.id, series) for methodology, series in [*known] if methodology == link.new]
        for history in (one for one in linked if one):
            known[link.id, history.series] = history
            _add_linked(books, history)
            asked = load_toml("nomenclature.toml")["link"][link.id]["words"]
            words |= {normalise(word): link.id for word in (link.id, *asked)}
    for (methodology, series), history in known.items():
        if series == targets.own_baseline().series and targets.may_be_read(methodology):
            _add_targets(books[methodology], history)
    return words


def _linked(known: Histories, link: str, series: str) -> History | None:
    old, new = known.get((links()[link].old, series)), known.get((links()[link].new, series))
    if old is None or new is None:
        return None
    try:
        return link_series(old, new, link)
    except IncomparableError:  # one of them does not publish the overlap
        return None


# --- answers ----------------------------------------------------------------------------------------


def source_of(*points: Point) -> str:
    """Name file, sheet and cells of what points were read from, in the form of EXPORT_SOURCE."""
    found: dict[str, dict[str, list[str]]] = {}
    for cell in (cell for point in points for cell in point.cells):
        found.setdefault(cell.source.file, {}).setdefault(cell.source.sheet, []).append(cell.source.cell)
    return " ; ".join(
        f"{file} ! {sheet} ! {', '.join(dict.fromkeys(cells))}"
        for file, sheets in found.items()
        for sheet, cells in sheets.items()
    )


def _remarks(history: History) -> dict[str, str]:
    return {language: link_remark(history, language) for language in languages()}


def _add_linked(books: dict[str, Book], history: History) -> None:
    """Add a linked series; everything in it is called an estimate, published years too."""
    factor = history.factor
    assert factor, "a linked series has a factor"
    new = books[factor.new.methodology]
    last = [*history.points][-1]
    empty = Book(total=new.total, headline=str(last), series={}, order={}, answers={})
    book = books.setdefault(history.methodology, empty)
    book.series |= {name: code for name, code in new.series.items() if code == history.series}
    book.order[history.series] = [str(period) for period in history.points]
    remarks = _remarks(history)
    ends = (factor.old, factor.new)
    for period, point in history.points.items():
        behind = (point, *ends) if period < factor.new.period else (point,)
        limits = point.figure.interval
        book.answers[history.series, str(period), LEVEL] = [
            Answer(
                float(point.figure.value),
                unit=point.figure.unit.code,
                low=float(limits.low),
                high=float(limits.high),
                origin=ESTIMATE,
                status=_ESTIMATED,
                source=source_of(*behind),
                edition=point.edition,
                text={language: _linked_sentence(point, remarks[language], language) for language in languages()},
                remarks=remarks,
            )
        ]
        before = history.points.get(period.before())
        rate = point.growth.value if point.growth else None
        reason = "" if rate is not None else "previous_missing"
        book.answers[history.series, str(period), GROWTH] = [
            Answer(
                None if rate is None else float(rate),
                reason,
                unit="fraction" if rate is not None else "",
                origin=ESTIMATE,
                status=_ESTIMATED,
                source=source_of(*behind, *((before,) if before else ())),
                edition=point.edition,
                remarks=remarks,
            )
        ]
        for measure in (SHARE, CHANGE, CONTRIBUTION):
            book.answers[history.series, str(period), measure] = [Answer(None, "linked_measure", edition=point.edition)]


def _linked_sentence(point: Point, remark: str, language: str) -> str:
    level = amount(point.figure, language, 2)
    return text("ahead.linked_sentence", language, period=point.period.label(language), level=level, remark=remark)


def _add_outlook(book: Book, history: History) -> None:
    for year in sorted({period.year for period in history.points}):
        try:
            found = outlook(history, year)
        except IncomparableError as error:
            answer = Answer(None, error.code, edition=_edition(history))
        else:
            answer = _estimate(
                Indicator(found.value, found.interval or Interval(found.value, found.value)),
                found.part.unit.code,
                source_of(*found.points),
                _edition(history),
                {language: outlook_remark(found, language) for language in languages()},
                bounded=found.interval is not None,
            )
        book.answers[history.series, str(year), OUTLOOK] = [answer]


def _edition(history: History) -> str:
    return max((point.edition for point in history.points.values()), default="")


def _estimate(
    found: Indicator, unit: str, source: str, edition: str, remarks: dict[str, str], *, bounded: bool = True
) -> Answer:
    return Answer(
        float(found.value),
        unit=unit,
        low=float(found.interval.low) if bounded else None,
        high=float(found.interval.high) if bounded else None,
        origin=ESTIMATE,
        status=_ESTIMATED,
        source=source,
        edition=edition,
        remarks=remarks,
    )


def _add_targets(book: Book, history: History) -> None:
    if not history.years:
        return
    for target in targets.targets():
        found = targets.position(history, target)
        for measure, answer in _target_answers(found, history):
            book.answers[history.series, str(target.period), measure] = [answer]


def _target_answers(found: Position, history: History) -> Iterable[tuple[str, Answer]]:
    """On its own basis a target is official and what follows from it is computed; on any other it is an estimate."""
    remarks = {language: position_remark(found, history, language) for language in languages()}
    source = " ; ".join(one for one in (found.target.source, source_of(found.latest)) if one)
    is_own, unit, edition = found.reading is Reading.OWN, found.aim.unit.code, found.latest.edition

    def made(value: Indicator | None, code: str, reason: str = "") -> Answer:
        if value is None:
            return Answer(None, reason, edition=edition)
        answer = _estimate(value, code, source, edition, remarks)
        return replace(answer, origin=Origin.COMPUTED.value, status=_status(found.latest)) if is_own else answer

    aim = made(Indicator(found.aim.value, found.aim.interval), unit)
    yield TARGET, replace(aim, origin=Origin.PUBLISHED.value, status="", source=found.target.source) if is_own else aim
    yield DISTANCE, made(found.distance, unit)
    yield ATTAINED, made(found.attained, "fraction")
    yield PROGRESS, made(found.progress, "fraction", "target_below" if found.baseline else "baseline_missing")
    yield REQUIRED, made(found.required, "fraction", "target_past")
    if not found.path or found.pace is None:
        yield PROJECTION, Answer(None, "pace_missing" if found.pace is None else "target_past", edition=edition)
        return
    end = found.path[-1][1]
    paced = {
        language: f"{remark} {text('ahead.paced', language, pace=formats.percent(found.pace, 1, language, sign=True))}"
        for language, remark in remarks.items()
    }
    yield PROJECTION, _estimate(Indicator(end, Interval(end, end)), unit, source, edition, paced, bounded=False)


def _status(point: Point) -> str:
    return point.cells[0].status.value if point.cells else ""
