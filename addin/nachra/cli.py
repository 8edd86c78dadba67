"""The command line: check, brief, batch. Answers go to standard output, progress and messages to standard error.

Exit codes: 0 fine, 1 findings of severity error, 2 usage, 3 a file could not be read, was refused, or not written.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from nachra.errors import FileError, NachraError, UsageError
from nachra.texts import DEFAULT_LANGUAGE, languages, text

if TYPE_CHECKING:
    from nachra.findings import Finding
    from nachra.functions import CellFunction
    from nachra.jobs import Briefed, Failed
    from nachra.release import Release

FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3


def _say(key: str, language: str, /, **params: object) -> str:
    return text(f"cli.{key}", language, **params)


def _help(key: str) -> str:
    return text(f"cli.help_{key}", _environment_language())


def _environment_language() -> str:
    asked = os.environ.get("NACHRA_LANGUAGE", DEFAULT_LANGUAGE)
    return asked if asked in languages() else DEFAULT_LANGUAGE


app = typer.Typer(
    help=text("cli.help", _environment_language()),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Language = Annotated[str | None, typer.Option("--language", help=_help("language"))]
Languages = Annotated[list[str] | None, typer.Option("--language", help=_help("language"))]
Json = Annotated[bool, typer.Option("--json", help=_help("json"))]
Author = Annotated[str, typer.Option("--author", envvar="NACHRA_AUTHOR", help=_help("author"))]


def main() -> None:
    """Run the command line; every failure ends in one of our messages and exit codes."""
    for stream in (sys.stdout, sys.stderr):
        # a Windows console or a pipe may be in a code page without Arabic
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except NachraError as error:
        _fail(error)


def _fail(error: NachraError) -> NoReturn:
    typer.echo(error.message(_environment_language()), err=True)
    sys.exit(USAGE if isinstance(error, UsageError) else UNREADABLE)


def _version(asked: bool) -> None:
    if asked:
        from nachra import __version__

        typer.echo(f"nachra {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help=_help("version"), callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _language(asked: str | None) -> str:
    language = asked or os.environ.get("NACHRA_LANGUAGE") or DEFAULT_LANGUAGE
    if language not in languages():
        raise UsageError("language", language=language, known=", ".join(languages()))
    return language


# --- check ----------------------------------------------------------------------------------------


@app.command(help=_help("check"))
def check(
    releases: Annotated[list[Path], typer.Argument(metavar="PUBLICATION...", help=_help("paths"), show_default=False)],
    annotate: Annotated[Path | None, typer.Option("--annotate", metavar="DIR", help=_help("annotate"))] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Check releases."""
    from nachra.jobs import check_release, find_releases, plan
    from nachra.layouts import load_layouts

    said = _language(language)
    paths = _require_releases(find_releases(releases), releases)
    layouts = load_layouts()
    code = FINE
    checked: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    copies = {job.release: job.target for job in plan(paths, annotate, (said,))} if annotate else {}
    for path in paths:
        try:
            reading, findings = check_release(path, layouts)
            copy = copies.get(path)
            if copy is not None:
                from nachra.annotate import annotate_release

                annotate_release(reading, findings, copy, said)
        except FileError as error:
            code = UNREADABLE
            failed.append(_failure(str(path), error, said))
            typer.echo(error.message(said), err=True)
            continue
        if any(finding.severity == "error" for finding in findings):
            code = max(code, FINDINGS)
        if as_json:
            checked.append(_release_json(path, reading.release, findings, said))
        else:
            _show(path, reading.release, findings, copy, said)
    if as_json:
        typer.echo(json.dumps({"releases": checked, "failed": failed}, ensure_ascii=False, indent=1))
    raise typer.Exit(code)


def _require_releases(found: list[Path], asked: list[Path]) -> list[Path]:
    if not found:
        raise UsageError("no_releases", paths=", ".join(str(path) for path in asked))
    return found


