"""A PDF beside each workbook: LibreOffice prints it, tagged, titled and in the workbook's own language.

LibreOffice is started once for many files, with a profile of its own that is thrown away: neither an office that is
open nor the user's settings matter, and the other way round. Where it hangs or dies, the file it was busy with is the
one that failed; the others go on.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from nachra.errors import ConversionError, FileError, UnreadableError
from nachra.publish import publish

#: the environment variable that names the office
VARIABLE = "NACHRA_OFFICE"
#: Debian 12's own 7.4 draws Arabic wrongly in charts
OLDEST_OFFICE = (25, 2)
#: where installers put it, beyond the search path
USUAL_PLACES = (
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "/opt/libreoffice/program/soffice",
    "/snap/bin/libreoffice",
)
#: files to one start of the office: a start costs as much as two files, and what a dead office takes with it is bounded
CHUNK = 40
#: bytes of a workbook's properties that are read
MAX_PROPERTIES = 65536
#: seconds without a new PDF after which the office is taken for dead; a file takes about one
PATIENCE = 120.0
#: starts in a row that give nothing before the office itself is blamed, and not a file each time
FRUITLESS_STARTS = 3
#: The office writes numbers, and says what language the PDF is in, by one setting: the locale of the system. Its Arabic
#: ones write 13٫4; CLDR and Windows write 13,4 and 4.057 for Morocco, which is what German separators give.
SEPARATORS = {"fr": "fr-MA", "ar": "de-DE", "en": "en-GB"}

T = TypeVar("T")
_FILTER = "pdf:calc_pdf_Export:" + json.dumps(
    {
        name: {"type": "boolean", "value": "true"}
        for name in ("UseTaggedPDF", "ExportBookmarks", "DisplayPDFDocumentTitle")
    }
)
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">\
<value>{locale}</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">\
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def find_office() -> Path:
    """Return LibreOffice's launcher: what NACHRA_OFFICE names, else on the search path, else where it is usual.

    Raises ConversionError where there is none, or one too old to draw Arabic well.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise ConversionError("pdf_office_named", path=named, variable=VARIABLE)
    else:
        candidates = ("soffice", "libreoffice", *USUAL_PLACES)
        found = next((place for one in candidates if (place := shutil.which(one))), None)
        if found is None:
            raise ConversionError("pdf_office", variable=VARIABLE)
    version = _version(Path(found))
    if version and version < OLDEST_OFFICE:
        stated, oldest = (".".join(map(str, one)) for one in (version, OLDEST_OFFICE))
        raise ConversionError("pdf_office_old", path=found, version=stated, oldest=oldest)
    return Path(found)


def _version(office: Path) -> tuple[int, ...]:
    """What the office's own files say, empty where they are elsewhere: asking the office would start it."""
    program = office.resolve().parent
    for file in (program / "bootstraprc", program / "bootstrap.ini", program.parent / "Resources" / "bootstraprc"):
        with contextlib.suppress(OSError):
            stated = re.search(r"^ProductKey=\D*(\d+)\.(\d+)", file.read_text(errors="replace"), re.MULTILINE)
            if stated:
                return int(stated[1]), int(stated[2])
    return ()


def convert(
    paths: Sequence[Path], office: Path | None = None, *, patience: float = PATIENCE
) -> Iterator[tuple[Path, Path | FileError]]:
    """Print each workbook to the PDF of its name beside it, and yield the workbook with its PDF or what went wrong.

    Workbooks of one language go together, so the order may change; each is answered once. A PDF is replaced whole or
    not at all. Raises ConversionError (see `find_office`) before anything is done where there is no office.
    """
    with tempfile.TemporaryDirectory(prefix="nachra-pdf-", ignore_cleanup_errors=True) as room:
        printer = _Printer(office or find_office(), Path(room), patience)
        groups: dict[str, dict[Path, Path]] = {}
        targets = set(paths)
        for number, path in enumerate(dict.fromkeys(paths)):
            try:
                if _target(path) in targets:
                    raise ConversionError("pdf_taken", path=str(path), pdf=_target(path).name)
                language, copy = printer.take(path, number)
            except FileError as error:
                yield path, error
                continue
            targets.add(_target(path))
            groups.setdefault(language, {})[path] = copy
        for language, copies in groups.items():
            for chunk in batched(copies.items(), CHUNK):
                yield from printer.print(dict(chunk), language)


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Return items in tuples of that size, the last one shorter (itertools has it from Python 3.12 on)."""
    iterator = iter(items)
    while batch := tuple(islice(iterator, size)):
        yield batch


def language_of(workbook: bytes) -> str:
    """Return the language in a workbook's properties ("fr-MA"), French where it says none that can be read."""
    with contextlib.suppress(zipfile.BadZipFile, KeyError, OSError, zlib.error):
        with zipfile.ZipFile(io.BytesIO(workbook)) as package, package.open("docProps/core.xml") as part:
            said = re.search(rb"<dc:language>\s*([A-Za-z]{2}(?:-[A-Za-z]{2})?)\s*<", part.read(MAX_PROPERTIES))
        if said:
            return said[1].decode()
    return "fr-MA"


