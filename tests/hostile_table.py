"""What hostile files come to: the hostile ones that tests make, and the corpus of other projects' test files.

python tests/hostile_table.py            print the table, then that of kills and faults (tests/robustness.py)
python tests/hostile_table.py --write    write tests/corpus.csv anew from the corpus, to be read as a diff

NACHRA_CORPUS may name further folders of workbooks (separated as in PATH): no file of theirs may be lost, hung or
end in a traceback either, whatever it is.
"""

from __future__ import annotations

import csv
import hashlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apart import ENDS, Ended, check_apart
from hostile import HOSTILE_FILES

ROOT = Path(__file__).parents[1]
#: file → expected outcome, by the SHA-256 of the file
CORPUS_TABLE = Path(__file__).with_name("corpus.csv")
CORPUS = ROOT.parent / "shared" / "corpus"
COLUMNS = ("sha256", "file", "outcome", "guard", "readers")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was tried, and the outcome of each try."""

    name: str
    outcomes: Counter[str]
    refused: int

    @property
    def tried(self) -> int:
        return self.outcomes.total()

    @property
    def read(self) -> int:
        return self.tried - self.refused - sum(self.outcomes[end] for end in ENDS)


def corpus_folders() -> list[Path]:
    """Return the folders of workbooks that are there to be tried."""
    named = [Path(name) for name in os.environ.get("NACHRA_CORPUS", "").split(os.pathsep) if name]
    return [folder for folder in (CORPUS, *named) if folder.is_dir()]


def corpus_files(folder: Path) -> list[Path]:
    """Return the files of a folder of workbooks, in a stable order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".csv", ".md"))


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def line_of(ended: Ended) -> dict[str, str]:
    """Return a file's line of the table of expected outcomes."""
    path = Path(ended.path)
    guard = "refused" if ended.stage == "guard" else "admitted"
    readers = {"layouts": "read", "reader": "failed"}.get(ended.stage, "")
    return dict(zip(COLUMNS, (digest(path), path.name, ended.outcome, guard, readers), strict=True))


def expected_outcomes() -> dict[str, dict[str, str]]:
    """Return the lines of tests/corpus.csv by SHA-256."""
    with CORPUS_TABLE.open(encoding="utf-8", newline="") as stream:
        return {line["sha256"]: line for line in csv.DictReader(stream)}


def made_files(folder: Path) -> dict[str, Path]:
    """Write every hostile file into a folder; return where each is."""
    made = {}
    for place, (name, case) in enumerate(HOSTILE_FILES.items()):
        made[name] = folder / f"{place:03}.xlsx"
        made[name].write_bytes(case.make())
    return made


def hostile_row() -> Row:
    """Try the hostile files that tests make."""
    with tempfile.TemporaryDirectory() as folder:
        return row_of("hostile files", check_apart(list(made_files(Path(folder)).values())))


def corpus_row() -> Row:
    """Try the corpus."""
    return row_of("corpus", check_apart([path for folder in corpus_folders() for path in corpus_files(folder)]))


def row_of(name: str, ended: list[Ended]) -> Row:
    """Count outcomes."""
    return Row(name, Counter(one.outcome for one in ended), sum(one.stage in ("guard", "reader") for one in ended))


#: one line each
ROWS: tuple[Callable[[], Row], ...] = (hostile_row, corpus_row)


def table(rows: list[Row]) -> str:
    """Return the table, and below it the outcomes of each line, most frequent first."""
    lines = [f"{'':<16}{'tried':>8}{'refused':>9}{'read':>7}" + "".join(f"{end:>11}" for end in ENDS)]
    for row in rows:
        ends = "".join(f"{row.outcomes[end] or '':>11}" for end in ENDS)
        lines.append(f"{row.name:<16}{row.tried:>8}{row.refused:>9}{row.read:>7}{ends}")
    for row in rows:
        lines += ["", f"{row.name}:"]
        lines += [f"  {count:>5}  {outcome}" for outcome, count in row.outcomes.most_common()]
    return "\n".join(lines)


def main() -> int:
    """Print the table, or write the expected outcomes; 1 where anything was lost."""
    if "--write" in sys.argv:
        ended = check_apart(corpus_files(CORPUS))
        with CORPUS_TABLE.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted((line_of(one) for one in ended), key=lambda line: line["file"]))
        return 0
    rows = [row() for row in ROWS]
    print(table(rows), end="\n\n")
    import robustness

    return max(int(any(row.outcomes[end] for row in rows for end in ENDS)), robustness.main())


if __name__ == "__main__":
    sys.exit(main())
