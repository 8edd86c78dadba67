"""The verbs on editions over time: import, library, diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nachra.cli.options import (
    FINDINGS,
    FINE,
    UNREADABLE,
    Author,
    Json,
    Language,
    app,
    help_text,
    language_of,
    require_suffix,
)
from nachra.cli.references import Library, help_of
from nachra.errors import UsageError
from nachra.reports import failure, release_lines


@app.command("import", help=help_of("import"))
def import_(
    releases: Annotated[list[Path], typer.Argument(metavar="PUBLICATION", help=help_text("paths"), show_default=False)],
    library: Library = None,
    accept: Annotated[str, typer.Option("--accept-findings", metavar="TEXT", help=help_of("accept"))] = "",
    author: Author = "",
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Import releases into the library."""
    from nachra.editions import story_of
    from nachra.jobs import find_releases
    from nachra.library.admission import Outcome, Unread, import_releases
    from nachra.library.listing import edition_of, say, story_json, story_name
    from nachra.library.places import default_library, library_folder
    from nachra.library.store import is_stored

    said = language_of(language)
    folder = library or library_folder() or default_library()
    paths = [path for path in find_releases(releases) if not is_stored(path, folder)]
    if not paths:
        raise UsageError("no_releases", paths=", ".join(str(path) for path in releases))
    code, counts = FINE, dict.fromkeys(("admitted", "known", "refused", "failed"), 0)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for one in import_releases(folder, paths, " ".join(accept.split()), author):
        if isinstance(one, Unread):
            code = UNREADABLE
            counts["failed"] += 1
            failed.append(failure(str(one.path), one.error, said))
            typer.echo(one.error.message(said), err=True)
            continue
        counts[one.outcome.value] += 1
        if one.outcome is Outcome.REFUSED:
            code = max(code, FINDINGS)
        story = story_of(one.release)
        if as_json:
            done.append(_admission_json(one, story_json(story), said))
            continue
        if one.outcome is not Outcome.KNOWN:
            typer.echo("\n".join(release_lines(one.path, one.release, one.findings, None, said)))
        key = "admitted_newest" if one.is_newest and one.outcome is Outcome.ADMITTED else one.outcome.value
        edition = edition_of(one.release, said)
        typer.echo(say(key, said, path=one.path, edition=edition, story=story_name(story, said)))
    if as_json:
        report = {"library": str(folder), "releases": done, "failed": failed}
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        typer.echo(say("imported", said, folder=folder, **counts), err=True)
    raise typer.Exit(code)


def _admission_json(one: Any, story: dict[str, str], language: str) -> dict[str, Any]:
    from nachra.reports import release_json

    told = release_json(one.path, one.release, one.findings, language)
    kept = {name: told[name] for name in ("path", "sha256", "title", "edition")}
    return kept | {"story": story, "outcome": one.outcome.value, "newest": one.is_newest, "findings": told["findings"]}


@app.command("library", help=help_of("library"))
def library_(
    library: Library = None,
    revisions: Annotated[bool, typer.Option("--revisions", help=help_of("revisions"))] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help=help_of("rebuild"))] = False,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Show the library."""
    from nachra.library import listing
    from nachra.library.contents import load
    from nachra.library.index import Index
    from nachra.library.places import index_file
    from nachra.library.references import required_library

    said = language_of(language)
    folder = required_library(library)
    index = Index(index_file(folder))
    if rebuild:
        index.forget()
    contents = load(folder, index)
    triangle = listing.triangle_of(contents) if revisions else ()
    if as_json:
        report = listing.contents_json(contents, said) | (listing.revisions_json(triangle) if revisions else {})
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        shown = listing.lines(contents, said)
        typer.echo("\n".join([*shown, "", *listing.revision_lines(triangle, said)] if revisions else shown))
    raise typer.Exit(UNREADABLE if contents.problems else FINDINGS if contents.conflicts else FINE)


@app.command("diff", help=help_of("diff"))
def diff(
    old: Annotated[str, typer.Argument(metavar="ANCIENNE", help=help_of("old"), show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NOUVELLE", help=help_of("new"), show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=help_of("workbook"))] = None,
    notice: Annotated[bool, typer.Option("--notice", help=help_of("notice"))] = False,
    library: Library = None,
    language: Language = None,
    author: Author = "",
    as_json: Json = False,
) -> None:
    """Compare two editions."""
    from nachra import notices
    from nachra.library.references import pair
    from nachra.revisions import compare

    said = language_of(language)
    require_suffix(output)
    before, after = pair(old, new, library)
    for held in (before, after):
        if any(one.code == "methodology-unknown" for one in held.findings):
            raise UsageError("methodology_unspecified", old=before.release.layout, new=after.release.layout)
    difference = compare(before.release, after.release)
    if output:
        _write(difference, output, (before.path, after.path), said, author)
    if as_json:
        report = notices.difference_json(difference)
        if notice:
            report["notice"] = notices.notice(difference, said)
        typer.echo(json.dumps(report, ensure_ascii=False, indent=1))
    elif notice:
        typer.echo("\n\n".join(notices.notice(difference, said)))
    else:
        typer.echo("\n".join(notices.lines(difference, said)))
        if not difference:
            typer.echo(notices.say("same", said))
    if output:
        typer.echo(notices.say("written", said, path=output), err=True)
    raise typer.Exit(FINDINGS if difference else FINE)


def _write(difference: Any, output: Path, inputs: tuple[Path, Path], language: str, author: str) -> None:
    from nachra.comparison import describe
    from nachra.errors import WriteError
    from nachra.publish import publish, same_file
    from nachra.workbook import write_workbook

    if any(same_file(output, one) for one in inputs):
        raise WriteError("write_over_input", path=str(output))
    publish(write_workbook(describe(difference, language, author)), output)
