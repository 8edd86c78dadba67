"""The library that cell functions answer from: a folder of releases, loaded once, noticed when it changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nachra.answering import answers_of_rectangle
from nachra.answers import Answers, empty
from nachra.asking import Provider
from nachra.cells import Rectangle
from nachra.library.contents import answers_of_folder, signature
from nachra.library.places import library_folder

__all__ = ["LOOK_EVERY", "FolderLibrary", "answers_of_folder", "library_folder"]

#: a recalculation asks thousands of times; the folder is looked at again no more often than this, in seconds
LOOK_EVERY = 1.0
#: looking takes at most this part of the time, however slow the share
SHARE_OF_TIME = 0.05


class FolderLibrary(Provider):
    """Answers of the releases in a folder; a changed, added or removed file is noticed within LOOK_EVERY seconds."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic):
        self.folder = folder
        self.clock = clock
        self.known = empty()
        self.seen: object = None
        self.looked = float("-inf")
        self.wait = LOOK_EVERY
        self.ranges: dict[Rectangle, Answers | None] = {}

    def answers(self) -> Answers:
        """Return the answers, read again where the folder changed."""
        now = self.clock()
        if now - self.looked >= self.wait:
            self.looked = now
            try:
                self._look(now)
            except OSError:
                # a share that went away: what was known stays true, and the next look may find it again
                self.reason = "library_not_found"
        return self.known

    def _look(self, now: float) -> None:
        folder = self.folder or library_folder()
        found = folder is not None and folder.is_dir()
        self.reason = "" if found else "library_not_found" if folder else "library_not_set"
        seen = (folder, signature(folder)) if folder and found else None
        self.wait = max(LOOK_EVERY, (self.clock() - now) / SHARE_OF_TIME)
        if seen != self.seen:
            self.known = answers_of_folder(folder) if folder and seen else empty()
            self.seen = seen

    def answers_of_range(self, cells: Rectangle) -> Answers | None:
        """Return the answers of a release sheet given as a range, kept while its cells stay the same."""
        if cells not in self.ranges:
            if len(self.ranges) > 8:
                self.ranges.clear()
            self.ranges[cells] = answers_of_rectangle(cells)
        return self.ranges[cells]
