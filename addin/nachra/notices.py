"""What is said of a comparison of two editions: lines for a terminal, JSON by the public contract, a drafted notice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from nachra import formats
from nachra.editions import edition_name
from nachra.figures import Figure, plain, round_half_up
from nachra.release import Measure, Observation, Release, Status
from nachra.revisions import Change, Difference, Revision
from nachra.texts import text
from nachra.units import unit

#: notes of a release are many, and long: beyond this many only their number is told
SHOWN_NOTES = 3


def say(key: str, language: str, /, **params: object) -> str:
    """Return a wording of the revisions."""
    return text(f"revisions.{key}", language, **params)


def is_rate(measure: Measure | None) -> bool:
    """Tell whether a measure is in percent, so that its revision is in points."""
    return measure in (Measure.GROWTH, Measure.SHARE)


def decimals_of(revision: Revision) -> int:
    """Return the decimals that a revision deserves: those of the more precise of its figures, in the new one's unit."""
    assert revision.new.figure
    return max(revision.before.decimals, revision.new.figure.decimals)


# --- pieces ---------------------------------------------------------------------------------------


def written(figure: Figure, language: str) -> str:
    """Write a figure with its unit ("26,2 Mds DH", "40,3 %")."""
    space = "" if figure.unit.code == "percent" and language != "fr" else "\u00a0"
    return f"{formats.figure(figure, language)}{space}{figure.unit.label(language)}"


def amount(revision: Revision, language: str) -> str:
    """Write a revision in its unit ("+0,2 Mds DH", "-0,2 point")."""
    assert revision.new.figure
    number = formats.number(revision.value, decimals_of(revision), language, sign=True)
    if not is_rate(revision.new.measure):
        return f"{number}\u00a0{revision.new.figure.unit.label(language)}"
    # French and Arabic count from two on; English says "0.2 points"
    is_one = abs(revision.value) == 1 if language == "en" else abs(revision.value) < 2
    return f"{number}\u00a0{say('point' if is_one else 'points', language)}"


def percentage(revision: Revision, language: str) -> str:
    """Write a revision in percent of the old figure; empty for growth and share."""
    return "" if revision.percent is None else formats.percent(revision.percent / 100, 1, language, sign=True)


def measure_name(measure: Measure | None, language: str) -> str:
    """Name a measure as the briefings' data sheet does."""
    return text(f"briefing.measure_{measure.value}", language) if measure else ""


def _name(difference: Difference, code: str, language: str) -> str:
    series = next((one for one in (*difference.new.series, *difference.old.series) if one.code == code), None)
    return series.short_name(language) if series else code


def what_changed(change: Change, language: str) -> tuple[str, str, str]:
    """Return what changed, its old and its new value, in words."""
    values = [change.old, change.new]
    if change.what == "status":
        values = [Status(one).label(language) if one else "" for one in values]
    elif change.what in ("unit", "currency"):
        values = [unit(one).label(language) for one in values]
    elif change.what == "precision":
        values = [_number(one, language) for one in values]
    nothing = say("nothing", language)
    return say(f"what_{change.what}", language), values[0] or nothing, values[1] or nothing


def _number(digits: str, language: str) -> str:
    value = Decimal(digits)
    return formats.number(value, max(0, -int(value.normalize().as_tuple().exponent)), language)


# --- lines ----------------------------------------------------------------------------------------


def summary(difference: Difference, language: str) -> str:
    """Return in one sentence how many figures were compared, revised, added and withdrawn."""
    rounding = len(difference.revisions) - len(difference.real)
    return say(
        "summary",
        language,
        compared=difference.compared,
        revised=len(difference.real),
        rounding=rounding,
        unchanged=difference.unchanged,
        added=len(difference.added),
        withdrawn=len(difference.withdrawn),
        changed=len(difference.changed),
    )


