"""The verbs on releases: check, brief, batch."""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from nachra import formats, plurals
from nachra.cli.options import (
    FINDINGS,
    FINE,
    UNREADABLE,
    Author,
    History,
    Json,
    Language,
    Languages,
    Outline,
    Outlines,
    Pdf,
    Series,
    Style,
    app,
    environment_language,
    help_text,
    language_of,
    require_suffix,
)
from nachra.cli.references import Library, chosen, help_of
from nachra.errors import FileError, UsageError
from nachra.formats import style_of
from nachra.reports import batch_json, counted, failure, release_json, release_lines, say
from nachra.texts import text

if TYPE_CHECKING:
    from nachra.jobs import Outcome


def _export_help(key: str) -> str:
    return text(f"export.{key}", environment_language())


@app.command(help=help_text("check"))
def check(
    releases: Annotated[list[Path], typer.Argument(metavar="PUBLICATION", help=help_text("paths"), show_default=False)],
    annotate: Annotated[Path | None, typer.Option("--annotate", metavar="DIR", help=help_text("annotate"))] = None,
    language: Language = None,
    as_json: Json = False,
    form: Annotated[
        str, typer.Option("--format", metavar="text|ess-json", help=_export_help("help_check_format"))
    ] = "text",
) -> None:
    """Check releases."""
    from nachra.jobs import check_release, distinct_stems, find_releases
    from nachra.layouts import load_layouts

    said = language_of(language)
    if form not in ("text", "ess-json"):
        raise UsageError("export_format", format=form, known="text, ess-json")
    as_ess = form == "ess-json"
    paths = _require_releases(find_releases(releases), releases)
    layouts = load_layouts()
    code = FINE
    checked: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    copies: dict[Path, Path] = {}
    if annotate:
        stems = distinct_stems(paths, annotate)
        copies = {path: annotate / f"{stem}.annotated.{said}.xlsx" for path, stem in zip(paths, stems, strict=True)}
    for path in paths:
        try:
            reading, findings = check_release(path, layouts)
        except FileError as error:
            code = UNREADABLE
            failed.append(failure(str(path), error, said))
            typer.echo(error.message(said), err=True)
            continue
        copy = copies.get(path)
        try:
            if copy is not None:
                from nachra.annotate import annotate_release

                written = annotate_release(reading, findings, copy, said)
                if written != copy:
                    typer.echo(text("publishing.held", said, target=copy, path=written), err=True)
                copy = written
        except FileError as error:
            # the findings are not lost with the copy
            code, copy = UNREADABLE, None
            failed.append(failure(str(path), error, said))
            typer.echo(error.message(said), err=True)
        if any(finding.severity == "error" for finding in findings):
            code = max(code, FINDINGS)
        if as_ess:
            from nachra.ess import event_time, validations

            checked += validations(reading.release, findings, event_time(), said)
        elif as_json:
            checked.append(release_json(path, reading.release, findings, said))
        else:
            typer.echo("\n".join(release_lines(path, reading.release, findings, copy, said)))
    if as_ess:
        typer.echo(json.dumps(checked, ensure_ascii=False, indent=1))
    elif as_json:
        typer.echo(json.dumps({"releases": checked, "failed": failed}, ensure_ascii=False, indent=1))
    raise typer.Exit(code)


def _require_releases(found: list[Path], asked: list[Path]) -> list[Path]:
    if not found:
        raise UsageError("no_releases", paths=", ".join(str(path) for path in asked))
    return found


@app.command(help=help_text("brief"))
def brief(
    release: Annotated[Path, typer.Argument(metavar="PUBLICATION", help=help_of("reference"), show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=help_text("output"))] = None,
    language: Language = None,
    outline: Outline = "complete",
    series: Series = "",
    style: Style = "cldr",
    author: Author = "",
    history: History = None,
    pdf: Pdf = False,
    library: Library = None,
    as_json: Json = False,
) -> None:
    """Brief one release."""
    from nachra.jobs import Failed, Job, plan, run_job
    from nachra.outlines import load_outline

    said = language_of(language)
    if load_outline(outline).each == "release" and series:
        raise UsageError("series_unused", series=series, outline=outline)
    require_suffix(output)
    office = _office(pdf)
    release = chosen(release, library, said)
    stem = plan([release], output.parent if output else Path())[0].stem
    started = time.monotonic()
    job = Job(release, stem, (said,), (outline,), series, author, output, style=style_of(style), past=_past(history))
    outcomes = run_job(job)
    for one in outcomes:
        if isinstance(one, Failed) and isinstance(one.error, UsageError):
            raise one.error
    outcomes, pdfs = _print(outcomes, office, said)
    _report(outcomes, pdfs, time.monotonic() - started, as_json, said, quiet=True)


