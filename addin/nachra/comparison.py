"""Two editions compared, as a workbook: the drafted notice, then before and after side by side, formulas live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from nachra import __version__, notices
from nachra.briefing import (
    Block,
    Briefing,
    Column,
    Content,
    DataRow,
    Paragraph,
    Properties,
    Row,
    Sheet,
    Style,
    Table,
    Value,
)
from nachra.editions import edition_name
from nachra.expressions import Expression, Ref, minus, number, over, times
from nachra.panel import Panel
from nachra.release import Observation
from nachra.revisions import Difference, Revision
from nachra.texts import text

#: a date for releases that name none: output must not depend on the clock
_NO_EDITION = "2000-01-01"
OUTLINE = "diff"


def describe(difference: Difference, language: str, author: str = "") -> Briefing:
    """Describe the workbook of a comparison: notice, revisions, figures added and withdrawn, other changes, data."""
    say, new = notices.say, difference.new
    columns = _data_columns(difference, language)
    notice = _notice(difference, language)
    # without a table, the text is one column that is wider than an upright page
    upright = any(isinstance(block, Table) for block in notice)
    sheets = [
        Sheet(say("sheet_notice", language), notice, landscape=not upright, one_page=True),
        Sheet(say("sheet_revisions", language), _revisions(difference, language), landscape=True),
        Sheet(say("sheet_figures", language), _figures(difference, language), landscape=True),
        Sheet(say("sheet_changes", language), _changes(difference, language), landscape=True),
        Sheet(text("briefing.sheet_data", language), _data_sheet(difference, columns, language), landscape=True),
    ]
    title = notices.notice(difference, language)[0]
    day = (new.edition + _NO_EDITION[len(new.edition) :]) if new.edition else _NO_EDITION
    return Briefing(
        properties=Properties(
            title=title,
            subject=say("subject", language, **_edition_names(difference, language)),
            author=author or new.publisher,
            language={"fr": "fr-MA", "ar": "ar-MA", "en": "en"}[language],
            keywords=f"nachra {__version__}; {new.layout}; sha256 {difference.old.sha256} {new.sha256}",
            created=dt.datetime.fromisoformat(day),
        ),
        sheets=tuple(sheets),
        data_sheet=sheets[-1].name,
        data_columns=columns,
        data=tuple(_data(difference, language)),
        language=language,
        outline=OUTLINE,
        right_to_left=language == "ar",
        footer=say("footer", language, publisher=new.publisher, **_edition_names(difference, language)),
        absent=text("briefing.missing", language),
    )


def _edition_names(difference: Difference, language: str) -> dict[str, str]:
    return {
        "old": edition_name(difference.old.edition, language),
        "new": edition_name(difference.new.edition, language),
    }


# --- sheets ---------------------------------------------------------------------------------------


def _head(key: str, difference: Difference, language: str) -> tuple[Block, ...]:
    return (
        Paragraph(notices.say(key, language), "title"),
        Paragraph(notices.say("subject", language, **_edition_names(difference, language)), "subtitle"),
    )


def _notice(difference: Difference, language: str) -> tuple[Block, ...]:
    """The drafted notice; the levels that it names stand in a table, before and after side by side."""
    title, lead = notices.notice_head(difference, language)
    levels = notices.revised_levels(difference)
    rates = [notices.notice_line(difference, one, language) for one in notices.revised_rates(difference)]
    body = notices.notice_body(difference, language, rates)
    table: tuple[Block, ...] = ()
    if levels:
        columns = (
            Column(text("briefing.col_series_name", language), 42),
            Column(text("briefing.col_period", language), 11),
            *_value_columns(language),
        )
        rows = tuple(
            Row((*_place(difference, one.new, language)[:2], *_values(one, language)), _style(difference, one))
            for one in levels
        )
        table = (Table("levels", columns, rows),)
    return (
        Paragraph(title, "title"),
        Paragraph(lead, "subtitle"),
        Paragraph(body[0]),
        *table,
        *(Paragraph(line) for line in body[1:]),
        Paragraph(notices.say("notice_draft", language), "legend"),
    )


def _style(difference: Difference, one: Revision) -> Style:
    if one.within_rounding:
        return "muted"
    total = difference.new.total
    return "total" if total and one.new.series == total.code and not notices.is_rate(one.new.measure) else "text"


def _revisions(difference: Difference, language: str) -> tuple[Block, ...]:
    say = notices.say
    head = _head("sheet_revisions", difference, language)
    summary = Paragraph(notices.summary(difference, language), "legend")
    if not difference.revisions:
        return *head, summary, Paragraph(say("no_revisions", language))
    columns = (
        *_key_columns(language),
        *_value_columns(language),
        Column(say("col_old_status", language), 14),
        Column(say("col_new_status", language), 14),
        Column(say("col_remark", language), 26),
    )
    rows = tuple(_revision_row(difference, one, language) for one in difference.revisions)
    legend = Paragraph(say("legend_revisions", language), "legend")
    return *head, summary, Table("revisions", columns, rows, keep="print"), legend


def _value_columns(language: str) -> tuple[Column, ...]:
    say = notices.say
    return (
        Column(say("col_old", language), 12, "right"),
        Column(say("col_new", language), 12, "right"),
        Column(text("briefing.col_unit", language), 12),
        Column(say("col_revision", language), 12, "right"),
        Column(say("col_percent", language), 11, "right"),
    )


def _key_columns(language: str) -> tuple[Column, ...]:
    return (
        Column(text("briefing.col_series_name", language), 46),
        Column(text("briefing.col_period", language), 13),
        Column(text("briefing.col_measure", language), 14),
    )


def _place(difference: Difference, obs: Observation, language: str) -> tuple[str, str, str]:
    return (
        _label(difference, obs.series, language),
        obs.period.label(language),
        notices.measure_name(obs.measure, language),
    )


def _label(difference: Difference, code: str, language: str) -> str:
    return next(
        (one.name(language) for one in (*difference.new.series, *difference.old.series) if one.code == code), code
    )


def _revision_row(difference: Difference, one: Revision, language: str) -> Row:
    return Row(
        (
            *_place(difference, one.new, language),
            *_values(one, language),
            one.old.status.label(language),
            one.new.status.label(language),
            notices.say("within_rounding", language) if one.within_rounding else "",
        ),
        _style(difference, one),
    )


def _values(one: Revision, language: str) -> tuple[Content, ...]:
    """Old and new value, unit, revision and revision in percent: formulas on what both editions print."""
    assert one.old.figure and one.new.figure
    new: Expression = Ref(_key("new", one.new), "published")
    old: Expression = Ref(_key("old", one.old), "published")
    ratio = one.old.figure.unit.factor / one.new.figure.unit.factor
    if ratio != 1:
        old = times(old, number(ratio)) if ratio > 1 else over(old, number(1 / ratio))
    revision = minus(new, old)
    percent: Content = ""
    if one.percent is not None:
        percent = Value(over(revision, old), _format(1, language, sign=True, percent=True))
    return (
        Value(old, _format(one.before.decimals, language)),
        Value(new, _format(one.new.figure.decimals, language)),
        one.new.figure.unit.label(language),
        Value(revision, _format(notices.decimals_of(one), language, sign=True)),
        percent,
    )


def _format(decimals: int, language: str, *, sign: bool = False, percent: bool = False) -> str:
    """An Excel number format; Excel shows the user's own separators."""
    tail = ("\u00a0%" if language == "fr" else "%") if percent else ""
    body = ("0" if percent else "#,##0") + (f".{'0' * decimals}" if decimals else "") + tail
    # without a left-to-right mark, a sign would show on the other side of its number in an Arabic sheet
    mark = '"\u200e"' if language == "ar" else ""
    return f"{mark}+{body};{mark}-{body};{body}" if sign else f"{body};{mark}-{body}"


