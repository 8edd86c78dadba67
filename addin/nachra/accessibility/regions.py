"""Regions that look like tables though nobody marked them up: rectangles with figures, or lists under bold headers."""

from __future__ import annotations

from collections.abc import Iterable

from nachra.accessibility.inspection import Area, Cell, Kind, Place, Table

#: on a sheet with more groups of cells than that, blank lines are not looked across
MAX_GROUPS = 200
#: the look of a row that nothing sets apart
PLAIN: set[tuple[bool, str | None]] = {(False, None)}


def find_tables(cells: dict[Place, Cell], taken: Iterable[Area], merged: Iterable[Area] = ()) -> list[Table]:
    """Return the table-like regions among the filled cells that belong to none of the areas taken.

    Cells that touch belong together, a merged cell with all that it covers. A part below (or beside) one blank row (or
    column) that goes on with figures and no header of its own belongs to the same region, and so does a row of headers
    above one: the blank line is then seen as lying inside.
    """
    areas = list(taken)
    free = {place: cell for place, cell in cells.items() if not any(area.covers(place) for area in areas)}
    covered = {
        (row, column)
        for area in merged
        if (area.top, area.left) in free
        for row in area.rows()
        for column in area.columns()
    }
    groups = [trimmed for group in _groups(free.keys() | covered) if (trimmed := _trimmed(group & free.keys(), free))]
    if len(groups) <= MAX_GROUPS:
        groups = _joined(groups, free)
    boxes = {_box(group): group for group in groups if _is_table(group, free)}
    return [Table(box, headers=max(1, header_rows(box, boxes[box], free)), marked=False) for box in sorted(boxes)]


def header_rows(area: Area, group: set[Place], cells: dict[Place, Cell]) -> int:
    """Return how many rows of headers a region has: its first one, and those below that look like it.

    No row with a figure is a header, and a row with a single cell is a heading between rows. Where the first row is
    neither bold nor painted, a second one is told only by a gap in either.
    """
    rows, count = _rows(group), 0
    first: list[Cell] = []
    for row in area.rows():
        filled = [cells[place] for place in sorted(rows.get(row, []))]
        if any(cell.is_quantity for cell in filled):
            return count
        if len(filled) < 2:
            continue
        if not first:
            first = filled
        elif _dress(filled) != _dress(first) or (_dress(first) == PLAIN and len(filled) == len(first)):
            return count
        count += 1
    return 1


def _dress(row: list[Cell]) -> set[tuple[bool, str | None]]:
    return {(cell.look.bold, cell.look.fill) for cell in row}


def _groups(places: Iterable[Place]) -> list[set[Place]]:
    """Split places into groups that touch, corners included."""
    left, groups = set(places), []
    while left:
        group, edge = set(), [left.pop()]
        while edge:
            row, column = place = edge.pop()
            group.add(place)
            for near in ((row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)):
                if near in left:
                    left.remove(near)
                    edge.append(near)
        groups.append(group)
    return groups


def _trimmed(group: set[Place], cells: dict[Place, Cell]) -> set[Place]:
    """Drop the single texts above and below: a title and a source touch the table that they belong to."""
    rows = _rows(group)
    order = sorted(rows)
    while order and _is_lone_text(rows[order[0]], cells):
        order.pop(0)
    while order and _is_lone_text(rows[order[-1]], cells):
        order.pop()
    return {place for row in order for place in rows[row]}


def _rows(group: set[Place]) -> dict[int, list[Place]]:
    rows: dict[int, list[Place]] = {}
    for place in group:
        rows.setdefault(place[0], []).append(place)
    return rows


def _is_lone_text(places: list[Place], cells: dict[Place, Cell]) -> bool:
    return len(places) == 1 and not cells[places[0]].is_quantity


def _box(places: set[Place]) -> Area:
    rows, columns = [row for row, _ in places], [column for _, column in places]
    return Area(min(rows), min(columns), max(rows), max(columns))


def _joined(groups: list[set[Place]], cells: dict[Place, Cell]) -> list[set[Place]]:
    """Join what one blank row or column parts, as often as something can be joined."""
    groups = sorted(groups, key=_box)
    place = 0
    while place < len(groups):
        first = groups[place]
        mate = next((other for other in groups if other is not first and _goes_on(first, other, cells)), None)
        if mate is None:
            place += 1
            continue
        groups = sorted([first | mate, *(one for one in groups if one is not first and one is not mate)], key=_box)
        place = 0
    return groups


def _goes_on(first: set[Place], second: set[Place], cells: dict[Place, Cell]) -> bool:
    """Tell whether the second group is the rest of the first, beyond one blank row or column."""
    above, below = _box(first), _box(second)
    if below.top == above.bottom + 2:
        columns = {place[1] for place in first if cells[place].is_quantity}
        if not columns and above.top == above.bottom and len(first) > 1:  # a row of headers
            columns = {place[1] for place in first}
        return any(place[0] == below.top and place[1] in columns and cells[place].is_quantity for place in second)
    beside = abs(below.top - above.top) <= 1 and abs(below.bottom - above.bottom) <= 1
    if beside and below.left == above.right + 2:
        figures = [place for place in second if place[1] == below.left and cells[place].is_quantity]
        return len(figures) * 2 > below.bottom - below.top and any(cells[place].is_quantity for place in first)
    return False


def _is_table(group: set[Place], cells: dict[Place, Cell]) -> bool:
    box, rows = _box(group), _rows(group)
    height, width = box.bottom - box.top + 1, box.right - box.left + 1
    if height < 2 or width < 2 or len(group) * 4 < height * width:
        return False
    if sum(len(places) > 1 for places in rows.values()) < 2:
        return False
    if sum(cells[place].kind in (Kind.NUMBER, Kind.UNCACHED, Kind.DATE) for place in group) >= 2:
        return True
    header = [cells[place] for place in rows[box.top]]
    others = [cells[place] for place in group if place[0] != box.top]
    is_headed = len(header) == width and all(cell.look.bold for cell in header)
    return height >= 3 and is_headed and not all(cell.look.bold for cell in others) and len(group) * 2 > height * width
