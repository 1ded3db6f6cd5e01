"""The table of docs/keys.md, made of the bindings: python -m opencode.tests.tui.keys_page"""

from pathlib import Path

import opencode
from opencode.i18n.catalog import t
from opencode.tui.keys import DEFAULTS, UPSTREAM, read_keys, spelled_out

PAGE = Path(opencode.__file__).parents[2] / "docs" / "keys.md"
START, END = "<!-- keys -->\n", "<!-- /keys -->"


def table() -> str:
    """A row a command: its name in the settings, its keys, what it does, the original's name."""
    keys = read_keys({})
    theirs = {ours: name for name, ours in reversed(UPSTREAM.items())}
    rows = ["| name | keys | what it does | also |", "|---|---|---|---|"]
    for name in DEFAULTS:
        pressed = ", ".join(map(spelled_out, keys.of(name))) or "–"
        also = f"`{theirs[name]}`" if name in theirs else ""
        rows.append(f"| `{name}` | {pressed} | {t(f'command.{name}')} | {also} |")
    return "\n".join(rows) + "\n"


def renewed(page: str) -> str:
    """The page with the table as it is now."""
    before, _, rest = page.partition(START)
    return before + START + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
