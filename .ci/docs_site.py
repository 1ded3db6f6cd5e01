"""Lets a folder be its own list: the page of decisions names every decision."""

from pathlib import Path
from typing import Any


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Called by mkdocs for each page."""
    if page.file.src_uri != "decisions/index.md":
        return markdown
    folder = Path(page.file.abs_src_path).parent
    files = sorted(folder.glob("0*.md"))
    titles = [file.read_text("utf-8").partition("\n")[0].lstrip("# ") for file in files]
    rows = [f"* [{title}]({file.name})" for file, title in zip(files, titles, strict=True)]
    return "\n".join([markdown, *rows, ""])