def _figures(difference: Difference, language: str) -> tuple[Block, ...]:
    say = notices.say
    blocks: list[Block] = [*_head("sheet_figures", difference, language)]
    for side, key, found in (("new", "added", difference.added), ("old", "withdrawn", difference.withdrawn)):
        if not found:
            blocks.append(Paragraph(say(f"no_{key}", language)))
            continue
        columns = (
            *_key_columns(language),
            Column(text("briefing.col_published", language), 14, "right"),
            Column(text("briefing.col_unit", language), 10),
            Column(text("briefing.col_status", language), 14),
        )
        rows = []
        for obs in found:
            assert obs.figure
            value = Value(Ref(_key(side, obs), "published"), _format(obs.figure.decimals, language))
            unit = obs.figure.unit.label(language)
            rows.append(Row((*_place(difference, obs, language), value, unit, obs.status.label(language))))
        blocks.append(Table(key, columns, tuple(rows), say(f"heading_{key}", language)))
    return tuple(blocks)


def _changes(difference: Difference, language: str) -> tuple[Block, ...]:
    say = notices.say
    head = _head("sheet_changes", difference, language)
    if not difference.changed:
        return *head, Paragraph(say("no_changes", language))
    columns = (
        *_key_columns(language),
        Column(say("col_what", language), 18),
        Column(say("col_old", language), 40, wrap=True),
        Column(say("col_new", language), 40, wrap=True),
    )
    rows = tuple(
        Row(
            (
                _label(difference, one.series, language) if one.series else "",
                one.period.label(language) if one.period else "",
                notices.measure_name(one.measure, language),
                *notices.what_changed(one, language),
            )
        )
        for one in difference.changed
    )
    return *head, Table("changes", columns, rows, keep="print")


