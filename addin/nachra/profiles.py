"""Profiles that users may edit (layouts of releases, outlines of briefings): a TOML file, checked key by key."""

from __future__ import annotations

import hashlib
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from nachra.errors import ProfileError
from nachra.texts import templates

Profile = TypeVar("Profile", bound=BaseModel)
#: environment variables that name folders of profiles
VARIABLES = ("NACHRA_OUTLINES", "NACHRA_LAYOUTS")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Strict(BaseModel):
    """A part of a profile: an unknown key is a mistake, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def folders(own: str, variable: str) -> tuple[Path, ...]:
    """Return where profiles are looked for: nachra's own folder, then those that an environment variable names.

    Raises ProfileError for a named folder that does not exist.
    """
    named = [Path(part) for part in os.environ.get(variable, "").split(os.pathsep) if part]
    for folder in named:
        if not folder.is_dir():
            raise ProfileError("not_found", path=str(folder))
    return (templates() / own, *named)


def recipe() -> str:
    """Return the digest of all that decides what a briefing says: our templates, and the profiles of the user."""
    roots = [
        templates(),
        *(Path(part) for name in VARIABLES for part in os.environ.get(name, "").split(os.pathsep) if part),
    ]
    files = [(path.relative_to(root).as_posix(), path) for root in roots for path in sorted(root.rglob("*.toml"))]
    return _recipe(tuple((name, str(path), path.stat().st_mtime_ns) for name, path in files))


@cache
def _recipe(files: tuple[tuple[str, str, int], ...]) -> str:
    whole = hashlib.sha256()
    for name, path, _changed in files:
        whole.update(f"{name}\0".encode() + Path(path).read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()[:16]


def read_profile(path: Path, kind: type[Profile], **given: Any) -> Profile:
    """Read one profile, `given` fields standing in where the file has none; ProfileError says which key is wrong."""
    try:
        return kind.model_validate(given | tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ProfileError("os", path=str(path), reason=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError("profile_toml", path=str(path), reason=str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "-"
        raise ProfileError("profile_key", path=str(path), key=key, reason=first["msg"]) from None
