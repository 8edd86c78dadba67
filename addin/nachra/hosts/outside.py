"""The library as seen from a spreadsheet's own interpreter, which has none of nachra's libraries.

Answers come from a file in the folder of releases (`nachra answers FOLDER > nachra-answers.json`), else from the
command itself, run once and again when the folder changes. Nothing here raises: where there is no answer, `reason`
names the wording that tells why.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nachra.answers import Answers, empty
from nachra.asking import Provider
from nachra.cells import Rectangle
from nachra.hosts import settings

ANSWERS_FILE = "nachra-answers.json"
#: what may be a release: a change to any other file is no reason to ask again
SUFFIXES = frozenset((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"))
#: a recalculation asks thousands of times; the folder is looked at again no more often than this, in seconds
LOOK_EVERY = 1.0
#: the spreadsheet waits for the command, so it waits neither for ever nor again and again
TIME_OUT = 60.0
RETRY_AFTER = 300.0
#: large releases as ranges: only the last few are kept
KEPT_RANGES = 8
NO_CONSOLE = 0x08000000

Signature = tuple[tuple[str, int, int], ...]


def setting(name: str) -> str:
    """Return a setting from the environment, else from the user's configuration file, else nothing.

    A spreadsheet started from a desktop often lacks the environment that the user's terminal has.
    """
    return os.environ.get(name) or settings.read().get(name, "")


def command() -> list[str] | None:
    """Return how to start nachra: what NACHRA_COMMAND says, else `nachra` on the search path; None for neither."""
    named = setting("NACHRA_COMMAND")
    if named:
        # a path with spaces needs no quotes; anything else is split as a shell would
        if Path(named).is_file():
            return [named]
        try:
            return [one.strip('"') for one in shlex.split(named, posix=os.name != "nt")] or None
        except ValueError:  # a quote that is not closed
            return None
    found = shutil.which("nachra")
    return [found] if found else None


def is_there() -> bool:
    """Tell whether the command can be found at all."""
    found = command()
    return found is not None and shutil.which(found[0]) is not None


def signature(folder: Path) -> Signature:
    """Return names, sizes and times of all that may be a release, below the folder too."""
    found = []
    for path in folder.rglob("*"):
        if path.suffix.casefold() in SUFFIXES and not path.name.startswith("~$"):
            stat = path.stat()
            found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(sorted(found))


def run(arguments: list[str], given: str | None = None) -> str | None:
    """Return what the command prints; None where it cannot be started, takes too long or fails."""
    found = command()
    if found is None:
        return None
    # the office sets these for its own interpreter; another Python would break on them
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    environment["PYTHONUTF8"] = "1"
    try:
        done = subprocess.run(
            [*found, *arguments],
            input=given if given is not None else "",
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIME_OUT,
            creationflags=NO_CONSOLE if sys.platform == "win32" else 0,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


class OutsideLibrary(Provider):
    """Answers from outside the spreadsheet's interpreter, asked for once and again when the folder changes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self.reason = ""
        self.known = empty()
        self.seen: object = None
        self.looked = self.asked = float("-inf")
        self.usual: str | None = None
        self.ranges: dict[Rectangle, Answers | None] = {}

    def answers(self) -> Answers:
        """Return the answers of the folder that NACHRA_LIBRARY names, else of the usual one; the reason without any."""
        now = self.clock()
        if now - self.looked >= LOOK_EVERY:
            try:
                self._look(now)
            except OSError:
                # a share that went away: what was known stays true, and the next look may find it again
                self.reason = "library_not_found"
            self.looked = self.clock()
        return self.known

    def _look(self, now: float) -> None:
        named = setting("NACHRA_LIBRARY")
        if not named and self.usual is None:
            # where `nachra import` puts releases: only the command knows, and it is asked once
            self.usual = (run(["answers", "--where"]) or "").strip()
        folder = Path(named or self.usual or "")
        if not (named or self.usual) or not folder.is_dir():
            self.known, self.seen = empty(), None
            self.reason = "library_not_found" if named else "library_not_set"
            return
        releases = signature(folder)
        written = folder / ANSWERS_FILE
        stamp = written.stat().st_mtime_ns if written.is_file() else None
        seen = (folder, setting("NACHRA_COMMAND"), releases, stamp)
        failed_before = bool(self.reason) and now - self.asked >= RETRY_AFTER
        if seen == self.seen and not failed_before:
            return
        self.seen, self.asked = seen, now
        # the file speaks for the folder only while no release is newer
        fresh = stamp is not None and all(changed <= stamp for _, _, changed in releases)
        found = _read(written) if fresh else None
        if found is None:
            found = _parsed(run(["answers", str(folder)]))
        self.known = found or empty()
        self.reason = "" if found else "command_failed" if is_there() else "command_missing"

    def answers_of_range(self, cells: Rectangle) -> Answers | None:
        """Return the answers of a release sheet given as a range, asked for once; None where it is not one."""
        if cells not in self.ranges:
            if len(self.ranges) >= KEPT_RANGES:
                self.ranges.clear()
            self.ranges[cells] = _parsed(run(["answers", "--range"], json.dumps(cells, default=str)))
        return self.ranges[cells]


def _read(path: Path) -> Answers | None:
    try:
        return _parsed(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None


def _parsed(printed: str | None) -> Answers | None:
    """Return answers from JSON; None for nothing, for "null" and for what another version wrote."""
    if not printed:
        return None
    try:
        return Answers.from_json(printed)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