def lines(difference: Difference, language: str) -> list[str]:
    """Return what `nachra diff` shows: both editions, the summary, then everything that changed."""
    made = [_edition(key, one, language) for key, one in (("old", difference.old), ("new", difference.new))]
    made.append(summary(difference, language))
    if difference.revisions:
        made += ["", say("heading_revisions", language)]
        made += [_revision_line(difference, one, language) for one in difference.revisions]
    for key, found in (("added", difference.added), ("withdrawn", difference.withdrawn)):
        if found:
            made += ["", say(f"heading_{key}", language)]
            made += [_observation_line(difference, one, language) for one in found]
    if difference.changed:
        made += ["", say("heading_changed", language), *_change_lines(difference, language)]
    return made


def _edition(key: str, release: Release, language: str) -> str:
    return say(key, language, file=release.file, edition=edition_name(release.edition, language))


def _place(difference: Difference, one: Observation | Change, language: str) -> str:
    period = one.period.label(language) if one.period else ""
    code = _name(difference, one.series, language) if one.series else ""
    return "  ".join(
        part for part in (f"{code:<8}" if code else "", period, measure_name(one.measure, language)) if part
    )


def _revision_line(difference: Difference, one: Revision, language: str) -> str:
    assert one.old.figure and one.new.figure
    arrow = "←" if language == "ar" else "→"
    both = f"{written(one.old.figure, language)} {arrow} {written(one.new.figure, language)}"
    moved = "  ".join(part for part in (amount(one, language), percentage(one, language)) if part)
    remark = f"  ({say('within_rounding', language)})" if one.within_rounding else ""
    return f"  {_place(difference, one.new, language)}  {both}  {moved}{remark}"


def _observation_line(difference: Difference, one: Observation, language: str) -> str:
    assert one.figure
    return f"  {_place(difference, one, language)}  {written(one.figure, language)} ({one.status.label(language)})"


def _change_lines(difference: Difference, language: str) -> list[str]:
    made, notes = [], 0
    arrow = "←" if language == "ar" else "→"
    for one in difference.changed:
        notes += one.what == "note"
        if one.what == "note" and notes > SHOWN_NOTES:
            continue
        what, old, new = what_changed(one, language)
        place = _place(difference, one, language)
        told = say("change", language, what=what, old=f"{old} {arrow}", new=new)
        made.append(f"  {place}  {told}" if place else f"  {told}")
    if notes > SHOWN_NOTES:
        made.append(f"  {say('more_notes', language, count=notes - SHOWN_NOTES)}")
    return made


# --- the notice -----------------------------------------------------------------------------------


def notice_head(difference: Difference, language: str) -> list[str]:
    """Return the title and the first sentence of the revision notice."""
    old, new = difference.old, difference.new
    editions = {"old": edition_name(old.edition, language), "new": edition_name(new.edition, language)}
    return [say("notice_title", language, title=new.title), say("notice_lead", language, title=old.title, **editions)]


def notice(difference: Difference, language: str) -> list[str]:
    """Draft the revision notice, a paragraph an item, its title first; what only the publisher knows is in brackets."""
    made = notice_head(difference, language)
    levels, rates = revised_levels(difference), revised_rates(difference)
    return made + notice_body(
        difference, language, [notice_line(difference, one, language) for one in (*levels, *rates)]
    )


def notice_body(difference: Difference, language: str, revised: list[str]) -> list[str]:
    """Return the paragraphs below the first, `revised` being those that name the revised figures."""
    made: list[str] = []
    if not difference.revisions and not difference.added and not difference.withdrawn:
        return [*made, say("notice_nothing", language)]
    made.append(
        say("notice_counts", language, compared=difference.compared, revised=len(difference.real))
        if difference.compared
        else say("notice_no_counts", language)
    )
    made += revised
    rounding = len(difference.revisions) - len(difference.real)
    if rounding:
        made.append(say("notice_rounding", language, count=rounding))
    for key, found in (("added", difference.added), ("withdrawn", difference.withdrawn)):
        if found:
            periods = _listed([one.label(language) for one in sorted({obs.period for obs in found})], language)
            made.append(say(f"notice_{key}", language, count=len(found), periods=periods))
    made += _statuses(difference, language)
    if any(one.old.status is Status.FINAL for one in difference.real):
        made.append(say("notice_final", language))
    if difference.real:
        made.append(say("notice_reason", language))
    return made


def revised_levels(difference: Difference) -> tuple[Revision, ...]:
    """Return the levels that are revised, rounding allowed for: the total before its parts, the latest period first."""
    return _by_weight(difference, rates=False)


