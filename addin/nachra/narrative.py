"""Sentences from figures: level, growth, contributions, structure, rank and status, in words kept in `templates/`.

A sentence says what the panel quotes, never more: what rounding leaves open is said to be open, a rate keeps its
origin, and a comparison that cannot be made gives its reason. `templates/narrative.toml` says which word goes with
which rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from nachra import quantities
from nachra.briefing import Sentence
from nachra.expressions import Expression, Ref
from nachra.figures import Figure, Interval, round_half_up
from nachra.formats import Manner
from nachra.panel import Origin, Panel, Rate
from nachra.periods import Period
from nachra.phrases import Phrases, Sign, joined
from nachra.quantities import Amount
from nachra.release import Measure, Series, Status
from nachra.texts import load_toml
from nachra.units import Unit

#: below this width (as a fraction), what rounding allows is read as the rate itself: a quarter of a point
NARROW = Decimal("0.0025")
#: statuses in the order in which a sentence prefers to name one
STATUSES = (Status.BREAK, Status.ESTIMATED, Status.PROVISIONAL, Status.REVISED)

Kind = Literal["level", "comparison", "growth"]


def series_sentence(panel: Panel, series: Series, period: Period, manner: Manner) -> Sentence:
    """Return one finished sentence on a series in a period: level, level a year before, growth."""
    return Narrator(panel, manner).series_sentence(series, period)


def _rules() -> dict[str, Any]:
    return load_toml("narrative.toml")


def is_open(rate: Rate) -> bool:
    """Tell whether rounding leaves the direction of a growth open: its interval holds zero."""
    return rate.printed is not None and Decimal(0) in rate.printed.interval


@dataclass(frozen=True)
class Narrator:
    """What is said of a release, in one manner; every sentence is finished and can stand alone."""

    panel: Panel
    manner: Manner

    @cached_property
    def phrases(self) -> Phrases:
        return Phrases(self.manner)

    @property
    def language(self) -> str:
        return self.manner.language

    # --- the whole ------------------------------------------------------------------------------------

    def key_messages(self) -> tuple[Sentence, ...]:
        """Return the key messages of a release: headline, contributions, structure, movers; without empty ones."""
        said = self.headline(), self.contributors(), self.structure(), self.movers()
        return tuple(sentence for sentence in said if sentence)

    def headline(self, kind: Kind = "growth") -> Sentence:
        """Say the level of the total; with that of a year before, and growth with what rounding allows, by `kind`."""
        total, period = self.panel.release.total, self.panel.headline
        if total is None or period is None or self.panel.release.figure(total.code, period) is None:
            return self.phrases.say("no_total")
        return self.series_sentence(total, period, kind)

    def contributors(self) -> Sentence:
        """Say which parts make the total's growth, and which go against it; empty where that is not known."""
        total, period = self.panel.release.total, self.panel.headline
        rate = self.panel.growth(total, period) if total and period else None
        if period is None or rate is None:
            return ()
        parts = self.panel.release.parts
        found = [(part, quantities.contribution(self.panel, part, period)) for part in parts]
        known = [(part, one) for part, one in found if one]
        # what rounding could turn, or would write as zero, explains nothing
        sure = [(part, one) for part, one in known if one.is_sure and round_half_up(one.value, one.decimals)]
        sure.sort(key=lambda pair: -abs(pair[1].value))
        upwards = [pair for pair in sure if pair[1].value > 0]
        downwards = [pair for pair in sure if pair[1].value < 0]
        most = int(_rules()["names"]["contributors"])
        if self._movement_key(rate) == "stable" or is_open(rate):
            opposed = [*upwards[:1], *downwards[:1]]
            whole = len(opposed) == 2 and len(known) == len(parts)
            return self._contributions("contributors_opposed", opposed, period) if whole else ()
        leading, against = (upwards, downwards) if rate.value > 0 else (downwards, upwards)
        if not leading:
            return ()
        key = "contributors" if len(known) == len(parts) else "contributors_some"
        said = self._contributions(key, leading[:most], period)
        if against:
            said = joined(" ", [said, self._contributions("contributors_against", against[:1], period)])
        return said

    def _contributions(self, key: str, pairs: list[tuple[Series, Amount]], period: Period) -> Sentence:
        named = [
            self.phrases.say("contribution_of", name=self.name(part), points=self._points(part, one, period))
            for part, one in pairs
        ]
        return self.phrases.say(key, list=self.phrases.listed(named, "semicolon"))

    def structure(self) -> Sentence:
        """Name the largest parts with their shares."""
        panel, period = self.panel, self.panel.headline
        shared = panel.shared_parts(period) if period else ()
        found = [(part, rate) for part in shared if period and (rate := panel.share(part, period))]
        if not panel.release.additive and not found:
            return self.phrases.say("structure_not_additive")
        if period is None or not panel.has_breakdown:
            return self.phrases.say("structure_none")
        if not found:
            return self.phrases.say("structure_unknown", of=period.phrase(self.language))
        said = [
            self.phrases.say("share_of", name=self.name(part), share=self._share(part, period, rate))
            for part, rate in found[: int(_rules()["names"]["structure"])]
        ]
        if len(found) == 1:
            return self.phrases.say("leads_alone", first=said[0])
        if 1 - sum(rate.value for _, rate in found) > found[0][1].value:
            # what is not published may be larger than all that is
            return self.phrases.say("leads_known", list=self.phrases.listed(said, "semicolon"))
        if not self._is_led(found[0], found[1], period):
            return self.phrases.say("leads_tied", list=self.phrases.listed(said, "semicolon"))
        key = "leads" if len(said) > 2 else "leads_two"
        return self.phrases.say(key, first=said[0], others=self.phrases.listed(said[1:], "then"))

    def _is_led(self, first: tuple[Series, Rate], second: tuple[Series, Rate], period: Period) -> bool:
        """Tell whether the first part is larger than the second, whatever the rounding of both hides."""
        if _rounded(first[1]) == _rounded(second[1]):
            return False
        levels = [level.figure for part, _ in (first, second) if (level := self.panel.level(part, period))]
        claims = [rate.claim.figure for _, rate in (first, second) if rate.claim and rate.claim.figure]
        pairs = [pair for pair in (levels, claims) if len(pair) == 2]
        return any(not _crosses(*(one.interval for one in pair)) for pair in pairs)

    def movers(self) -> Sentence:
        """Name the parts that grew and fell most."""
        panel, period = self.panel, self.panel.headline
        rates = [(part, rate) for part in panel.release.parts if period and (rate := panel.growth(part, period))]
        if not rates or period is None:
            return self.phrases.say("movers_none")
        incomplete = len(rates) < len(panel.release.parts)
        if len(rates) == 1 and incomplete:
            part, rate = rates[0]
            return self.phrases.say("movers_one", name=self.name(part), rate=self._growth(part, period, rate, "both"))
        # a movement that rounding could turn makes nobody first or last
        sure = [(part, rate) for part, rate in rates if _rounded(rate) and not is_open(rate)]
        rises, falls = ([one for one in sure if (one[1].value > 0) is way] for way in (True, False))
        clauses = [one for one in (self._extreme("best", rises, period), self._extreme("worst", falls, period)) if one]
        if not clauses:
            moved = any(_rounded(rate) for _, rate in rates)
            return self.phrases.say("movers_open" if moved else "movers_stable")
        key = "movers_some" if incomplete else "movers_all"
        return self.phrases.say(key, count=len(rates), clauses=self.phrases.listed(clauses, "but"))

    def _extreme(self, key: str, rates: list[tuple[Series, Rate]], period: Period) -> Sentence:
        """Name the part, or the parts alike, whose rate is furthest from zero."""
        if not rates:
            return ()
        furthest = max(abs(_rounded(rate)) for _, rate in rates)
        alike = [(part, rate) for part, rate in rates if abs(_rounded(rate)) == furthest]
        names = self.phrases.listed([(self.name(part),) for part, _ in alike], "and")
        part, rate = alike[0]
        return self.phrases.say(key, name=names, rate=self._growth(part, period, rate, "both"))

    def status(self) -> Sentence:
        """Say how firm the headline period's figures are."""
        period = self.panel.headline
        if period is None:
            return ()
        levels = [obs for obs in self.panel.release.observations if obs.measure is Measure.LEVEL]
        found = [obs for obs in levels if obs.period == period]
        firm = {obs.status for obs in found if obs.figure}
        of = period.phrase(self.language)
        status = next((one for one in STATUSES if one in firm), None)
        key = "status_final" if status is None else f"status_{status.value}" + ("_some" if len(firm) > 1 else "")
        said = [self.phrases.say(key, of=of)]
        if absent := sum(obs.figure is None for obs in found):
            said.append(self.phrases.say("status_absent", count=absent))
        return joined(" ", said)

    # --- one series -----------------------------------------------------------------------------------

    def series_paragraph(self, series: Series) -> Sentence:
        """Say of a series in the headline period its level and growth, change, contribution, rank, share and status."""
        period = self.panel.headline
        if period is None:
            return ()
        said = [self.series_sentence(series, period)]
        if self.panel.release.figure(series.code, period):
            said += [self._change(series, period)]
            said += [self.contributors() if series.role == "total" else self._rank(series, period)]
            status = self.panel.status(series, period)
            if status in STATUSES and status is not Status.BREAK:
                said.append(self.phrases.say(f"note_{status.value}"))
        return joined(" ", [one for one in said if one])

    def series_sentence(self, series: Series, period: Period, kind: Kind = "growth") -> Sentence:
        """Say the level of a series in a period; with that of a year before, and growth, by `kind`."""
        panel, say = self.panel, self.phrases.say
        now, before = (panel.release.figure(series.code, one) for one in (period, period.before()))
        rate = panel.growth(series, period)
        if now is None:
            return self._unpublished(series, period, rate)
        lead = self._lead(series, period, now)
        reason = panel.obstacle(series, period)
        if kind == "level":
            return say("only_level", lead=lead)
        if reason or before is None:
            why = say(f"why_{reason}")
            if rate is None or kind == "comparison":
                return say("not_compared", lead=lead, why=why)
            return say("unchecked", lead=lead, why=why, movement=self._movement(series, period, rate))
        # the unit is said once
        earlier = self._level(series, period.before(), before, with_unit=before.unit != now.unit)
        if kind == "comparison" or rate is None:
            return say("only_levels", lead=lead, before=earlier)
        movement, proof = self._movement(series, period, rate), self._proof(series, period, rate)
        return say("compared", lead=lead, before=earlier, movement=movement, proof=proof)

    def _unpublished(self, series: Series, period: Period, rate: Rate | None) -> Sentence:
        of, name = period.phrase(self.language), self.name(series)
        if self.panel.status(series, period) is Status.CONFIDENTIAL:
            return self.phrases.say("confidential", name=name, of=of)
        if rate is None:
            return self.phrases.say("unpublished", name=name, of=of)
        return self.phrases.say("unpublished_growth", name=name, of=of, rate=self._growth(series, period, rate, "both"))

    def _lead(self, series: Series, period: Period, figure: Figure) -> Sentence:
        """Subject, verb and level; the name and a colon where the grammar of the subject is not known."""
        of, level = period.phrase(self.language), self._level(series, period, figure)
        subject = self.subject(series)
        number = _number_of(subject, self.language)
        if not subject or not number:
            return self.phrases.say("lead_name", name=self.name(series), level=level, of=of)
        stand = self.phrases.say("stand", form=number)
        return self.phrases.say("lead", subject=subject, stand=stand, level=level, of=of)

    def _movement(self, series: Series, period: Period, rate: Rate) -> Sentence:
        key = self._movement_key(rate)
        signed = key in ("stable", "open")
        return self.phrases.say(key, rate=self._growth(series, period, rate, "both" if signed else "none"))

    def _movement_key(self, rate: Rate) -> str:
        bounds = {name: Decimal(bound) for name, bound in _rules()["movement"].items()}
        written = _rounded(rate)
        limits = rate.printed.interval if rate.printed and rate.origin is not Origin.PUBLISHED else None
        if limits and is_open(rate) and max(-limits.low, limits.high) * 100 >= bounds["stable_below"]:
            # neither a direction nor stability is known
            return "open"
        if abs(written) < bounds["stable_below"]:
            return "stable"
        way = "rise" if written > 0 else "fall"
        if abs(written) < bounds["slight_below"]:
            return f"{way}_slight"
        return f"{way}_strong" if abs(written) >= bounds["strong_from"] else way

    def _proof(self, series: Series, period: Period, rate: Rate) -> Sentence:
        """In parentheses: published or computed, and the interval of the levels."""
        ends = quantities.growth_bounds(self.panel, series, period)
        if rate.printed is None or ends is None:
            return ()
        limits: Interval = rate.printed.interval
        if rate.origin is Origin.COMPUTED and limits.width < NARROW and not is_open(rate):
            return self.phrases.say("proof_close")
        low, high = (
            self.phrases.percent(end, value, 1, sign="both")
            for end, value in zip(ends, (limits.low, limits.high), strict=True)
        )
        hedged = "_open" if is_open(rate) and rate.origin is not Origin.REFUSED else ""
        return self.phrases.say(f"proof_{rate.origin.value}{hedged}", low=low, high=high)

    def _change(self, series: Series, period: Period) -> Sentence:
        """Say the change in value, and what it contributes to the total's growth."""
        found, unit = quantities.change(self.panel, series, period), self._change_unit(series, period)
        levels = self.panel.compared(series, period)
        # the difference of sums of parts is not that of the levels just said
        if not found or not unit or not self.panel.unit or not levels or any(level.is_sum for level in levels):
            return ()
        scale = self.panel.unit.factor / unit.factor
        # 0,030 milliard is 30 millions
        decimals = max(0, found.decimals - max(0, scale.adjusted()))
        if not round_half_up(found.value * scale, decimals):
            return ()
        change = self.phrases.amount(
            found.expression,
            found.value,
            decimals,
            unit,
            scale=scale,
            sign="both",
            quantity=quantities.name("change", series, period),
        )
        if not found.is_sure:
            return self.phrases.say("change_open", change=change)
        share = quantities.contribution(self.panel, series, period) if series.role == "part" else None
        if share is None or not self.panel.release.additive or not round_half_up(share.value, share.decimals):
            return self.phrases.say("change", change=change)
        return self.phrases.say("change_contributing", change=change, points=self._points(series, share, period))

    def _change_unit(self, series: Series, period: Period) -> Unit | None:
        """The unit both levels were printed in, where they have one; else that of the tables."""
        printed = [self.panel.release.figure(series.code, one) for one in (period, period.before())]
        units = {one.unit for one in printed if one}
        return units.pop() if len(units) == 1 else self.panel.unit

    def _rank(self, series: Series, period: Period) -> Sentence:
        """Say the share of a part, and its rank where rounding leaves no doubt of it."""
        rate = self.panel.share(series, period)
        if rate is None or not _rounded(rate):
            return ()
        share = self._share(series, period, rate)
        levels = {part.code: self.panel.level(part, period) for part in self.panel.ranked_parts(period)}
        printed = [part for part in self.panel.release.parts if self.panel.release.figure(part.code, period)]
        is_all = len(printed) == len(levels)
        own = levels.pop(series.code, None)
        limits = [level.figure.interval for level in levels.values() if level]
        if own is None or not limits or not is_all or any(_crosses(own.figure.interval, one) for one in limits):
            return self.phrases.say("share_only", share=share)
        rank = sum(one.low >= own.figure.interval.high for one in limits) + 1
        names = _rules()["ranks"][self.language]
        word = names[rank - 1] if rank <= len(names) else self.phrases.say("rank_beyond", rank=rank)
        return self.phrases.say("rank", rank=word, count=len(limits) + 1, share=share)

    # --- names and numbers ----------------------------------------------------------------------------

    def name(self, series: Series) -> str:
        """Return a series' name and code, as they stand in a sentence."""
        name, short = series.name(self.language), series.short_name(self.language)
        if short == name or series.role == "total":
            return self.manner.isolated(name)
        return f"{self.manner.isolated(name)} ({self.manner.isolated(short)})"

    def subject(self, series: Series) -> str:
        """Return what the figures of a series measure, with its article: the profile's words for the total,
        the nomenclature's for a series that goes by its name; "" where there are none.
        """
        if series.role == "total":
            return self.manner.isolated(self.panel.release.subject.get(self.language, ""))
        for entry in load_toml("nomenclature.toml")["series"]:
            if entry["code"] == series.code and entry["label"][self.language] == series.label.get(self.language):
                return str(entry.get("subject", {}).get(self.language, ""))
        return ""

    def _level(self, series: Series, period: Period, figure: Figure, *, with_unit: bool = True) -> Sentence:
        """Return a level as it was printed, in its own unit."""
        level = self.panel.level(series, period)
        key = f"{series.code}|{period}|{Measure.LEVEL.value}"
        if level is None or level.is_sum or self.panel.unit is None:
            # tables show a sum of parts instead, or nothing: the printed figure stands in the data only
            said = self.phrases.amount(Ref(key, "published"), figure.value, figure.decimals, figure.unit)
        else:
            scale, value = self.panel.unit.factor / figure.unit.factor, level.figure.value
            said = self.phrases.amount(Ref(key), value, figure.decimals, figure.unit, scale=scale, quantity=key)
        return said if with_unit else said[:1]

    def _growth(self, series: Series, period: Period, rate: Rate, sign: Sign) -> Sentence:
        expression = quantities.growth(self.panel, series, period)
        assert expression is not None
        quantity = quantities.name("growth", series, period)
        return self._percent(expression, rate, sign, quantity)

    def _share(self, series: Series, period: Period, rate: Rate) -> Sentence:
        expression = quantities.share(self.panel, series, period)
        assert expression is not None
        return self._percent(expression, rate, "minus", quantities.name("share", series, period))

    def _percent(self, expression: Expression, rate: Rate, sign: Sign, quantity: str) -> Sentence:
        return self.phrases.percent(expression, rate.value, rate.decimals, sign=sign, quantity=quantity)

    def _points(self, series: Series, found: Amount, period: Period) -> Sentence:
        quantity = quantities.name("contribution", series, period)
        return self.phrases.points(found.expression, found.value, quantity)


def _rounded(rate: Rate) -> Decimal:
    """The percentage as it is written: 0,04 % is no rise."""
    return round_half_up(rate.value * 100, rate.decimals)


def _crosses(first: Interval, second: Interval) -> bool:
    """Tell whether two intervals share more than an end."""
    return first.low < second.high and second.low < first.high


def _number_of(subject: str, language: str) -> str:
    """Return "one" or "other" by the subject's article; "other" in languages that need none, "" where unknown."""
    articles: dict[str, list[str]] | None = _rules()["articles"].get(language)
    if articles is None:
        return "other"
    return next((number for number, words in articles.items() if subject.startswith(tuple(words))), "")
