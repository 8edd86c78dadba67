"""What every sheet is made from: the panel, the findings, the language, and a few shared expressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from nachra import plurals, quantities, texts
from nachra.briefing import Value
from nachra.expressions import Ref
from nachra.findings import Finding
from nachra.formats import NBSP, Manner
from nachra.history import History, Point, histories
from nachra.narrative import Narrator
from nachra.outlines import Outline, SheetOutline
from nachra.panel import Level, Panel
from nachra.periods import Period
from nachra.release import Measure, Release, Series, Status
from nachra.units import Unit, normalise

#: from this many periods on, they run down the sheet and the series across it, and titles name the first and the last
MANY_PERIODS = 9
#: the statuses that a legend explains
MARKED = ("provisional", "revised", "estimated", "break")


def _places(decimals: int) -> str:
    return f".{'0' * decimals}" if decimals else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents: a sheet's name, and what is found there."""

    name: str
    about: str


@dataclass(frozen=True)
class Context:
    """A release seen as a panel, its findings, the manner to write in, and the outline to follow."""

    panel: Panel
    findings: tuple[Finding, ...]
    manner: Manner
    outline: Outline
    series: Series | None = None
    """The series that the briefing is about, where it is about one."""
    past: tuple[Release, ...] = ()
    """Earlier releases, oldest edition first: they lengthen the history that an estimate is made from."""
    sheet: SheetOutline | None = None
    """The sheet that is being described."""
    contents: tuple[Entry, ...] = ()
    """The other sheets, for the one that lists them."""

    @property
    def language(self) -> str:
        return self.manner.language

    @cached_property
    def narrator(self) -> Narrator:
        return Narrator(self.panel, self.manner)

    @property
    def release(self) -> Release:
        return self.panel.release

    @cached_property
    def histories(self) -> dict[tuple[str, str], History]:
        """The release's series over time, by methodology and code."""
        return histories([self.release])

    @cached_property
    def long_histories(self) -> dict[tuple[str, str], History]:
        """`histories` with the points that earlier releases add, levels in the briefing's unit."""
        found = histories([*self.past, self.release], is_ordered=True)
        return {key: replace(one, points=dict(self._in_unit(one))) for key, one in found.items()}

    def _in_unit(self, history: History) -> Iterator[tuple[Period, Point]]:
        for period, point in history.points.items():
            if point.figure.unit.dimension == self.unit.dimension:
                yield period, replace(point, figure=point.figure.to(self.unit))

    @cached_property
    def unit(self) -> Unit:
        assert self.panel.unit is not None
        return self.panel.unit

    @cached_property
    def period(self) -> Period:
        assert self.panel.headline is not None
        return self.panel.headline

    @cached_property
    def ordered(self) -> tuple[Series, ...]:
        """The total first, then the parts by size in the headline period, then those without a level."""
        ranked = self.panel.ranked_parts(self.period)
        rest = tuple(part for part in self.release.parts if part not in ranked)
        total = self.release.total
        return ((total,) if total else ()) + ranked + rest

    @cached_property
    def comparable_periods(self) -> tuple[Period, ...]:
        """The periods as long as the headline's."""
        return tuple(period for period in self.release.periods if period.months == self.period.months)

    @cached_property
    def title(self) -> str:
        """The release's own title; in another language, what it is about and which periods it compares."""
        subject = self.release.subject.get(self.language)
        if self.language == texts.DEFAULT_LANGUAGE or not subject:
            return self.release.title
        first, last = (self.comparable_periods[place].label(self.language) for place in (0, -1))
        many = len(self.comparable_periods) >= MANY_PERIODS
        period = self.text("periods_from", first=first, last=last) if many else last
        return self.text("translated_title", subject=subject[:1].upper() + subject[1:], period=period)

    @cached_property
    def publisher(self) -> str:
        """The publisher's name in the briefing's language, where `templates/publishers.toml` knows it."""
        known = texts.load_toml("publishers.toml")["publishers"]
        named = normalise(self.release.publisher)
        return next((str(one[self.language]) for one in known if normalise(one["fr"]) == named), self.release.publisher)

    @property
    def edition(self) -> str:
        """The edition as words ("octobre 2025", "12 janvier 2026")."""
        from babel.dates import format_date

        edition = self.release.edition
        if not edition:
            return self.text("edition_unknown")
        day = dt.date.fromisoformat((edition + "-01-01")[:10] if len(edition) < 10 else edition)
        pattern = {4: "y", 7: "MMMM y"}.get(len(edition), "d MMMM y")
        return format_date(day, pattern, locale={"fr": "fr_MA", "ar": "ar_MA"}.get(self.language, self.language))

    def decimal_format(self, decimals: int, *, sign: bool = False, suffix: str = "") -> str:
        """An Excel number format with grouped thousands; Excel shows the user's own separators."""
        return self._signed("#,##0" + _places(decimals) + (f'"{suffix}"' if suffix else ""), sign)

    def percent_format(self, decimals: int, *, sign: bool = False) -> str:
        """An Excel percentage format, with the no-break space that some manners put before "%"."""
        space = self.manner.percent_sign.removesuffix("%")
        return self._signed("0" + _places(decimals) + (f'"{space}"' if space else "") + "%", sign)

    def _signed(self, body: str, sign: bool) -> str:
        """Without a left-to-right mark, a sign would show on the other side of its number in an Arabic sheet."""
        mark = '"\u200e"' if self.language == "ar" else ""
        plus, minus = f"{mark}+{body}", f"{mark}-{body}"
        if sign:
            return f"{plus};{minus};{body}"
        return f"{body};{minus};{body}" if mark else body

    def text(self, key: str, /, **params: object) -> str:
        return plurals.text(f"briefing.{key}", self.language, **params)

    def listed(self, names: Iterable[str]) -> str:
        """Return names in a row, with the language's own comma."""
        return self.text("comma").join(names)

    def status_label(self, status: Status | None) -> str:
        return status.label(self.language) if status else self.missing

    @property
    def missing(self) -> str:
        """What stands where there is no figure."""
        return "[x]" if self.outline.shorthand else self.text("missing")

    @property
    def nothing(self) -> str:
        """What stands where there can be no figure."""
        return "[z]" if self.outline.shorthand else ""

    def mark(self, letter: str) -> str:
        """A status as tables show it beside a figure or a period."""
        return f"[{letter}]" if self.outline.shorthand else f"({letter})"

    @property
    def legend_missing(self) -> str:
        """What stands for an absent figure, in words."""
        legend = self.text("legend_missing", mark=self.missing)
        return legend + (" " + self.text("legend_nothing", mark=self.nothing) if self.nothing else "")

    @property
    def legend_status(self) -> str:
        """The marks of statuses, in words."""
        return self.text("legend_status", **{name: self.mark(Status(name).mark) for name in MARKED})

    def heading(self, period: Period) -> str:
        """A period as a column header, with its status mark where all its levels share one."""
        marks = self._marks(period)
        mark = next(iter(marks)) if len(marks) == 1 else ""
        return period.label(self.language) + (f" {self.mark(mark)}" if mark else "")

    def _marks(self, period: Period) -> set[str]:
        found = [obs for obs in self.release.observations if obs.period == period and obs.measure is Measure.LEVEL]
        return {obs.status.mark for obs in found if obs.figure}

    def suffix(self, series: Series, period: Period, level: Level) -> str:
        """Marks that follow a figure: its status where the header cannot say it, and (s) for a sum of parts."""
        status = self.panel.status(series, period)
        mark = status.mark if status and len(self._marks(period)) > 1 else ""
        marks = [one for one in (mark, self.text("sum_mark") if level.is_sum else "") if one]
        return "".join(f"{NBSP}{self.mark(one)}" for one in marks)

    # --- values: the same quantities as sentences quote ---------------------------------------------

    def level_value(self, series: Series, period: Period) -> Value | str:
        level = self.panel.level(series, period)
        if level is None:
            return self.missing
        number_format = self.decimal_format(level.figure.decimals, suffix=self.suffix(series, period, level))
        key = quantities.level_key(series, period, level)
        return Value(Ref(key), number_format, key)

    def growth_value(self, series: Series, period: Period) -> Value | str:
        rate = self.panel.growth(series, period)
        if rate is None:
            return self.missing
        expression = quantities.quoted(rate, quantities.computed_growth(self.panel, series, period))
        quantity = quantities.name("growth", series, period)
        return Value(expression, self.percent_format(rate.decimals, sign=True), quantity)

    def share_value(self, series: Series, period: Period) -> Value | str:
        rate = self.panel.share(series, period)
        if rate is None:
            return self.missing
        expression = quantities.quoted(rate, quantities.computed_share(self.panel, series, period))
        return Value(expression, self.percent_format(rate.decimals), quantities.name("share", series, period))

    def change_value(self, series: Series, period: Period) -> Value | str:
        found = quantities.change(self.panel, series, period)
        if found is None:
            return self.missing
        number_format = self.decimal_format(found.decimals, sign=True)
        return Value(found.expression, number_format, quantities.name("change", series, period))
