"""What is left when writing goes wrong: python tests/robustness.py prints kills survived, faults injected, files lost.

Each function tries one way of going wrong many times in a folder of its own, and returns its row of the table. A file
is lost when it is neither whole-old nor whole-new, when a message does not say which, or when a resumed batch does not
come to what a clean run makes. Kills are aimed at processes forked from this one, where everything is loaded.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

from nachra import cli, journal, publish
from nachra.errors import NachraError, WriteError
from nachra.jobs import Briefed, Job, run_job

RELEASES = sorted((Path(__file__).parents[1] / "workbooks" / "releases").glob("*.xlsx"))
OLD, NEW = b"old" * 5000, b"new!" * 5000
#: what the system is asked for on the way from bytes to a file
OPERATIONS = (
    *("open", "fdopen", "write", "fsync", "close", "fstat", "stat", "lstat"),
    *("mkdir", "scandir", "replace", "rename", "unlink"),
)
ERRORS = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EBUSY)
SEED = 20251123
KILLS_OF_BRIEF, KILLS_OF_BATCH = 150, 50
NOBODY = 65534


@dataclass(slots=True)
class Row:
    """One line of the table: what was tried, how it ended, and what was lost."""

    kind: str
    """A kill, a fault, or a race between processes."""
    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.outcomes.total()

    def add(self, outcome: str, lost: str = "") -> None:
        self.outcomes[outcome] += 1
        if lost:
            self.lost.append(f"{lost} ({outcome})")


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def left_over(folder: Path) -> list[str]:
    """What stands in a folder besides temporary files under the name that the next run knows."""
    return [path.name for path in folder.iterdir() if not publish._TEMPORARY.fullmatch(path.name)]


# --- every operation in turn -----------------------------------------------------------------------


@contextlib.contextmanager
def every_operation(before: Callable[[str, tuple[Any, ...]], None], after: Callable[[str], None]) -> Iterator[None]:
    """Have something happen before and after each operation on files that is asked of `os`."""

    def watched(name: str) -> Callable[..., Any]:
        asked = getattr(os, name)

        def operation(*given: Any, **named: Any) -> Any:
            before(name, given)
            result = asked(*given, **named)
            after(name)
            return result

        return operation

    with contextlib.ExitStack() as stack:
        for name in OPERATIONS:
            stack.enter_context(mock.patch.object(os, name, watched(name)))
        stack.enter_context(mock.patch("time.sleep"))
        yield


class Fault:
    """The Nth operation fails: before it is done, when half is written, after it is done; alone, or all that follow."""

    def __init__(self, nth: int, number: int, when: str, for_ever: bool):
        self.nth, self.number, self.when, self.for_ever = nth, number, when, for_ever
        self.count = 0

    @property
    def happened(self) -> bool:
        return self.count >= self.nth

    def strikes(self) -> bool:
        return self.happened if self.for_ever else self.count == self.nth

    def before(self, name: str, given: tuple[Any, ...]) -> None:
        self.count += 1
        if self.when != "after" and self.strikes():
            if name == "close":  # the descriptor is free all the same, as on Linux
                os.dup2(os.open(os.devnull, os.O_RDONLY), given[0])
            if name == "write" and self.when == "half":
                with open(given[0], "wb", closefd=False) as stream:
                    stream.write(bytes(given[1])[: len(given[1]) // 2])
            raise OSError(self.number, os.strerror(self.number))

    def after(self, name: str) -> None:
        if self.when == "after" and self.strikes():
            raise OSError(self.number, os.strerror(self.number))


def faults(folder: Path) -> Row:
    """Every operation of publishing fails in turn, with every error, with and without an old file."""
    row = Row("fault", "every operation fails")
    for number in ERRORS:
        for when in ("before", "half", "after"):
            for for_ever in (False, True):
                for old in (None, OLD):
                    for nth in range(1, 1000):
                        fault = Fault(nth, number, when, for_ever)
                        outcome, lost = _one_fault(folder / "out", old, fault)
                        if not fault.happened:
                            break
                        row.add(outcome, lost and f"operation {nth}, {errno.errorcode[number]} {when}: {lost}")
    return row


def _one_fault(folder: Path, old: bytes | None, fault: Fault) -> tuple[str, str]:
    shutil.rmtree(folder, ignore_errors=True)
    target = folder / "briefing.xlsx"
    if old:
        folder.mkdir()
        target.write_bytes(old)
    publish._swept.clear()
    said = ""
    path = target
    try:
        with every_operation(fault.before, fault.after):
            path = publish.publish(NEW, target, sibling=True)
    except WriteError as error:
        said = error.code
    found = content(target)
    if said == "write_unsure":
        return "old or new whole, said so", "" if found in (old, NEW) and fault.for_ever else "unsure"
    if said:
        outcome = "old whole, said so" if old else "none, said so"
        # where even looking failed, all that can be said, and is, is that nothing was written
        right = {"write_kept": old is not None, "write": old is None or fault.nth == 1}.get(said, False)
        return outcome, "" if found == old and right else f"{said}, {found and found[:4]!r}"
    if path != target:
        return "old whole, new beside it", "" if found == old and content(path) == NEW else "wrong sibling"
    return "new whole", "" if found == NEW else "said to be written"


def links(folder: Path) -> Row:
    """The target becomes a link to somebody's file before each operation in turn: that file is never touched."""
    row = Row("fault", "links put in the target's place")
    for nth in range(1, 1000):
        shutil.rmtree(folder / "out", ignore_errors=True)
        (folder / "out").mkdir()
        target, treasure = folder / "out" / "briefing.xlsx", folder / "treasure"
        treasure.write_bytes(OLD)
        target.write_bytes(OLD)
        count = 0

        def swap(name: str, _: object, nth: int = nth, target: Path = target, treasure: Path = treasure) -> None:
            nonlocal count
            count += 1
            if count == nth:
                made = target.with_name("made")
                made.symlink_to(treasure)
                made.rename(target)

        outcome = "replaced, nothing followed"
        try:
            with every_operation(swap, lambda name: None):
                publish.publish(NEW, target)
        except WriteError as error:
            outcome = "refused" if error.code == "write_symlink" else error.code
        if count < nth:
            break
        whole = treasure.read_bytes() == OLD and (target.is_symlink() or target.read_bytes() == NEW)
        row.add(outcome, "" if whole else f"operation {nth}")
    return row


