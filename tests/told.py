"""Fifty cases for the sentences of every language: each wording, and numbers of every size and sign.

`python tests/told.py` (with PYTHONPATH=addin) rewrites the snapshots that `test_narrative.py` compares.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import specimens

from nachra.briefing import Sentence, plain
from nachra.formats import Manner, Style
from nachra.layouts import nomenclature
from nachra.narrative import Narrator
from nachra.panel import Panel
from nachra.release import Release, Series, Status
from nachra.texts import languages

SNAPSHOTS = Path(__file__).with_name("snapshots")
SUBJECT = {
    "fr": "les exportations de services numériques",
    "en": "exports of digital services",
    "ar": "صادرات الخدمات الرقمية",
}
PRICES = {"fr": "l'indice des prix à l'exportation", "en": "the export price index", "ar": "مؤشر أسعار الصادرات"}
TURNOVER = {"fr": "le chiffre d'affaires du secteur", "en": "the sector's turnover", "ar": "مداخيل القطاع"}
#: a series that no nomenclature knows, and one that has a French name only
OTHER = {"fr": "Hébergement de données", "en": "Data hosting", "ar": "استضافة المعطيات"}
FRENCH = {"fr": "Autres prestations"}

Tell = Callable[[Narrator], Sentence]


def headline(narrator: Narrator) -> Sentence:
    return narrator.headline()


def contributors(narrator: Narrator) -> Sentence:
    return narrator.contributors()


def structure(narrator: Narrator) -> Sentence:
    return narrator.structure()


def movers(narrator: Narrator) -> Sentence:
    return narrator.movers()


def status(narrator: Narrator) -> Sentence:
    return narrator.status()


def about(code: str) -> Tell:
    """The paragraph on a series."""
    return lambda narrator: narrator.series_paragraph(
        next(series for series in narrator.panel.release.series if series.code == code)
    )


@dataclass(frozen=True)
class Case:
    """Figures as `specimens.release` takes them, and which sentence is told of them."""

    tell: Tell
    figures: Mapping[str, str | None]
    units: tuple[str, ...] = ("MAD_bn",)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    """The status of single observations, by the same keys."""
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Other labels of series, by code."""
    old: tuple[str, ...] = ()
    """Observations of another methodology."""
    status: Status = Status.FINAL
    fields: Mapping[str, Any] = field(default_factory=dict)
    style: Style = "cldr"

    def release(self) -> Release:
        fields = {"subject": SUBJECT, **self.fields}
        made = specimens.release(self.figures, unit_codes=self.units, status=self.status, **fields)
        known = {one.code: one for one in nomenclature()}
        series = tuple(
            Series(code=one.code, label=dict(self.others[one.code]), role=one.role)
            if one.code in self.others
            else Series(code=one.code, label=known[one.code].label, short=known[one.code].short, role=one.role)
            for one in made.series
        )
        observations = []
        for key, obs in zip(self.figures, made.observations, strict=True):
            changes: dict[str, Any] = {"status": self.statuses[key]} if key in self.statuses else {}
            if key in self.old:
                changes["methodology"] = "historic"
            observations.append(obs.model_copy(update=changes))
        # not model_copy: what the model has looked up once would be copied too
        unchanged = {name: getattr(made, name) for name in Release.model_fields}
        return Release(**unchanged | {"series": series, "observations": tuple(observations)})

    def told(self, language: str) -> str:
        return plain(self.tell(Narrator(Panel(self.release()), Manner(language, self.style))))


def total(before: str | None, now: str | None, growth: str | None = None, period: str = "2024", **case: Any) -> Case:
    """The headline on a total that went from one level to another."""
    year = int(period[:4])
    earlier = period.replace(str(year), str(year - 1))
    figures = {f"TOTAL {earlier}": before, f"TOTAL {period}": now}
    if growth is not None:
        figures[f"TOTAL {period} %%"] = growth
    return Case(headline, figures, **case)


