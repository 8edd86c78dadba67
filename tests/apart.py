"""`nachra check` on many files, each in a process of its own: what became of it, how long it took, how much memory.

python tests/apart.py < WHAT     one line of JSON for each file, as it ends; WHAT is made by check_apart

One process imports everything once and forks for every file, so that a crash, a hang or a runaway memory is that
file's own outcome, and costs the others nothing. Linux and macOS only.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ADDIN = Path(__file__).parents[1] / "addin"
#: a file that takes more time of a processor, or waits longer, has hung; one that needs more memory is lost
MAX_SECONDS, MAX_WAIT, MAX_BYTES = 20, 180, 2**30
AT_ONCE = 2
#: outcomes that are none: nothing may ever end in one of these
ENDS = ("lost", "hung", "traceback", "nothing")
#: codes of a workbook that both readers have read
LAYOUT = ("layout_none", "layout_several", "header_several", "columns_missing", "turned_text")
#: codes of a file that the guard admitted and a reader could not read
READER = ("unreadable", "no_sheets", "not_finite", "sheet_lost", "cell_number", "cell_reference")


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one file: "read", one of our error codes, or one of ENDS; seconds and megabytes are its own."""

    path: str
    outcome: str
    seconds: float
    megabytes: int
    detail: str = ""

    @property
    def stage(self) -> str:
        """Who had the last word: the guard, a reader, or the layouts (both readers have read it)."""
        if self.outcome in ENDS:
            return "-"
        return "layouts" if self.outcome in ("read", *LAYOUT) else "reader" if self.outcome in READER else "guard"


def check_apart(
    paths: list[Path], *, seconds: float = MAX_WAIT, sabotage: Mapping[str, str] | None = None
) -> list[Ended]:
    """Check files, each in a process of its own, and return what became of them in the order asked.

    `sabotage` are statements that the process of a file runs before it reads it: how the harness itself is tested.
    """
    asked = {"paths": [str(path) for path in paths], "seconds": seconds, "sabotage": dict(sabotage or {})}
    environment = os.environ | {"PYTHONPATH": str(ADDIN), "NACHRA_LANGUAGE": "en"}
    command = [sys.executable, "-W", "error", __file__]
    done = subprocess.run(command, input=json.dumps(asked), env=environment, stdout=subprocess.PIPE, text=True)
    ended = {one.path: one for one in (Ended(**json.loads(line)) for line in done.stdout.splitlines())}
    return [ended[str(path)] for path in paths]


def _check(path: str, output: str, sabotage: str) -> None:
    """Be the command line on one file; never returns."""
    from nachra.cli import main

    # time of a processor, not of a clock: a machine with other work to do is no reason to fail
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (4 * MAX_BYTES, 4 * MAX_BYTES))
    code = 70
    try:
        handle = os.open(output, os.O_WRONLY)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
        exec(sabotage)
        sys.argv = ["nachra", "check", path, "--json"]
        main()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 70
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _outcome(status: int, said: str, megabytes: int, is_late: bool) -> tuple[str, str]:
    if is_late:
        return "hung", ""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return "hung", f"{MAX_SECONDS} s of a processor"
    if os.WIFSIGNALED(status):
        return "lost", f"signal {os.WTERMSIG(status)}"
    if "Traceback" in said or "panicked" in said:
        return "traceback", said[-500:]
    if megabytes > MAX_BYTES // 2**20:
        return "lost", f"{megabytes} MB"
    start = said.find('{\n "releases"')
    try:
        answer, _ = json.JSONDecoder().raw_decode(said[max(start, 0) :])
    except ValueError:
        return "nothing", said[-500:]
    if answer["failed"]:
        code = answer["failed"][0]["code"]
        return ("traceback" if code == "internal" else code), answer["failed"][0]["message"]
    observations = sum(len(one["observations"]) + len(one["findings"]) for one in answer["releases"])
    return ("read" if observations else "nothing"), ""


def run(paths: list[str], limit: float, sabotage: Mapping[str, str]) -> Iterator[Ended]:
    """Fork for each file, a few at a time, and yield what became of it."""
    import openpyxl  # noqa: F401
    import python_calamine  # noqa: F401

    import nachra.checks
    import nachra.cli
    import nachra.jobs
    import nachra.reading  # noqa: F401
    from nachra.layouts import load_layouts

    load_layouts()
    waiting, running = list(reversed(paths)), {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                path = waiting.pop()
                output = Path(folder) / f"{len(waiting)}.txt"
                output.touch()
                child = os.fork()
                if not child:
                    _check(path, str(output), sabotage.get(path, ""))
                running[child] = (path, output, time.monotonic())
            for child, (path, output, started) in list(running.items()):
                seconds = time.monotonic() - started
                is_late = seconds > limit
                if is_late:
                    os.kill(child, signal.SIGKILL)
                ended, status, usage = os.wait4(child, 0 if is_late else os.WNOHANG)
                if ended:
                    del running[child]
                    megabytes = usage.ru_maxrss // 1024
                    said = output.read_text(encoding="utf-8", errors="replace")
                    outcome, detail = _outcome(status, said, megabytes, is_late)
                    yield Ended(path, outcome, round(seconds, 3), megabytes, detail)
            time.sleep(0.002)


if __name__ == "__main__":
    question = json.load(sys.stdin)
    for one in run(question["paths"], question["seconds"], question["sabotage"]):
        fields = {name: getattr(one, name) for name in Ended.__slots__}
        print(json.dumps(fields), flush=True)
