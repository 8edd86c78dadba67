"""The command line as the tests run it: its exit codes, and the type of the fixture `run`."""

from __future__ import annotations

from collections.abc import Callable

FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3
#: takes the words after "nachra"; returns exit code, standard output and standard error
Run = Callable[..., tuple[int, str, str]]
