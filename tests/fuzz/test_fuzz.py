"""A minute of coverage-guided fuzzing, where atheris is installed (pip install atheris; it is no requirement).

NACHRA_FUZZ_SECONDS sets how long; what a longer run finds becomes a case of tests/hostile.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris is not installed")
TARGET = Path(__file__).with_name("fuzz_reading.py")


@pytest.mark.slow
def test_nothing_is_found_in_a_minute(tmp_path: Path) -> None:
    seconds = int(os.environ.get("NACHRA_FUZZ_SECONDS", "60"))
    command = [sys.executable, str(TARGET), str(tmp_path / "kept"), f"-max_total_time={seconds}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    found = [path.name for path in tmp_path.iterdir() if path.name.startswith(("crash-", "timeout-", "oom-"))]
    assert (done.returncode, found) == (0, []), done.stderr[-3000:]
