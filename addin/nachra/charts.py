"""Native charts: from a chart's description and the theme to an XlsxWriter chart over the cells of its table.

What holds for all of them: figures are written where they stand rather than looked up on an axis; colours come from
the theme's palette, which greyscale and colour-blind readers tell apart; what is not settled is hatched or hollow;
a blank cell is a gap; in Arabic, time runs from right to left and the value axis stands on the right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from nachra.briefing import Area, Chart, ChartSeries
from nachra.formats import NBSP, set_right_to_left

#: pixels: what titles and axes take beside the bars, a bar with its share of the gap, the tallest chart
BAR_FRAME, BAR, MAX_HEIGHT = 90, 19, 620
#: up to this many, columns are kept narrow
FEW_COLUMNS = 4
#: about as many pixels as a character of an axis label takes
LABEL_CHARACTER = 6.5
#: the names of two lines are legible side by side from this distance on, as a fraction of the axis
NAMES_APART = 0.07
#: the unit, at the end of a title: a line ends before it, not inside
_LAST_BRACKET = re.compile(r"\([^()]*\)(?=[^()]*$)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chart's table stands: its sheet, the row (from 0) of its first body row, and what its cells hold."""

    sheet: str
    top: int
    values_of: Callable[[Area], list[float | str | None]]
    """The cached numbers of an area, None for what is not a number."""
    texts_of: Callable[[Area], list[str]]
    """Its texts, as far as they are texts."""


def scale(theme: dict[str, Any], width: float) -> float:
    """Return how much larger a chart is drawn than designed: a wide sheet is printed that much smaller."""
    return max(1.0, width / float(theme["chart"]["width"]))


def height(chart: Chart, theme: dict[str, Any], width: float) -> int:
    """Return how tall a chart of that width is, in pixels: bars across need room for each."""
    designed = float(theme["chart"]["height"])
    if chart.kind == "bar":
        rows = chart.series[0].values[2] - chart.series[0].values[0] + 1
        bars = rows * (len(chart.series) + 0.7)
        designed = min(MAX_HEIGHT, max(designed - 100, BAR_FRAME + bars * BAR))
    return math.ceil(designed * scale(theme, width))


def draw(
    book: Any, chart: Chart, theme: dict[str, Any], place: Place, width: float, *, right_to_left: bool = False
) -> Any:
    """Return the chart, ready to be inserted; its ranges are those of the table, so it follows the data."""
    return _Drawing(chart, theme, place, width, right_to_left).drawn_in(book)


