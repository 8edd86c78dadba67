"""Outlines of briefings: which sheets one has, of which blocks, in which theme; read from `templates/briefings/`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from nachra.errors import ProfileError, UsageError
from nachra.profiles import Strict, folders, read_profile

#: what `nachra brief` writes where nobody asks for another
DEFAULT_OUTLINE = "complete"


class SheetOutline(Strict):
    """A sheet: its blocks from top to bottom (their names: `sheets.BLOCKS`), and how it is printed.

    Its name and what the contents say of it are the texts `sheet_<id>` and `about_<id>` of `templates/texts`, or
    `name` and `about` here, a wording a language.
    """

    id: str = Field(pattern=r"^[a-z_]+$")
    blocks: tuple[str, ...] = Field(min_length=1)
    landscape: bool = False
    one_page: bool = False
    """Shrunk to one printed page, unless its tables are too long to be read so."""
    optional: bool = False
    """Left out where none of its tables and charts has anything to show."""
    name: dict[str, str] = Field(default_factory=dict)
    about: dict[str, str] = Field(default_factory=dict)


class Accessibility(Strict):
    """The accessibility rules that an outline breaks on purpose (ids: `nachra audit`)."""

    breaks: tuple[str, ...] = ()


class Outline(Strict):
    """One kind of briefing; the TOML file's keys are these fields (see templates/briefings/README.md)."""

    id: str
    title: dict[str, str]
    theme: str = "briefing"
    each: Literal["release", "series"] = "release"
    """One briefing a release, or one for each of its parts."""
    shorthand: bool = False
    """Statuses and absent figures as [p], [r], [x], explained in a legend, rather than (p) and n.d."""
    sheets: tuple[SheetOutline, ...] = Field(min_length=1)
    accessibility: Accessibility = Accessibility()


def outlines() -> dict[str, Path]:
    """Return the file of every outline by its id, the default one first; ProfileError where two have one id."""
    found: dict[str, Path] = {}
    for folder in folders("briefings", "NACHRA_OUTLINES"):
        for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != DEFAULT_OUTLINE, path.stem)):
            if path.stem in found:
                raise ProfileError("profile_twice", path=str(path), id=path.stem)
            found[path.stem] = path
    return found


def load_outline(id: str) -> Outline:
    """Return an outline; UsageError for an unknown one, ProfileError for a file that is not one."""
    known = outlines()
    if id not in known:
        raise UsageError("outline", outline=id, known=", ".join(known))
    return read_profile(known[id], Outline, id=id)
