"""Enters formulas again that a version of Calc did not recognise on loading.

Before 25.2, Calc does not bind EXPORT_GROWTH in an .xlsx; no version knows the prefixes that Excel writes for
functions of an add-in file ([1]!EXPORT_GROWTH, 'nachra.xlam'!EXPORT_GROWTH). Entering the plain name binds both.
"""

from __future__ import annotations

import re
from typing import Any

from nachra.functions import REGISTRY

FORMULAS = 16
"""com.sun.star.sheet.CellFlags.FORMULA"""
NAME_UNKNOWN = 525
_OURS = re.compile(
    rf"(?:'[^']*\.xlam?'!|\[\d+\]!|_xll\.|_xlfn\.|_xludf\.)?\b({'|'.join(REGISTRY)})(?=\()", re.IGNORECASE
)


def plain(formula: str) -> str:
    """Return a formula with our functions under their plain names."""
    return _OURS.sub(lambda found: found[1].upper(), formula)


def rebind(document: Any) -> int:
    """Enter every unrecognised formula of ours again; return how many there were."""
    count = 0
    document.lockControllers()
    document.addActionLock()
    try:
        for sheet in document.Sheets:
            for cell in sheet.queryContentCells(FORMULAS).Cells:
                formula = cell.Formula
                if not _OURS.search(formula) or (cell.getError() != NAME_UNKNOWN and plain(formula) == formula):
                    continue
                if formula.startswith("{"):
                    block = sheet.createCursorByRange(cell)
                    block.collapseToCurrentArray()
                    block.setArrayFormula(plain(formula)[1:-1])
                else:
                    cell.Formula = plain(formula)
                count += 1
    finally:
        document.removeActionLock()
        document.unlockControllers()
    return count
