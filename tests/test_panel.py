"""The panel: which level to compute with, and which rate to quote."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import releases_made as made
import specimens

from nachra.panel import Origin, Panel, Rate
from nachra.periods import Period
from nachra.reading import read_release
from nachra.release import Measure, Release, Series, Status

FINAL = Status.FINAL


def panel_of(*rows: Any, **facts: Any) -> Panel:
    return Panel(made.read(made.official(list(rows), **facts)).release)


def series(panel: Panel, code: str) -> Series:
    return next(one for one in panel.release.series if one.code == code)


def growth(panel: Panel, code: str, period: Period) -> Rate | None:
    return panel.growth(series(panel, code), period)


@pytest.fixture(scope="module")
def samples(releases: list[Path]) -> dict[str, Panel]:
    return {path.stem: Panel(read_release(path).release) for path in releases}


@pytest.fixture(scope="module")
def annual(samples: dict[str, Panel]) -> Panel:
    return samples["annuelle-2024"]


@pytest.fixture(scope="module")
def half(samples: dict[str, Panel]) -> Panel:
    return samples["semestrielle-2025-S1"]


@pytest.fixture(scope="module")
def planted(releases: list[Path]) -> Callable[..., Panel]:
    """The annual release of 2024 with one cell changed."""
    data = next(path for path in releases if path.stem == "annuelle-2024").read_bytes()

    def change(code: str, header: str, value: Any) -> Panel:
        book = made.opened(data)
        made.place(book, code, "2024", header).value = value
        return Panel(made.read(book).release)

    return change


def test_a_sum_that_the_printed_total_was_not_rounded_from_does_not_replace_it() -> None:
    """22.06 is not 22.0, though parts of two decimals would leave the true total room for it."""
    parts = {"ITO 2024": "11.00", "CRM 2024": "5.06", "ESO 2024": "6.00"}
    before = {"TOTAL 2023": "20.0000", "ITO 2023": "10.00", "CRM 2023": "5.00", "ESO 2023": "5.00"}
    panel = Panel(specimens.release({"TOTAL 2024": "22.0", **parts, **before}))
    rate = growth(panel, "TOTAL", Period(2024))
    assert rate and rate.printed and rate.value in rate.printed.interval
    level = panel.level(series(panel, "TOTAL"), Period(2024))
    assert level and (level.figure.value, level.is_sum) == (Decimal("22.0"), False)


def test_parts_are_ranked_by_shares_that_are_published_without_levels() -> None:
    panel = Panel(specimens.release({"TOTAL 2024": "26.2", "ITO 2024 %": "40.0", "CRM 2024 %": "60.0"}))
    assert [part.code for part in panel.shared_parts(Period(2024))] == ["CRM", "ITO"]


# --- rates ----------------------------------------------------------------------------------------


def test_published_growth_that_the_levels_allow_wins(half: Panel) -> None:
    # 13.4 on 12.9 is +3.9 %; the Office says +3.5 %, which their rounding allows
    rate = growth(half, "TOTAL", Period(2025, 6))
    assert rate and rate.printed and rate.claim
    assert (rate.value, rate.origin, rate.decimals) == (Decimal("0.035"), Origin.PUBLISHED, 1)
    assert round(rate.printed.value, 4) == Decimal("0.0388")
    assert [round(end * 100, 1) for end in (rate.printed.interval.low, rate.printed.interval.high)] == [
        Decimal("3.1"),
        Decimal("4.7"),
    ]
    assert rate.claim.source.cell.startswith("I")


def test_published_growth_of_2024(annual: Panel) -> None:
    rate = growth(annual, "TOTAL", Period(2024))
    assert rate and (rate.value, rate.origin) == (Decimal("0.002"), Origin.PUBLISHED)


def test_published_shares_of_2024(annual: Panel) -> None:
    shares = {part.code: annual.share(part, Period(2024)) for part in annual.release.parts}
    quoted = {code: rate.value for code, rate in shares.items() if rate and rate.origin is Origin.PUBLISHED}
    published = {"ITO": "40.3", "CRM": "37.4", "ESO": "13.2", "BPO": "8.9", "KPO": "0.2"}
    assert quoted == {code: Decimal(value) / 100 for code, value in published.items()}


def test_refused_growth_gives_way_to_the_computed_one(planted: Callable[..., Panel]) -> None:
    rate = growth(planted("TOTAL", "Variation (%)", 0.9), "TOTAL", Period(2024))
    assert rate and rate.claim and rate.claim.figure
    assert (rate.origin, rate.decimals, rate.claim.figure.value) == (Origin.REFUSED, 1, Decimal("0.9"))
    # on the most precise levels: the parts make 26 219, the year before is 26.17 bn
    assert rate.value == pytest.approx(Decimal(26219) / Decimal(26170) - 1, abs=Decimal("1e-25"))


def test_refused_share_gives_way_to_the_computed_one(planted: Callable[..., Panel]) -> None:
    panel = planted("ITO", "Part (%)", 43.0)
    rate = panel.share(series(panel, "ITO"), Period(2024))
    assert rate and rate.origin is Origin.REFUSED
    assert rate.value == pytest.approx(Decimal(10578) / Decimal(26219), abs=Decimal("1e-25"))


def test_growth_that_is_not_published_is_computed(planted: Callable[..., Panel]) -> None:
    rate = growth(planted("TOTAL", "Variation (%)", None), "TOTAL", Period(2024))
    assert rate and (rate.origin, rate.claim, rate.decimals) == (Origin.COMPUTED, None, 1)
    assert rate.value == pytest.approx(Decimal(26219) / Decimal(26170) - 1, abs=Decimal("1e-25"))


def test_published_growth_without_levels_stands_unproved(annual: Panel, samples: dict[str, Panel]) -> None:
    rate = growth(annual, "BPO", Period(2024))
    assert rate and (rate.value, rate.origin, rate.printed, rate.decimals) == (
        Decimal("0.17"),
        Origin.PUBLISHED,
        None,
        0,
    )
    historic = growth(samples["historique-2009-2023"], "TOTAL", Period(2023))
    assert historic and (historic.value, historic.printed) == (Decimal("0.14"), None)


def test_neither_published_nor_computable(annual: Panel) -> None:
    assert growth(annual, "ITO", Period(2024)) is None  # 2023 is not published
    assert growth(annual, "TOTAL", Period(2023)) is None  # nor is 2022 part of the release
    assert annual.share(series(annual, "ITO"), Period(2023)) is None


def test_base_of_zero_gives_no_rate() -> None:
    panel = panel_of(*(made.Row(year, "TOTAL", value, "MDH", FINAL) for year, value in (("2023", "0"), ("2024", "5"))))
    assert growth(panel, "TOTAL", Period(2024)) is None


def test_small_growth_of_a_part_in_another_unit(annual: Panel) -> None:
    # 3 462 MDH on 3.2 bn: published as 7.1 %
    rate = growth(annual, "ESO", Period(2024))
    assert rate and rate.printed
    assert (rate.value, rate.origin) == (Decimal("0.071"), Origin.PUBLISHED)
    assert round(rate.printed.value, 4) == Decimal("0.0819")


def joined(release: Release) -> Panel:
    """The same release with 2023 in the historic series."""
    observations = [
        obs.model_copy(update={"methodology": "historic"}) if obs.period == Period(2023) else obs
        for obs in release.observations
    ]
    return Panel(Release(**{**dict(release), "observations": tuple(observations)}))


def test_never_across_methodologies() -> None:
    """2023 is 17.9 in the old series and 26.17 in the new one: no growth joins them, and none proves a claim."""
    rows = [made.Row(year, "TOTAL", value, "Mds DH", FINAL) for year, value in (("2023", "17.9"), ("2024", "26.2"))]
    release = made.read(made.official(rows)).release
    assert growth(Panel(release), "TOTAL", Period(2024))
    assert growth(joined(release), "TOTAL", Period(2024)) is None
    rows[1].growth = "0.2"
    claiming = made.read(made.official(rows)).release
    refused = growth(Panel(claiming), "TOTAL", Period(2024))
    assert refused and refused.origin is Origin.REFUSED
    rate = growth(joined(claiming), "TOTAL", Period(2024))
    assert rate and (rate.value, rate.origin, rate.printed) == (Decimal("0.002"), Origin.PUBLISHED, None)


@pytest.mark.parametrize("partial", ["Janv-Sept 2025", "S1 2025", "T4 2025", "mai 2025"])
def test_never_across_lengths_or_positions(partial: str) -> None:
    panel = Panel(made.read(made.with_cells({"B4": 2023, "C4": 2024, "D4": partial})).release)
    *_, last = panel.release.periods
    assert last.year == 2025
    assert growth(panel, "TOTAL", last) is None
    assert growth(panel, "TOTAL", Period(2024))
    # a year is not compared with the half of the one before either
    halves = Panel(made.read(made.with_cells({"B4": "S1 2024", "C4": "S2 2024", "D4": 2025})).release)
    assert [growth(halves, "TOTAL", period) for period in halves.release.periods] == [None] * 3


# --- levels ---------------------------------------------------------------------------------------


def test_sum_of_the_parts_where_it_is_more_precise(annual: Panel) -> None:
    total = annual.release.total
    assert total
    level = annual.level(total, Period(2024))
    assert level and level.is_sum
    assert (level.figure.value, level.figure.quantum, level.figure.unit.code) == (
        Decimal("26.219"),
        Decimal("0.005"),
        "MAD_bn",
    )
    before = annual.level(total, Period(2023))  # 78 MDH and 3.2 bn are not all of it
    assert before and (before.figure.value, before.is_sum) == (Decimal("26.17"), False)
    assert annual.sum_of_parts(Period(2023)) is None


@pytest.mark.parametrize(
    ("total", "part", "without", "is_sum"),
    [
        (("22.0", "Mds DH"), ("9000", "MDH"), None, True),
        # the printed total is the finer one
        (("22000", "MDH"), ("9.0", "Mds DH"), None, False),
        # as fine as the sum: 5 roundings of a million against one of five
        (("22000", "MDH"), ("9000", "MDH"), None, False),
        # the parts contradict the total: an error finding says so, and the printed one stands
        (("23.0", "Mds DH"), ("9000", "MDH"), None, False),
        # a part is not published, or has no line at all
        (("22.0", "Mds DH"), ("", ""), None, False),
        (("13.0", "Mds DH"), ("9000", "MDH"), "ITO", False),
        (("21.0", "Mds DH"), ("9000", "MDH"), "KPO", False),
    ],
)
def test_when_the_sum_stands_for_the_total(
    total: tuple[str, str], part: tuple[str, str], without: str | None, is_sum: bool
) -> None:
    rows = [row for row in made.complete() if row.period == "2024" and row.code != without]
    for row in rows:
        row.share = row.growth = ""
        if row.code in ("TOTAL", "ITO"):
            row.value, row.unit = total if row.code == "TOTAL" else part
            row.status = FINAL if row.value else Status.MISSING
    panel = panel_of(*rows)
    level = panel.level(series(panel, "TOTAL"), Period(2024))
    assert level and level.is_sum is is_sum
    if not is_sum:
        assert level.figure.value == Decimal(total[0])


def test_an_index_is_no_sum() -> None:
    profile = made.layout(made.PROFILE.replace("[recognise]", "additive = false\n[recognise]"))
    panel = Panel(made.read(made.table(), profile).release)
    assert panel.sum_of_parts(Period(2022)) is None
    assert panel.share(series(panel, "INDUSTRIE"), Period(2022)) is None
    rate = growth(panel, "TOTAL", Period(2023))
    assert rate and rate.value == Decimal("0.1")


def test_levels_are_in_the_unit_of_the_latest_total() -> None:
    rows = [
        made.Row("2023", "TOTAL", "20000", "MDH", FINAL),
        made.Row("2023", "ITO", "8000", "MDH", FINAL),
        made.Row("2024", "TOTAL", "22.0", "Mds DH", FINAL),
        made.Row("2024", "ITO", "9000", "MDH", FINAL),
    ]
    panel = panel_of(*rows)
    assert panel.unit and panel.unit.code == "MAD_bn"
    shown = {
        (code, year): level.figure.value
        for code in ("TOTAL", "ITO")
        for year in (2023, 2024)
        if (level := panel.level(series(panel, code), Period(year)))
    }
    assert shown == {("TOTAL", 2023): 20, ("ITO", 2023): 8, ("TOTAL", 2024): 22, ("ITO", 2024): 9}
    assert panel.level(series(panel, "ITO"), Period(2022)) is None


def test_dollars_are_not_levels_of_a_table_in_dirhams() -> None:
    rows = made.complete()
    rows[1].unit = "M$"
    panel = panel_of(*rows)
    assert panel.level(series(panel, "ITO"), Period(2023)) is None
    assert growth(panel, "ITO", Period(2024)) is None
    assert panel.sum_of_parts(Period(2023)) is None


# --- what to write about --------------------------------------------------------------------------


def test_headline_is_the_latest_comparable_period(samples: dict[str, Panel], shared: Path) -> None:
    headlines = {name: str(panel.headline) for name, panel in samples.items()}
    assert headlines == {
        "annuelle-2024": "2024",
        "semestrielle-2025-S1": "2025-S1",
        "historique-2009-2023": "2023",
    }
    real = shared / "data" / "releases"
    # not the nine months of 2025
    assert str(Panel(read_release(real / "oc_ide_recettes_par_secteurs.xlsx").release).headline) == "2024"
    assert str(Panel(read_release(real / "hcp_indice_exportation_trimestriel.xlsx").release).headline) == "2025-Q3"


def test_headline_without_growth_or_total() -> None:
    def row(year: str, code: str, value: str) -> Any:
        return made.Row(year, code, value, "MDH" if value else "", FINAL if value else Status.MISSING)

    alone = panel_of(row("2021", "TOTAL", "5"), row("2023", "TOTAL", "6"), row("2024", "TOTAL", ""))
    assert str(alone.headline) == "2023"
    assert str(panel_of(row("2023", "ITO", "5"), row("2024", "CRM", "6")).headline) == "2024"
    assert panel_of(row("2024", "TOTAL", "")).headline is None
    assert panel_of().headline is None


def test_parts_in_order_of_size(annual: Panel, half: Panel) -> None:
    assert [part.code for part in annual.ranked_parts(Period(2024))] == ["ITO", "CRM", "ESO", "BPO", "KPO"]
    assert [part.code for part in annual.ranked_parts(Period(2023))] == ["ESO", "KPO"]
    assert [part.code for part in half.ranked_parts(Period(2025, 6))] == ["ITO", "CRM", "ESO"]


def test_status_of_a_level(annual: Panel) -> None:
    assert annual.status(series(annual, "TOTAL"), Period(2024)) is Status.PROVISIONAL
    assert annual.status(series(annual, "ITO"), Period(2023)) is Status.MISSING
    assert annual.status(series(annual, "TOTAL"), Period(2022)) is None
    claim = annual.release.get("TOTAL", Period(2024), Measure.GROWTH)
    assert claim and claim.status is Status.PROVISIONAL


# --- breaks ---------------------------------------------------------------------------------------


def broken(period: str, *periods: str) -> Panel:
    """A total that doubles over the year, in several periods, with a break where one of them begins."""
    both = [one for now in periods for one in (str(int(now[:4]) - 1) + now[4:], now)]
    figures = {f"TOTAL {one}": "10" if place % 2 == 0 else "20" for place, one in enumerate(both)}
    made_release = specimens.release(figures)
    observations = tuple(
        one.model_copy(update={"status": Status.BREAK}) if str(one.period) == period else one
        for one in made_release.observations
    )
    unchanged = {name: getattr(made_release, name) for name in Release.model_fields}
    return Panel(Release(**unchanged | {"observations": observations}))


@pytest.mark.parametrize(
    ("period", "asked", "reason"),
    [
        ("2024", Period(2024), "series_break"),
        ("2023", Period(2024), ""),
        ("2024-Q2", Period(2024, 6, 4), "series_break"),
        # the break lies between 2023-Q4 and 2024-Q4 too
        ("2024-Q2", Period(2024, 12, 10), "series_break"),
        ("2024-Q2", Period(2024, 3), ""),
        ("2024-Q2", Period(2025, 6, 4), ""),
    ],
)
def test_no_growth_across_a_break(period: str, asked: Period, reason: str) -> None:
    panel = broken(period, "2024") if "Q" not in period else broken(period, "2024-Q1", "2024-Q2", "2024-Q4", "2025-Q2")
    total = panel.release.total
    assert total and panel.obstacle(total, asked) == reason
    rate = panel.growth(total, asked)
    assert (rate is None) is bool(reason) and (panel.compared(total, asked) is None) is bool(reason)


def test_a_break_does_not_move_the_headline() -> None:
    assert broken("2024", "2024").headline == Period(2024)
