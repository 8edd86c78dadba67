"""What is said of a library: its stories and their editions, conflicts, problems, revision triangles; text and JSON."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from nachra import formats
from nachra.editions import Story, last_period
from nachra.figures import plain, round_half_up
from nachra.findings import count_by_severity
from nachra.library.contents import Contents, Held
from nachra.notices import written
from nachra.release import Measure, Release, Status
from nachra.texts import load_toml, text
from nachra.vintages import ENOUGH, Habit, Track, habits, tracks


def say(key: str, language: str, /, **params: object) -> str:
    """Return a wording of the library."""
    return text(f"library.{key}", language, **params)


def edition_of(release: Release, language: str) -> str:
    """Return an edition as people type it ("2025-10"), in words where it has no date."""
    return release.edition or say("undated", language)


def story_name(story: Story, language: str) -> str:
    """Return a story in words: layout, methodology, frequency."""
    return ", ".join((story.layout, methodology_name(story.methodology, language), frequency_name(story, language)))


def methodology_name(code: str, language: str) -> str:
    """Return a methodology in words, its code where the nomenclature does not know it."""
    try:
        return text(f"briefing.methodology_{code}", language)
    except KeyError:
        return code


def frequency_name(story: Story, language: str) -> str:
    """Return how often a story is told."""
    return str(load_toml("library.toml")["frequency"][story.frequency]["label"][language])


# --- lines ----------------------------------------------------------------------------------------


def lines(contents: Contents, language: str) -> list[str]:
    """Return what `nachra library` shows: stories with their editions, newest first; conflicts; what needs repair."""
    made = [say("heading", language, folder=contents.folder, count=len(contents.held))]
    if not contents.held:
        made.append(say("empty", language))
    for story, editions in contents.stories.items():
        made += ["", _story_line(story, editions, language)]
        series = dict.fromkeys(one.code for held in reversed(editions) for one in held.release.series)
        made.append("  " + say("series", language, series=", ".join(series)))
        for held in reversed(editions):
            made += _edition_lines(held, held is editions[-1], language)
    if contents.conflicts:
        made += ["", say("conflicts", language)]
        made += [f"  {', '.join(str(one.path) for one in group)}" for group in contents.conflicts]
    if contents.problems:
        made += ["", say("problems", language), *(f"  {one.message(language)}" for one in contents.problems)]
    return made


def _story_line(story: Story, editions: tuple[Held, ...], language: str) -> str:
    return say(
        "story",
        language,
        layout=story.layout,
        methodology=methodology_name(story.methodology, language),
        frequency=frequency_name(story, language),
        title=editions[-1].release.title,
    )


def _edition_lines(held: Held, is_newest: bool, language: str) -> list[str]:
    release, record = held.release, held.record
    counts = ", ".join(
        say("status", language, status=status.label(language), count=count)
        for status, count in statuses(release).items()
    )
    last = last_period(release)
    made = "  " + say(
        "edition",
        language,
        edition=edition_of(release, language),
        first=release.periods[0].label(language) if release.periods else "-",
        last=last.label(language) if last else "-",
        statuses=counts or "-",
        file=release.file,
        newest=say("newest", language) if is_newest else "",
    )
    if record is None:
        return [made, f"    {say('loose', language)} ({held.path})"]
    key = "imported_by" if record.by else "imported_on"
    told = [say(key, language, day=record.admitted[:10], by=record.by)]
    if record.reason:
        told.append(say("accepted", language, codes=", ".join(record.accepted), reason=record.reason))
    return [made, *(f"    {one}" for one in told)]


def statuses(release: Release) -> dict[Status, int]:
    """Return how many levels there are of each status, those not published included."""
    found = Counter(obs.status for obs in release.observations if obs.measure is Measure.LEVEL)
    return {status: found[status] for status in Status if found[status]}


# --- revisions ------------------------------------------------------------------------------------


def triangle_of(contents: Contents) -> tuple[Track, ...]:
    """Return every level that at least two editions of a library print."""
    return tracks([one.release for one in contents.held])


def revision_lines(triangle: tuple[Track, ...], language: str) -> list[str]:
    """Return the triangle, a line a figure and a column an edition, below what is usual for its series."""
    if not triangle:
        return [say("no_revisions", language)]
    made = [say("revisions", language)]
    arrow = " ← " if language == "ar" else " → "
    for habit in habits(triangle):
        made += ["", _habit_line(habit, language)]
        for track in triangle:
            if (track.methodology, track.series) == (habit.methodology, habit.series):
                values = arrow.join(
                    f"{written(one.observation.figure, language)} ({one.edition or '-'})"
                    for one in track.vintages
                    if one.observation.figure
                )
                total = formats.percent(track.total / 100, 1, language, sign=True)
                made.append(f"  {track.period.label(language):<16} {values}   {total}")
    return made


def _habit_line(habit: Habit, language: str) -> str:
    def percent(value: Decimal, sign: bool = True) -> str:
        return formats.percent(value / 100, 1, language, sign=sign)

    named = {"series": habit.series, "methodology": methodology_name(habit.methodology, language)}
    counts = {"periods": habit.periods, "editions": habit.editions}
    if not habit.is_enough:
        return say("habit_unknown", language, enough=ENOUGH, **named, **counts)
    moved = {"mean": percent(habit.mean), "absolute": percent(habit.mean_absolute, False)}
    ends = {"low": percent(habit.low), "high": percent(habit.high)}
    return say("habit", language, upward=habit.upward, downward=habit.downward, **named, **counts, **moved, **ends)


# --- JSON -----------------------------------------------------------------------------------------


def contents_json(contents: Contents, language: str) -> dict[str, Any]:
    """Return the JSON of `nachra library`."""
    return {
        "library": str(contents.folder),
        "stories": [_story_json(story, editions) for story, editions in contents.stories.items()],
        "conflicts": [[one.release.sha256 for one in group] for group in contents.conflicts],
        "problems": [
            {"release": one.path, "code": one.code, "message": one.message(language)} for one in contents.problems
        ],
    }


def story_json(story: Story) -> dict[str, str]:
    """Return the JSON of a story's identity."""
    return {"layout": story.layout, "methodology": story.methodology, "frequency": story.frequency}


