"""What the Excel add-in is told on a machine: xlwings' configuration file of the user, under nachra's name.

The add-in's VBA looks for its interpreter in `%USERPROFILE%\\.nachra\\nachra.conf` ("KEY","value" on each line); the
library and the language stand in the same file, since a program started by Excel may lack the user's environment.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

from nachra.texts import DEFAULT_LANGUAGE, languages

#: settings that are environment variables everywhere else
FROM_ENVIRONMENT = ("NACHRA_LIBRARY", "NACHRA_LANGUAGE")
#: VBA's `Open … For Input` reads the code page of Windows: in UTF-8 a folder "Hélène" would not be found
ENCODING = "mbcs" if sys.platform == "win32" else "utf-8"


def configuration_file() -> Path:
    """Return the user's configuration file, whether it exists or not."""
    home = os.environ.get("USERPROFILE")
    return (Path(home) if home else Path.home()) / ".nachra" / "nachra.conf"


def read(file: Path | None = None) -> dict[str, str]:
    """Return the settings of the configuration file, empty where there is none."""
    path = file or configuration_file()
    try:
        lines = path.read_text(encoding=ENCODING, errors="replace").splitlines()
    except OSError:
        return {}
    return {row[0].upper(): row[1] for row in csv.reader(lines) if len(row) == 2}


def written(values: dict[str, str]) -> bytes:
    """Return settings as xlwings' VBA reads them."""
    return "".join(f'"{key}","{value}"\n' for key, value in values.items()).encode(ENCODING)


def apply() -> None:
    """Fill in what the environment does not say."""
    found = read()
    for name in FROM_ENVIRONMENT:
        if found.get(name):
            os.environ.setdefault(name, found[name])


def language() -> str:
    """Return the user's language."""
    asked = os.environ.get("NACHRA_LANGUAGE") or read().get("NACHRA_LANGUAGE", "")
    return asked if asked in languages() else DEFAULT_LANGUAGE
