"""The command line. Answers go to standard output, progress and messages to standard error.

Exit codes: 0 fine, 1 findings of severity error, 2 usage, 3 a file could not be read, was refused, or not written.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, NoReturn

import typer

from nachra.cli.options import FINE, UNREADABLE, USAGE, app, help_text, spoken
from nachra.errors import NachraError, UsageError
from nachra.reports import say

# help lists the verbs in the order of these imports
# isort: off
from nachra.cli import releases
from nachra.cli import verify
from nachra.cli import library
from nachra.cli import audit
from nachra.cli import standards
from nachra.cli import functions
from nachra.cli import addins

# isort: on

__all__ = ["addins", "app", "audit", "functions", "library", "main", "releases", "standards", "verify"]

#: what the library returns for Ctrl-C, where it does not let it through
_INTERRUPTED = 130
#: the library's base of all usage errors; it has no public name of its own
_Misuse: Any = typer.BadParameter.__mro__[1]


def main() -> None:
    """Run the command line; every failure ends in one of our messages and exit codes."""
    for stream in (sys.stdout, sys.stderr):
        # a Windows console or a pipe may be in a code page without Arabic
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = app(standalone_mode=False) or FINE
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(code)
    except NachraError as error:
        _fail(error.message(spoken(sys.argv[1:])), USAGE if isinstance(error, UsageError) else UNREADABLE)
    except _Misuse as error:
        _fail(_misuse(error), USAGE)
    except (KeyboardInterrupt, typer.Abort):
        _fail(say("interrupted", spoken(sys.argv[1:])), UNREADABLE)
    except Exception as error:
        # a traceback is no answer to a civil servant: the defect is ours, and the message says so
        reason = f"{type(error).__name__}: {error}"[:200]
        _fail(NachraError("internal", reason=reason).message(spoken(sys.argv[1:])), UNREADABLE)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(code)


def _misuse(error: Any) -> str:
    """Say in the user's language what is wrong with the command; the library's own words are English."""
    language = spoken(sys.argv[1:])
    context = getattr(error, "ctx", None)
    parameter = getattr(error, "param", None)
    spelled = parameter.opts[-1] if parameter else ""
    shown = spelled if spelled.startswith("-") else getattr(parameter, "metavar", None) or spelled
    name = getattr(error, "option_name", None) or shown.rstrip(".")
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError" and context:
        return str(context.get_help())
    keys = {
        "NoSuchOption": "misuse_option",
        "MissingParameter": "misuse_missing",
        "BadParameter": "misuse_value",
        # an option without its value, or a value where none goes
        "BadOptionUsage": "misuse_value",
    }
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
        bool, typer.Option("--version", help=help_text("version"), callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