# --- processes --------------------------------------------------------------------------------------


def start(action: Callable[[], object], output: Path | None = None) -> int:
    """Run something in a process forked from this one; return its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    terminal = os.dup(2)
    try:
        target = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        action()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        os.dup2(terminal, 2)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def ended(pid: int) -> int:
    """Wait for a process; return its exit code, or the number of the signal that ended it, negative."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_after(pid: int, seconds: float) -> int:
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return ended(pid)


def kill_when_writing(action: Callable[[], object], seconds: float) -> int:
    """Kill a process so many seconds after it has begun to publish, which is a small part of its work."""
    listening, telling = os.pipe()
    real = publish.publish

    def told(*given: Any, **named: Any) -> Path:
        os.write(telling, b".")
        return real(*given, **named)

    def aimed_at() -> None:
        with mock.patch.object(publish, "publish", told):
            action()

    pid = start(aimed_at)
    os.close(telling)
    os.read(listening, 1)
    os.close(listening)
    return kill_after(pid, seconds)


def lasts(action: Callable[[], object]) -> float:
    """Return how long something takes in a process of its own, in seconds."""
    taken = []
    for _ in range(3):
        began = time.monotonic()
        ended(start(action))
        taken.append(time.monotonic() - began)
    return sorted(taken)[1]


