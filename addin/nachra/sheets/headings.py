"""The head of a sheet: its title, the release that it is made from, the unit of its levels."""

from __future__ import annotations

from nachra.briefing import Block, Paragraph
from nachra.outlines import SheetOutline
from nachra.sheets.context import Context


def name(context: Context, sheet: SheetOutline) -> str:
    """Return a sheet's name: its outline's own, else the text "sheet_<id>"."""
    return sheet.name[context.language] if sheet.name else context.text(f"sheet_{sheet.id}")


def about(context: Context, sheet: SheetOutline) -> str:
    """Return what the contents say of a sheet: its outline's own words, else the text "about_<id>"."""
    return sheet.about[context.language] if sheet.about else context.text(f"about_{sheet.id}")


def heading(context: Context) -> tuple[Block, ...]:
    """The sheet's title: the text "title_<id>", its name where there is none."""
    assert context.sheet is not None
    try:
        title = context.text(f"title_{context.sheet.id}", period=context.period.label(context.language))
    except KeyError:
        title = name(context, context.sheet)
    return (Paragraph(title, "title"),)


def release(context: Context) -> tuple[Block, ...]:
    """The release's title."""
    return (Paragraph(context.title, "subtitle"),)


def shorthand(context: Context) -> tuple[Block, ...]:
    """What stands for an absent figure, and the marks of statuses."""
    return Paragraph(context.legend_missing, "legend"), Paragraph(context.legend_status, "legend")


def unit(context: Context) -> tuple[Block, ...]:
    """The unit of the sheet's levels."""
    return (Paragraph(context.text("in_unit", unit=context.unit.long(context.language)), "legend"),)
