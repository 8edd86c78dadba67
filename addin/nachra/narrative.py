"""Sentences from figures: level, structure, movers and status, in words kept in `templates/texts`."""

from __future__ import annotations

from decimal import Decimal

from nachra import formats
from nachra.figures import Figure, round_half_up
from nachra.panel import Origin, Panel, Rate
from nachra.periods import Period
from nachra.release import Measure, Series, Status
from nachra.texts import text

#: below this width (as a fraction) an interval says no more than the rate itself, at one decimal
NARROW = Decimal("0.001")
#: how many parts the sentence on structure names
NAMED_PARTS = 3


def key_sentences(panel: Panel, language: str) -> tuple[str, ...]:
    """Return the three key messages of a release: the headline, the structure, the movers."""
    return headline(panel, language), structure(panel, language), movers(panel, language)


def _say(key: str, language: str, **params: object) -> str:
    return text(f"narrative.{key}", language, **params)


def _of(period: Period, language: str) -> str:
    number = period.last // period.months
    key = f"{period.kind}_{number}" if period.kind in ("half", "quarter") else period.kind
    return text(f"period_of.{key}", language, period=period.label(language), year=period.year)


def _level(figure: Figure, language: str) -> str:
    return f"{formats.figure(figure, language)}\u00a0{figure.unit.long(language)}"


def _name(series: Series, language: str) -> str:
    name, short = series.name(language), series.short_name(language)
    return name if short == name else f"{name} ({short})"


def _rate(rate: Rate, language: str) -> str:
    return formats.percent(abs(rate.value), rate.decimals, language)


def headline(panel: Panel, language: str) -> str:
    """Level of the total, against a year before, with its growth and what rounding allows."""
    total, period = panel.release.total, panel.headline
    printed = panel.release.figure(total.code, period) if total and period else None
    if total is None or period is None or printed is None:
        return _say("no_total", language)
    subject = panel.release.subject.get(language) or total.name(language)
    of, level = _of(period, language), _level(printed, language)
    before = panel.release.figure(total.code, period.before())
    rate = panel.growth(total, period)
    if before is None or rate is None:
        key = "level_alone" if rate is None else "level_growth"
        movement = _movement(rate, language) if rate else ""
        return _say(key, language, of=of, subject=subject, level=level, movement=movement)
    shown = formats.figure(before, language)
    if before.unit != printed.unit:
        shown = _level(before, language)
    params = {"of": of, "subject": subject, "level": level, "before": shown, "movement": _movement(rate, language)}
    return _say("level_compared", language, proof=_proof(rate, language), **params)


def _movement(rate: Rate, language: str) -> str:
    rounded = round_half_up(rate.value * 100, rate.decimals)
    if rounded == 0:
        return _say("stable", language)
    return _say("rise" if rounded > 0 else "fall", language, rate=_rate(rate, language))


def _proof(rate: Rate, language: str) -> str:
    """In parentheses: published or computed, and the interval of the levels."""
    if rate.printed is None:
        return ""
    if rate.origin is Origin.COMPUTED and rate.printed.interval.width < NARROW:
        return _say("proof_close", language)
    low, high = (
        formats.percent(end, 1, language, sign=True) for end in (rate.printed.interval.low, rate.printed.interval.high)
    )
    return _say(f"proof_{rate.origin.value}", language, low=low, high=high)


def structure(panel: Panel, language: str) -> str:
    """The largest parts with their shares."""
    period = panel.headline
    ranked = panel.ranked_parts(period) if period else ()
    shares = [(part, rate) for part in ranked if period and (rate := panel.share(part, period))]
    if not shares:
        return _say("structure_none" if panel.release.additive else "structure_not_additive", language)
    shares.sort(key=lambda pair: -pair[1].value)
    named = [
        _say("share_of", language, name=_name(part, language), share=_rate(rate, language))
        for part, rate in shares[:NAMED_PARTS]
    ]
    first, others = named[0], named[1:]
    if not others:
        return _say("leads_alone", language, first=first)
    return _say("leads", language, first=first, others=_say("and", language).join(others))


def movers(panel: Panel, language: str) -> str:
    """The parts that grew and fell most."""
    period = panel.headline
    rates = [(part, rate) for part in panel.release.parts if period and (rate := panel.growth(part, period))]
    if not rates:
        return _say("movers_none", language)
    rates.sort(key=lambda pair: pair[1].value)
    clauses = []
    worst, best = rates[0], rates[-1]
    if best[1].value > 0:
        clauses.append(_say("best", language, name=_name(best[0], language), rate=_signed(best[1], language)))
    if worst[1].value < 0:
        clauses.append(_say("worst", language, name=_name(worst[0], language), rate=_signed(worst[1], language)))
    if not clauses:
        return _say("movers_stable", language)
    sentence = _say("but", language).join(clauses)
    incomplete = len(rates) < len(panel.release.parts)
    return _say("movers_some" if incomplete else "movers_all", language, clauses=sentence, count=len(rates))


def _signed(rate: Rate, language: str) -> str:
    return formats.percent(rate.value, rate.decimals, language, sign=True)


def status_sentence(panel: Panel, language: str) -> str:
    """Say in words how firm the headline period's figures are."""
    period = panel.headline
    found = [obs for obs in panel.release.observations if obs.period == period and obs.measure is Measure.LEVEL]
    firm = {obs.status for obs in found if obs.figure}
    of = _of(period, language) if period else ""
    for status in (Status.BREAK, Status.ESTIMATED, Status.PROVISIONAL, Status.REVISED):
        if status in firm:
            key = f"status_{status.value}" if len(firm) == 1 else f"status_{status.value}_some"
            sentence = _say(key, language, of=of)
            break
    else:
        sentence = _say("status_final", language, of=of)
    absent = sum(obs.figure is None for obs in found)
    return sentence + (" " + _say("status_absent", language, count=absent) if absent else "")
