"""Every file below a folder that the ignore files do not leave out: one rule for all searches.

The walker is ripgrep's own: `.gitignore`, `.ignore`, `.rgignore` and git's excludes count, also
outside of repositories; hidden files are like others; `.git` is never entered, nor are our own
session files, which repeat what was read and said; links are not followed."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import ignore
from ignore.overrides import OverrideBuilder

LEFT_OUT = ("!.git", "!session_????-??-??_??-??-??_????????.*")
"""Globs of what no search enters, unless it is named itself."""


class Stopped(Exception):
    """The walk was told to end."""


def walk(root: Path, depth: int = 0, stop: Event | None = None) -> Iterator[str]:
    """Paths below `root`, files and folders, relative with slashes, in no order; `depth` 1 is
    `root` itself alone, 0 is everything. Raises Stopped soon after `stop` is set."""
    overrides = OverrideBuilder(root)
    for pattern in LEFT_OUT:
        overrides.add(pattern)
    builder = ignore.WalkBuilder(root)
    builder.hidden(False).require_git(False).overrides(overrides.build())
    builder.add_custom_ignore_filename(".rgignore")
    if depth:
        builder.max_depth(depth)
    length = len(os.path.join(root, ""))  # noqa: PTH118 - a separator at the end
    entries = iter(builder.build())
    while True:
        if stop is not None and stop.is_set():
            raise Stopped
        try:
            entry = next(entries)
        except StopIteration:
            return
        except (OSError, ignore.Error):
            continue  # a folder that may not be read, or that has just gone
        if path := str(entry.path())[length:]:
            yield path.replace(os.sep, "/")
