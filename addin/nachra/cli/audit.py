"""The verb on accessibility: audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nachra.cli.options import FINDINGS, FINE, UNREADABLE, Json, Language, app, environment_language, language_of
from nachra.errors import FileError, UsageError
from nachra.texts import text


def _help(key: str) -> str:
    return text(f"audit.{key}", environment_language())


@app.command(help=_help("help"))
def audit(
    workbooks: Annotated[
        list[Path], typer.Argument(metavar="CLASSEUR", help=_help("help_workbooks"), show_default=False)
    ],
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Audit the accessibility of workbooks."""
    from nachra import accessibility
    from nachra.accessibility.reporting import audit_json, audit_lines
    from nachra.jobs import find_releases

    said = language_of(language)
    paths = find_releases(workbooks)
    if not paths:
        raise UsageError("no_releases", paths=", ".join(str(path) for path in workbooks))
    code = FINE
    audited: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for path in paths:
        try:
            found = accessibility.audit(path)
        except FileError as error:
            code = UNREADABLE
            failed.append({"path": str(path), "code": error.code, "message": error.message(said)})
            typer.echo(error.message(said), err=True)
            continue
        if not found.promised_holds:
            code = max(code, FINDINGS)
        if as_json:
            audited.append(audit_json(found, said))
        else:
            typer.echo("\n".join(audit_lines(found, said)))
    if as_json:
        typer.echo(json.dumps({"workbooks": audited, "failed": failed}, ensure_ascii=False, indent=1))
    raise typer.Exit(code)
