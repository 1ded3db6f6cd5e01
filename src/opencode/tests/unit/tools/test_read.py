import asyncio
import base64
import io
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from PIL import Image

from opencode.core.display import FileView
from opencode.core.error import StaleFile, ToolError
from opencode.core.place import Place
from opencode.tests.fakes.mortal import as_mortal
from opencode.tests.unit.tools.desk import Desk, desk_at
from opencode.tools.edit import Edit
from opencode.tools.read import Read, ReadInput


@pytest.fixture
async def desk(project: Path, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_at(project, tmp_path / "data") as found:
        yield found


async def test_lines_come_with_numbers_and_their_own_tabs(desk: Desk) -> None:
    desk.put("a.py", "def f():\n\treturn 1\n\nend")
    result = await desk.call(Read(), path="a.py")
    assert result.output == "1\tdef f():\n2\t\treturn 1\n3\t\n4\tend"
    assert result.display == [FileView("a.py", "def f():\n\treturn 1\n\nend", 1)]
    blank_at_last = await desk.call(Read(), path="a.py", limit=3)
    assert blank_at_last.display == [FileView("a.py", "def f():\n\treturn 1\n\n", 1)]


async def test_a_range_says_how_to_go_on(desk: Desk) -> None:
    desk.put("a", "".join(f"line {n}\n" for n in range(1, 101)))
    result = await desk.call(Read(), path="a", offset=50, limit=2)
    assert result.output == "50\tline 50\n51\tline 51\n[lines 50-51 of 100; more with offset=52]"
    assert result.display == [FileView("a", "line 50\nline 51", 50)]
    last = await desk.call(Read(), path="a", offset=99)
    assert last.output.endswith("100\tline 100\n[lines 99-100 of 100]")
    with pytest.raises(ToolError, match=r"offset 101 is past the end: there are 100 lines\."):
        await desk.call(Read(), path="a", offset=101)


async def test_long_files_and_long_lines_are_cut_and_say_so(desk: Desk) -> None:
    desk.put("many", "x\n" * 3000)
    assert (await desk.call(Read(), path="many")).output.endswith(
        "2000\tx\n[lines 1-2000 of 3000; more with offset=2001]"
    )
    desk.put("wide", "y" * 5000 + "\nz\n")
    output = (await desk.call(Read(), path="wide")).output
    assert output == "1\t" + "y" * 2000 + "… (line cut)\n2\tz"
    desk.put("big", ("z" * 999 + "\n") * 100)
    output = (await desk.call(Read(), path="big")).output
    assert "50 KB reached; more with offset=50]" in output
    assert len(output.encode()) < 51_000


async def test_an_empty_file_is_no_error(desk: Desk) -> None:
    desk.put("a", "")
    assert (await desk.call(Read(), path="a")).output == "[the file is empty]"


async def test_other_encodings_are_named_and_marks_are_not_shown(desk: Desk) -> None:
    desk.put("a", "größe\n".encode("latin-1"))
    assert (await desk.call(Read(), path="a")).output == "1\tgröße\n[decoded from latin-1]"
    desk.put("b", "日本\n".encode("utf-16"))
    assert (await desk.call(Read(), path="b")).output == "1\t日本\n[decoded from utf-16-le]"
    desk.put("c", b"\xef\xbb\xbfx\r\ny\r\n")
    assert (await desk.call(Read(), path="c")).output == "1\tx\n2\ty"


async def test_broken_text_is_shown_with_a_warning(desk: Desk) -> None:
    desk.put("log", "grün läuft schön\n".encode() + b"bad \xff\n")
    output = (await desk.call(Read(), path="log")).output
    assert "2\tbad \N{REPLACEMENT CHARACTER}\n" in output
    assert "UTF-8 with broken bytes in line 2" in output


async def test_binaries_are_refused_by_content_whatever_their_name(desk: Desk) -> None:
    desk.put("a.txt", b"\x7fELF\x02\x01\x01\0\0\0")
    with pytest.raises(ToolError, match="it is binary"):
        await desk.call(Read(), path="a.txt")
    desk.put("b.zip", "only text\n")
    assert (await desk.call(Read(), path="b.zip")).output == "1\tonly text"


async def test_a_folder_is_listed(desk: Desk) -> None:
    desk.put("d/b.py", "")
    desk.put("d/a/x", "")
    assert (await desk.call(Read(), path="d")).output == "d is a folder:\na/\nb.py"
    for n in range(30):
        desk.put(f"e/{n:02}", "")
    output = (await desk.call(Read(), path="e", limit=2)).output
    assert output == "e is a folder:\n00\n01\n[entries 1-2 of 30; more with offset=3]"
    (desk.project / "f").mkdir()
    assert (await desk.call(Read(), path="f")).output == "f is an empty folder."


async def test_a_missing_file_names_the_nearest(desk: Desk) -> None:
    desk.put("src/config.py", "")
    with pytest.raises(
        ToolError, match=r"There is no src/confg\.py\. Did you mean src/config\.py\?"
    ):
        await desk.call(Read(), path="src/confg.py")
    with pytest.raises(ToolError, match=r"Did you mean src/config\.py\?"):
        await desk.call(Read(), path="lib/config.py")
    with pytest.raises(ToolError, match=r"Did you mean src/config\.py\?"):
        await desk.call(Read(), path="CONFIG.py")
    with pytest.raises(ToolError, match=r"There is no zzzzzz\.$"):
        await desk.call(Read(), path="zzzzzz")
    desk.put("Bild\u202fvom\u202fMai.png", "")
    with pytest.raises(ToolError, match="Did you mean Bild"):
        await desk.call(Read(), path="Bild vom Mai.png")


async def test_rules_near_the_file_follow_its_text(desk: Desk) -> None:
    desk.put("a", "x\n")
    desk.rules = "Rules of this folder"
    assert (await desk.call(Read(), path="a")).output == "1\tx\n\nRules of this folder"


def _picture(kind: str, size: tuple[int, int], noise: bool = False) -> bytes:
    out = io.BytesIO()
    image = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, "red")
    image.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_images_are_attached_by_content_not_by_name(kind: str, desk: Desk) -> None:
    data = _picture(kind, (40, 30))
    desk.put("d/picture.dat", data)
    result = await desk.call(Read(), path="d/picture.dat")
    [part] = result.files
    assert (part.name, part.path) == ("picture.dat", "d/picture.dat")
    assert part.mime == f"image/{kind.lower()}"
    assert base64.b64decode(part.data) == data


