"""Fixtures for the programs and files that tests need from outside the package."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import office
import pytest
from verbs import Run

#: Debian 12's own 7.4 lacks XLOOKUP, LET and FILTER and draws Arabic wrongly in charts
OLDEST_OFFICE = (25, 2)


@pytest.fixture(scope="session", autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither the library nor the index of whoever runs the tests is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.casefold())))
        patch.delenv("NACHRA_LIBRARY", raising=False)
        yield


def _missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI has promised that everything is installed."""
    if os.environ.get("NACHRA_REQUIRE_CALC") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line here; return its exit code, standard output and standard error."""
    from nachra import cli

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nachra", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    for name in ("NACHRA_LANGUAGE", "NACHRA_AUTHOR", "NACHRA_LIBRARY"):
        monkeypatch.delenv(name, raising=False)
    return command


@pytest.fixture(scope="session")
def soffice() -> Path:
    """LibreOffice's launcher, in a version that the project supports."""
    found = office.find_soffice()
    if found is None:
        _missing("LibreOffice is not installed")
    version = office.soffice_version(found)
    if version < OLDEST_OFFICE:
        _missing(f"LibreOffice {'.'.join(map(str, version))} is too old, 25.2 is needed")
    return found


@pytest.fixture(scope="session")
def pdftoppm() -> Path:
    """The program that draws a PDF's pages."""
    found = shutil.which("pdftoppm")
    if found is None:
        _missing("pdftoppm is not installed")
    return Path(found)


@pytest.fixture(scope="session")
def validator() -> Path:
    """The Open XML SDK validator."""
    found = office.find_validator()
    if found is None:
        _missing("the Open XML SDK validator is not installed: run .ci/install-validator")
    if not found.is_file():
        _missing(f"NACHRA_OOXML_VALIDATOR names {found}, which does not exist")
    return found


@pytest.fixture(scope="session")
def releases() -> list[Path]:
    """The published figures in the official template, which the README's command reads."""
    return sorted((office.REPOSITORY / "workbooks" / "releases").glob("*.xlsx"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the repository that holds real releases made by others, in data/releases."""
    folder = office.REPOSITORY.parent / "shared"
    if not (folder / "data" / "releases").is_dir():
        pytest.skip("there is no shared/data/releases beside the repository")
    return folder


def _every_release() -> list[Path]:
    """The sample releases, and the real ones where they are beside the repository."""
    folders = (office.REPOSITORY / "workbooks" / "releases", office.REPOSITORY.parent / "shared" / "data" / "releases")
    return [path for folder in folders for path in sorted(folder.glob("*.xlsx"))]


@pytest.fixture(params=_every_release(), ids=lambda path: path.stem)
def release(request: pytest.FixtureRequest) -> Path:
    """Each release in turn."""
    path: Path = request.param
    return path


@pytest.fixture(scope="session")
def briefings(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """The briefing of every release, made once."""
    from nachra.jobs import Briefed, plan, run_jobs

    jobs = plan(_every_release(), tmp_path_factory.mktemp("briefings"))
    outcomes = [one for _, outcomes in run_jobs(jobs, workers=1) for one in outcomes]
    return {one.release: one.path for one in outcomes if isinstance(one, Briefed)}


@pytest.fixture
def briefing(release: Path, briefings: dict[Path, Path]) -> Path:
    """The briefing of each release in turn."""
    return briefings[release]
