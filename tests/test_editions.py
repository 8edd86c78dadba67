"""Which releases are editions of one story, and which of them is the newest."""

from __future__ import annotations

import random

import pytest
import releases_made as made
from editions_made import ANNUAL, HALF, HISTORIC, later
from specimens import release

from nachra.editions import edition_name, last_period, rank, story_of
from nachra.jobs import check_release


def test_an_annual_a_half_year_and_a_historic_release_are_three_stories() -> None:
    stories = [str(story_of(check_release(path)[0].release)) for path in (ANNUAL, HALF, HISTORIC)]
    assert stories == ["annuel@2025/A", "semestriel@2025/S", "annuel@historic/A"]


def test_a_later_edition_with_another_title_tells_the_same_story(tmp_path) -> None:  # type: ignore[no-untyped-def]
    old, new = (check_release(path)[0].release for path in (ANNUAL, later(tmp_path / "a.xlsx")))
    assert story_of(old) == story_of(new) and old.title != new.title


@pytest.mark.parametrize(
    ("periods", "frequency"),
    [
        (["2023", "2024"], "A"),
        (["S1 2024", "S2 2024", "2024"], "S"),
        (["T1 2024", "2024"], "Q"),
        (["mai 2024", "juin 2024"], "M"),
        (["2023", "2024", "Janv-Sept 2025"], "A"),
        (["Janv-Sept 2025", "Janv-Août 2025"], "U"),
    ],
)
def test_the_frequency_is_that_of_most_periods(periods: list[str], frequency: str) -> None:
    book = made.table(figures={"Total": tuple(range(100, 100 + len(periods)))})
    sheet = book.worksheets[0]
    for column in range(2, 5):
        sheet.cell(4, column).value = None
    for column, period in enumerate(periods, 2):
        sheet.cell(4, column).value = period
    assert story_of(made.read(book).release).frequency == frequency


def test_the_newest_is_by_edition_then_by_period_then_by_time_of_import() -> None:
    def one(edition: str, period: str = "2024", digits: str = "a") -> object:
        return release({f"TOTAL {period}": "1.0"}, edition=edition, sha256=digits * 64)

    in_order = [
        (one(""), ""),
        (one("2024"), ""),
        (one("2024-05"), ""),
        (one("2025-10", "2024"), "2026-01-01"),
        (one("2025-10", "2025-S1", "f"), ""),
        (one("2025-10", "2025-S1", "c"), "2025-11-01T08:00:00"),
        (one("2025-10", "2025-S1", "b"), "2025-11-02T08:00:00"),
        (one("2025-10-15", "2023"), ""),
        (one("2026-01", "2020"), ""),
    ]
    shuffled = random.Random(7).sample(in_order, len(in_order))
    assert sorted(shuffled, key=lambda pair: rank(*pair)) == in_order  # type: ignore[arg-type]


def test_what_is_not_published_covers_no_period() -> None:
    assert str(last_period(release({"TOTAL 2024": "26.2", "TOTAL 2025": None}))) == "2024"
    assert last_period(release({"TOTAL 2025": None})) is None


@pytest.mark.parametrize(
    ("edition", "language", "name"),
    [
        ("2025-10", "fr", "octobre 2025"),
        ("2026-01-12", "en", "12 January 2026"),
        ("2025", "ar", "2025"),
        ("", "fr", "non datée"),
    ],
)
def test_editions_have_names(edition: str, language: str, name: str) -> None:
    assert edition_name(edition, language) == name
