import random
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from opencode.core.error import ToolError
from opencode.tests.unit.tools.desk import Desk, desk_at
from opencode.tools.edit import Edit
from opencode.tools.shared.editing.replace import replaced
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.patches.hunks import patched
from opencode.tools.shared.patches.parse import parse_patch
from opencode.tools.shared.text import Document, Splice, Undecodable, decode

_WESTERN = "naïve façade, größte Übergröße, déjà vu, señor"
ENCODINGS: dict[str, tuple[str, bytes, str]] = {
    "ASCII": ("ascii", b"", "plain words only"),
    "UTF-8": ("utf-8", b"", _WESTERN + " 日本語 🎉"),
    "UTF-8 with mark": ("utf-8", b"\xef\xbb\xbf", _WESTERN + " 日本語 🎉"),
    "UTF-16 LE": ("utf-16-le", b"\xff\xfe", _WESTERN + " 日本語 🎉"),
    "UTF-16 BE": ("utf-16-be", b"\xfe\xff", _WESTERN + " 日本語 🎉"),
    "UTF-16 LE without mark": ("utf-16-le", b"", _WESTERN),
    "UTF-16 BE without mark": ("utf-16-be", b"", _WESTERN),
    "UTF-32 LE": ("utf-32-le", b"\xff\xfe\0\0", _WESTERN + " 日本語 🎉"),
    "Latin-1": ("latin-1", b"", _WESTERN),
    "Windows-1252": ("cp1252", b"", _WESTERN + " – “quoted” … 5 €"),
    "Windows-1251": ("cp1251", b"", "Съешь ещё этих мягких французских булок"),
    "KOI8-R": ("koi8-r", b"", "Съешь ещё этих мягких французских булок"),
    "GBK": ("gbk", b"", "这是一个用来测试编辑工具的中文文件，保持编码不变。"),
    "GB18030": ("gb18030", b"", "这是一个用来测试编辑工具的中文文件，𠀀保持编码不变。"),
    "Big5": ("big5", b"", "這是一個用來測試編輯工具的中文檔案，保持編碼不變。"),
    "Shift-JIS": ("cp932", b"", "これは編集ツールを試すための日本語のファイルです。表示ソ能"),
    "EUC-JP": ("euc_jp", b"", "これは編集ツールを試すための日本語のファイルです。"),
    "EUC-KR": ("euc_kr", b"", "이것은 편집 도구를 시험하기 위한 한국어 파일입니다"),
}


@pytest.fixture
async def desk(project: Path, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_at(project, tmp_path / "data") as found:
        yield found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("name", ENCODINGS)
async def test_in_every_encoding_the_difference_is_the_one_word(
    name: str, end: str, desk: Desk
) -> None:
    codec, mark, words = ENCODINGS[name]
    text = end.join(["first = 1", words, f"    value = old # {words}", words, "last"])
    desk.put("a.txt", mark + text.encode(codec))
    await desk.call(Edit(), path="a.txt", old_string="value = old", new_string="value = new")
    assert desk.get("a.txt") == mark + text.replace("= old", "= new").encode(codec)
    await desk.call(
        Edit(), path="a.txt", old_string="value = new", new_string="value = 1\n    other = 2"
    )
    wanted = text.replace("= old", f"= 1{end}    other = 2")
    assert desk.get("a.txt") == mark + wanted.encode(codec)


@pytest.mark.parametrize("name", [name for name in ENCODINGS if name != "ASCII"])
async def test_words_of_the_encoding_itself_can_be_edited(name: str, desk: Desk) -> None:
    codec, mark, words = ENCODINGS[name]
    text = f"{words}\nx = {words[:6]};\n"
    desk.put("a.txt", mark + text.encode(codec))
    await desk.call(
        Edit(), path="a.txt", old_string=f"x = {words[:6]};", new_string=f"x = {words[2:9]};"
    )
    wanted = f"{words}\nx = {words[2:9]};\n"
    assert desk.get("a.txt") == mark + wanted.encode(codec)


@pytest.mark.parametrize("name", ENCODINGS)
def test_an_encoding_is_told_by_its_name(name: str) -> None:
    codec, mark, words = ENCODINGS[name]
    document = decode(mark + f"{words}\n{words}\n".encode(codec))
    assert document.encoding == ("utf-8" if codec == "ascii" else codec)
    assert document.text == f"{words}\n{words}\n"


@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b"a\r\r\n\nb")
def test_whatever_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        document = decode(data)
    except Undecodable:
        return
    assert document.encode() == data
    assert "\r" not in document.text


