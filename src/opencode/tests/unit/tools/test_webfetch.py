from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opencode.core.error import ToolError
from opencode.core.message import ToolPart
from opencode.core.place import Place
from opencode.core.session import new_session
from opencode.core.tool import ToolContext, ToolResult
from opencode.tests.fakes.toy_web import Answer, toy_web
from opencode.tests.unit.tools.search_trees import context
from opencode.tools.webfetch import WebFetch, WebFetchInput

PAGE = (
    "<!doctype html><html><head><title>T</title><style>p {}</style></head><body><h1>Head</h1>"
    "<p>one <b>two</b> <a href='/next'>three</a></p><script>evil()</script></body></html>"
)


def here(project: Path) -> ToolContext:
    def scratch(name: str, data: bytes) -> str:
        (project / name).write_bytes(data)
        return name

    return replace(
        context(project), session=new_session(""), call=ToolPart("c1", "webfetch"), scratch=scratch
    )


async def fetched(tool: WebFetch, ctx: ToolContext, **given: Any) -> ToolResult:
    return await tool.run(tool.parse(given), ctx)


async def test_a_page_comes_as_markdown_text_and_html(project: Path) -> None:
    with toy_web({"/p": Answer(PAGE)}) as web:
        url, tool, ctx = f"{web.url}/p", WebFetch(), here(project)
        markdown = (await fetched(tool, ctx, url=url)).output
        assert "# Head" in markdown
        assert f"one **two** [three]({web.url}/next)" in markdown
        assert "evil" not in markdown
        text = (await fetched(tool, ctx, url=url, format="text")).output
        assert "one two three" in text
        assert "evil" not in text
        assert PAGE in (await fetched(tool, ctx, url=url, format="html")).output
        assert len(web.asked) == 1, "other formats come from what was kept"
        await fetched(tool, here(project), url=url)
        assert len(web.asked) == 2, "another session asks anew"


async def test_odd_charsets_json_and_deep_nesting_are_read(project: Path) -> None:
    pages = {
        "/latin": Answer("<p>café</p>".encode("latin-1"), "text/html; charset=latin-1"),
        "/meta": Answer('<meta charset="koi8-r"><p>привет</p>'.encode("koi8-r"), "text/html"),
        "/json": Answer({"a": [1, 2]}, "application/json"),
        "/deep": Answer("<div>" * 30_000 + "found", "text/html"),
    }
    with toy_web(pages) as web:
        wanted = {"/latin": "café", "/meta": "привет", "/json": '{"a": [1, 2]}', "/deep": "found"}
        for path, words in wanted.items():
            assert words in (await fetched(WebFetch(), here(project), url=web.url + path)).output


async def test_pictures_and_documents_are_attached_and_other_bytes_refused(project: Path) -> None:
    pages = {
        "/a.png": Answer(b"\x89PNG", "image/png"),
        "/b.pdf": Answer(b"%PDF-1.7", "application/pdf"),
        "/c.zip": Answer(b"PK\0", "application/zip"),
    }
    with toy_web(pages) as web:
        for name in ("a.png", "b.pdf"):
            result = await fetched(WebFetch(), here(project), url=f"{web.url}/{name}")
            assert [file.name for file in result.files] == [name]
        with pytest.raises(ToolError, match="application/zip, which is no text"):
            await fetched(WebFetch(), here(project), url=f"{web.url}/c.zip")


def pdf(*pages: str) -> bytes:
    """A small real PDF, a line a page; written by hand, so that no library checks itself."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, words in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET" if words else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> "
            f"/MediaBox [0 0 612 792] /Contents {5 + 2 * n} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = b"%PDF-1.4\n", list[int]()
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size "
    end += f"{len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + end.encode()


async def test_a_pdf_comes_as_its_text_and_as_itself_where_it_has_none(project: Path) -> None:
    pages = {
        "/two.pdf": Answer(pdf("Hello world", "Second page"), "application/pdf"),
        "/scan.pdf": Answer(pdf(""), "application/pdf"),
    }
    with toy_web(pages) as web:
        found = await fetched(WebFetch(), here(project), url=f"{web.url}/two.pdf")
        assert "[page 1 of 2]\nHello world" in found.output
        assert "[page 2 of 2]\nSecond page" in found.output
        assert not found.files
        scan = await fetched(WebFetch(), here(project), url=f"{web.url}/scan.pdf")
        assert "no text" in scan.output
        assert [file.name for file in scan.files] == ["scan.pdf"]


async def test_an_error_is_told_with_its_words_and_not_kept(project: Path) -> None:
    with toy_web({"/x": Answer("<p>come back later</p>", status=503)}) as web:
        tool, ctx = WebFetch(), here(project)
        with pytest.raises(ToolError, match=r"answered 503\. come back later"):
            await fetched(tool, ctx, url=f"{web.url}/x")
        web.pages["/x"] = Answer("<p>open</p>")
        assert "open" in (await fetched(tool, ctx, url=f"{web.url}/x")).output


async def test_a_long_page_is_cut_and_lies_whole_on_disk(project: Path) -> None:
    rows = "".join(f"<p>line {n}</p>" for n in range(9000))
    with toy_web({"/long": Answer(rows)}) as web:
        output = (await fetched(WebFetch(), here(project), url=f"{web.url}/long")).output
    assert "line 0\n" in output
    assert "line 8999" in output
    assert "left out; the whole is in c1.txt" in output
    assert "line 4500" in (project / "c1.txt").read_text()


def test_public_pages_need_the_network_and_private_ones_a_person(project: Path) -> None:
    def unsure(url: str, private: bool = False) -> bool:
        (one,) = WebFetch().requests(WebFetchInput(url, private=private), Place(project))
        assert (one.action, one.target) == ("network", url)
        return bool(one.unsure)

    assert not unsure("https://example.com/x")
    assert unsure("https://example.com/x", private=True)
    assert unsure("http://localhost:3000/x")
    assert unsure("http://[::1]:8000/")
    assert unsure("http://user@10.0.0.1/")
    assert unsure("http://127.0.0.1?x")
    assert unsure("http:\\\\127.0.0.1")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.org/", "http://169.254.169.254/latest", "http://[x"]
)
def test_what_nobody_may_allow_is_not_asked_about(url: str, project: Path) -> None:
    tool = WebFetch()
    with pytest.raises(ToolError):
        tool.requests(tool.parse({"url": url, "private": True}), Place(project))
