"""The index: what was read of each release, kept by SQLite on this machine so that it need not be read again.

It is a cache and nothing more. Its place is the user's cache folder, never the share; whatever is wrong with it
(damaged, written by another version, locked, no SQLite in this Python), releases are read from their files instead.
Every row carries its own digest, so that damage which SQLite does not notice gives no figure either.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from nachra import __version__
from nachra.findings import Finding
from nachra.profiles import folders
from nachra.release import Release
from nachra.texts import DEFAULT_LANGUAGE, languages, templates

#: seconds to wait for another process that writes
PATIENCE = 2.0
_NOT_DAMAGE = tuple(f"SQLITE_{name}" for name in ("BUSY", "LOCKED", "READONLY", "CANTOPEN", "FULL", "IOERR", "PERM"))
_TABLES = """
create table if not exists meta (form text primary key);
create table if not exists release (path text primary key, stamp text, content text, digest text);
create table if not exists answers (key text primary key, content text, digest text);
"""


class Remembered(Finding):
    """A finding out of the index: its message is kept in every language, its parameters are not."""

    messages: dict[str, str]

    def message(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the finding as it was worded."""
        return self.messages[language]


class Index:
    """What is known of the files of one library; no method raises, and a lost index only costs time."""

    def __init__(self, file: Path):
        self.file = file
        self.broken = False

    def releases(self) -> dict[str, tuple[str, str]]:
        """Return (stamp, content) by path of everything that is kept whole."""
        rows = self._run("select path, stamp, content, digest from release")
        return {
            path: (stamp, content) for path, stamp, content, digest in rows if _digest(path, stamp, content) == digest
        }

    def keep(self, releases: dict[str, tuple[str, str]], gone: set[str]) -> None:
        """Keep (stamp, content) by path, and forget the paths that are gone."""
        if releases:
            rows = [
                (path, stamp, content, _digest(path, stamp, content)) for path, (stamp, content) in releases.items()
            ]
            self._run("insert or replace into release values (?, ?, ?, ?)", rows)
        if gone:
            self._run("delete from release where path = ?", [(path,) for path in gone])

    def answers(self, key: str) -> str | None:
        """Return the answers kept under a key."""
        found = self._run("select content, digest from answers where key = ?", (key,))
        return found[0][0] if found and _digest(key, found[0][0]) == found[0][1] else None

    def keep_answers(self, key: str, content: str) -> None:
        """Keep answers under a key, in place of all others."""
        self._run("delete from answers")
        self._run("insert or replace into answers values (?, ?, ?)", [(key, content, _digest(key, content))])

    def forget(self) -> None:
        """Delete the index: everything is read again."""
        with suppress(OSError):
            self.file.unlink()

    def _run(self, statement: str, given: Any = ()) -> list[Any]:
        if self.broken:
            return []
        try:
            import sqlite3
        except ImportError:
            self.broken = True
            return []
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=PATIENCE)) as connection, connection:
                # what a power cut may do to it is noticed by its digests: it need not wait for the disk
                connection.execute("pragma synchronous = off")
                self._prepare(connection)
                many = isinstance(given, list)
                done = connection.executemany(statement, given) if many else connection.execute(statement, given)
                return done.fetchall()
        except OSError:
            pass
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # locked, or a disk that is full or not ours to write on: not a reason to destroy it
            if not getattr(error, "sqlite_errorname", "").startswith(_NOT_DAMAGE):
                self.forget()
        self.broken = True
        return []

    def _prepare(self, connection: Any) -> None:
        """Make the tables; empty them where another version, or other templates, filled them."""
        kept = connection.execute("select name from sqlite_master where name = 'meta'").fetchone()
        forms = connection.execute("select form from meta").fetchall() if kept else []
        if forms != [(form(),)]:
            connection.executescript(_TABLES)
            for table in ("meta", "release", "answers"):
                connection.execute(f"delete from {table}")
            connection.execute("insert into meta values (?)", (form(),))


def form() -> str:
    """Return what the content of an index depends on beside the releases: nachra's version and all templates."""
    made = hashlib.sha256(__version__.encode())
    paths = [*templates().rglob("*.toml"), *(one for folder in folders("releases", "NACHRA_LAYOUTS")
                                             for one in folder.glob("*.toml"))]  # fmt: skip
    for path in sorted(set(paths)):
        with suppress(OSError):
            stat = path.stat()
            made.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}".encode())
    return made.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def stamp(stat: os.stat_result) -> str:
    """Return what tells whether a file changed since it was read."""
    return f"{stat.st_size}|{stat.st_mtime_ns}"


def packed(release: Release, findings: tuple[Finding, ...]) -> str:
    """Write a checked release for the index."""
    kept = [
        one.model_dump(mode="json", exclude={"params", "messages"})
        | {"messages": {language: one.message(language) for language in languages()}}
        for one in findings
    ]
    return json.dumps({"release": release.model_dump_json(), "findings": kept}, ensure_ascii=False)


def unpacked(content: str) -> tuple[Release, tuple[Finding, ...]]:
    """Read what `packed` wrote; ValueError for anything else."""
    try:
        found = json.loads(content)
        return (
            Release.model_validate_json(found["release"]),
            tuple(Remembered.model_validate(one) for one in found["findings"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a checked release") from error