def kills_at_every_step(folder: Path) -> Row:
    """A process that publishes and keeps a journal is killed before, during and after each operation in turn."""
    row = Row("kill", "killed at every operation")
    target = folder / "out" / "a.note.fr.xlsx"
    entry = journal.Entry("0" * 64, "fr", "note", "", target.name, "")

    def write() -> None:
        publish.publish(NEW, target)
        journal.Journal(target.parent, "").record(entry, NEW)

    for when in ("before", "half", "after"):
        for nth in range(1, 1000):
            shutil.rmtree(target.parent, ignore_errors=True)
            target.parent.mkdir()
            target.write_bytes(OLD)

            def killed(nth: int = nth, when: str = when) -> None:
                fault = Fault(nth, errno.EIO, when, False)

                def strike(act: Callable[..., None], *given: object) -> None:
                    try:
                        act(*given)
                    except OSError:
                        os.kill(os.getpid(), signal.SIGKILL)

                with every_operation(lambda *given: strike(fault.before, *given), lambda n: strike(fault.after, n)):
                    write()

            code = ended(start(killed))
            if code == 0:
                break
            found = content(target)
            entries = journal._read(target.parent / journal.FILE_NAME)
            # what the journal holds is never ahead of the disk
            whole = found == NEW or (found == OLD and not entries)
            if set(left_over(target.parent)) - {target.name, journal.FILE_NAME} or code != -signal.SIGKILL:
                whole = False
            row.add("old whole" if found == OLD else "new whole", "" if whole else f"{when} operation {nth}: {code}")
            write()
            if content(target) != NEW or not journal.Journal(
                target.parent, "", journal._read(target.parent / journal.FILE_NAME)
            ).holds(entry):
                row.lost.append(f"{when} operation {nth}: not taken up")
    return row


def kills_of_writing(folder: Path) -> Row:
    """A process that does nothing but publish large files is killed at moments drawn at random."""
    row = Row("kill", "writing of 2 MB killed at random")
    chance = random.Random(SEED)
    contents = [bytes([letter]) * 2_000_000 for letter in b"ab"]
    target = folder / "large.xlsx"
    publish.publish(contents[0], target)

    def write() -> None:
        for turn in range(1000):
            publish.publish(contents[turn % 2], target)

    for _ in range(40):
        code = kill_after(start(write), chance.uniform(0, 0.2))
        whole = content(target) in contents and left_over(folder) == [target.name] and code == -signal.SIGKILL
        row.add("whole", "" if whole else f"exit code {code}")
    return row


def kills_of_brief(folder: Path) -> Row:
    """`nachra brief` over an old briefing is killed at moments drawn at random."""
    row = Row("kill", "brief killed at random")
    chance = random.Random(SEED)
    target = folder / "briefing.xlsx"

    def brief(language: str = "fr") -> bytes:
        (outcome,) = run_job(Job(RELEASES[0], target, (language,), ("note",), target=target))
        assert isinstance(outcome, Briefed)
        return target.read_bytes()

    new, old = brief(), brief("en")
    whole, writing = lasts(brief), lasts(lambda: publish.publish(new, target))
    for turn in range(KILLS_OF_BRIEF):
        target.write_bytes(old)
        if turn % 2:
            code = kill_when_writing(brief, chance.uniform(0, writing))
        else:
            code = kill_after(start(brief), chance.uniform(0, whole * 1.1))
        found = content(target)
        outcome = {old: "old whole", new: "new whole"}.get(found or b"", "neither")
        lost = outcome == "neither" or code not in (0, -signal.SIGKILL) or left_over(folder) != [target.name]
        row.add(outcome, f"exit code {code}" if lost else "")
    return row


def batch(releases: list[Path], out: Path, *more: str) -> Callable[[], None]:
    """Return the command `nachra batch`, to be run in a process of its own."""

    def command() -> None:
        sys.argv = ["nachra", "batch", *map(str, releases), "--out", str(out), "--json", "--workers", "1", *more]
        cli.main()

    return command


def files(folder: Path) -> dict[str, bytes]:
    """The files in a folder by name, without what killed runs leave for the next to clean."""
    return {name: (folder / name).read_bytes() for name in left_over(folder)} if folder.is_dir() else {}


def said(output: Path) -> dict[str, Any]:
    """What a command said in JSON, but for the seconds."""
    found: dict[str, Any] = json.loads(output.read_bytes())
    return {**found, "seconds": None}