class _Printer:
    """An office, the folder that it works in, and how long it is waited for."""

    def __init__(self, office: Path, room: Path, patience: float):
        self.office, self.room, self.patience = office, room, patience
        self.out = room / "out"
        self.out.mkdir()
        self.fruitless = 0

    def take(self, path: Path, number: int) -> tuple[str, Path]:
        """Copy a workbook: a lock beside the original makes an office wait, and two files may have one name."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UnreadableError("os", path=str(path), reason=error.strerror or str(error)) from None
        copy = self.room / f"{number}.xlsx"
        copy.write_bytes(data)
        return language_of(data), copy

    def print(self, copies: dict[Path, Path], language: str) -> Iterator[tuple[Path, Path | FileError]]:
        """Convert copies in one start of the office, and in one more after each file that it hangs or dies on."""
        waiting, failure = list(copies), ""
        while waiting:
            if self.fruitless < FRUITLESS_STARTS:
                failure = self.run([copies[path] for path in waiting], language)
            pdfs = [_whole(self.out / f"{copies[path].stem}.pdf") for path in waiting]
            self.fruitless = self.fruitless + 1 if failure and not any(pdfs) else 0
            tried = len(waiting)
            if failure and None in pdfs and self.fruitless < FRUITLESS_STARTS:
                # one after the other: the first without a PDF is to blame, those behind it have not been tried
                tried = pdfs.index(None) + 1
            for path, pdf in zip(waiting[:tried], pdfs[:tried], strict=True):
                if pdf is None:
                    seconds = f"{self.patience:g}"
                    yield path, ConversionError(failure or "pdf_failed", path=str(path), seconds=seconds)
                else:
                    yield path, _published(path, pdf, language)
            waiting = waiting[tried:]

    def run(self, copies: list[Path], language: str) -> str:
        """Start the office on copies and wait for its end: the code of what went wrong, "" where it ended well."""
        profile = self.room / f"profile-{language}"
        settings = profile / "user" / "registrymodifications.xcu"
        if not settings.exists():
            settings.parent.mkdir(parents=True)
            settings.write_text(_PROFILE.format(locale=_locale(language)), encoding="utf-8")
        command = [str(self.office), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", _FILTER, "--outdir", str(self.out), *map(str, copies)]
        # the office brings a Python of its own, which must not find this one's settings
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        null = subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                command, env=environment, stdin=null, stdout=null, stderr=null, start_new_session=True
            )
        except OSError:
            return "pdf_died"
        made, since = 0, time.monotonic()
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return "pdf_died" if process.wait(timeout=0.2) else ""
                count = sum(1 for _ in self.out.iterdir())
                if count > made:
                    made, since = count, time.monotonic()
                elif time.monotonic() - since > self.patience:
                    return "pdf_timeout"
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End an office that still runs: its launcher only starts the real one, so the whole family has to go."""
    if process.poll() is None:
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _target(path: Path) -> Path:
    return path.with_suffix(".pdf")


def _locale(language: str) -> str:
    return SEPARATORS.get(language[:2], language)


def _whole(pdf: Path) -> bytes | None:
    """Return a PDF that was written to its end, None for one that is absent or was cut off."""
    try:
        data = pdf.read_bytes()
    except OSError:
        return None
    return data if data.rstrip().endswith(b"%%EOF") else None


def _published(path: Path, pdf: bytes, language: str) -> Path | FileError:
    written = _locale(language)
    if len(written) == len(language):
        # the same length, so that nothing in the file moves
        pdf = pdf.replace(f"/Lang({written})".encode(), f"/Lang({language})".encode())
    try:
        # an older one that is open in a reader is left alone, and the new one gets a dated name
        return publish(pdf, _target(path), sibling=True)
    except FileError as error:
        return error
