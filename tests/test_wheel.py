"""What is installed is what is tested: the wheel carries its templates and writes the same briefing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import office
import pytest

pytestmark = pytest.mark.slow


def _run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NACHRA", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    if uv := shutil.which("uv"):
        done = _run(uv, "build", "--wheel", "--out-dir", folder, office.REPOSITORY, cwd=folder)
    else:
        done = _run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, office.REPOSITORY, cwd=folder)
    if done.returncode:
        _skip_without_network(done.stderr)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with the wheel installed."""
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if uv := shutil.which("uv"):
        done = _run(uv, "venv", "--python", sys.executable, folder / "venv", cwd=folder)
        install = [uv, "pip", "install", "--python", python, wheel]
    else:
        done = _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
        install = [python, "-m", "pip", "install", wheel]
    assert done.returncode == 0, done.stderr
    done = _run(*install, cwd=folder)
    if done.returncode:
        _skip_without_network(done.stderr)
    return python


def _skip_without_network(said: str) -> None:
    """Skip where the registry cannot be reached; any other failure to build or install is ours."""
    signs = ("dns error", "connect", "timed out", "network", "name resolution", "Could not find a version")
    if os.environ.get("NACHRA_REQUIRE_CALC") != "1" and any(sign in said for sign in signs):
        pytest.skip(f"the package registry cannot be reached: {said.strip().splitlines()[-1]}")
    pytest.fail(said, pytrace=False)


def test_wheel_holds_the_templates_and_no_more_than_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as package:
        names = [name for name in package.namelist() if ".dist-info/" not in name]
    assert all(name.startswith("nachra/") for name in names)
    held = {name.removeprefix("nachra/templates/") for name in names if name.startswith("nachra/templates/")}
    templates = office.REPOSITORY / "templates"
    assert held == {path.relative_to(templates).as_posix() for path in templates.rglob("*") if path.is_file()}
    assert "nachra/py.typed" in names


def test_installed_nachra_writes_the_same_briefing(python: Path, releases: list[Path], tmp_path: Path) -> None:
    command = python.with_name("nachra")
    done = _run(command, "brief", releases[0], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("annuelle-2024.complete.fr.xlsx (")
    checkout = tmp_path / "checkout.xlsx"
    source = str(office.REPOSITORY / "addin")
    done = _run(python, "-m", "nachra.cli", "brief", releases[0], "-o", checkout, cwd=tmp_path, PYTHONPATH=source)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "annuelle-2024.complete.fr.xlsx").read_bytes() == checkout.read_bytes()


def test_installed_nachra_checks(python: Path, briefings: dict[Path, Path], tmp_path: Path) -> None:
    done = _run(python.with_name("nachra"), "check", *briefings, "--annotate", tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name.replace(".complete.fr.", ".annotated.fr.") for path in briefings.values()
    )
