"""What changed between two editions, figure by figure, and what many editions tell of a series' habits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import strategies  # noqa: F401  the hypothesis profile
import vintages_published as published
from editions_made import ANNUAL, HALF, HISTORIC, later
from hypothesis import given
from hypothesis import strategies as st
from specimens import release

from nachra.errors import UsageError
from nachra.facts import status_in
from nachra.jobs import check_release
from nachra.release import Measure, Observation, Release, Status
from nachra.revisions import Difference, compare, revised_finals
from nachra.units import unit
from nachra.vintages import ENOUGH, habits, may_be_revised_away, tracks, unusual

D = Decimal


def told(difference: Difference) -> dict[str, tuple[str, str | None, bool]]:
    """Return each revision as (value, percent to two places, within rounding) by "SERIES period measure"."""
    return {
        f"{one.new.series} {one.new.period} {one.new.measure.value}": (
            f"{one.value.normalize():f}",
            None if one.percent is None else f"{one.percent:.2f}",
            one.within_rounding,
        )
        for one in difference.revisions
    }


def keys(observations: tuple[Observation, ...]) -> list[str]:
    return [f"{one.series} {one.period} {one.measure.value}" for one in observations]


def changes(difference: Difference, *what: str) -> list[tuple[str, ...]]:
    return [
        (one.what, one.series, str(one.period or ""), one.old, one.new)
        for one in difference.changed
        if not what or one.what in what
    ]


def test_a_later_edition_of_the_annual_sample_is_told_apart_figure_by_figure(tmp_path: Any) -> None:
    old, new = (check_release(path)[0].release for path in (ANNUAL, later(tmp_path / "synthetique.xlsx")))
    difference = compare(old, new)
    assert told(difference) == {
        "TOTAL 2023 level": ("0.03", "0.11", True),
        "ESO 2023 level": ("0.1", "3.12", False),
        "TOTAL 2024 level": ("0.2", "0.76", False),
        "TOTAL 2024 growth": ("0.6", None, False),
        "ITO 2024 level": ("102", "0.96", False),
        "ITO 2024 share": ("0.2", None, False),
        "CRM 2024 level": ("53", "0.54", False),
        "CRM 2024 share": ("-0.1", None, False),
        "ESO 2024 level": ("58", "1.68", False),
        "ESO 2024 share": ("0.1", None, False),
        "BPO 2024 level": ("-0.034", "-1.46", True),
        "BPO 2024 share": ("-0.2", None, False),
    }
    assert keys(difference.added) == ["TOTAL 2025 level", "TOTAL 2025 growth"]
    assert keys(difference.withdrawn) == ["ESO 2024 growth", "BPO 2024 growth"]
    assert (difference.compared, difference.unchanged, len(difference.real)) == (15, 3, 10)
    assert changes(difference, "unit", "precision") == [
        ("precision", "TOTAL", "2023", "0.01", "0.1"),
        ("unit", "BPO", "2024", "MAD_mn", "MAD_bn"),
    ]
    assert ("status", "CRM", "2024", "provisional", "final") in changes(difference, "status")
    assert ("status", "ITO", "2023", "missing", "") in changes(difference, "status")
    assert [one[0] for one in changes(difference, "publisher", "title")] == ["publisher", "title"]


def test_an_edition_does_not_differ_from_itself(release: Any) -> None:
    one = check_release(release)[0].release
    assert not compare(one, one)
    assert compare(one, one).compared == sum(obs.figure is not None for obs in one.observations)


def test_what_was_added_is_withdrawn_the_other_way_round(tmp_path: Any) -> None:
    old, new = (check_release(path)[0].release for path in (ANNUAL, later(tmp_path / "synthetique.xlsx")))
    there, back = compare(old, new), compare(new, old)
    assert keys(there.added) == keys(back.withdrawn) and keys(there.withdrawn) == keys(back.added)
    assert {one.key for one in there.revisions} == {one.key for one in back.revisions}
    assert {one.key for one in there.real} == {one.key for one in back.real}


_VALUES = st.decimals(min_value="0.1", max_value="999.9", places=1)


@given(_VALUES, _VALUES)
def test_a_revision_is_the_difference_and_rounding_explains_none_of_one_precision(old: Decimal, new: Decimal) -> None:
    found = compare(release({"TOTAL 2024": str(old)}), release({"TOTAL 2024": str(new)})).revisions
    assert [one.value for one in found] == ([new - old] if new != old else [])
    assert not any(one.within_rounding for one in found)


# real pairs of figures for one period, as published: workbooks/published_figures.csv names the sources
@pytest.mark.parametrize(
    ("old", "new", "within"),
    [
        (("26.2", "MAD_bn"), ("26219", "MAD_mn"), True),  # 2024: printed total, then the sum of the subsectors
        (("8", "MAD_bn"), ("7.54", "MAD_bn"), True),  # 2015: the ministry's round figure, the Office's
        (("14", "MAD_bn"), ("13", "MAD_bn"), False),  # 2019: two statements of the profession
        (("26.2", "MAD_bn"), ("26249", "MAD_mn"), True),
        (("26.2", "MAD_bn"), ("26251", "MAD_mn"), False),
    ],
)
def test_units_are_converted_and_rounding_is_told_from_revision(
    old: tuple[str, str], new: tuple[str, str], within: bool
) -> None:
    before, after = (release({"TOTAL 2024": value}, unit_codes=(code,)) for value, code in (old, new))
    (found,) = compare(before, after).revisions
    assert found.within_rounding is within
    assert found.new.figure and found.before.unit == found.new.figure.unit == unit(new[1])


def test_the_same_value_in_another_unit_is_no_revision() -> None:
    found = compare(release({"TOTAL 2024": "26.2"}), release({"TOTAL 2024": "26200"}, unit_codes=("MAD_mn",)))
    assert not found.revisions and changes(found) == [("unit", "TOTAL", "2024", "MAD_bn", "MAD_mn")]


def test_what_does_not_convert_is_not_compared_and_said_to_be_so() -> None:
    found = compare(release({"TOTAL 2024": "26.2"}), release({"TOTAL 2024": "2.6"}, unit_codes=("USD_bn",)))
    assert (found.compared, found.revisions) == (0, ())
    assert changes(found) == [("currency", "TOTAL", "2024", "MAD_bn", "USD_bn")]


def test_two_methodologies_are_never_compared() -> None:
    """2023 is 26.17 in the 2025 series and 17.9 in the historic one: no revision of 46 %."""
    new, old = (check_release(path)[0].release for path in (ANNUAL, HISTORIC))
    for pair in ((old, new), (new, old)):
        with pytest.raises(UsageError) as caught:
            compare(*pair)
        assert caught.value.code == "methodologies_differ" and "historic" in caught.value.message("fr")


def test_without_a_methodology_only_one_layout_is_compared() -> None:
    one, other = (release({"TOTAL 2024": "1.0"}, methodology="unspecified", layout=name) for name in ("a", "b"))
    assert not compare(one, one)
    with pytest.raises(UsageError) as caught:
        compare(one, other)
    assert caught.value.code == "methodology_unspecified"


def test_an_annual_and_a_half_year_release_have_no_figure_in_common() -> None:
    old, new = (check_release(path)[0].release for path in (ANNUAL, HALF))
    found = compare(old, new)
    assert found.compared == 0 and found.added and found.withdrawn and not found.revisions


def test_labels_notes_and_a_figure_that_goes_missing() -> None:
    old = release({"TOTAL 2024": "26.2", "ITO 2024": "10.5"}, labels={"ITO": "Informatique"}, notes=("a", "b"))
    new = release({"TOTAL 2024": "26.2", "ITO 2024": None}, labels={"ITO": "ITO"}, notes=("b", "c"), layout="autre")
    found = compare(old, new)
    assert keys(found.withdrawn) == ["ITO 2024 level"] and found.compared == 1
    assert changes(found) == [
        ("status", "ITO", "2024", "provisional", "missing"),
        ("layout", "", "", "annuel", "autre"),
        ("label", "ITO", "", "Informatique", "ITO"),
        ("note", "", "", "a", ""),
        ("note", "", "", "", "c"),
    ]


def test_a_final_figure_that_moves_is_named_and_one_that_gains_precision_is_not() -> None:
    old = release({"TOTAL 2023": "26.2", "TOTAL 2024": "26.2"}, status=Status.FINAL)
    new = release({"TOTAL 2023": "26.17", "TOTAL 2024": "26.4"}, status=Status.FINAL)
    assert [str(one.new.period) for one in revised_finals(compare(old, new))] == ["2024"]
    provisional = release({"TOTAL 2023": "26.2", "TOTAL 2024": "26.2"})
    assert revised_finals(compare(provisional, new)) == ()


# --- official figures whose status changes from year to year ------------------------------------------

#: balance of payments, credit, millions of dirhams, with the footnote of each (Office des Changes, "Rapport annuel
#: 2022, Balance des paiements et PEG"): telecommunications, computer and information services; other business services
OFFICIAL = {
    "2021": ("17637", "32542", "* Données actualisées"),
    "2022": ("21353", "41408", "* Données préliminaires"),
    "2022T1": ("4818", "8859", "* Données actualisées"),
    "2022T2": ("4877", "9984", "* Données actualisées"),
    "2022T3": ("5774", "10155", "* Données actualisées"),
    "2022T4": ("5884", "12410", "* Données provisoires"),
}


def balance(place: int, status: Status | None = None) -> Release:
    """Return the official figures of one item; with a status, an edition that never was."""
    made = release({f"ITO {period}": row[place] for period, row in OFFICIAL.items()}, unit_codes=("MAD_mn",))
    statuses = [status or status_in(row[2]) for row in OFFICIAL.values()]
    observations = tuple(
        obs.model_copy(update={"status": one}) for obs, one in zip(made.observations, statuses, strict=True)
    )
    return made.model_copy(update={"observations": observations})


@pytest.mark.parametrize("place", [0, 1])
def test_three_official_wordings_are_two_statuses_and_a_change_of_status_is_no_revision(place: int) -> None:
    official = balance(place)
    statuses = [obs.status.value for obs in official.observations]
    assert statuses == ["revised", "provisional", "revised", "revised", "revised", "provisional"]
    levels = [obs.figure.value for obs in official.observations if obs.figure]
    assert sum(levels[2:]) == levels[1], "the quarters are of one vintage with the year"
    found = compare(balance(place, Status.PROVISIONAL), official)  # the first of them synthetic
    assert (found.revisions, found.added, found.withdrawn) == ((), (), ())
    assert changes(found) == [
        ("status", "ITO", period, "provisional", "revised") for period in ("2021", "2022-Q1", "2022-Q2", "2022-Q3")
    ]


# --- official revisions -------------------------------------------------------------------------------


def test_official_revisions_are_found_again() -> None:
    """What the Office for National Statistics prints as revisions in Table R2 is what its two editions differ by."""
    earlier, newer = published.editions()
    difference = compare(earlier, newer)
    assert not difference.added and not difference.withdrawn and difference.compared == 8
    for code, (_, levels, revisions, year) in published.SERIES.items():
        found = [one for one in difference.real if one.new.series == code]
        assert [int(one.value) for one in found] == list(revisions) and sum(revisions) == year
        percents = [D(moved) * 100 / (level - moved) for level, moved in zip(levels, revisions, strict=True)]
        (habit,) = [one for one in habits(tracks([earlier, newer])) if one.series == code]
        assert habit.is_enough and (habit.periods, habit.editions) == (4, 2)
        assert round(habit.mean, 20) == round(sum(percents) / 4, 20)
        assert round(habit.mean_absolute, 20) == round(sum(map(abs, percents)) / 4, 20)
        assert (round(habit.low, 20), round(habit.high, 20)) == (round(min(percents), 20), round(max(percents), 20))
        assert (habit.upward, habit.downward) == (sum(x > 0 for x in revisions), sum(x < 0 for x in revisions))


# --- many editions (synthetic) -------------------------------------------------------------------------


def editions(*totals: dict[str, str], **fields: Any) -> list[Release]:
    """Return editions of totals, one a month."""
    return [
        release({f"TOTAL {year}": value for year, value in one.items()}, edition=f"2026-{month:02}", **fields)
        for month, one in enumerate(totals, 1)
    ]


SYNTHETIC = editions(
    {"2021": "10.0", "2022": "20.0"},
    {"2021": "10.1", "2022": "19.9", "2023": "40.0"},
    {"2021": "10.2", "2022": "19.8", "2023": "40.4", "2024": "50.0"},
)


def test_the_triangle_and_the_habit_are_those_computed_by_hand() -> None:
    triangle = tracks(SYNTHETIC)
    rows = {str(one.period): ([f"{step:.4f}" for step in one.steps], f"{one.total:.4f}") for one in triangle}
    assert rows == {
        "2021": (["1.0000", "0.9901"], "2.0000"),
        "2022": (["-0.5000", "-0.5025"], "-1.0000"),
        "2023": (["1.0000"], "1.0000"),
    }
    (habit,) = habits(triangle)
    assert (habit.series, habit.methodology, habit.editions, habit.periods) == ("TOTAL", "2025", 3, 3)
    assert round(habit.mean, 6) == round(D(2) / 3, 6) and round(habit.mean_absolute, 6) == round(D(4) / 3, 6)
    assert (habit.low, habit.high, habit.upward, habit.downward) == (D(-1), D(2), 2, 1)
    assert habit.is_enough


def test_too_few_editions_are_said_to_be_too_few() -> None:
    (habit,) = habits(tracks(SYNTHETIC[:2]))
    assert habit.periods == 2 < ENOUGH and not habit.is_enough
    assert may_be_revised_away(D("0.001"), habit) is None and may_be_revised_away(D("0.5"), None) is None
    assert tracks(SYNTHETIC[:1]) == () and habits(()) == ()


def test_a_growth_below_the_usual_revision_may_be_revised_away() -> None:
    (habit,) = habits(tracks(SYNTHETIC))  # 1.33 % in absolute value
    assert may_be_revised_away(D("0.013"), habit) is True and may_be_revised_away(D("-0.013"), habit) is True
    assert may_be_revised_away(D("0.014"), habit) is False


@pytest.mark.parametrize(("value", "count"), [("51.0", 1), ("50.4", 0), ("49.4", 1), ("50.0", 0)])
def test_a_revision_larger_than_any_before_is_unusual(value: str, count: int) -> None:
    """The largest step so far is 1 %: 2 % and -1.2 % are unusual, 0.8 % is not."""
    new = release({"TOTAL 2024": value}, edition="2026-04")
    found = unusual(compare(SYNTHETIC[-1], new), tracks(SYNTHETIC))
    assert [(one.new.series, f"{largest:.1f}", steps) for one, largest, steps in found] == [("TOTAL", "1.0", 5)] * count
    assert unusual(compare(SYNTHETIC[-1], new), tracks(SYNTHETIC[:2])) == (), "two revisions make no habit"


def test_neither_a_break_nor_another_currency_nor_rounding_is_a_revision() -> None:
    broken = release({"TOTAL 2021": "99.0"}, edition="2026-09", status=Status.BREAK)
    assert [str(one.period) for one in tracks([*SYNTHETIC[:2], broken])] == ["2022"]
    dollars = release({"TOTAL 2021": "1.1"}, edition="2026-09", unit_codes=("USD_bn",))
    assert [str(one.period) for one in tracks([*SYNTHETIC[:2], dollars])] == ["2022"]
    finer = release({"TOTAL 2021": "10.04"}, edition="2026-09")
    (track, *_) = tracks([SYNTHETIC[0], finer])
    assert (track.total, track.steps) == (D(0), (D(0),))
    assert {one.new.measure for one in compare(SYNTHETIC[0], SYNTHETIC[1]).revisions} == {Measure.LEVEL}
