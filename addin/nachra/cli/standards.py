"""The verbs that look out and ahead: export to the standards, targets, the year's outlook."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nachra.cli.options import (
    FINDINGS,
    FINE,
    UNREADABLE,
    Json,
    Language,
    app,
    environment_language,
    help_text,
    language_of,
)
from nachra.errors import FileError, IncomparableError, UsageError, WriteError
from nachra.reports import failure
from nachra.texts import text

if TYPE_CHECKING:
    from nachra.release import Release

#: what `--format` takes; spelled here so that the help needs no export
_FORMATS = "sdmx-csv, csv, json, parquet"


def _help(key: str, **params: object) -> str:
    return text(f"export.{key}", environment_language(), **params)


@app.command(help=_help("help"))
def export(
    release: Annotated[Path, typer.Argument(metavar="PUBLICATION", help=help_text("release"), show_default=False)],
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help=_help("help_format", known=_FORMATS))],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=_help("help_output"))] = None,
    bom: Annotated[bool, typer.Option("--bom", help=_help("help_bom"))] = False,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Export a release."""
    from nachra.exports import Format
    from nachra.exports import export as exported
    from nachra.jobs import check_release
    from nachra.publish import publish, safe_name, same_file
    from nachra.tidy import mapping_of

    said = language_of(language)
    if form not in [one.value for one in Format]:
        raise UsageError("export_format", format=form, known=_FORMATS)
    chosen = Format(form)
    target = output or Path(safe_name(release.stem) + chosen.suffix)
    if same_file(release, target):
        raise WriteError("write_over_input", path=str(target))
    found = check_release(release)[0].release
    publish(exported(found, chosen, bom=bom), target)
    maps = [mapping_of(one.code, found.methodology) for one in found.series]
    statuses = Counter(one.status if one else "none" for one in maps)
    counts = {name: statuses[name] for name in ("official", "indicative", "none")}
    if as_json:
        written = {"path": str(target), "format": form, "observations": len(found.observations), "mapping": counts}
        typer.echo(json.dumps(written, ensure_ascii=False, indent=1))
    else:
        typer.echo(text("export.written", said, path=target, count=len(found.observations)))
        typer.echo(text("export.mapping", said, **counts))


Releases = Annotated[list[Path], typer.Argument(metavar="PUBLICATION", help=help_text("paths"), show_default=False)]


def _read(paths: list[Path], language: str) -> tuple[list[Release], list[dict[str, str]]]:
    """Read every release found; those that cannot be read are said on standard error and returned as failures."""
    from nachra.jobs import check_release, find_releases

    found = find_releases(paths)
    if not found:
        raise UsageError("no_releases", paths=", ".join(str(path) for path in paths))
    releases, failed = [], []
    for path in found:
        try:
            releases.append(check_release(path)[0].release)
        except FileError as error:
            failed.append(failure(str(path), error, language))
            typer.echo(error.message(language), err=True)
    return releases, failed


def _ahead(key: str) -> str:
    return text(f"ahead.{key}", environment_language())


@app.command(help=_ahead("help_targets"))
def targets(
    releases: Releases,
    link: Annotated[str, typer.Option("--link", metavar="NAME", help=_ahead("help_link"))] = "",
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Show where a series stands towards the targets."""
    from nachra.forecasts import position_json, position_lines, unused_json, unused_lines
    from nachra.history import histories
    from nachra.linking import link_series, links
    from nachra.targets import may_be_read, own_baseline, position
    from nachra.targets import targets as all_targets

    said = language_of(language)
    if link and link not in links():
        raise UsageError("link_unknown", link=link, known=", ".join(links()))
    chosen = links()[link] if link else None
    found, failed = _read(releases, said)
    known = histories(found)
    total = own_baseline().series
    if chosen:
        pair = [known.get((methodology, total)) for methodology in (chosen.old, chosen.new)]
        if not all(pair):
            raise IncomparableError("link_no_overlap", period=chosen.period.label(said))
        old, new = [one for one in pair if one]
        known[link, total] = link_series(old, new, link)
    positions = [
        (position(history, target), history)
        for (methodology, series), history in known.items()
        if series == total and may_be_read(methodology) and history.years
        for target in all_targets()
    ]
    if as_json:
        shown = [position_json(one, history, said) for one, history in positions]
        content = {"positions": shown, "unused": unused_json(said), "failed": failed}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=1))
    else:
        lines = [line for one, history in positions for line in position_lines(one, history, said)]
        typer.echo("\n".join([*lines, *unused_lines(said)]))
    raise typer.Exit(UNREADABLE if failed else FINE)


@app.command(help=_ahead("help_outlook"))
def outlook(
    releases: Releases,
    year: Annotated[
        int | None, typer.Option("--year", metavar="YYYY", min=1900, max=2199, help=_ahead("help_year"))
    ] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Estimate the current year."""
    from nachra.forecasts import outlook_json, outlook_lines
    from nachra.history import histories
    from nachra.outlook import outlook as estimated

    said = language_of(language)
    found, failed = _read(releases, said)
    outlooks: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    lines: list[str] = []
    for history in histories(found).values():
        wanted = year or max(period.year for period in history.points)
        key = {"series": history.series, "methodology": history.methodology, "year": wanted}
        try:
            one = estimated(history, wanted)
        except IncomparableError as error:
            refused.append(key | {"code": error.code, "message": error.message(said)})
            lines += outlook_lines(history, error, said)
        else:
            outlooks.append(key | outlook_json(one, said))
            lines += outlook_lines(history, one, said)
    if as_json:
        content = {"outlooks": outlooks, "refused": refused, "failed": failed}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=1))
    elif lines:
        typer.echo("\n".join(lines))
    raise typer.Exit(UNREADABLE if failed else FINE if outlooks else FINDINGS)
