"""The verb that verifies briefings: verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nachra.cli.options import FINDINGS, FINE, UNREADABLE, Json, Language, app, environment_language, language_of
from nachra.errors import FileError, UsageError
from nachra.reports import failure, verified_json, verified_lines
from nachra.texts import text


def _help(key: str) -> str:
    return text(f"verify.{key}", environment_language())


@app.command(help=_help("help"))
def verify(
    briefings: Annotated[list[Path], typer.Argument(metavar="NOTE", help=_help("help_briefings"), show_default=False)],
    release: Annotated[Path | None, typer.Option("--release", metavar="FILE", help=_help("help_release"))] = None,
    releases: Annotated[
        list[Path] | None, typer.Option("--releases", metavar="DIR", help=_help("help_releases"))
    ] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Verify briefings: 0 untouched or resaved, 1 any difference, 3 unreadable or none of ours."""
    from nachra.jobs import find_releases
    from nachra.verification import verify_briefing

    said = language_of(language)
    paths = find_releases(briefings)
    if not paths:
        raise UsageError("no_releases", paths=", ".join(map(str, briefings)))
    among = tuple(find_releases(releases)) if releases else ()
    if releases and not any(one.is_file() for one in among):
        # nothing was looked for there: silence would say that no edition is newer
        raise UsageError("no_releases", paths=", ".join(map(str, releases)))
    code, changed = FINE, 0
    verified: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for path in paths:
        try:
            found = verify_briefing(path, release, among)
        except FileError as error:
            code = UNREADABLE
            failed.append(failure(str(path), error, said))
            typer.echo(error.message(said), err=True)
            continue
        if not found.is_fine:
            changed += 1
            code = max(code, FINDINGS)
        verified.append(verified_json(found))
        if not as_json:
            typer.echo("\n".join(verified_lines(found, said)))
    if as_json:
        typer.echo(json.dumps({"briefings": verified, "failed": failed}, ensure_ascii=False, indent=1))
    else:
        if any(one["release"] is None for one in verified):
            typer.echo(text("verify.not_compared", said), err=True)
    if len(paths) > 1:
        counts = {"done": len(verified), "changed": changed, "failed": len(failed)}
        typer.echo(text("verify.summary", said, **counts), err=True)
    raise typer.Exit(code)
