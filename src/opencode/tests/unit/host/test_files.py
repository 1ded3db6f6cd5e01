import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import opencode
from opencode.host.files import FileLock, Held, lock, remove_leftovers, write_atomic
from opencode.tests.fakes.mortal import as_mortal

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX modes and links")
SOURCES = {"PYTHONPATH": str(Path(opencode.__file__).parents[1])}


def test_a_new_file_is_whole_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.bin"
    write_atomic(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert [p.name for p in path.parent.iterdir()] == ["c.bin"]


@posix
def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.sh", tmp_path / "link.sh"
    real.write_text("old")
    real.chmod(0o751)
    link.symlink_to(real)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o751
    write_atomic(real, b"secret", mode=0o600)
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


@posix
def test_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomic(tmp_path / "f", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o640


@posix
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        as_mortal(lambda: write_atomic(path, b"new"))
    assert path.read_text() == "old"


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomic(folder, b"x")
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "f", "text")  # pyright: ignore[reportArgumentType]
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_leftovers_of_dead_processes_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    dead = tmp_path / f".opencode-{done.stdout.strip()}-0123456789ab.tmp"
    alive = tmp_path / f".opencode-{os.getpid()}-0123456789ab.tmp"
    dead.touch()
    alive.touch()
    remove_leftovers(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [alive.name]


def test_a_lock_names_its_owner_and_is_released_by_death(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from opencode.host.files import FileLock\n"
        "held = FileLock(Path(sys.argv[1]), 'a test'); held.acquire(); print(1, flush=True)\n"
        "sys.stdin.read()"
    )
    path, pipe = tmp_path / "x.lock", subprocess.PIPE
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=os.environ | SOURCES) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Held, match="a test") as refused:
            FileLock(path).acquire()
        assert refused.value.owner is not None
        assert refused.value.owner.pid == other.pid
        other.kill()
        other.wait()
        with lock(path, wait=5.0):
            assert FileLock(path).owner() is not None
    assert not path.with_name("x.lock.owner").exists()
