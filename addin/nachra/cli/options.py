"""What every verb shares: the application, its options, the user's language, the exit codes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nachra.errors import UsageError
from nachra.texts import DEFAULT_LANGUAGE, languages, templates, text

#: exit codes of the public contract
FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3


def help_text(key: str, **params: object) -> str:
    """Return the help of a verb or an option, in the language of the environment."""
    return text(f"cli.help_{key}", environment_language(), **params)


def environment_language() -> str:
    """Return the language that NACHRA_LANGUAGE asks for, the default one where it names none of ours."""
    asked = os.environ.get("NACHRA_LANGUAGE", DEFAULT_LANGUAGE)
    return asked if asked in languages() else DEFAULT_LANGUAGE


app = typer.Typer(
    help=text("cli.help", environment_language()),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Language = Annotated[str | None, typer.Option("--language", metavar="fr|ar|en", help=help_text("language"))]
Languages = Annotated[list[str] | None, typer.Option("--language", metavar="fr|ar|en", help=help_text("language"))]
# the files' names are enough for the help; what is in them is read when a briefing is made
_OUTLINES = ", ".join(sorted(path.stem for path in (templates() / "briefings").glob("*.toml")))
Outline = Annotated[str, typer.Option("--outline", metavar="OUTLINE", help=help_text("outline", known=_OUTLINES))]
Outlines = Annotated[
    list[str] | None, typer.Option("--outline", metavar="OUTLINE", help=help_text("outline", known=_OUTLINES))
]
Series = Annotated[str, typer.Option("--series", metavar="CODE", help=help_text("series"))]
History = Annotated[list[Path] | None, typer.Option("--history", metavar="CHEMIN", help=help_text("history"))]
Pdf = Annotated[bool, typer.Option("--pdf", help=help_text("pdf"))]
Style = Annotated[str, typer.Option("--style", metavar="STYLE", help=help_text("style"))]
Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]
Author = Annotated[str, typer.Option("--author", metavar="NAME", envvar="NACHRA_AUTHOR", help=help_text("author"))]


def spoken(words: Sequence[str]) -> str:
    """Return the language of whoever typed these words: the one they ask for, else that of the environment.

    It is for what goes wrong before or outside a verb, which has the option's value.
    """
    joined = [word.removeprefix("--language=") for word in words if word.startswith("--language=")]
    after = [word for option, word in itertools.pairwise(words) if option == "--language"]
    return next((word for word in (*after, *joined) if word in languages()), environment_language())


def require_suffix(output: Path | None, suffix: str = ".xlsx") -> None:
    """Raise UsageError for a workbook to write under a name that Excel would not open."""
    if output and not output.is_dir() and output.suffix.casefold() != suffix.casefold():
        raise UsageError("write_suffix", path=str(output), suffix=suffix)


def language_of(asked: str | None) -> str:
    """Return the language asked for; UsageError for one that has no texts."""
    language = asked or os.environ.get("NACHRA_LANGUAGE") or DEFAULT_LANGUAGE
    if language not in languages():
        raise UsageError("language", language=language, known=", ".join(languages()))
    return language
