"""The verbs on the spreadsheet add-ins: addin build, addin install, doctor."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nachra.cli.options import FINDINGS, FINE, Json, Language, app, help_text, language_of
from nachra.reports import say


class Spreadsheet(StrEnum):
    """The spreadsheets that have an add-in."""

    EXCEL = "excel"
    CALC = "calc"


Kind = Annotated[Spreadsheet, typer.Argument(metavar="excel|calc", help=help_text("addin_kind"))]

addin = typer.Typer(help=help_text("addin"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(addin, name="addin", help=help_text("addin"))


@addin.command(help=help_text("addin_build"))
def build(
    kind: Kind,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=help_text("addin_out"))],
    interpreter: Annotated[
        str, typer.Option("--interpreter", metavar="FILE", help=help_text("addin_interpreter"))
    ] = "",
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Build an add-in into a folder."""
    said = language_of(language)
    if kind is Spreadsheet.EXCEL:
        from nachra.addins.excel import build_xlam

        made = build_xlam(out, said, interpreter)
    else:
        from nachra.addins.calc import build_oxt

        made = build_oxt(out)
    typer.echo(json.dumps({"path": str(made)}) if as_json else say("built", said, path=made))


@addin.command(help=help_text("addin_install"))
def install(
    kind: Kind,
    library: Annotated[Path | None, typer.Option("--library", metavar="DIR", help=help_text("addin_library"))] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Install an add-in for the user."""
    import tempfile

    said = language_of(language)
    if kind is Spreadsheet.EXCEL:
        from nachra.addins.install import install_excel

        place = str(install_excel(said, library).addin)
    else:
        from nachra.addins.calc import build_oxt, install_oxt

        with tempfile.TemporaryDirectory() as folder:
            install_oxt(build_oxt(Path(folder)))
        place = "LibreOffice Calc"
    typer.echo(json.dumps({"path": place}) if as_json else say("installed", said, path=place))


@app.command(help=help_text("doctor"))
def doctor(language: Language = None, as_json: Json = False) -> None:
    """Say what keeps the add-in from working."""
    from nachra.doctor import diagnose

    said = language_of(language)
    checks = diagnose()
    if as_json:
        found = [
            {"name": one.name, "ok": one.ok, "message": one.message(said), "next": one.next_step(said)}
            for one in checks
        ]
        typer.echo(json.dumps({"checks": found}, ensure_ascii=False, indent=1))
    else:
        for one in checks:
            typer.echo(f"{'✓' if one.ok else '✗'} {one.message(said)}")
            if not one.ok:
                typer.echo(f"  → {one.next_step(said)}")
    raise typer.Exit(FINE if all(one.ok for one in checks) else FINDINGS)