def revised_rates(difference: Difference) -> tuple[Revision, ...]:
    """Return the published growths and shares that are revised, in the same order."""
    return _by_weight(difference, rates=True)


def _by_weight(difference: Difference, rates: bool) -> tuple[Revision, ...]:
    total = difference.new.total
    code = total.code if total else ""

    def weight(one: Revision) -> tuple[bool, int, int]:
        return one.new.series != code, -one.new.period.year, -one.new.period.last

    return tuple(sorted((one for one in difference.real if is_rate(one.new.measure) is rates), key=weight))


def notice_line(difference: Difference, one: Revision, language: str) -> str:
    """Say in a sentence how one figure is revised."""
    assert one.old.figure and one.new.figure
    moved = [amount(one, language), percentage(one, language)]
    return say(
        "notice_line" if not is_rate(one.new.measure) else f"notice_{one.new.measure.value}",
        language,
        name=_name(difference, one.new.series, language),
        period=one.new.period.label(language),
        old=written(one.old.figure, language),
        new=written(one.new.figure, language),
        revision=say("separator", language).join(part for part in moved if part),
    )


def _statuses(difference: Difference, language: str) -> list[str]:
    """One line a change of status between figures: "provisoire → révisé : 12"."""
    changes = Counter((one.old, one.new) for one in difference.changed if one.what == "status" and one.old and one.new)
    absent = {Status.MISSING.value, Status.CONFIDENTIAL.value}
    return [
        say("notice_status", language, count=count, **_labels(old, new, language))
        for (old, new), count in changes.items()
        # a figure that appears or goes is among those added or withdrawn
        if not {old, new} & absent
    ]


def _labels(old: str, new: str, language: str) -> dict[str, str]:
    return {"old": Status(old).label(language), "new": Status(new).label(language)}


def _listed(names: list[str], language: str) -> str:
    return text("briefing.comma", language).join(names)


# --- JSON -----------------------------------------------------------------------------------------


def difference_json(difference: Difference) -> dict[str, Any]:
    """Return the JSON of the public contract: values are decimal strings, a revision is in the new figure's unit."""
    return {
        "revisions": [_revision_json(one) for one in difference.revisions],
        "added": [_observation_json(one) for one in difference.added],
        "withdrawn": [_observation_json(one) for one in difference.withdrawn],
        "changed": [_change_json(one) for one in difference.changed],
        "compared": difference.compared,
        "old": _release_json(difference.old),
        "new": _release_json(difference.new),
    }


def _key_json(one: Observation | Change) -> dict[str, Any]:
    return {
        "series": one.series or None,
        "period": str(one.period) if one.period else None,
        "measure": one.measure.value if one.measure else None,
    }


def _revision_json(one: Revision) -> dict[str, Any]:
    assert one.old.figure and one.new.figure
    percent = None if one.percent is None else plain(round_half_up(one.percent, 6))
    return _key_json(one.new) | {
        "old": plain(one.before.value),
        "new": plain(one.new.figure.value),
        "revision": plain(one.value),
        "unit": one.new.figure.unit.code,
        "percent": percent,
        "within_rounding": one.within_rounding,
        "published": {"old": _figure_json(one.old), "new": _figure_json(one.new)},
    }


def _figure_json(obs: Observation) -> dict[str, Any]:
    assert obs.figure
    return {
        "value": plain(obs.figure.value),
        "unit": obs.figure.unit.code,
        "precision": plain(obs.figure.quantum),
        "status": obs.status.value,
        "sheet": obs.source.sheet,
        "cell": obs.source.cell,
    }


def _observation_json(obs: Observation) -> dict[str, Any]:
    return _key_json(obs) | _figure_json(obs)


def _change_json(one: Change) -> dict[str, Any]:
    return _key_json(one) | {"what": one.what, "old": one.old or None, "new": one.new or None}


def _release_json(release: Release) -> dict[str, Any]:
    named = {"file": release.file, "sha256": release.sha256, "layout": release.layout, "title": release.title}
    return named | {"edition": release.edition, "methodology": release.methodology}