async def test_a_picture_too_large_is_shrunk(desk: Desk) -> None:
    desk.put("a.png", _picture("PNG", (3000, 1000)))
    [part] = (await desk.call(Read(), path="a.png")).files
    assert Image.open(io.BytesIO(base64.b64decode(part.data))).size == (2000, 667)
    desk.put("noise.png", _picture("PNG", (1250, 1250), noise=True))
    [part] = (await desk.call(Read(), path="noise.png")).files
    assert len(part.data) <= 5 * 1024 * 1024


async def test_a_damaged_picture_is_refused(desk: Desk) -> None:
    desk.put("a.png", _picture("PNG", (400, 300), noise=True)[:2000])
    with pytest.raises(ToolError, match=r"a\.png is damaged"):
        await desk.call(Read(), path="a.png")
    desk.put("b.png", b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(ToolError, match="no whole image"):
        await desk.call(Read(), path="b.png")


async def test_a_pdf_is_attached_unless_it_is_too_large(desk: Desk) -> None:
    desk.put("a", b"%PDF-1.7\n%\xe2\xe3\0")
    [part] = (await desk.call(Read(), path="a")).files
    assert part.mime == "application/pdf"
    desk.put("b", b"%PDF-1.7\n" + bytes(4_000_000))
    with pytest.raises(ToolError, match="pdftotext"):
        await desk.call(Read(), path="b")


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and /dev are POSIX")
async def test_pipes_and_devices_are_refused_without_waiting(desk: Desk) -> None:
    os.mkfifo(desk.project / "pipe")
    (desk.project / "null").symlink_to("/dev/zero")
    for name in ("pipe", "null", "/dev/zero"):
        with pytest.raises(ToolError, match="device or pipe"):
            await desk.call(Read(), path=name)
        with pytest.raises(ToolError, match="device or pipe"):
            await desk.call(Edit(), path=name, old_string="a", new_string="b")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_what_may_not_be_read_says_so(desk: Desk) -> None:
    desk.put("a", "x").chmod(0)
    with pytest.raises(ToolError, match="a cannot be read: Permission denied"):
        as_mortal(lambda: asyncio.run(desk.call(Read(), path="a")))


async def test_a_very_large_file_is_read_in_part(desk: Desk) -> None:
    path = desk.project / "log"
    with path.open("wb") as file:
        file.writelines(b"%08d %s\n" % (n, b"x" * 90) for n in range(1, 1001))
        file.truncate(200_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\nthe end\n")
    middle = (await desk.call(Read(), path="log", offset=998, limit=2)).output
    assert middle.startswith("998\t00000998 xx")
    assert middle.endswith("[lines 998-999 of a large file; more with offset=1000]")
    last = (await desk.call(Read(), path="log", offset=1002)).output
    assert last == "1002\tthe end\n[lines 1002-1002 of a large file]"
    with pytest.raises(ToolError, match="there are 1002 lines"):
        await desk.call(Read(), path="log", offset=1003)
    with pytest.raises(ToolError, match="change it with a command in bash"):
        await desk.call(Edit(), path="log", old_string="the end", new_string="x")


async def test_a_large_file_read_in_part_counts_as_seen(desk: Desk) -> None:
    path = desk.put("log", "line\n" * 4_000_000 + "the end\n")
    await desk.call(Read(), path="log", limit=2)
    with path.open("ab") as file:
        file.write(b"more\n")
    with pytest.raises(StaleFile):
        await desk.call(Edit(), path="log", old_string="the end", new_string="x")


async def test_odd_names_are_read(desk: Desk) -> None:
    for name in ("with blank", "-dash", "new\nline", "ü", "u\u0308", "quote'\"", "x" * 250):
        desk.put(name, name)
        assert (await desk.call(Read(), path=name)).display[0] == FileView(
            name, "\n".join(name.split("\n")), 1
        )
    for name in ("", " ", "a\0b"):
        with pytest.raises(ValueError, match="path"):
            await desk.call(Read(), path=name)
    with pytest.raises(ToolError, match="File name too long"):
        await desk.call(Read(), path="x" * 300)


def test_reading_outside_asks_for_it(project: Path, tmp_path: Path) -> None:
    (tmp_path / "project-evil").mkdir()
    (project / "link").symlink_to(tmp_path / "project-evil")
    for path in ("../project-evil/x", "link/x"):
        wanted = Read().requests(ReadInput(path), Place(project))
        assert [(one.action, one.access) for one in wanted] == [
            ("read", "read"),
            ("outside", "read"),
        ]