class _Drawing:
    def __init__(self, chart: Chart, theme: dict[str, Any], place: Place, width: float, right_to_left: bool):
        self.chart, self.place, self.width, self.right_to_left = chart, place, width, right_to_left
        self.look = theme["chart"]
        self.scale = scale(theme, width)
        self.height = height(chart, theme, width)
        self.ink, self.rule = (f"#{theme['colours'][name]}" for name in ("ink", "rule"))
        self.font = {"name": theme["font"], "size": round(9 * self.scale), "color": self.ink}
        numbers = [value for series in chart.series for value in place.values_of(series.values)]
        self.values = [value for value in numbers if isinstance(value, float)]

    def drawn_in(self, book: Any) -> Any:
        chart = self.chart
        kinds = {"stacked": {"type": "column", "subtype": "stacked"}}
        drawn = book.add_chart(kinds.get(chart.kind, {"type": chart.kind}))
        marks = chart.series[-1] if chart.kind == "stacked" else None
        for number, series in enumerate(chart.series):
            if series is not marks:
                drawn.add_series(
                    self.described(series) | getattr(self, chart.kind)(series, self.colour(series, number))
                )
        if marks is not None:
            above = book.add_chart({"type": "line"})
            above.add_series(self.described(marks) | self.marks(marks))
            drawn.combine(above)
        title = {
            "name": self.text(_LAST_BRACKET.sub(lambda found: found[0].replace(" ", NBSP), chart.title)),
            "name_font": {**self.font, "size": round(12 * self.scale), "bold": True},
            "overlay": False,
        }
        drawn.set_title(title)
        drawn.set_legend(self.legend())
        self.set_axes(drawn)
        if self.is_named_at_ends:
            # room beside the last points for the names of the lines
            drawn.set_plotarea(
                {"layout": {"x": 0.2 if self.right_to_left else 0.07, "y": 0.14, "width": 0.73, "height": 0.72}}
            )
        drawn.set_chartarea({"border": {"none": True}})
        drawn.set_size({"width": self.width, "height": self.height})
        return drawn

    # --- series -----------------------------------------------------------------------------------

    def described(self, series: ChartSeries) -> dict[str, Any]:
        return {
            "name": self.text(series.name),
            "categories": [self.place.sheet, *self.moved(series.categories)],
            "values": [self.place.sheet, *self.moved(series.values)],
            # XlsxWriter itself would cache a blank cell as zero
            "values_data": self.place.values_of(series.values),
        }

    def column(self, series: ChartSeries, colour: str) -> dict[str, Any]:
        # two columns alone would be two walls
        gap = 60 if self.chart.kind == "bar" or self.count(series) * len(self.chart.series) > FEW_COLUMNS else 180
        return self.fills(series, colour) | self.labels(series, "outside_end") | {"gap": gap, "overlap": -5}

    def bar(self, series: ChartSeries, colour: str) -> dict[str, Any]:
        return self.column(series, colour)

    def stacked(self, series: ChartSeries, colour: str) -> dict[str, Any]:
        # a white edge keeps neighbours apart whatever their colours
        return self.fills(series, colour, edge="#FFFFFF") | {"gap": 60}

    def line(self, series: ChartSeries, colour: str) -> dict[str, Any]:
        marker = {"type": "circle", "size": 6, "fill": {"color": colour}, "border": {"color": colour}}
        hollow = {"fill": {"color": "#FFFFFF"}, "border": {"color": colour, "width": 1.75}}
        described: dict[str, Any] = {"line": {"color": colour, "width": 2.25}, "marker": marker}
        if series.unsettled:
            described["points"] = [hollow if one in series.unsettled else None for one in range(self.count(series))]
        after = "left" if self.right_to_left else "right"
        if self.is_named_at_ends:
            return described | self.labels(series, after, named=True, boxed=True, colour=colour)
        if len(self.chart.series) == 1:
            return described | self.labels(series, "above", boxed=True)
        # among several lines, only points that stand alone have room for their values
        position = self.beside(series, after)
        return described | (self.labels(series, position, boxed=True) if position else {})

    def beside(self, series: ChartSeries, after: str) -> str:
        """Where the values of points without a line stand: above the highest of all series there, below the lowest,
        after what stands between or alone; "" for a series whose points a line joins.
        """
        found = self.place.values_of(series.values)
        known = [place for place, one in enumerate(found) if isinstance(one, float)]
        if not known or any(second - first == 1 for first, second in pairwise(known)):
            return ""
        values = [self.place.values_of(one.values)[known[0]] for one in self.chart.series]
        here, there = found[known[0]], [one for one in values if isinstance(one, float)]
        if len(there) == 1 or min(there) != here != max(there):
            return after
        return "above" if here == max(there) else "below"

    def marks(self, series: ChartSeries) -> dict[str, Any]:
        """A total above stacked parts: a mark and its value, no line."""
        ink = f"#{self.look['total']}"
        marker = {"type": "diamond", "size": 9, "fill": {"color": ink}, "border": {"color": "#FFFFFF"}}
        return {"line": {"none": True}, "marker": marker} | self.labels(series, "above", boxed=True)

    def fills(self, series: ChartSeries, colour: str, edge: str = "") -> dict[str, Any]:
        """Full colour where figures are final, hatched in it where they are not."""
        count = self.count(series)
        named = dict(series.colours)

        def look(place: int) -> dict[str, Any]:
            own = f"#{self.look[named[place]]}" if place in named else colour
            if place in series.unsettled:
                border = {"border": {"color": own, "width": 0.75}}
                return border | {"pattern": {"pattern": self.look["unsettled"], "fg_color": own, "bg_color": "#FFFFFF"}}
            return {"border": {"color": edge or own, "width": 0.75}, "fill": {"color": own}}

        looks = [look(place) for place in range(count)]
        # the look that most points share is the series' own, which the legend shows
        common = max(looks, key=looks.count) if looks else look(0)
        points = [None if one == common else one for one in looks]
        return common | ({"points": points} if any(points) else {})

    def labels(
        self, series: ChartSeries, position: str, *, named: bool = False, boxed: bool = False, colour: str = ""
    ) -> dict[str, Any]:
        """Values beside their points; `named`: after the name of the series; `boxed`: legible over what is drawn."""
        if series.labelled == ():
            return {}
        font = {**self.font, "color": colour, "bold": True} if named else self.font
        labels: dict[str, Any] = {"value": True, "num_format": series.number_format, "font": font, "position": position}
        if named:
            labels |= {"series_name": True, "separator": " "}
        if boxed:
            labels["fill"] = {"color": "#FFFFFF"}
        if series.labelled is not None:
            labels["custom"] = [
                None if one in series.labelled else {"delete": True} for one in range(self.count(series))
            ]
        return {"data_labels": labels}

    def colour(self, series: ChartSeries, number: int) -> str:
        return f"#{self.look[series.colour] if series.colour else self.look['series'][number]}"

    # --- around them ------------------------------------------------------------------------------

    @cached_property
    def is_named_at_ends(self) -> bool:
        """Several lines are named where they end, so that no legend sends the eye to and fro; unless the names met.

        A line whose description singles no point out has a legend: its name would stand at every one.
        """
        if self.chart.kind != "line" or len(self.chart.series) < 2:
            return False
        if any(series.labelled is None for series in self.chart.series):
            return False
        known = [
            [one for one in self.place.values_of(series.values) if isinstance(one, float)]
            for series in self.chart.series
        ]
        ends = sorted(one[-1] for one in known if one)
        apart = NAMES_APART * (max(self.values) - float(self.chart.axis_start or 0))
        return all(after - before >= apart for before, after in pairwise(ends))

    def legend(self) -> dict[str, Any]:
        if len(self.chart.series) == 1 or self.is_named_at_ends:
            return {"none": True}
        return {"position": "bottom", "font": self.font}

    def set_axes(self, drawn: Any) -> None:
        chart = self.chart
        edge = {"color": self.rule, "width": 0.75}
        values: dict[str, Any] = {
            "num_font": self.font,
            "num_format": chart.axis_format,
            "major_gridlines": {"visible": True, "line": edge},
            "line": {"none": True},
            **self.limits(),
        }
        if chart.axis_title:
            values |= {"name": chart.axis_title, "name_font": {**self.font, "bold": False}}
        if all(series.labelled is None for series in chart.series) and chart.kind in ("bar", "column"):
            # every bar carries its value: the axis would say it twice
            values |= {"visible": False, "major_gridlines": {"visible": False}}
        names = {"num_font": self.font, "line": edge, "major_tick_mark": "none", "label_position": "low"}
        if chart.kind == "bar":
            # the first on top
            drawn.set_x_axis(values | {"reverse": self.right_to_left})
            drawn.set_y_axis(names | {"reverse": True})
        else:
            drawn.set_y_axis(values)
            drawn.set_x_axis(names | {"reverse": self.right_to_left, "interval_unit": self.interval()})

    def limits(self) -> dict[str, float]:
        """Zero is on the axis of columns and bars, and on that of lines unless their description says otherwise."""
        if self.chart.kind == "line":
            return {} if self.chart.axis_start is None else {"min": float(self.chart.axis_start)}
        if self.chart.kind == "stacked" or not self.values:
            return {}
        return {"min": 0} if min(self.values) >= 0 else {"max": 0} if max(self.values) <= 0 else {}

    def interval(self) -> int:
        """Every how many categories one is named, so that names stand straight and apart."""
        texts = self.place.texts_of(self.chart.series[0].categories)
        if self.chart.kind != "line" or not texts:
            return 1
        room = self.width * 0.85 / len(texts)
        return max(1, math.ceil(max(map(len, texts)) * LABEL_CHARACTER * self.scale / room))

    def text(self, name: str) -> str:
        """A text of the chart; LibreOffice sets it from left to right unless the text itself says otherwise."""
        return set_right_to_left(_literal(name)) if self.right_to_left else _literal(name)

    def count(self, series: ChartSeries) -> int:
        first_row, first_column, last_row, last_column = series.values
        return max(last_row - first_row, last_column - first_column) + 1

    def moved(self, area: Area) -> tuple[int, int, int, int]:
        top = self.place.top
        return top + area[0], area[1], top + area[2], area[3]


