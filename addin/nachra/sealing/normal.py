"""One spelling for what programs spell differently: formulas, number formats, numbers, texts, headers.

Excel, LibreOffice and openpyxl write the same formula or format each in its own way; what these functions return is
equal where a reader of the workbook sees the same, and differs where he does not.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

#: of two numbers that differ by less than DRIFT (relative, absolute below 1), one is the other's recomputation
DRIFT = 1e-14
#: digits of a number that are compared; what follows is the arithmetic's, not the figure's
DIGITS, PLACES = 12, 13

_FORMULA = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")
    |(?P<quoted>'(?:[^']|'')*')(?=!)
    |(?P<space>\s+)
    |(?P<word>[$]?[^\W\d][\w.$?]*)
    |(?P<number>(?<![\w$.:])(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![:\w$]))
    """,
    re.VERBOSE,
)
_PREFIXES = re.compile(r"^(?:_XLFN\.|_XLWS\.|_XLL\.|COM\.MICROSOFT\.)+")

_FORMAT = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<code>\[[^\]]*\]|[Ee][+-]|[_*].|.)', re.DOTALL)
#: signs that stand for themselves in a number format, without quotes
_LITERALS = frozenset("+-() \u00a0\u202f$€£:'<>=!^&~{}")


def formula(written: str, renamed: dict[str, str] | None = None) -> str:
    """Return a formula in one spelling: no spaces, no quotes round sheet names, numbers as Python writes them.

    `renamed` gives sheets the names they had.
    """
    return _formula(written, tuple(sorted(renamed.items())) if renamed else ())


@lru_cache(maxsize=16384)
def _formula(written: str, renamed: tuple[tuple[str, str], ...]) -> str:
    old_names = {new.casefold(): old for new, old in renamed}
    pieces: list[str] = []
    place = 0
    for found in _FORMULA.finditer(written.removeprefix("=").strip()):
        text = found.string
        pieces.append(text[place : found.start()])
        place = found.end()
        token = found[0]
        match found.lastgroup:
            case "text":
                pieces.append(token)
            case "number":
                pieces.append(repr(float(token)))
            case "quoted":
                name = token[1:-1].replace("''", "'")
                pieces.append(old_names.get(name.casefold(), name))
            case "word":
                is_sheet = text.startswith("!", place)
                pieces.append(old_names.get(token.casefold(), token) if is_sheet else _PREFIXES.sub("", token.upper()))
    return "".join(pieces) + written.removeprefix("=").strip()[place:]


@lru_cache(maxsize=4096)
def number_format(code: str) -> str:
    """Return a number format in one spelling: every literal character escaped, no language, no case of "General"."""
    if code.casefold() in ("general", "standard", ""):
        return "General"
    pieces: list[str] = []
    for found in _FORMAT.finditer(code):
        literal = found["quoted"] if found["quoted"] is not None else found["escaped"]
        if literal is None and found["code"] in _LITERALS:
            literal = found["code"]
        if literal is not None:
            pieces.extend("\\" + sign for sign in literal)
        elif not found["code"].startswith("[$-"):
            pieces.append(found["code"])
    return "".join(pieces)


def number(value: float) -> str:
    """Return a number as its significant digits, so that two readers' last binary digits do not matter."""
    if not math.isfinite(value):
        return str(value)
    rounded = round(value, PLACES)
    return f"{rounded:.{DIGITS}g}" if rounded else "0"


def spellings(value: float) -> tuple[str, ...]:
    """Return what `number` makes of a number and of its neighbours: one is the sealed spelling, if it is the same."""
    drift = DRIFT * max(1.0, abs(value))
    return tuple(dict.fromkeys(number(one) for one in (value, value - drift, value + drift)))


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def text(value: str) -> str:
    """Return a text with its line ends and escaped characters written one way."""
    if "_x" in value:
        value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value


_HEADER_CODE = re.compile(r'&"[^"]*"|&\d+ ?|&K[0-9A-Fa-f]{6}')


def header(value: str) -> str:
    """Return a page's header or footer without the codes of its fonts; a side with no text is left out."""
    sides = re.split(r"(?<!&)(?=&[LCR])", _HEADER_CODE.sub("", text(value)))
    return "".join(side.strip() for side in sides if side[2:].strip())
