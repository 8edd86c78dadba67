"""Sheets that refuse changes, told before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nachra.hosts.wording import AddinError

if TYPE_CHECKING:
    import xlwings as xw


def require_open(*sheets: xw.Sheet) -> None:
    """End in AddinError where a sheet is protected; xlwings does not tell, Excel's own object on Windows does."""
    for sheet in sheets:
        if getattr(sheet.api, "ProtectContents", False) is True:
            raise AddinError("sheet_protected", name=sheet.name)
