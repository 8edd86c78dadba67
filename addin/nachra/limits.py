"""The limits of what is admitted, and the count that is kept against them over all parts of a package.

They leave a release of 10 sheets × 5,000 rows × 12 columns room, and bound what the two readers spend: at each limit
one load takes 10 to 20 seconds and some hundred megabytes on a slow machine.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, NoReturn

from nachra.errors import RefusedError

#: cells and rows of all sheets together (openpyxl: 16 microseconds and 500 bytes a cell); the announced ones too
MAX_CELLS = 800_000
#: elements of texts, plain and formatted (openpyxl: 7 to 15 microseconds each)
MAX_TEXT_ELEMENTS = 1_500_000
#: all other elements: styles, rules, validations, names, drawings (openpyxl: 30 microseconds each)
MAX_OTHER_ELEMENTS = 200_000
#: used boxes of all sheets together: calamine lays each out whole, as a rectangle (32 bytes a cell)
MAX_BOX_CELLS = 15_000_000
#: cells under merged ranges, hyperlinks and comments: openpyxl creates every one (70 microseconds each)
MAX_MERGED_CELLS = 100_000
MAX_SHEETS = 250
#: real sheets nest about 8 deep, drawings 20
MAX_DEPTH = 60
#: the fullest element of Open XML has some 40 attributes
MAX_ATTRIBUTES = 250
#: characters of all cells together: calamine copies a shared text for every cell that shows it
MAX_TEXT = 20_000_000
#: Excel's own limit for a cell; what is longer would be cut in silence
MAX_CELL_TEXT = 32_767
MAX_FORMULA = 8192
#: openpyxl writes a shared formula anew for every cell that shares it, a microsecond a character
MAX_SHARED_FORMULAS = 10_000_000
#: openpyxl reads number formats and print areas with regular expressions of quadratic time; Excel stops at 255
MAX_FORMAT_LENGTH = 1000
MAX_PRINT_AREAS_LENGTH = 16_384


class Outside(NamedTuple):
    """Something that a workbook would fetch or start: what kind ("dde", "image", "connection" or "link"), and what."""

    kind: str
    target: str


class Tally:
    """What was counted over all parts of a package, and what was met that would lead out of it."""

    def __init__(self, path: str):
        self.path = path
        self.cells = self.boxes = self.merged = self.texts = self.others = self.text = self.formulas = 0
        self.showing = 0
        """How many cells show a shared text."""
        self.has_macros = False
        self.embedded = 0
        self.outside: list[Outside] = []
        self.lengths: list[int] = []
        """The length of each shared text."""
        self.shown: Counter[str] = Counter()
        """How many of them show each text, by its number as it is written."""

    def refuse(self, code: str, **params: str | int) -> NoReturn:
        raise RefusedError(code, path=self.path, **params)  # type: ignore[arg-type]

    def settle(self) -> None:
        """Refuse a few texts that are shown by so many cells that a reader's copies would fill the memory."""
        longest = max(self.lengths, default=0)
        self.text += max(0, self.showing - self.shown.total()) * longest
        for number, count in self.shown.items():
            known = number.isdecimal() and len(number) < 8 and int(number) < len(self.lengths)
            self.text += count * (self.lengths[int(number)] if known else longest)
        if self.text > MAX_TEXT:
            self.refuse("too_much_text", limit=MAX_TEXT)
