"""A program that changes many files, says so, and takes it back until it is killed.

Arguments: data folder, project. Each file is `old` and becomes `new`; one comes, one goes, a
folder goes to the trash.
"""

import asyncio
import sys
from pathlib import Path

from opencode.core.files import Change
from opencode.session.undo.blobs import digest
from opencode.session.undo.history import FileHistory

FILES = 12
SIZE = 5_000


def old(n: int) -> bytes:
    return b"old %d\n" % n * SIZE


def new(n: int) -> bytes:
    return b"the new one %d\n" % n * SIZE


async def main(data: Path, project: Path) -> None:
    files = FileHistory(data, project, "ses_undo")
    files.begin("p1")
    for n in range(FILES):
        path = project / f"f{n}"
        await files.apply([Change(path, digest(old(n)), new(n))])
    await files.apply([Change(project / "made" / "here", "", new(0))])
    await files.remove(project / "folder")
    sys.stdout.write("changed\n")
    sys.stdout.flush()
    sys.stdin.readline()
    undone = await files.undo(["p1"])
    while True:
        sys.stdout.write(undone.change + "\n")
        sys.stdout.flush()
        undone = await files.undo([undone.change])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
