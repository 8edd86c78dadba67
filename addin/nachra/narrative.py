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
    if total is None or period is None or panel.release.figure(total.code, period) is None:
        return _say("no_total", language)
    return series_sentence(panel, total, period, language)


def series_sentence(panel: Panel, series: Series, period: Period, language: str) -> str:
    """One finished sentence on a series in a period: level, level a year before, growth."""
    printed = panel.release.figure(series.code, period)
    of = period.phrase(language)
    if printed is None:
        return _say("level_missing", language, of=of, name=_name(series, language))
    level = _level(printed, language)
    before = panel.release.figure(series.code, period.before())
    rate = panel.growth(series, period)
    key = "level_compared" if before and rate else "level_growth" if rate else "level_alone"
    if before and not rate:
        key = "level_undefined"
    params = {"of": of, "level": level, "movement": _movement(rate, language) if rate else ""}
    if before and rate:
        same_unit = before.unit == printed.unit
        params["before"] = formats.figure(before, language) if same_unit else _level(before, language)
        params["proof"] = _proof(rate, language)
    if series.role == "total":
        subject = panel.release.subject.get(language) or series.name(language)
        return _say(key, language, subject=subject, **params)
    return _say(f"{key}_part", language, name=_name(series, language), **params)


def _movement(rate: Rate, language: str) -> str:
    rounded = _rounded(rate)
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
    key = "leads" if len(others) > 1 else "leads_two"
    return _say(key, language, first=first, others=_say("and", language).join(others))


def movers(panel: Panel, language: str) -> str:
    """The parts that grew and fell most."""
    period = panel.headline
    rates = [(part, rate) for part in panel.release.parts if period and (rate := panel.growth(part, period))]
    if not rates:
        return _say("movers_none", language)
    rates.sort(key=lambda pair: pair[1].value)
    incomplete = len(rates) < len(panel.release.parts)
    clauses = []
    worst, best = rates[0], rates[-1]
    if len(rates) == 1 and incomplete:
        return _say("movers_one", language, name=_name(best[0], language), rate=_signed(best[1], language))
    if _rounded(best[1]) > 0:
        clauses.append(_say("best", language, name=_name(best[0], language), rate=_signed(best[1], language)))
    if _rounded(worst[1]) < 0:
        clauses.append(_say("worst", language, name=_name(worst[0], language), rate=_signed(worst[1], language)))
    if not clauses:
        return _say("movers_stable", language)
    sentence = _say("but", language).join(clauses)
    return _say("movers_some" if incomplete else "movers_all", language, clauses=sentence, count=len(rates))


def _rounded(rate: Rate) -> Decimal:
    """The percentage as it is written: 0,04 % is no rise."""
    return round_half_up(rate.value * 100, rate.decimals)


def _signed(rate: Rate, language: str) -> str:
    return formats.percent(rate.value, rate.decimals, language, sign=True)


def status_sentence(panel: Panel, language: str) -> str:
    """Say in words how firm the headline period's figures are."""
    period = panel.headline
    found = [obs for obs in panel.release.observations if obs.period == period and obs.measure is Measure.LEVEL]
    firm = {obs.status for obs in found if obs.figure}
    of = period.phrase(language) if period else ""
    for status in (Status.BREAK, Status.ESTIMATED, Status.PROVISIONAL, Status.REVISED):
        if status in firm:
            key = f"status_{status.value}" if len(firm) == 1 else f"status_{status.value}_some"
            sentence = _say(key, language, of=of)
            break
    else:
        sentence = _say("status_final", language, of=of)
    absent = sum(obs.figure is None for obs in found)
    return sentence + (" " + _say("status_absent", language, count=absent) if absent else "")
