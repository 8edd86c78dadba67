"""The table of tests/robustness.py: nothing is lost, whatever goes wrong while writing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import office
import pytest


@pytest.mark.slow
def test_nothing_is_lost() -> None:
    """In a process of its own, with one thread: it forks."""
    environment = {**os.environ, "PYTHONPATH": str(office.REPOSITORY / "addin")}
    command = [sys.executable, Path(__file__).with_name("robustness.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=1200)
    total = re.search(r"kills survived: (\d+); faults injected: (\d+); lost: 0$", done.stdout, re.MULTILINE)
    assert done.returncode == 0 and total, done.stdout + done.stderr
    assert int(total[1]) >= 200 and int(total[2]) >= 500