def kills_of_batch(folder: Path) -> Row:
    """`nachra batch` is killed at moments drawn at random, and resumed: the same files and JSON as one clean run."""
    row = Row("kill", "batch killed at random, then --resume")
    chance = random.Random(SEED)
    out, output = folder / "out", folder / "said.json"
    outlines = ("--outline", "note", "--outline", "serie")
    command = batch(RELEASES[1:], out, *outlines)
    ended(start(command, output))
    clean, answer = files(out), said(output)
    assert len(clean) == 5 and journal.FILE_NAME not in clean
    whole = lasts(command)
    for _ in range(KILLS_OF_BATCH):
        shutil.rmtree(out)
        code = kill_after(start(command), chance.uniform(0, whole * 1.1))
        found = files(out)
        remembered = found.pop(journal.FILE_NAME, b"")
        if code not in (0, -signal.SIGKILL) or any(clean.get(name) != data for name, data in found.items()):
            row.lost.append(f"half a file, or an error: {code}")
        times = {name: (out / name).stat().st_mtime_ns for name in found}
        code = ended(start(batch(RELEASES[1:], out, *outlines, "--resume"), output))
        kept = sum((out / name).stat().st_mtime_ns == before for name, before in times.items())
        same = code == 0 and files(out) == clean and said(output) == answer
        if remembered.count(b"}") > kept:
            row.lost.append("what was finished was made again")
        row.add("resumed" if found else "nothing yet, made", "" if same else f"not as a clean run: {code}")
    return row


def two_batches(folder: Path) -> Row:
    """Two batches with equal names and different figures write into one folder at once."""
    row = Row("race", "two batches into one folder")
    chance = random.Random(SEED)
    outlines = ("--outline", "note", "--outline", "serie")
    pairs = []
    for release, place in ((RELEASES[0], folder / "one"), (RELEASES[2], folder / "two")):
        place.mkdir()
        shutil.copy(release, place / "release.xlsx")
        ended(start(batch([place / "release.xlsx"], folder / f"{place.name}-alone", *outlines)))
        pairs.append(([place / "release.xlsx"], files(folder / f"{place.name}-alone")))
    out = folder / "out"
    for _ in range(8):
        shutil.rmtree(out, ignore_errors=True)
        running = []
        for releases, _alone in pairs:
            running.append(start(batch(releases, out, *outlines)))
            time.sleep(chance.uniform(0, 0.2))
        codes = [ended(pid) for pid in running]
        found = files(out)
        for name in sorted({*pairs[0][1], *pairs[1][1], *found}):
            of = [place for place, (_, alone) in enumerate(pairs) if alone.get(name) == found.get(name, b"")]
            row.add("of the first, whole" if of == [0] else "of the second, whole", "" if of else f"{name}: {codes}")
        if codes != [0, 0]:
            row.lost.append(f"exit codes {codes}")
    return row


def many_writers(folder: Path) -> Row:
    """Four processes publish to one target, fifty times each, while this one reads it."""
    row = Row("race", "four writers of one file, read all the while")
    target = folder / "briefing.xlsx"
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    publish.publish(contents[0], target)

    def write(data: bytes) -> None:
        for _ in range(50):
            publish.publish(data, target)

    running = {start(lambda data=data: write(data)) for data in contents}
    while running:
        row.add("whole", "" if target.read_bytes() in contents else "a half was read")
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            running.remove(pid)
            if status:
                row.lost.append(f"a writer failed: {os.waitstatus_to_exitcode(status)}")
    if left_over(folder) != [target.name] or len(list(folder.iterdir())) != 1:
        row.lost.append("files are left")
    return row


# --- full disks, folders without rights -------------------------------------------------------------


def publish_and_tell(target: Path) -> None:
    """Publish in a process of its own; the exit code tells the outcome."""
    try:
        publish.publish(NEW, target)
    except WriteError as error:
        os._exit({"write": 10, "write_kept": 11}[error.code])