_LINES = st.lists(
    st.sampled_from(["", "a", "b", "  a", "\ta", "a ", "x = 1", "“q”", "é", "}"]), max_size=9
)
_KINDS = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def _texts(draw: st.DrawFn) -> str:
    lines = draw(_LINES)
    return "".join(line + draw(_KINDS) for line in lines) + draw(st.sampled_from(["", "a", "z"]))


@given(_texts(), st.data())
def test_a_splice_changes_no_byte_outside_of_its_region(raw: str, data: st.DataObject) -> None:
    document = decode(raw.encode())
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    new = "".join(data.draw(st.lists(st.sampled_from(["n", "\n"]), max_size=5)))
    after = document.spliced([Splice(start, end, new)])
    head = _raw_until(document, start)
    tail = document.raw()[len(_raw_until(document, end)) :]
    assert after.raw().startswith(head)
    assert after.raw().endswith(tail)
    assert decode(after.raw().encode()).text == after.text or "\r" in raw
    assert after.text == document.text[:start] + new + document.text[end:]


def _raw_until(document: Document, offset: int) -> str:
    text = document.text[:offset]
    kinds = iter(document.ends) if isinstance(document.ends, list) else None
    return "".join(
        (next(kinds) if kinds else str(document.ends)) if char == "\n" else char for char in text
    )


@settings(max_examples=300)
@given(_texts(), st.data())
def test_an_edit_of_a_quoted_region_leaves_all_around_it(raw: str, data: st.DataObject) -> None:
    document = decode(raw.encode())
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    old = document.text[start:end]
    lead = document.text[document.text.rfind("\n", 0, start) + 1 : start]
    assume(not lead or lead.strip() or not old[:1].isspace())  # quoted with less indentation
    new = old + data.draw(st.sampled_from(["new", "new\nmore", "\nnew"]))
    try:
        done = replaced(document, old, new)
    except ToolError:
        return
    if document.text.count(old) == 1:
        assert done.document.text == document.text[:start] + new + document.text[end:]
    assert done.document.raw().startswith(_raw_until(document, start))
    assert done.document.raw().endswith(document.raw()[len(_raw_until(document, end)) :])


@settings(max_examples=300)
@given(_LINES, _LINES, _LINES)
def test_whatever_is_quoted_an_edit_keeps_the_lines_it_does_not_quote(
    file: list[str], old: list[str], new: list[str]
) -> None:
    assume(old and old[0] and old[-1])  # else the line ends around it are quoted, too
    text = "".join(f"#{n}\n{line}\n" for n, line in enumerate(file))
    try:
        done = replaced(Document(text), "\n".join(old), "\n".join(new))
    except ToolError:
        return
    kept = [line for line in done.document.text.split("\n") if line.startswith("#")]
    assert kept == [f"#{n}" for n in range(len(file))]


@settings(max_examples=200)
@given(_LINES, _LINES)
def test_our_own_diffs_are_applied_again_to_the_same_text(
    before: list[str], after: list[str]
) -> None:
    old, new = "\n".join(before), "\n".join(after)
    shown = diff_of("a", old, new)
    if not shown.patch:
        assert old == new
        return
    [patch] = parse_patch(shown.patch)
    assert patched(Document(old), patch.hunks)[0].text == new
    assert shown.added == sum(line.startswith("+") for line in shown.patch.split("\n")[2:])
    assert shown.removed == sum(line.startswith("-") for line in shown.patch.split("\n")[2:])


def test_a_diff_of_a_whole_large_file_stays_bounded() -> None:
    dice = random.Random(1)
    old = "".join(f"{dice.random()}\n" for _ in range(30_000))
    new = "".join(f"{dice.random()}\n" for _ in range(30_000))
    shown = diff_of("a", old, new)
    assert (shown.added, shown.removed) == (30_000, 30_000)
    assert shown.patch.count("\n") < 5000
    changed = old.replace("0.5", "0.6")
    assert diff_of("a", old, changed).added == sum(
        a != b for a, b in zip(old.split("\n"), changed.split("\n"), strict=True)
    )


def test_a_miss_in_a_very_large_file_is_told() -> None:
    lines = [f"    value_{n} = compute({n}, {n * 7})" for n in range(40_000)]
    with pytest.raises(ToolError, match="Nearest: line"):
        replaced(Document("\n".join(lines)), "  value_777 = compute(777, nine)\n  x", "y")
    done = replaced(
        Document("\n".join(lines)),
        "value_39998 = compute(39998, 279986)\nvalue_39999 = compute(39999, 279993)",
        "gone = 1",
    )
    assert done.document.text.endswith("279979)\n    gone = 1")
