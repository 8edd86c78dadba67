"""Where words live: every wording is read from `templates/`, found in a checkout and in a wheel alike."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT_LANGUAGE = "fr"


@cache
def templates() -> Path:
    """Return the folder of templates: inside the package when installed, beside `addin/` in a checkout."""
    installed = Path(__file__).with_name("templates")
    return installed if installed.is_dir() else Path(__file__).parents[2] / "templates"


@cache
def load_toml(relative: str) -> dict[str, Any]:
    """Return one TOML file of `templates/` as a dictionary (read once).

    Inside a spreadsheet's own interpreter, which may be too old for tomllib, the file travels as JSON.
    """
    path = templates() / relative
    packed = path.with_suffix(".json")
    if packed.exists():
        import json

        content: dict[str, Any] = json.loads(packed.read_text(encoding="utf-8"))
        return content
    import tomllib

    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a file of texts, the default one first."""
    found = sorted({path.stem for path in (templates() / "texts").iterdir()})
    return tuple(sorted(found, key=lambda language: language != DEFAULT_LANGUAGE))


def wording(key: str, language: str = DEFAULT_LANGUAGE, *forms: str) -> str:
    """Return the wording of `key` ("section.name") as it stands in its file, in the first of the plural forms it has.

    A wording with plural forms is a table ("zero", "one", "two", "few", "many", "other": CLDR's categories);
    `plurals.text` knows which form a count takes. A language without that key answers in the default language, so
    that a message is never lost. Raises KeyError where no language has it.
    """
    section, _, name = key.partition(".")
    for candidate in (language, DEFAULT_LANGUAGE):
        if candidate in languages():
            found = load_toml(f"texts/{candidate}.toml").get(section, {}).get(name)
            if isinstance(found, dict):
                found = next((found[form] for form in forms if form in found), found["other"])
            if isinstance(found, str):
                return found
    raise KeyError(key)


def text(key: str, language: str = DEFAULT_LANGUAGE, /, **params: object) -> str:
    """Return the wording of `key` with its parameters filled in; KeyError where no language has it."""
    return filled(wording(key, language), **params)


def filled(template: str, /, **params: object) -> str:
    """Fill a wording's parameters in."""
    return template.format(**{name: _printable(value) for name, value in params.items()})


#: controls that turn the reading order: what is shown then differs from what is written (Unicode, UAX 9)
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: those that may reach neither a terminal nor a worksheet; the isolates that wordings themselves put around Latin
#: letters (U+2066, U+2069) turn nothing but what they enclose
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2067\u2068]")


def printable(text: str) -> str:
    """Return a text without the controls that may reach neither a terminal nor a worksheet, each replaced."""
    return _CONTROL.sub("\ufffd", text)


def _printable(value: object) -> object:
    # what fills in a wording may come from an untrusted file
    return printable(str(value)) if isinstance(value, (str, Path)) else value
