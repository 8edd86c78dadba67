"""Verdicts: what each rule says of a workbook, what the workbook's outline promises, and whether the promise holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from nachra.accessibility.inspection import Area, Place, Sheet, Workbook
from nachra.errors import ProfileError
from nachra.texts import load_toml

WORDINGS = "accessibility.toml"


class Verdict(StrEnum):
    """What a rule says; the values are those of `nachra audit --json`."""

    PASS = "pass"
    FAIL = "fail"
    NOT_CHECKABLE = "not_checkable"


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that breaks a rule; `cause` names the wording of what is wrong there, where a rule has several."""

    sheet: str
    area: Area
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A reason why a rule cannot be judged by a machine, here or anywhere."""

    reason: str


Rule = Callable[[Workbook], Iterator[Hit | Unjudged]]


def at(sheet: Sheet, place: Place, cause: str = "") -> Hit:
    """Return a hit on one cell."""
    return Hit(sheet.title, Area(*place, *place), cause)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule's verdict on a workbook: with the places of a failure, or the reasons why it cannot be judged."""

    rule: str
    verdict: Verdict
    promised: bool
    hits: tuple[Hit, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def is_essential(self) -> bool:
        return is_essential(self.rule)

    @property
    def cells(self) -> dict[str, list[str]]:
        """The places of a failure by sheet, neighbouring cells as ranges; a sheet may be named without a cell."""
        found: dict[str, list[Area]] = {}
        for hit in self.hits:
            found.setdefault(hit.sheet, []).append(hit.area)
        return {sheet: joined(areas) for sheet, areas in found.items()}

    def title(self, language: str) -> str:
        """Return the rule in a few words."""
        return _worded(self.rule, "title", language)

    def why(self, language: str) -> str:
        """Return the reader who is served by the rule."""
        return _worded(self.rule, "why", language)

    def remedy(self, language: str) -> str:
        """Return what to do where the rule fails."""
        return _worded(self.rule, "remedy", language)

    def causes(self, language: str) -> list[str]:
        """Return what is wrong, each kind once, with the number of its cells or ranges."""
        counts: dict[str, int] = {}
        for hit in self.hits:
            if hit.cause:
                counts[hit.cause] = counts.get(hit.cause, 0) + 1
        known = load_toml(WORDINGS)["rules"][self.rule].get("causes", {})
        return [f"{known[cause][language]} ({count})" for cause, count in counts.items()]

    def message(self, language: str) -> str:
        """Return one line: what is wrong and what to do, or why the rule cannot be judged; empty where it holds."""
        if self.verdict is Verdict.FAIL:
            seen = " ; ".join(self.causes(language)) if language == "fr" else "; ".join(self.causes(language))
            seen = seen.replace(";", "؛") if language == "ar" else seen
            return f"{seen[:1].upper()}{seen[1:]}. {self.remedy(language)}" if seen else self.remedy(language)
        reasons = load_toml(WORDINGS)["reasons"]
        return " ".join(reasons[reason][language] for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Audit:
    """A workbook held against every rule of the checklist, in the checklist's order."""

    path: str
    outline: str
    is_ours: bool
    """Whether the outline that the workbook names is one of ours."""
    outcomes: tuple[Outcome, ...]

    @property
    def promised_holds(self) -> bool:
        """Whether no rule fails that the workbook's outline promises."""
        return not any(one.promised and one.verdict is Verdict.FAIL for one in self.outcomes)

    def of(self, verdict: Verdict) -> list[Outcome]:
        return [one for one in self.outcomes if one.verdict is verdict]


def judge(book: Workbook, rules: dict[str, Rule]) -> Audit:
    """Hold a workbook against the rules; what it promises follows from the outline that it names."""
    breaks = broken_on_purpose(book.outline, frozenset(rules))
    outcomes = []
    for name, rule in rules.items():
        said = list(rule(book))
        hits = tuple(dict.fromkeys(one for one in said if isinstance(one, Hit)))
        reasons = tuple(dict.fromkeys(one.reason for one in said if isinstance(one, Unjudged)))
        verdict = Verdict.FAIL if hits else Verdict.NOT_CHECKABLE if reasons else Verdict.PASS
        promised = is_essential(name) if breaks is None else name not in breaks
        outcomes.append(Outcome(name, verdict, promised, hits, () if hits else reasons))
    return Audit(book.path, book.outline, breaks is not None, tuple(outcomes))


def is_essential(rule: str) -> bool:
    """Tell the checklist's essential rules from its desirable ones."""
    return bool(load_toml(WORDINGS)["rules"][rule]["level"] == "essential")


def broken_on_purpose(outline: str, rules: frozenset[str]) -> frozenset[str] | None:
    """Return the rules that an outline of ours breaks on purpose; it promises all others.

    They stand in its file under `[accessibility] breaks = [...]`, no rule where the key is absent. None for an outline
    that is not ours: such a workbook promises the essential rules. ProfileError for a rule that does not exist.
    """
    from nachra.outlines import load_outline, outlines

    # the name comes from an untrusted file: it is looked up, never opened
    if outline not in (known := outlines()):
        return None
    breaks = frozenset(load_outline(outline).accessibility.breaks)
    unknown = sorted(breaks - rules)
    if unknown:
        path = str(known[outline])
        raise ProfileError("profile_key", path=path, key="accessibility.breaks", reason=", ".join(unknown))
    return breaks


def _worded(rule: str, what: str, language: str) -> str:
    return str(load_toml(WORDINGS)["rules"][rule][what][language])


#: the place of a hit that concerns a whole sheet, or the whole workbook (whose sheet has no name)
EVERYWHERE = Area(0, 0, 0, 0)


def joined(areas: list[Area]) -> list[str]:
    """Return areas as addresses from top to bottom, single cells that make a rectangle as one range."""
    runs: list[Area] = []
    kept = {area for area in areas if area != EVERYWHERE and area[:2] != area[2:]}
    singles = {area[:2] for area in areas if area != EVERYWHERE and area not in kept}
    for row, column in sorted(singles):
        if runs and runs[-1].bottom == row and runs[-1].right == column - 1:
            runs[-1] = runs[-1]._replace(right=column)
        else:
            runs.append(Area(row, column, row, column))
    open_runs: dict[tuple[int, int], Area] = {}
    done: list[Area] = []
    for run in runs:
        above = open_runs.get((run.left, run.right))
        if above is not None and above.bottom == run.top - 1:
            open_runs[run.left, run.right] = above._replace(bottom=run.bottom)
            continue
        if above is not None:
            done.append(above)
        open_runs[run.left, run.right] = run
    return [area.address for area in sorted({*done, *open_runs.values(), *kept})]