def _failure(path: str, error: NachraError, language: str) -> dict[str, str]:
    return {"release": path, "code": error.code, "message": error.message(language)}


def _counts(findings: dict[str, int], language: str) -> str:
    return _say("counts", language, **findings)


def _show(path: Path, release: Release, findings: tuple[Finding, ...], copy: Path | None, language: str) -> None:
    from nachra.findings import count_by_severity

    params = {"title": release.title, "layout": release.layout, "count": len(release.observations)}
    typer.echo(_say("recognised", language, path=path, **params))
    for finding in findings:
        shown = ", ".join(finding.cells[:6]) + ("…" if len(finding.cells) > 6 else "")
        place = _say("cells", language, sheet=finding.sheet, cells=shown).strip()
        severity = text(f"severities.{finding.severity.value}", language)
        typer.echo(f"  {severity:<9} {finding.code:<22} {place}")
        typer.echo(f"            {finding.message(language)}")
    counts = _counts(count_by_severity(findings), language) if findings else _say("no_findings", language)
    typer.echo(f"  {counts}")
    if copy:
        typer.echo("  " + _say("annotated", language, path=copy))


def _release_json(path: Path, release: Release, findings: tuple[Finding, ...], language: str) -> dict[str, Any]:
    from nachra.figures import plain

    return {
        "path": str(path),
        "sha256": release.sha256,
        "layout": release.layout,
        "title": release.title,
        "edition": release.edition,
        "observations": [
            {
                "series": obs.series,
                "period": str(obs.period),
                "measure": obs.measure.value,
                "value": plain(obs.figure.value) if obs.figure else None,
                "unit": obs.figure.unit.code if obs.figure else None,
                "precision": plain(obs.figure.quantum) if obs.figure else None,
                "status": obs.status.value,
                "methodology": obs.methodology,
                "sheet": obs.source.sheet,
                "cell": obs.source.cell,
            }
            for obs in release.observations
        ],
        "findings": [
            {
                "code": finding.code,
                "level": finding.level,
                "severity": finding.severity.value,
                "message": finding.message(language),
                "sheet": finding.sheet,
                "cells": list(finding.cells),
            }
            for finding in findings
        ],
    }


# --- brief and batch ------------------------------------------------------------------------------


@app.command(help=_help("brief"))
def brief(
    release: Annotated[Path, typer.Argument(metavar="PUBLICATION", help=_help("release"), show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=_help("output"))] = None,
    language: Language = None,
    author: Author = "",
    as_json: Json = False,
) -> None:
    """Brief one release."""
    from nachra.jobs import Job, brief_release, plan

    said = _language(language)
    target = output or plan([release], Path(), (said,))[0].target
    started = time.monotonic()
    done: list[Briefed] = []
    failed: list[Failed] = []
    try:
        done.append(brief_release(Job(release, target, said, author)))
    except FileError as error:
        from nachra.jobs import Failed

        failed.append(Failed(release, error))
    _report(done, failed, time.monotonic() - started, as_json, said, quiet=True)


@app.command(help=_help("batch"))
def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="CHEMIN...", help=_help("paths"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=_help("out"))] = Path("briefings"),
    language: Languages = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help=_help("workers"))] = None,
    author: Author = "",
    as_json: Json = False,
) -> None:
    """Brief every release found."""
    from nachra.jobs import Failed, default_workers, find_releases, plan, run_jobs

    said = [_language(one) for one in language] if language else [_language(None)]
    if workers is not None and workers < 1:
        raise UsageError("workers", workers=workers)
    releases = _require_releases(find_releases(paths, out), paths)
    jobs = plan(releases, out, tuple(dict.fromkeys(said)), author)
    started = time.monotonic()
    outcomes: dict[int, Briefed | Failed] = {}
    with _progress(len(jobs), said[0]) as advance:
        for place, outcome in run_jobs(jobs, workers or default_workers(len(jobs))):
            outcomes[place] = outcome
            advance(jobs[place].target.name)
    ordered = [outcomes[place] for place in range(len(jobs))]
    done = [one for one in ordered if not isinstance(one, Failed)]
    failed = [one for one in ordered if isinstance(one, Failed)]
    _report(done, failed, time.monotonic() - started, as_json, said[0])


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
            self.task = self.bar.add_task(_say("progress", self.language), total=self.total)
        return self.advance

    def advance(self, name: str) -> None:
        if self.bar:
            self.bar.update(self.task, advance=1, description=name[:40])

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()


