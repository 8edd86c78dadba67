"""What an estimate says of itself: that it is nachra's, from which figures, on which assumption, and how sure it is."""

from __future__ import annotations

from decimal import Decimal

from nachra import formats, targets
from nachra.figures import Figure
from nachra.history import History
from nachra.linking import links
from nachra.outlook import LEVEL as CONFIDENCE
from nachra.outlook import Outlook
from nachra.targets import Position, Reading
from nachra.texts import load_toml, text


def amount(value: Figure, language: str, decimals: int | None = None) -> str:
    """Return a level with its unit in a few words; an index is a mere number."""
    shown = formats.number(value.value, value.decimals if decimals is None else decimals, language)
    if value.unit.dimension == "index":
        return shown
    name = value.unit.label(language) if language == "fr" else value.unit.long(language)
    return f"{shown}\u00a0{name}"


def methodology_name(methodology: str, language: str) -> str:
    """Return what a methodology or a link is called, in a few words."""
    if methodology in links():
        return links()[methodology].label(language)
    is_known = methodology in load_toml("nomenclature.toml")["methodology"]
    return text(f"briefing.methodology_{methodology}", language) if is_known else methodology


def link_remark(history: History, language: str) -> str:
    """Return what a linked series is: an estimate, by which factor, from which figures."""
    factor = history.factor
    assert factor, "only a linked series has a link to speak of"
    return text(
        "ahead.linked",
        language,
        old=methodology_name(factor.old.methodology, language),
        new=methodology_name(factor.new.methodology, language),
        factor=formats.number(factor.ratio.value, 3, language),
        before=amount(factor.old.figure, language),
        after=amount(factor.new.figure, language),
        period=factor.new.period.label(language),
    )


def position_remark(found: Position, history: History, language: str) -> str:
    """Return how a target is read, from which figures, and on whose word."""
    own = targets.own_baseline()
    here = found.baseline
    return text(
        f"ahead.target_{found.reading.value}",
        language,
        strategy=targets.strategy_name(language),
        year=found.target.period.year,
        target=amount(found.target.figure, language),
        aim=amount(found.aim, language, 2 if found.reading is Reading.LINKED else None),
        own=methodology_name(found.target.methodology, language),
        basis=methodology_name(found.basis, language),
        factor=formats.number(history.factor.ratio.value, 3, language) if history.factor else "",
        first=own.period.year,
        baseline=amount(own.figure, language),
        here=amount(here.figure, language) if here else text("ahead.not_published", language),
        latest=amount(found.latest.figure, language),
        period=found.latest.period.label(language),
    )


def outlook_remark(found: Outlook, language: str) -> str:
    """Return what a year's outlook is computed from, what it supposes, and how sure it is."""
    unit, places = found.part.unit, found.decimals
    ratios = [formats.number(ratio, 3, language) for _, ratio in found.ratios]
    said = text(
        "ahead.outlook",
        language,
        year=found.year.year,
        value=amount(Figure(found.value, Decimal(1), unit), language, places),
        part=amount(found.part, language),
        known=found.known.label(language),
        ratio=formats.number(found.value / found.part.value, 3, language),
        past=text("briefing.list_separator", language).join(
            text("ahead.past", language, year=year, ratio=ratio)
            for (year, _), ratio in zip(found.ratios, ratios, strict=True)
        ),
    )
    if found.interval is None:
        limits = formats.interval(found.rounding, places, language)
        return f"{said} {text('ahead.outlook_one', language, limits=limits)}"
    limits = formats.interval(found.interval, places, language)
    percent = formats.percent(CONFIDENCE, 0, language)
    return f"{said} {text('ahead.outlook_many', language, limits=limits, level=percent, count=len(found.ratios))}"
