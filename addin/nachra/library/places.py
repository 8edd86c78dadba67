"""Where things are: the library that everyone shares, and the index that each machine keeps of it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def default_library() -> Path:
    """Return where releases are imported when nobody says otherwise; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("nachra", appauthor=False) / "library"


def library_folder() -> Path | None:
    """Return the folder that NACHRA_LIBRARY names, else the default one where it exists, else None."""
    named = os.environ.get("NACHRA_LIBRARY", "")
    if named:
        return Path(named)
    default = default_library()
    return default if default.is_dir() else None


def index_file(folder: Path) -> Path:
    """Return where this machine keeps its index of a library, keyed by the library's own place."""
    from platformdirs import user_cache_path

    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return user_cache_path("nachra", appauthor=False) / f"library-{key}.sqlite"
