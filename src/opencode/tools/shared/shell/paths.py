"""Where the paths of a shell line lead, folder changes and links included."""

import fnmatch
import glob
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.tools.shared.shell.words import Word, literal

Access = Literal["read", "write"]

_DEVICES = re.compile(r"/dev/(null|zero|full|random|urandom|stdin|stdout|stderr|fd/\d+)")
_MAGIC = re.compile(r"[*?\[]")
_MOST = 500
"""File names a pattern is expanded to; one that fits more is not known."""


class Whereabouts:
    """The folders a line may be in at this point, and what touching a path from there needs."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.top = os.path.realpath(place.cwd)
        self.folders: frozenset[str] | None = frozenset({self.top})
        """None when the folder is not known any more."""

    def change(self, word: Word) -> list[Request]:
        """`cd`: be there from now on; returns what going there needs."""
        requests = self.needs(word, "read")
        if word.value.startswith("-"):
            self.folders = None
            return [*requests, _unknown(word, "read")]
        if word.glob or not word.values or self.folders is None:
            self.folders = None
            return requests
        before = self.folders
        there = {os.path.realpath(f"{f}/{v}" if v[:1] != "/" else v)
                 for f in before for v in word.values}  # fmt: skip
        certain = all(Path(folder).is_dir() for folder in there)
        self.folders = frozenset(there) if certain else before | frozenset(there)
        return requests

    def needs(self, word: Word, access: Access, action: str = "") -> list[Request]:
        """The requests of touching `word`; nothing for devices and standard input."""
        action = action or ("read" if access == "read" else "edit")
        if not word.values or self.folders is None:
            if self.folders is None and word.values and self._is_fixed(word):
                return list(self._known(word, access, action, self.top))
            return [_unknown(word, access)]
        requests = [r for f in sorted(self.folders) for r in self._known(word, access, action, f)]
        return list(dict.fromkeys(requests))

    def leaves(self, word: Word, access: Access) -> list[Request]:
        """Like `needs`, but silent about what is inside; for words that may not be paths."""
        return [r for r in self.needs(word, access) if r.action == "outside"]

    def _is_fixed(self, word: Word) -> bool:
        return not word.glob and all(value.startswith("/") for value in word.values)

    def _known(self, word: Word, access: Access, action: str, folder: str) -> Iterator[Request]:
        for value in word.values:
            if value in ("", "-") or _DEVICES.fullmatch(value):
                continue
            path = value if value.startswith("/") else f"{folder}/{value}"
            names = _expand(path) if word.glob and _MAGIC.search(value) else [path]
            if names is None:
                yield _unknown(word, access)
                continue
            for name in names:
                yield from self._at(name, access, action)

    def _at(self, path: str, access: Access, action: str) -> Iterator[Request]:
        real = os.path.realpath(path)
        yield Request(action, self.show(real), access=access)
        if not self.place.is_inside(real):
            yield Request("outside", Path(real).as_posix(), access=access)

    def show(self, real: str) -> str:
        """Relative to the project when inside it, with slashes."""
        if Path(real).is_relative_to(self.top):
            return Path(real).relative_to(self.top).as_posix()
        return Path(real).as_posix()

    def is_outside(self, word: Word) -> bool:
        """Whether it leads, or may lead, out of the workspace."""
        return bool(self.leaves(word, "read"))

    def reals(self, word: Word) -> list[str]:
        """The real paths the word stands for; empty when unknown."""
        requests = self.needs(word, "read")
        if any(request.unsure for request in requests):
            return []
        paths = (r.target for r in requests if r.action == "read")
        return [os.path.join(self.top, path) for path in paths]  # noqa: PTH118 - absolute wins

    def linked(self, word: Word) -> list[Request]:
        """What following links below `word` needs: nothing when none of them leads out."""
        for root in self.reals(word):
            walk = os.walk(root)
            entries = (os.path.join(at, n) for at, ds, fs in walk for n in ds + fs)  # noqa: PTH118
            for count, entry in enumerate(entries):
                link = os.path.islink(entry)  # noqa: PTH114 - a hot loop over plain strings
                if count > 20 * _MOST or (link and not self.place.is_inside(entry)):
                    text = f"{word.text} with its links"
                    return [Request("outside", text, access="read", unsure="it follows links out")]
        return []

    def secrets_below(self, word: Word) -> list[Request]:
        """Reading a whole folder also reads the `.env`-like files directly in it."""
        found: list[Request] = []
        for root in self.reals(word):
            if Path(root).is_dir():
                names = sorted(n for n in os.listdir(root) if fnmatch.fnmatch(n, "*.env*"))  # noqa: PTH208
                found += [r for n in names for r in self._at(f"{root}/{n}", "read", "read")]
        return found


def _unknown(word: Word, access: Access) -> Request:
    why = f"where {word.text or 'the path'} leads is not known before it runs"
    return Request("outside", word.text or "?", access=access, unsure=why)


def _expand(path: str) -> list[str] | None:
    """What the pattern stands for now, with the folder it looks in; None when not to be known."""
    head = _MAGIC.split(path, maxsplit=1)[0]
    folder = head.rpartition("/")[0] or "/"
    parts = path[len(folder) :].split("/")
    if ".." in parts or any(p[:1] == "." and _MAGIC.search(p) and _is_dots(p) for p in parts):
        return None
    names = list(itertools.islice(glob.iglob(path), _MOST + 1))  # noqa: PTH207 - a whole path
    return None if len(names) > _MOST else [folder, *names]


def _is_dots(part: str) -> bool:
    return fnmatch.fnmatch("..", part) or fnmatch.fnmatch(".", part)


HERE = literal(".")