#: the look of an unsettled point as XlsxWriter writes it: no symbol, and nothing but the marker
_UNSETTLED = re.compile(
    rb'<c:marker><c:spPr>(<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>'
    rb'<a:ln w="\d+"><a:solidFill><a:srgbClr val="(\w{6})"/></a:solidFill></a:ln></c:spPr></c:marker>)'
)


def finished(part: bytes, language: str, *, right_to_left: bool) -> bytes:
    """Return a chart's XML with what XlsxWriter has no option for.

    The language of its texts, for spelling and screen readers; that a blank is a gap (where nothing is said, the
    standard's default is zero). An unsettled point is a hollow diamond at the end of a light dashed line; LibreOffice,
    which fills every symbol with the colour of its line, draws a light diamond. In Arabic, paragraphs from right to
    left (a Latin code or a bracket would turn their order), in the theme's font.
    """
    part = _UNSETTLED.sub(_diamond, part.replace(b'"en-US"', f'"{language}"'.encode()))
    visible = b'<c:plotVisOnly val="1"/>'
    part = part.replace(visible, visible + b'<c:dispBlanksAs val="gap"/>')
    if not right_to_left:
        return part
    part = re.sub(rb'<a:latin( typeface="[^"]*"/>)', rb"<a:latin\1<a:cs\1", part)
    return part.replace(b"<a:pPr>", b'<a:pPr rtl="1">')


def _diamond(found: re.Match[bytes]) -> bytes:
    """The line keeps 3:1 against white: 40 % of white in a colour as dark as the first of the palette."""
    channels = [int(found[2][place : place + 2], 16) for place in (0, 2, 4)]
    light = "".join(f"{round(one * 0.6 + 255 * 0.4):02X}" for one in channels).encode()
    return (
        b'<c:marker><c:symbol val="diamond"/><c:size val="9"/><c:spPr>%s<c:spPr><a:ln w="28575" cap="rnd"><a:solidFill>'
        b'<a:srgbClr val="%s"/></a:solidFill><a:prstDash val="sysDash"/><a:round/></a:ln></c:spPr>'
    ) % (found[1], light)


def _literal(name: str) -> str:
    """XlsxWriter takes a chart's text like "Total!A1" for a reference; a space of no width keeps it a text."""
    return name.replace("!", "!\u200b")