def too_small_a_limit(folder: Path) -> Row:
    """The system refuses files beyond a size (what a full disk does at any byte, without a disk)."""
    row = Row("fault", "no room: limits of every size")
    target = folder / "briefing.xlsx"

    def limited(limit: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        publish_and_tell(target)

    for limit in range(0, len(NEW) + 501, 500):
        target.write_bytes(OLD)
        code = ended(start(lambda limit=limit: limited(limit)))
        fits = limit >= len(NEW)
        right = (code, content(target)) == ((0, NEW) if fits else (11, OLD)) and len(list(folder.iterdir())) == 1
        row.add("new whole" if fits else "old whole, said so", "" if right else f"{limit}: {code}")
    return row


def full_disk(folder: Path) -> Row:
    """A batch fills a real, small disk; what fits is whole, and --resume finishes when there is room (needs root)."""
    row = Row("fault", "a full disk, then room and --resume")
    disk, output = folder / "disk", folder / "said.json"
    disk.mkdir()
    command = batch(RELEASES[:1], disk / "out")
    ended(start(command, output))
    clean, answer = files(disk / "out"), said(output)
    shutil.rmtree(disk / "out")
    for kilobytes in (8, 60, 120):
        options = f"size={kilobytes}k,mode=755"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "nachra-test", disk], capture_output=True)
        if mounted.returncode:
            return row
        try:
            code = ended(start(command, output))
            found = files(disk / "out")
            found.pop(journal.FILE_NAME, None)
            failed = {one["code"] for one in said(output)["failed"]}
            whole = code == 3 and failed == {"write"} and all(clean[name] == data for name, data in found.items())
            subprocess.run(["mount", "-o", "remount,size=10m", disk], check=True)
            resumed = ended(start(batch(RELEASES[:1], disk / "out", "--resume"), output))
            same = resumed == 0 and files(disk / "out") == clean and said(output) == answer
            lost = "" if whole and same else f"{kilobytes} KiB: {code}, {failed}, {resumed}"
            row.add(f"{len(found)} of {len(clean)} fitted, whole; then all", lost)
        finally:
            subprocess.run(["umount", disk], check=True)
    return row


def no_rights(folder: Path) -> Row:
    """The folder may not be written to, with and without an old file, and may not be made."""
    row = Row("fault", "folders without rights")
    closed = folder / "closed"
    closed.mkdir()
    (closed / "old.xlsx").write_bytes(OLD)
    for place in (folder.parent, folder):
        place.chmod(0o755)
    closed.chmod(0o555)

    def unprivileged(target: Path) -> None:
        if os.geteuid() == 0:  # nothing is forbidden to root
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        publish_and_tell(target)

    for name, code, outcome in (
        ("old.xlsx", 11, "old whole, said so"),
        ("new.xlsx", 10, "none, said so"),
        ("below/new.xlsx", 10, "none, said so"),
    ):
        got = ended(start(lambda name=name: unprivileged(closed / name)))
        right = got == code and files(closed) == {"old.xlsx": OLD}
        row.add(outcome, "" if right else f"{name}: {got}")
    closed.chmod(0o755)
    return row


def warm_up() -> None:
    """Load and prepare in this process all that its forks need: kills hit the work, not the imports."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for _ in range(2):
            with contextlib.suppress(SystemExit):
                batch(RELEASES, Path(folder) / "out")()
    gc.collect()
    gc.freeze()


TRIED: tuple[Callable[[Path], Row], ...] = (
    *(kills_of_batch, kills_of_brief, kills_of_writing, kills_at_every_step),
    *(faults, links, too_small_a_limit, full_disk, no_rights, two_batches, many_writers),
)


def timed(one: Callable[[Path], Row]) -> tuple[Row, float]:
    """Try one in a folder of its own; return its row and the seconds it took."""
    with tempfile.TemporaryDirectory(prefix="nachra-robustness-") as folder:
        began = time.monotonic()
        place = Path(folder) / "files"
        place.mkdir()
        row = one(place)
        return row, time.monotonic() - began


def rows(tried: tuple[Callable[[Path], Row], ...] = TRIED) -> Iterator[tuple[Row, float]]:
    """Try each, two at a time, in processes forked from this one; yield rows and seconds in the order given."""
    warm_up()
    with get_context("fork").Pool(2) as pool:
        yield from pool.imap(timed, tried)


def main() -> int:
    """Print the table; return 1 where anything is lost."""
    os.environ.pop("NACHRA_LANGUAGE", None)
    lost, tried = 0, Counter[str]()
    print(f"{'':46}{'tried':>7}{'lost':>6}{'s':>7}")
    for row, seconds in rows():
        print(f"{row.name:46}{row.tried:>7}{len(row.lost):>6}{seconds:>7.1f}   ", end="")
        print(", ".join(f"{outcome}: {count}" for outcome, count in row.outcomes.items()) or "could not be tried here")
        for one in row.lost[:5]:
            print(f"    LOST {one}")
        sys.stdout.flush()
        lost += len(row.lost)
        tried[row.kind] += row.tried
    print(f"kills survived: {tried['kill']}; faults injected: {tried['fault']}; lost: {lost}")
    return min(lost, 1)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NachraError as error:
        sys.exit(str(error))
