"""How every verb names a release of the library: the option `--library`, and a reference in place of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nachra.cli.options import environment_language
from nachra.texts import text


def help_of(key: str) -> str:
    """Return the help of a verb or an option of this room, in the language of the environment."""
    return text(f"library.help_{key}", environment_language())


Library = Annotated[Path | None, typer.Option("--library", metavar="DIR", help=help_of("folder"))]


def chosen(reference: Path, folder: Path | None, language: str) -> Path:
    """Return the release that a verb is asked for: a file, or an edition of the library, which is then named."""
    from nachra.library.references import is_file, release_path

    if is_file(str(reference)):
        return reference
    path, held = release_path(str(reference), folder)
    if held:
        from nachra.library.listing import edition_of, say

        typer.echo(
            say("chosen", language, file=held.release.file, edition=edition_of(held.release, language)), err=True
        )
    return path
