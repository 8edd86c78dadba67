"""What the ribbon's buttons do, written against xlwings' Book, Sheet and Range.

Each macro takes the workbook in front, ends in a message in the user's language, and never in a traceback.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nachra import plurals
from nachra.ahead import measures_ahead
from nachra.cells import CellError
from nachra.errors import NachraError
from nachra.functions import REGISTRY
from nachra.hosts import freezing, marking, settings
from nachra.hosts.protection import require_open
from nachra.hosts.wording import AddinError, word
from nachra.provenance import FIGURES
from nachra.texts import load_toml, templates, text
from nachra.units import normalise

if TYPE_CHECKING:
    import xlwings as xw

    from nachra.findings import Finding
    from nachra.reading import Reading

TITLE = "nachra"
#: what gives a fraction, which reads best as a percentage
FRACTIONS = tuple(f"=EXPORT_{name}(" for name in ("GROWTH", "SHARE", "REQUIRED_GROWTH"))


def macro(action: Callable[..., str]) -> Callable[..., None]:
    """Make an action on (workbook, language) a macro: on the workbook in front, with its answer in a message."""

    @functools.wraps(action)
    def run(*arguments: str, book: Any = None) -> None:
        import xlwings as xw

        front: xw.Book = book if book is not None else xw.Book.caller()
        language = settings.language()
        mode = "info"
        try:
            said = action(front, language, *arguments)
        except NachraError as error:
            said, mode = error.message(language), "critical"
        except Exception as error:
            # a traceback is no answer to a civil servant
            said, mode = (
                word("macros.unexpected", language, reason=f"{type(error).__name__}: {error}"[:200]),
                "critical",
            )
        if said:
            front.app.alert(said, TITLE, mode=mode)

    return run


def _read(book: xw.Book, language: str) -> tuple[Reading, tuple[Finding, ...]]:
    from nachra.checks import check
    from nachra.hosts.sheet_reader import read_book
    from nachra.layouts import load_layouts
    from nachra.reading import read_from_grid

    reading = read_from_grid(read_book(book, marking.own_sheets(book)), load_layouts())
    return reading, check(reading)


def _folder(book: xw.Book) -> Path:
    """Return the workbook's own folder, a temporary one where it has none (never saved, or in the cloud)."""
    beside = Path(book.fullname).parent
    return beside if beside.is_absolute() and beside.is_dir() else Path(tempfile.mkdtemp(prefix="nachra-"))


# --- releases ---------------------------------------------------------------------------------------


@macro
def new_release(book: xw.Book, language: str, layout: str) -> str:
    """Open a copy of a blank official template, "annuel" or "semestriel"."""
    known = {path.stem: path for path in sorted((templates() / "releases").glob("*.xlsx"))}
    if layout not in known:
        raise AddinError("template_missing", layout=layout, known=", ".join(known))
    # a copy: saving must never change the template; and Excel opens no two workbooks of one name
    taken = {one.name for one in book.app.books}
    names = (f"publication-{layout}{number}.xlsx" for number in ("", *(f"-{one}" for one in range(2, 1000))))
    copy = Path(tempfile.mkdtemp(prefix="nachra-")) / next(name for name in names if name not in taken)
    copy.write_bytes(known[layout].read_bytes())
    book.app.books.open(str(copy))
    return ""


@macro
def check_release(book: xw.Book, language: str) -> str:
    """Check the open release: findings on a sheet, cells marked; what an earlier check marked is taken off first."""
    from nachra.findings import count_by_severity, in_words

    _, findings = _read(book, language)
    require_open(*(book.sheets[name] for name in dict.fromkeys(one.sheet for one in findings if one.cells)))
    marking.unmark(book)
    counts = in_words(count_by_severity(findings), language)
    sheet = marking.mark(book, findings, text("annotation.lead", language, counts=counts), language)
    sheet.activate()
    return word("macros.checked", language, counts=counts, sheet=sheet.name)


# --- briefings --------------------------------------------------------------------------------------


def _write_briefing(book: xw.Book, language: str, target: Path) -> Path:
    from nachra.publish import publish
    from nachra.sheets import compose
    from nachra.workbook import write_workbook

    reading, findings = _read(book, language)
    # the last one may still be open
    return publish(write_workbook(compose(reading.release, findings, language)), target, sibling=True)


@macro
def brief_release(book: xw.Book, language: str) -> str:
    """Write the briefing of the open release beside it, and open it."""
    from nachra.publish import safe_name

    target = _write_briefing(
        book, language, _folder(book) / f"{safe_name(Path(book.name).stem)}.complete.{language}.xlsx"
    )
    book.app.books.open(str(target))
    return word("macros.briefed", language, path=target)


