"""When a path is not there: the names nearest to it, found quickly or not at all."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from opencode.core.place import Place
from opencode.tools.shared.editing.fold import fold
from opencode.tools.shared.search.wording import clean

_NAMED = 3
_LOOKED_AT = 5000
_SKIPPED = {".git", "node_modules", ".venv", "venv", "__pycache__"}


def missing(place: Place, path: Path) -> str:
    """`There is no x.py. Did you mean …?`"""
    found = [*_beside(path), *_elsewhere(place.cwd, path)]
    near = list(dict.fromkeys(clean(place.show(one)) for one in found))[:_NAMED]
    return f"There is no {place.show(path)}." + (
        f" Did you mean {', '.join(near)}?" if near else ""
    )


def _beside(path: Path) -> list[Path]:
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        path, folder = folder, folder.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []
    wanted = _plain(path.name)
    plain = {_plain(name): name for name in names}
    near = [plain[wanted]] if wanted in plain else []
    near += [plain[name] for name in get_close_matches(wanted, plain, _NAMED, 0.6)]
    if len(wanted) > 2:
        near += [name for name in names if wanted in _plain(name)]
    return [folder / name for name in near]


def _plain(name: str) -> str:
    return fold(name).casefold()


def _elsewhere(root: Path, path: Path) -> Iterator[Path]:
    """Files of the same name in other folders of the project."""
    wanted, seen = _plain(path.name), 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        yield from (Path(folder) / name for name in names if _plain(name) == wanted)
        seen += len(names)
        if seen > _LOOKED_AT:
            return