def _report(
    done: list[Briefed], failed: list[Failed], seconds: float, as_json: bool, language: str, quiet: bool = False
) -> NoReturn:
    """Print what was written and, last, what was not; then exit with the code of the worst outcome."""
    if as_json:
        typer.echo(json.dumps(_batch_json(done, failed, seconds, language), ensure_ascii=False, indent=1))
    else:
        for one in done:
            typer.echo(_say("written", language, path=one.path, counts=_counts(one.findings, language)))
        if not quiet:
            params = {"done": len(done), "failed": len(failed), "seconds": f"{seconds:.1f}".replace(".", ",")}
            typer.echo(_say("summary", language, **params), err=True)
    for failure in failed:
        typer.echo(_say("failed", language, message=failure.error.message(language)), err=True)
    worst = UNREADABLE if failed else FINDINGS if any(one.findings["error"] for one in done) else FINE
    raise typer.Exit(worst)


def _batch_json(done: list[Briefed], failed: list[Failed], seconds: float, language: str) -> dict[str, Any]:
    return {
        "briefings": [
            {
                "release": str(one.release),
                "sha256": one.sha256,
                "language": one.language,
                "outline": one.outline,
                "path": str(one.path),
                "findings": one.findings,
            }
            for one in done
        ],
        "failed": [_failure(str(one.release), one.error, language) for one in failed],
        "seconds": round(seconds, 3),
    }


# --- functions and answers ---------------------------------------------------------------------


@app.command(help=_help("functions"))
def functions(language: Language = None, as_json: Json = False) -> None:
    """Show the cell functions."""
    from nachra.functions import REGISTRY, localised

    said = _language(language)
    if as_json:
        typer.echo(
            json.dumps(
                {"functions": [_function_json(one, said) for one in REGISTRY.values()]}, ensure_ascii=False, indent=1
            )
        )
        return
    for function in REGISTRY.values():
        names = " ; ".join(f"[{one.name}]" if one.optional else one.name for one in function.arguments)
        typer.echo(f"{function.name}({names})\n    {function.help[said]}")
        for argument in function.arguments:
            typer.echo(f"      {argument.name:<10} {argument.help[said]}")
        for example in function.examples:
            typer.echo(f"      {localised(example) if said == 'fr' else example}")


def _function_json(function: CellFunction, language: str) -> dict[str, Any]:
    arguments = [{"name": one.name, "optional": one.optional, "help": one.help[language]} for one in function.arguments]
    return {
        "name": function.name,
        "category": function.category,
        "arguments": arguments,
        "help": function.help[language],
        "examples": list(function.examples),
    }


@app.command(help=_help("answers"), hidden=True)
def answers(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help=_help("answers_folder"))] = None,
    as_range: Annotated[bool, typer.Option("--range", help=_help("answers_range"))] = False,
) -> None:
    """Print the answers of a folder (or of a range on standard input) as JSON, for hosts in another interpreter."""
    from nachra.answering import answers_of_folder, answers_of_rectangle

    if as_range:
        cells = tuple(tuple(row) for row in json.load(sys.stdin))
        found = answers_of_rectangle(cells)
        typer.echo(found.to_json() if found else "null")
    elif folder is None or not folder.is_dir():
        raise UsageError("no_releases", paths=str(folder or "-"))
    else:
        typer.echo(answers_of_folder(folder).to_json())


if __name__ == "__main__":
    main()
