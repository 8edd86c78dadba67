"""Install the Excel add-in for the user: the file in XLSTART, the settings in nachra.conf; no VBA trust needed."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from nachra.addins.excel import FILE_NAME, build_xlam
from nachra.hosts import settings
from nachra.hosts.wording import AddinError
from nachra.publish import publish
from nachra.texts import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Installed:
    """What was written."""

    addin: Path
    configuration: Path


def startup_folder() -> Path | None:
    """Return the folder whose add-ins Excel opens by itself; None where there is no Windows user."""
    roaming = os.environ.get("APPDATA", "")
    return Path(roaming) / "Microsoft" / "Excel" / "XLSTART" if roaming else None


def install_excel(language: str = DEFAULT_LANGUAGE, library: Path | None = None, platform: str = "") -> Installed:
    """Write the add-in into XLSTART, and this Python, the language and the library into the user's nachra.conf.

    Settings that are already there and not ours are kept. Raises AddinError where that cannot be (no Windows, no
    xlwings), WriteError where a file cannot be written (Excel holds the add-in open).
    """
    if (platform or sys.platform) != "win32":
        raise AddinError("not_windows", file=FILE_NAME)
    folder = startup_folder()
    if folder is None:
        raise AddinError("no_appdata")
    addin = build_xlam(folder, language)
    values = settings.read() | {"INTERPRETER_WIN": sys.executable, "NACHRA_LANGUAGE": language}
    known = library or (Path(named) if (named := os.environ.get("NACHRA_LIBRARY")) else None)
    if known:
        values["NACHRA_LIBRARY"] = str(known.absolute())
    configuration = settings.configuration_file()
    publish(settings.written(values), configuration)
    return Installed(addin, configuration)