@macro
def insert_sheets(book: xw.Book, language: str) -> str:
    """Insert the briefing's sheets of growth and shares, with the data they calculate on, into the open workbook."""
    wanted = [text(f"briefing.{key}", language) for key in ("sheet_evolution", "sheet_structure", "sheet_data")]
    # its name must differ from that of the note, which may be open
    target = _write_briefing(book, language, Path(tempfile.mkdtemp(prefix="nachra-")) / "nachra-sheets.xlsx")
    briefing = book.app.books.open(str(target))
    try:
        copies = {name: briefing.sheets[name].copy(after=book.sheets[-1]) for name in wanted}
        for sheet in copies.values():
            _lead_home(sheet, briefing.name, {name: one.name for name, one in copies.items()})
    finally:
        briefing.close()
    return word("macros.inserted", language, count=len(copies))


def _lead_home(sheet: xw.Sheet, briefing: str, names: dict[str, str]) -> None:
    """Turn references to the briefing's sheets into references to their copies."""
    from nachra.hosts.sheet_reader import rows_of

    used = sheet.used_range
    for down, row in enumerate(rows_of(used.formula, used.shape)):
        for right, formula in enumerate(row):
            if isinstance(formula, str) and formula.startswith("=") and f"[{briefing}]" in formula:
                own = formula
                for name, copy in names.items():
                    for written in (f"'[{briefing}]{name}'!", f"[{briefing}]{name}!"):
                        own = own.replace(written, f"'{copy}'!")
                used[down, right].formula = own


@macro
def brief_folder(book: xw.Book, language: str, folder: str) -> str:
    """Write the briefing of every release in a folder into its subfolder "notes"."""
    from nachra.jobs import Failed, find_releases, plan, run_jobs

    out = Path(folder) / "notes"
    releases = find_releases([Path(folder)], out)
    if not releases:
        return word("macros.no_releases", language, folder=folder)
    jobs = plan(releases, out, (language,))
    failures: list[str] = []
    done = 0
    # one process: Excel waits, and a pool would start Excel's Python again for each worker
    for place, outcomes in run_jobs(jobs, workers=1):
        book.app.status_bar = f"{TITLE} {place + 1}/{len(jobs)}"
        failed = [one for one in outcomes if isinstance(one, Failed)]
        failures += [one.error.message(language) for one in failed]
        done += len(outcomes) - len(failed)
    book.app.status_bar = False
    counts = {
        "done": plurals.counted("briefing", done, language),
        "failed": plurals.counted("failure", len(failures), language),
    }
    said = word("macros.batched", language, folder=out, **counts)
    return "\n".join([said, *failures[:10]])


# --- figures ----------------------------------------------------------------------------------------


def _measures() -> dict[str, str]:
    """Return the function that answers for each word that a measure may be called by."""
    numbers = {measure: function for function, measure in FIGURES.items()}
    found = dict(numbers)
    for measure, words in load_toml("functions.toml")["measures"].items():
        found |= {normalise(one): numbers[measure] for one in words}
    found |= {word: numbers[measure] for word, measure in measures_ahead().items() if measure in numbers}
    for name, words in load_toml("excel.toml")["measures"].items():
        found |= {normalise(one): f"EXPORT_{name.upper()}" for one in words.values()}
    return found


def figure_formula(asked: str, language: str) -> str:
    """Return the formula for "TOTAL ; S1 2025 ; croissance"; AddinError where that names no figure."""
    parts = [one.strip() for one in asked.replace("؛", ";").split(";")]
    series, period, measure = [*parts, "", "", ""][:3]
    function = _measures().get(normalise(measure)) if measure else "EXPORT_VALUE"
    given = [series, period]
    if (
        function is None
        or len(parts) > 3
        or REGISTRY[function].call(*(one or None for one in given)) is CellError.VALUE
    ):
        raise AddinError("figure_unknown", asked=asked, example=word("dialogs.figure_default", language))
    while given and not given[-1]:
        given.pop()
    written = ",".join('"{}"'.format(one.replace('"', '""')) for one in given)
    return f"={function}({written})"


@macro
def insert_figure(book: xw.Book, language: str, asked: str) -> str:
    """Write the formula of a figure into the active cell."""
    selected = book.selection
    if selected is None:
        raise AddinError("no_selection")
    cell = selected[0, 0]
    if getattr(cell.api, "Locked", True) is not False:
        require_open(cell.sheet)
    cell.formula = figure_formula(asked, language)
    if cell.number_format == "General" and str(cell.formula).startswith(FRACTIONS):
        cell.number_format = "0.0%"
    return ""


@macro
def freeze(book: xw.Book, language: str) -> str:
    """Turn our formulas in the open workbook into values, with their provenance in notes."""
    import nachra.hosts.excel  # noqa: F401  (sets where answers come from)

    return word("macros.frozen", language, count=freezing.freeze_book(book, language))


@macro
def refresh(book: xw.Book, language: str) -> str:
    """Read the library again; the ribbon then has Excel calculate everything."""
    from nachra.hosts.excel import LIBRARY

    LIBRARY.seen, LIBRARY.looked = None, float("-inf")
    answers = LIBRARY.answers()
    book.app.calculate()
    if not answers.books:
        return text(f"reasons.{LIBRARY.reason or 'library_empty'}", language)
    return word("macros.refreshed", language)
