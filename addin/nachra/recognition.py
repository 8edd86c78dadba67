"""Find the layout of a workbook from the workbook itself: exactly one, or an error that says what was seen."""

from __future__ import annotations

from nachra.errors import LayoutError
from nachra.grid import Cell, Grid, Sheet
from nachra.layouts import Layout
from nachra.units import normalise


def recognise(grid: Grid, layouts: tuple[Layout, ...]) -> Layout:
    """Return the one layout whose texts all stand in the workbook; LayoutError for none or for several."""
    seen = {normalise(cell.text) for _, cell in grid.texts()}
    missing = {layout.id: _missing(layout, seen) for layout in layouts}
    found = [layout for layout in layouts if not missing[layout.id]]
    if len(found) == 1:
        return found[0]
    path = str(grid.file.path)
    if found:
        raise LayoutError("layout_several", path=path, layouts=", ".join(layout.id for layout in found))
    looked_for = " ; ".join(f"{id} : « {texts[0]} »" for id, texts in missing.items())
    sheets = ", ".join(f"« {sheet.title} »" for sheet in grid.sheets[:8])
    first = ", ".join(f"« {cell.text[:60]} »" for _, cell in list(grid.texts())[:5]) or "-"
    raise LayoutError("layout_none", path=path, looked_for=looked_for, sheets=sheets, seen=first)


def _missing(layout: Layout, seen: set[str]) -> list[str]:
    header = normalise(layout.table.header)
    lacking = [text for text in layout.recognise.texts if not any(normalise(text) in one for one in seen)]
    return lacking if header in seen else [*lacking, layout.table.header]


def find_header(grid: Grid, layout: Layout) -> tuple[Sheet, Cell]:
    """Return the sheet and the cell that hold the layout's header text; LayoutError where several do."""
    wanted = normalise(layout.table.header)
    found = [(sheet, cell) for sheet, cell in grid.texts() if normalise(cell.text) == wanted]
    if len(found) > 1:
        cells = ", ".join(f"{sheet.title}!{cell.address}" for sheet, cell in found[:6])
        path = str(grid.file.path)
        raise LayoutError("header_several", path=path, header=layout.table.header, cells=cells, layout=layout.id)
    return found[0]
