"""The flow runs one way, hosts add no logic, and what a command does not need is not imported."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import office
import pytest

PACKAGE = office.REPOSITORY / "addin" / "nachra"

#: from the ground up: a module imports only from lines above its own, or what stands before it on its line
LAYERS = """
    texts units errors
    figures periods
    plurals formats findings release indicators panel editions revisions vintages
    history linking targets outlook remarks
    profiles limits walking guard essentials diagnosis grid layouts recognition facts reading checks
    sealing
    outlines expressions briefing quantities phrases narrative charts places sentences sheets
    workbook publish journal annotate pdf tidy exports ess
    jobs verification notices comparison
    answers ahead cells asking functions estimating forecasts answering library
    parts calls provenance cellnotes freeze accessibility
    reports hosts addins doctor cli
"""
ORDER = {name: place for place, name in enumerate(LAYERS.split())}
#: libraries that only a host may know, and the room it lives in
HOST_LIBRARIES = {"typer": "cli", "rich": "cli", "xlwings": "hosts", "uno": "hosts", "unohelper": "hosts"}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    """Every module: its room (the first name below the package), its path, its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        yield room, path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported anywhere in a module, inside functions and for types too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports are absolute"
            # "from nachra import x" may name a module
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from names if node.module == "nachra" else [node.module]


def test_imports_run_one_way() -> None:
    for room, path, tree in modules():
        if room == "__init__":
            continue
        assert room in ORDER, f"{path.name}: give the module its place in LAYERS"
        for name in imported(tree):
            package, _, rest = name.partition(".")
            target = rest.partition(".")[0]
            if package == "nachra" and target not in (room, "", "__version__"):
                assert ORDER[target] < ORDER[room], f"{path.name} imports {name}, which stands above it"


def test_every_place_is_taken() -> None:
    assert set(ORDER) - {room for room, _, _ in modules()} == set()


def test_only_hosts_know_their_libraries() -> None:
    for room, path, tree in modules():
        for name in imported(tree):
            library = name.partition(".")[0]
            assert HOST_LIBRARIES.get(library, room) == room, f"{path.name} imports {library}"


def test_nothing_is_printed() -> None:
    for _, path, tree in modules():
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not calls & {"print", "input", "breakpoint", "eval", "exec"}, path.name


def test_everything_public_says_what_it_promises() -> None:
    silent = []
    for _, path, tree in modules():
        for node in (tree, *tree.body):
            public = not getattr(node, "name", "").startswith("_") and bool(tree.body)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and public and not ast.get_docstring(node):
                silent.append(f"{path.relative_to(PACKAGE)}: {getattr(node, 'name', 'the module')}")
    assert silent == []


# --- what a command imports -----------------------------------------------------------------------


def loaded(*arguments: object, code: int = 0) -> set[str]:
    """Run the command line and return the libraries that it imported."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-X", "importtime", "-m", "nachra.cli", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == code, done.stderr[-500:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_starts_at_once(option: str) -> None:
    heavy = {"pandas", "xlwings", "openpyxl", "xlsxwriter", "numpy", "pydantic", "python_calamine", "babel"}
    found = loaded(option)
    assert "typer" in found and not found & heavy


def test_a_file_that_is_refused_needs_no_reader(tmp_path: Path) -> None:
    (tmp_path / "empty.xlsx").write_bytes(b"")
    assert not loaded("check", tmp_path / "empty.xlsx", code=3) & {
        "pandas",
        "xlwings",
        "xlsxwriter",
        "openpyxl",
        "numpy",
    }


def test_a_check_needs_no_writer(releases: list[Path]) -> None:
    found = loaded("check", releases[0])
    assert "openpyxl" in found and not found & {"pandas", "xlwings", "xlsxwriter"}


def test_a_briefing_needs_no_pandas(releases: list[Path], tmp_path: Path) -> None:
    found = loaded("brief", releases[0], "-o", tmp_path / "briefing.xlsx")
    assert "xlsxwriter" in found and not found & {"pandas", "xlwings"}
