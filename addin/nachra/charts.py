"""Native charts: from a chart's description and the theme to an XlsxWriter chart over the cells of its table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nachra.briefing import Area, Chart, ChartSeries


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chart's table stands: its sheet, the row (from 0) of its first body row, and its cached values."""

    sheet: str
    top: int
    values_of: Callable[[Area], list[float | str | None]]


def draw(book: Any, chart: Chart, theme: dict[str, Any], place: Place) -> Any:
    """Return the chart, ready to be inserted; its ranges are those of the table, so it follows the data."""
    look, colours = theme["chart"], {name: f"#{colour}" for name, colour in theme["colours"].items()}
    font = {"name": theme["font"], "size": 9, "color": colours["ink"]}
    drawn = book.add_chart({"type": chart.kind})
    for number, series in enumerate(chart.series):
        drawn.add_series(_series(chart, series, f"#{look['series'][number]}", font, place))
    drawn.set_title({"name": _literal(chart.title), "name_font": {**font, "size": 12, "bold": True}, "overlay": False})
    drawn.set_legend({"position": "bottom", "font": font} if len(chart.series) > 1 else {"none": True})
    rule = {"color": colours["rule"], "width": 0.75}
    values: dict[str, Any] = {
        "num_font": font,
        "num_format": chart.axis_format,
        "major_gridlines": {"visible": True, "line": rule},
        "line": {"none": True},
    }
    if chart.kind != "line":
        values["min"] = 0
    if chart.axis_title:
        values |= {"name": chart.axis_title, "name_font": {**font, "bold": False}}
    names = {"num_font": font, "line": rule, "major_tick_mark": "none", "label_position": "low"}
    if chart.kind == "bar":
        # largest on top; the bars carry their values, so the value axis says nothing more
        drawn.set_x_axis({**values, "visible": False, "major_gridlines": {"visible": False}})
        drawn.set_y_axis({**names, "reverse": True})
    else:
        drawn.set_y_axis(values)
        drawn.set_x_axis(names)
    drawn.show_blanks_as("gap")
    drawn.set_chartarea({"border": {"none": True}})
    return drawn


def _series(chart: Chart, series: ChartSeries, colour: str, font: dict[str, Any], place: Place) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": _literal(series.name),
        "categories": [place.sheet, *_moved(series.categories, place.top)],
        "values": [place.sheet, *_moved(series.values, place.top)],
        # XlsxWriter itself would cache a blank cell as zero
        "values_data": place.values_of(series.values),
    }
    if chart.kind == "line":
        marker = {"type": "circle", "size": 6, "fill": {"color": colour}, "border": {"color": colour}}
        return described | {"line": {"color": colour, "width": 2.25}, "marker": marker}
    labels = {"value": True, "num_format": series.number_format, "font": font, "position": "outside_end"}
    return described | {"fill": {"color": colour}, "gap": 60, "overlap": -5, "data_labels": labels}


def _literal(name: str) -> str:
    """XlsxWriter takes a chart's text like "Total!A1" for a reference; a space of no width keeps it a text."""
    return name.replace("!", "!\u200b")


def _moved(area: Area, top: int) -> Iterator[int]:
    first_row, first_column, last_row, last_column = area
    yield from (top + first_row, first_column, top + last_row, last_column)