# --- data -----------------------------------------------------------------------------------------


def _key(side: str, obs: Observation) -> str:
    return f"{side}|{obs.series}|{obs.period}|{obs.measure.value}"


def _sides(difference: Difference) -> Iterable[tuple[str, Observation]]:
    """Every figure that a formula leads to, with the edition that it is of."""
    for one in difference.revisions:
        yield "old", one.old
        yield "new", one.new
    yield from (("new", obs) for obs in difference.added)
    yield from (("old", obs) for obs in difference.withdrawn)


def _data_sheet(difference: Difference, columns: tuple[Column, ...], language: str) -> tuple[Block, ...]:
    lines = [
        text("briefing.data_lead", language, file=one.file, sha256=one.sha256)
        for one in (difference.old, difference.new)
    ]
    title = Paragraph(text("briefing.title_data", language), "title")
    return title, *(Paragraph(line, "legend") for line in lines), Table("data", columns, (), keep="view")


def _data_columns(difference: Difference, language: str) -> tuple[Column, ...]:
    """The columns of the data sheet, in the order that `workbook.DATA_COLUMNS` counts on."""
    unit = Panel(difference.new).unit
    label = unit.label(language) if unit else "-"
    described = (
        ("series", 12, False),
        ("label", 46, False),
        ("period", 12, False),
        ("measure", 13, False),
        ("published", 13, True),
        ("unit", 10, False),
        ("precision", 11, True),
        ("value", 15, True),
        ("value_precision", 15, True),
        ("status", 14, False),
        ("methodology", 15, False),
        ("file", 34, False),
        ("sheet", 13, False),
        ("cell", 9, False),
    )
    return tuple(
        Column(text(f"briefing.col_{name}", language, unit=label), width, "right" if is_number else "left")
        for name, width, is_number in described
    )


def _data(difference: Difference, language: str) -> Iterable[DataRow]:
    unit = Panel(difference.new).unit
    for side, obs in _sides(difference):
        figure = obs.figure
        assert figure
        factor = Decimal("0.01") if notices.is_rate(obs.measure) else Decimal(1)
        if unit and not notices.is_rate(obs.measure):
            factor = figure.unit.factor / unit.factor
        try:
            methodology = text(f"briefing.methodology_{obs.methodology}", language)
        except KeyError:
            methodology = obs.methodology
        yield DataRow(
            key=_key(side, obs),
            cells=(
                obs.series,
                _label(difference, obs.series, language),
                obs.period.label(language),
                notices.measure_name(obs.measure, language),
                figure.unit.label(language),
                obs.status.label(language),
                methodology,
                obs.source.file,
                obs.source.sheet,
                obs.source.cell,
            ),
            published=figure.value,
            number_format=_format(figure.decimals, language),
            precision=figure.quantum,
            factor=factor,
        )
