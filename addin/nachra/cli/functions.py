"""The verbs on cell functions: functions, freeze, and the answers that other interpreters ask for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from nachra import plurals
from nachra.cli.options import FINDINGS, FINE, Json, Language, app, help_text, language_of, require_suffix
from nachra.errors import UsageError
from nachra.reports import function_json, function_lines, function_page, say


@app.command(help=help_text("functions"))
def functions(
    language: Language = None,
    as_json: Json = False,
    as_page: Annotated[bool, typer.Option("--markdown", help=help_text("markdown"))] = False,
) -> None:
    """Show the cell functions."""
    from nachra.functions import REGISTRY

    said = language_of(language)
    if as_page and not as_json:
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


@app.command(help=help_text("freeze"))
def freeze(
    workbook: Annotated[Path, typer.Argument(metavar="CLASSEUR", help=help_text("workbook"), show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=help_text("freeze_output"))],
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Freeze a workbook."""
    from dataclasses import asdict

    from nachra.asking import set_provider
    from nachra.freeze import freeze_workbook
    from nachra.jobs import SUFFIXES
    from nachra.library import FolderLibrary

    said = language_of(language)
    # the copy is of the original's kind: with macros under .xlsm alone
    require_suffix(output, workbook.suffix if workbook.suffix.casefold() in SUFFIXES else output.suffix)
    set_provider(FolderLibrary())
    done = freeze_workbook(workbook, output, said)
    if as_json:
        cells, left = ([asdict(one) for one in found] for found in (done.cells, done.left))
        typer.echo(json.dumps({"path": str(output), "cells": cells, "left": left}, ensure_ascii=False, indent=1))
    else:
        frozen = plurals.counted("cell", len(done.cells), said)
        kept = plurals.counted("formula", len(done.left), said)
        typer.echo(say("frozen", said, path=output, cells=frozen, left=kept))
    for stale in done.stale:
        typer.echo(stale.message(said), err=True)
    for one in done.left:
        typer.echo(one.message(said), err=True)
    raise typer.Exit(FINDINGS if done.left else FINE)


@app.command(help=help_text("answers"), hidden=True)
def answers(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help=help_text("answers_folder"))] = None,
    as_range: Annotated[bool, typer.Option("--range", help=help_text("answers_range"))] = False,
    where: Annotated[bool, typer.Option("--where", hidden=True)] = False,
) -> None:
    """Print the answers of a folder (or of a range on standard input) as JSON, for hosts in another interpreter."""
    from nachra.answering import answers_of_rectangle
    from nachra.library import answers_of_folder
    from nachra.library.places import default_library

    if where:
        typer.echo(default_library())
    elif as_range:
        cells = tuple(tuple(row) for row in json.load(sys.stdin))
        found = answers_of_rectangle(cells)
        typer.echo(found.to_json() if found else "null")
    elif folder is None or not folder.is_dir():
        raise UsageError("no_releases", paths=str(folder or "-"))
    else:
        typer.echo(answers_of_folder(folder).to_json())