def _story_json(story: Story, editions: tuple[Held, ...]) -> dict[str, Any]:
    newest = editions[-1]
    return story_json(story) | {
        "title": newest.release.title,
        "series": list(dict.fromkeys(one.code for held in reversed(editions) for one in held.release.series)),
        "editions": [_edition_json(held, held is newest) for held in reversed(editions)],
    }


def _edition_json(held: Held, is_newest: bool) -> dict[str, Any]:
    release, record = held.release, held.record
    imported = None
    if record:
        imported = {
            "admitted": record.admitted,
            "by": record.by,
            "nachra": record.nachra,
            "file": record.file,
            "reason": record.reason or None,
            "accepted": list(record.accepted),
        }
    return {
        "edition": release.edition,
        "newest": is_newest,
        "file": release.file,
        "path": str(held.path),
        "sha256": release.sha256,
        "periods": [str(period) for period in release.periods],
        "observations": len(release.observations),
        "statuses": {status.value: count for status, count in statuses(release).items()},
        "findings": count_by_severity(held.findings),
        "import": imported,
    }


def revisions_json(triangle: tuple[Track, ...]) -> dict[str, Any]:
    """Return the JSON of the triangle and of the habits: percentages as decimal strings, null where too few."""
    return {
        "triangle": [_track_json(track) for track in triangle],
        "habits": [_habit_json(one) for one in habits(triangle)],
    }


def _percent(value: Decimal) -> str:
    return plain(round_half_up(value, 6))


def _track_json(track: Track) -> dict[str, Any]:
    vintages = [
        {
            "edition": one.edition,
            "file": one.file,
            "value": plain(one.observation.figure.value),
            "unit": one.observation.figure.unit.code,
            "status": one.observation.status.value,
        }
        for one in track.vintages
        if one.observation.figure
    ]
    return {
        "methodology": track.methodology,
        "series": track.series,
        "period": str(track.period),
        "vintages": vintages,
        "steps": [_percent(one) for one in track.steps],
        "total": _percent(track.total),
    }


def _habit_json(habit: Habit) -> dict[str, Any]:
    told = {"methodology": habit.methodology, "series": habit.series, "enough": habit.is_enough}
    numbers: dict[str, Any] = {"periods": habit.periods, "editions": habit.editions}
    for name in ("mean", "mean_absolute", "low", "high"):
        numbers[name] = _percent(getattr(habit, name)) if habit.is_enough else None
    return told | numbers | {"upward": habit.upward, "downward": habit.downward}
