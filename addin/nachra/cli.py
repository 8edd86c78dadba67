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
from nachra.reports import batch_json, counted, failure, function_json, function_lines, release_json, release_lines, say
from nachra.texts import DEFAULT_LANGUAGE, languages, text

if TYPE_CHECKING:
    from nachra.jobs import Briefed, Failed

#: the library's base of all usage errors; it has no public name of its own
_Misuse: Any = typer.BadParameter.__mro__[1]

FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3


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
        sys.exit(app(standalone_mode=False) or FINE)
    except NachraError as error:
        _fail(error.message(_environment_language()), USAGE if isinstance(error, UsageError) else UNREADABLE)
    except _Misuse as error:
        _fail(_misuse(error), USAGE)
    except (KeyboardInterrupt, typer.Abort):
        _fail(say("interrupted", _environment_language()), UNREADABLE)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(code)


def _misuse(error: Any) -> str:
    """Say in the user's language what is wrong with the command; the library's own words are English."""
    language = _environment_language()
    context = getattr(error, "ctx", None)
    parameter = getattr(error, "param", None)
    spelled = parameter.opts[-1] if parameter else ""
    shown = spelled if spelled.startswith("-") else getattr(parameter, "metavar", None) or spelled
    name = getattr(error, "option_name", None) or shown.rstrip(".")
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError" and context:
        return str(context.get_help())
    keys = {"NoSuchOption": "misuse_option", "MissingParameter": "misuse_missing", "BadParameter": "misuse_value"}
    what = say(keys.get(kind, "misuse"), language, name=name)
    return f"{what} {say('misuse_help', language, command=context.command_path if context else 'nachra')}"


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
            failed.append(failure(str(path), error, said))
            typer.echo(error.message(said), err=True)
            continue
        if any(finding.severity == "error" for finding in findings):
            code = max(code, FINDINGS)
        if as_json:
            checked.append(release_json(path, reading.release, findings, said))
        else:
            typer.echo("\n".join(release_lines(path, reading.release, findings, copy, said)))
    if as_json:
        typer.echo(json.dumps({"releases": checked, "failed": failed}, ensure_ascii=False, indent=1))
    raise typer.Exit(code)


def _require_releases(found: list[Path], asked: list[Path]) -> list[Path]:
    if not found:
        raise UsageError("no_releases", paths=", ".join(str(path) for path in asked))
    return found


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
            self.task = self.bar.add_task(say("progress", self.language), total=self.total)
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
        typer.echo(json.dumps(batch_json(done, failed, seconds, language), ensure_ascii=False, indent=1))
    else:
        for note in done:
            typer.echo(say("written", language, path=note.path, counts=counted(note.findings, language)))
        if not quiet:
            params = {"done": len(done), "failed": len(failed), "seconds": f"{seconds:.1f}".replace(".", ",")}
            typer.echo(say("summary", language, **params), err=True)
    for one in failed:
        typer.echo(say("failed", language, message=one.error.message(language)), err=True)
    worst = UNREADABLE if failed else FINDINGS if any(note.findings["error"] for note in done) else FINE
    raise typer.Exit(worst)


# --- functions and answers ---------------------------------------------------------------------


@app.command(help=_help("functions"))
def functions(
    language: Language = None,
    as_json: Json = False,
    as_page: Annotated[bool, typer.Option("--markdown", help=_help("markdown"))] = False,
) -> None:
    """Show the cell functions."""
    from nachra.functions import REGISTRY
    from nachra.reports import function_page

    said = _language(language)
    if as_page:
        typer.echo(function_page(said))
        return
    if as_json:
        typer.echo(
            json.dumps(
                {"functions": [function_json(one, said) for one in REGISTRY.values()]}, ensure_ascii=False, indent=1
            )
        )
        return
    for function in REGISTRY.values():
        typer.echo("\n".join(function_lines(function, said)))


@app.command(help=_help("freeze"))
def freeze(
    workbook: Annotated[Path, typer.Argument(metavar="CLASSEUR", help=_help("workbook"), show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=_help("output"))],
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Freeze a workbook."""
    from dataclasses import asdict

    from nachra.freeze import freeze_workbook
    from nachra.functions import set_provider
    from nachra.library import FolderLibrary

    said = _language(language)
    set_provider(FolderLibrary())
    done = freeze_workbook(workbook, output, said)
    if as_json:
        cells, left = ([asdict(one) for one in found] for found in (done.cells, done.left))
        typer.echo(json.dumps({"path": str(output), "cells": cells, "left": left}, ensure_ascii=False, indent=1))
    else:
        typer.echo(say("frozen", said, path=output, count=len(done.cells), left=len(done.left)))
    for one in done.left:
        typer.echo(one.message(said), err=True)
    raise typer.Exit(FINDINGS if done.left else FINE)


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