@app.command(help=help_text("batch"))
def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="CHEMIN", help=help_text("paths"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=help_text("out"))] = Path("briefings"),
    language: Languages = None,
    outline: Outlines = None,
    style: Style = "cldr",
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help=help_text("workers"))] = None,
    author: Author = "",
    history: History = None,
    resume: Annotated[bool, typer.Option("--resume", help=help_text("resume"))] = False,
    pdf: Pdf = False,
    as_json: Json = False,
) -> None:
    """Brief every release found."""
    from nachra.jobs import default_workers, find_releases, is_complete, journalled, plan, run_jobs
    from nachra.outlines import load_outline, outlines

    said = [language_of(one) for one in language] if language else [language_of(None)]
    asked = [load_outline(one).id for one in outline or outlines()]
    if workers is not None and workers < 1:
        raise UsageError("workers", workers=workers)
    releases = _require_releases(find_releases(paths, out), paths)
    office = _office(pdf)
    languages, plans = tuple(dict.fromkeys(said)), tuple(dict.fromkeys(asked))
    jobs = plan(releases, out, languages, plans, author, style_of(style), _past(history))
    jobs, journal = journalled(jobs, out, resume)
    started = time.monotonic()
    outcomes: dict[int, list[Outcome]] = {}
    ordered: list[Outcome] = []
    pdfs: dict[Path, Path] | None = None
    complete = False
    try:
        with _progress(len(jobs), said[0]) as advance:
            for place, found in run_jobs(jobs, workers or default_workers(jobs)):
                outcomes[place] = found
                advance(jobs[place].release.name)
        ordered = [one for place in range(len(jobs)) for one in outcomes[place]]
        complete = is_complete(ordered)
        if complete:
            journal.close()
        ordered, pdfs = _print(ordered, office, said[0])
    finally:
        # interrupted, or short of room: what is finished need not be made again
        if not complete and journal.exists:
            typer.echo(text("publishing.resumable", said[0]), err=True)
    _report(ordered, pdfs, time.monotonic() - started, as_json, said[0])


def _past(asked: list[Path] | None) -> tuple[Path, ...]:
    """The releases among files and below folders, that an estimate may reach back to."""
    from nachra.jobs import find_releases

    return tuple(_require_releases(find_releases(asked), asked)) if asked else ()


def _office(asked: bool) -> Path | None:
    """Find the office before anything is written: without one there is no PDF, and the user is told at once."""
    if not asked:
        return None
    from nachra.pdf import find_office

    return find_office()


def _print(
    outcomes: list[Outcome], office: Path | None, language: str
) -> tuple[list[Outcome], dict[Path, Path] | None]:
    """Print what was written to PDFs; return the outcomes with what could not be printed, and each workbook's PDF."""
    if office is None:
        return outcomes, None
    from nachra.jobs import Briefed, Failed
    from nachra.pdf import convert

    written = {one.path: one for one in outcomes if isinstance(one, Briefed)}
    failed: list[Outcome] = []
    pdfs: dict[Path, Path] = {}
    with _progress(len(written), language) as advance:
        for path, made in convert(list(written), office):
            if isinstance(made, Path):
                pdfs[path] = made
            else:
                failed.append(Failed(written[path].release, made))
            advance(f"{path.stem}.pdf")
    return outcomes + failed, pdfs


class _progress:
    """A progress bar on standard error where a person watches; nothing elsewhere."""

    def __init__(self, total: int, language: str):
        self.total = total
        self.language = language
        self.bar: Any = None

    def __enter__(self) -> Any:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task(say("progress", self.language), total=self.total)
        return self.advance

    def advance(self, name: str) -> None:
        if self.bar:
            self.bar.update(self.task, advance=1, description=name[:40])

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()


def _report(
    outcomes: list[Outcome],
    pdfs: dict[Path, Path] | None,
    seconds: float,
    as_json: bool,
    language: str,
    quiet: bool = False,
) -> NoReturn:
    """Print what was written and, last, what was not; then exit with the code of the worst outcome."""
    from nachra.jobs import Briefed, Failed

    done = [one for one in outcomes if isinstance(one, Briefed)]
    failed = [one for one in outcomes if isinstance(one, Failed)]
    if as_json:
        typer.echo(json.dumps(batch_json(done, failed, pdfs, seconds, language), ensure_ascii=False, indent=1))
    else:
        for note in done:
            typer.echo(say("written", language, path=note.path, counts=counted(note.findings, language)))
            if pdfs and note.path in pdfs:
                typer.echo(pdfs[note.path])
        if not quiet:
            words = {"done": plurals.counted("briefing", len(done), language)}
            words["failed"] = plurals.counted("failure", len(failed), language)
            params = {**words, "seconds": formats.number(Decimal(repr(seconds)), 1, language)}
            typer.echo(say("summary", language, **params), err=True)
    for note in done:
        if note.instead_of:
            typer.echo(text("publishing.held", language, target=note.instead_of, path=note.path), err=True)
    for one in failed:
        typer.echo(say("failed", language, message=one.error.message(language)), err=True)
    worst = UNREADABLE if failed else FINDINGS if any(note.findings["error"] for note in done) else FINE
    raise typer.Exit(worst)