def part(code: str, before: str | None, now: str | None, period: str = "2024", **case: Any) -> Case:
    """The paragraph on a part of a total that doubled."""
    year = int(period[:4])
    earlier = period.replace(str(year), str(year - 1))
    whole = {f"TOTAL {earlier}": "10000", f"TOTAL {period}": "20000"}
    rest = {f"ESO {earlier}": "5000", f"ESO {period}": "11000", f"BPO {earlier}": "100", f"BPO {period}": "150"}
    if code in ("ESO", "BPO"):
        rest = {key: value for key, value in rest.items() if not key.startswith(code)}
    return Case(
        about(code), {**whole, **rest, f"{code} {earlier}": before, f"{code} {period}": now}, ("MAD_mn",), **case
    )


PARTS = {"TOTAL 2023": "1000", "ITO 2023": "400", "CRM 2023": "300", "ESO 2023": "200", "BPO 2023": "100"}
GREW = {**PARTS, "TOTAL 2024": "1100", "ITO 2024": "460", "CRM 2024": "360", "ESO 2024": "180", "BPO 2024": "100"}
FELL = {**PARTS, "TOTAL 2024": "900", "ITO 2024": "320", "CRM 2024": "270", "ESO 2024": "210", "BPO 2024": "100"}
OPPOSED = {**PARTS, "TOTAL 2024": "1002", "ITO 2024": "461", "CRM 2024": "241", "ESO 2024": "200", "BPO 2024": "100"}
TIED = {**PARTS, "TOTAL 2024": "1000", "ITO 2024": "350", "CRM 2024": "350", "ESO 2024": "200", "BPO 2024": "100"}
MANY = {
    "TOTAL 2023": "1000", "TOTAL 2024": "1100", "ITO 2024": "400", "CRM 2024": "350", "ESO 2023": "100",
    "ESO 2024": "150", "BPO 2023": "100", "BPO 2024": "150", "KPO 2023": "80", "KPO 2024": "50",
}  # fmt: skip
SMALL = {
    "TOTAL 2023": "0.4", "TOTAL 2024": "0.4", "ITO 2023": "0.1", "ITO 2024": "0.2",
    "CRM 2023": "0.3", "CRM 2024": "0.2",
}  # fmt: skip
STILL = {
    "TOTAL 2023": "20000", "TOTAL 2024": "20001", "ITO 2023": "10000", "ITO 2024": "10001",
    "CRM 2023": "10000", "CRM 2024": "10000",
}  # fmt: skip
MN = ("MAD_mn",)

#: every branch, one by one
BRANCHES: tuple[Case, ...] = (
    total("26.17", "26.2", "0.2", status=Status.PROVISIONAL),
    total("12.9", "13.4", "3.5", "2025-S1"),
    total("13.4", "12.9", None, "2024-S2", fields={"subject": TURNOVER}),
    total("26.17", "26.2", "9.9", "2024-Q1"),
    total("26200", "26205", units=MN, period="2024-04"),
    total("26200", "26500", units=MN, period="2024-Q3"),
    total("26500", "26200", units=MN, period="2024-08"),
    total("10.00", "12.55", period="2024-01/2024-09"),
    total("20.00", "13.00", period="2025-10"),
    total("0.1", "0.2", period="2024-Q4"),
    total("-1.0", "2.0", period="2024-Q2"),
    total(None, "1.9", "-4"),
    total("1.0", "1.9", statuses={"TOTAL 2024": Status.BREAK}),
    total("1.0", "1.9", "12", statuses={"TOTAL 2024": Status.BREAK}),
    total("17.9", "26.17", old=("TOTAL 2023",)),
    total("3", "10", units=("USD_bn", "MAD_bn")),
    total("1200000", "1000000", units=("MAD",)),
    total("9.50", "10.00", style="office", units=MN),
    total("12000", "12600.0", style="office", units=MN),
    total("98.1", "101.0", units=("index",), fields={"subject": PRICES, "additive": False}),
    total("3.0", "5.0", fields={"subject": {}}),
    Case(headline, {"ITO 2024": "3.0"}),
    part("ITO", "3000", "4500", status=Status.PROVISIONAL),
    part("CRM", "1500.5", "1501.9", status=Status.REVISED),
    part("KPO", "2", "1", status=Status.ESTIMATED),
    part("BPO", "103", "111"),
    part("CRM", None, None),
    part("CRM", "50", None, statuses={"CRM 2024": Status.CONFIDENTIAL}),
    part("ITO", "4", "7", others={"ITO": OTHER}),
    part("KPO", "11", "11", others={"KPO": FRENCH}),
    Case(about("ITO"), {"TOTAL 2023": "9", "TOTAL 2024": "9", "ITO 2024": None, "ITO 2024 %%": "-7"}),
    Case(about("ITO"), {**TIED, "KPO 2024": "349"}, MN),
    Case(about("TOTAL"), GREW, MN),
    Case(contributors, GREW, MN),
    Case(contributors, FELL, MN),
    Case(contributors, OPPOSED, MN),
    Case(contributors, MANY, MN),
    Case(structure, GREW, MN),
    Case(structure, TIED, MN),
    Case(structure, {"TOTAL 2024": "20", "KPO 2024": "5", "ITO 2024": "7.5"}),
    Case(structure, {"TOTAL 2024": "20", "KPO 2024": "5"}),
    Case(structure, {"TOTAL 2024": "20"}),
    Case(movers, GREW, MN),
    Case(movers, MANY, MN),
    Case(movers, {**PARTS, "TOTAL 2024": "1100", "ITO 2024": "460", "CRM 2024": "240"}, MN),
    Case(movers, {"TOTAL 2023": "9", "TOTAL 2024": "9", "ITO 2023": "3", "ITO 2024": "4", "KPO 2024": "1"}),
    Case(movers, SMALL),
    Case(movers, STILL, MN),
    Case(status, {"TOTAL 2024": "9", "ITO 2024": None, "CRM 2024": None, "ESO 2024": None}, status=Status.PROVISIONAL),
    Case(status, {"TOTAL 2024": "9", "ITO 2024": "3", "CRM 2024": None}, statuses={"ITO 2024": Status.REVISED}),
)

