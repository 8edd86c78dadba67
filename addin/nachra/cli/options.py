"""What every verb shares: the application, its options, the user's language, the exit codes."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from nachra.errors import UsageError
from nachra.texts import DEFAULT_LANGUAGE, languages, text

#: exit codes of the public contract
FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3


def help_text(key: str) -> str:
    """Return the help of a verb or an option, in the language of the environment."""
    return text(f"cli.help_{key}", environment_language())


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

Language = Annotated[str | None, typer.Option("--language", help=help_text("language"))]
Languages = Annotated[list[str] | None, typer.Option("--language", help=help_text("language"))]
Json = Annotated[bool, typer.Option("--json", help=help_text("json"))]
Author = Annotated[str, typer.Option("--author", envvar="NACHRA_AUTHOR", help=help_text("author"))]


def language_of(asked: str | None) -> str:
    """Return the language asked for; UsageError for one that has no texts."""
    language = asked or os.environ.get("NACHRA_LANGUAGE") or DEFAULT_LANGUAGE
    if language not in languages():
        raise UsageError("language", language=language, known=", ".join(languages()))
    return language