CODES = ("TOTAL", "ITO", "CRM", "ESO", "BPO", "KPO")


def generated(seed: int) -> Case:
    """A release of any shape, from a seed: levels of every size, some absent, periods of every kind."""
    chance = random.Random(seed)
    period = chance.choice(
        ["2024", "2025-S1", "2024-S2", "2024-Q1", "2025-Q3", "2024-04", "2025-08", "2024-02/2024-10"]
    )
    earlier = period.replace("2025", "2024") if "2025" in period else period.replace("2024", "2023")
    places = chance.choice([0, 1, 2])
    size = chance.choice([3, 12, 110, 5000, 400000])

    def level() -> str | None:
        if chance.random() < 0.08:
            return None
        digits = chance.randint(1, size * 10**places)
        return str(Decimal(digits).scaleb(-places))

    figures: dict[str, str | None] = {}
    for code in CODES:
        if code != "TOTAL" and chance.random() < 0.2:
            continue
        before, now = level(), level()
        if before and now and chance.random() < 0.5:  # most series move little
            now = str(
                (Decimal(before) * Decimal(chance.choice(["0.99", "1.002", "1.05", "1.2"]))).quantize(Decimal(before))
            )
        figures |= {f"{code} {earlier}": before, f"{code} {period}": now}
        if chance.random() < 0.3:
            figures[f"{code} {period} %%"] = str(Decimal(chance.randint(-300, 400)).scaleb(-1))
    tell = chance.choice([headline, contributors, structure, movers, status, *(about(code) for code in CODES)])
    present = {key.split()[0] for key in figures}
    if tell not in (headline, contributors, structure, movers, status):
        tell = about(chance.choice([code for code in CODES if code in present]))
    marks = {key: chance.choice(list(Status)[:5]) for key, value in figures.items() if value and chance.random() < 0.2}
    units = (chance.choice(["MAD_mn", "MAD_bn", "USD_mn", "MAD"]),)
    return Case(tell, figures, units, marks, style=chance.choice(["cldr", "office"]))


def cases() -> Iterator[Case]:
    """The fifty of the snapshots."""
    yield from BRANCHES


def snapshot(language: str) -> str:
    """Fifty numbered sentences, a blank line between two."""
    return "\n\n".join(f"{place}. {case.told(language)}" for place, case in enumerate(cases(), 1)) + "\n"


if __name__ == "__main__":
    SNAPSHOTS.mkdir(exist_ok=True)
    for one in languages():
        (SNAPSHOTS / f"sentences-{one}.txt").write_text(snapshot(one), encoding="utf-8")
