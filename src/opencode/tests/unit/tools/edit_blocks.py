"""Edits of ordinary code, and the ways in which models quote it wrongly: every one must work.

A way changes file, old text, new text and the expected result together, knowing nothing of how
the tool finds a place."""

# ruff: noqa: E501 - tables of text

import html
import re
from collections.abc import Callable
from typing import NamedTuple


class Case(NamedTuple):
    """`expected` None: must be refused and the file stay as it is."""

    name: str
    file: bytes
    old: str
    new: str
    expected: bytes | None
    everywhere: bool = False


class Block(NamedTuple):
    name: str
    before: str
    old: str
    new: str
    after: str


BLOCKS = [
    Block(
        "python method",
        "import os\n\n\nclass Store:\n    def __init__(self):\n        self.items = {}\n\n",
        "    def total(self, key):\n        found = self.items[key]\n        # sum of all parts\n"
        "        if not found:\n            return 0\n        return sum(found)\n",
        "    def total(self, key):\n        found = self.items[key]\n        # sum of all parts\n"
        "        if not found:\n            log(key)\n            return -1\n        return sum(found)\n",
        "\n    def clear(self):\n        self.items = {}\n",
    ),
    Block(
        "javascript function",
        'const a = require("a");\n\n',
        "function load(name) {\n    const path = join(root, name);\n    // read it whole\n"
        "    if (exists(path)) {\n        return read(path);\n    }\n    return null;\n}\n",
        "function load(name) {\n    const path = join(root, name);\n    // read it whole\n"
        "    if (exists(path)) {\n        return parse(read(path));\n    }\n    return undefined;\n}\n",
        "\nmodule.exports = { load };\n",
    ),
    Block(
        "go loop",
        "package main\n\nfunc main() {\n",
        "    for i, name := range names {\n        fmt.Println(i, name)\n        // next please\n"
        "        count += 1\n        seen[name] = true\n    }\n",
        '    for i, name := range names {\n        if name == "" {\n            continue\n        }\n'
        "        fmt.Println(i, name)\n        // next please\n"
        "        count += 1\n        seen[name] = true\n    }\n",
        "    fmt.Println(count)\n}\n",
    ),
    Block(
        "css rule",
        "body {\n    margin: 0;\n}\n\n",
        ".card {\n    color: red;\n    padding: 4px;\n    /* soft edges */\n    border: none;\n}\n",
        ".card {\n    color: blue;\n    padding: 4px;\n    /* soft edges */\n    border: none;\n}\n",
        "\n.card a {\n    color: inherit;\n}\n",
    ),
    Block(
        "yaml service",
        "version: 3\nservices:\n",
        "    web:\n        image: nginx\n        ports:\n            - 80\n"
        "        # kept small\n        restart: always\n",
        "    web:\n        image: caddy\n        ports:\n            - 80\n            - 443\n"
        "        # kept small\n        restart: always\n",
        "    db:\n        image: postgres\n",
    ),
    Block(
        "html list",
        "<html>\n<body>\n",
        '    <ul>\n        <li>one</li>\n        <li>two</li>\n        <li class="x">three</li>\n'
        "        <li>four</li>\n    </ul>\n",
        '    <ul>\n        <li>one</li>\n        <li>2 & 3</li>\n        <li class="x">three</li>\n'
        "        <li>four</li>\n    </ul>\n",
        "</body>\n</html>\n",
    ),
    Block(
        "sql statement",
        "BEGIN;\n\n",
        "SELECT id,\n    name,\n    -- how old\n    age\nFROM people\nWHERE age > 17\n",
        "SELECT id,\n    name,\n    -- how old\n    age\nFROM people\nWHERE age > 20\n    AND name <> ''\n",
        ";\n\nCOMMIT;\n",
    ),
    Block(
        "shell case",
        "#!/bin/sh\nset -eu\n\n",
        'case "$1" in\n    start)\n        run "$2" || exit 1\n        # all is well\n'
        "        echo started\n        ;;\nesac\n",
        'case "$1" in\n    start)\n        run "$2" || exit 1\n        # all is well\n'
        '        echo started "$2"\n        ;;\nesac\n',
        "\necho done\n",
    ),
    Block(
        "java method",
        "class A {\n    private int n;\n\n",
        "    int next(String s) {\n        int m = n + s.length();\n        // never below zero\n"
        "        if (m < 0) {\n            m = 0;\n        }\n        return m;\n    }\n",
        "    int next(String s) {\n        int m = n + s.length();\n        // never below zero\n"
        "        return Math.max(m, 0);\n    }\n",
        "}\n",
    ),
    Block(
        "rust match",
        "use std::fmt;\n\n",
        'fn name(k: Kind) -> String {\n    match k {\n        Kind::A => "a".into(),\n'
        '        // the rest\n        Kind::B { n } => format!("b{}", n),\n        _ => String::new(),\n'
        "    }\n}\n",
        'fn name(k: Kind) -> String {\n    match k {\n        Kind::A => "A".into(),\n'
        '        // the rest\n        Kind::B { n } => format!("b{}", n),\n        _ => unreachable!(),\n'
        "    }\n}\n",
        "\nfn main() {}\n",
    ),
]

Way = Callable[[Block], tuple[str, str, str, str]]


def _plain(b: Block) -> tuple[str, str, str, str]:
    return b.before + b.old + b.after, b.old, b.new, b.before + b.new + b.after


def _ends(kind: str) -> Way:
    def way(b: Block) -> tuple[str, str, str, str]:
        file, old, new, expected = _plain(b)
        return file.replace("\n", kind), old, new, expected.replace("\n", kind)

    return way


def _quoted_with_crlf(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, old.replace("\n", "\r\n"), new.replace("\n", "\r\n"), expected


def _without_last_end(b: Block) -> tuple[str, str, str, str]:
    file, expected = b.before + b.old, b.before + b.new
    return file.removesuffix("\n"), b.old, b.new, expected.removesuffix("\n")


def _without_last_end_crlf(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _without_last_end(b)
    return file.replace("\n", "\r\n"), old, new, expected.replace("\n", "\r\n")


def _tabs_in_file(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return _tabbed(file), old, new, _tabbed(expected)


def _tabs_in_quote(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _tabbed(old), _tabbed(new), expected


def _tabbed(text: str) -> str:
    return re.sub(r"(?m)^(?: {4})+", lambda m: "\t" * (len(m.group()) // 4), text)


def _halved(text: str) -> str:
    return re.sub(r"(?m)^(?: {4})+", lambda m: "  " * (len(m.group()) // 4), text)


def _two_blanks_quoted(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _halved(old), _halved(new), expected


def _two_blanks_in_file(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return _halved(file), old, new, _halved(expected)


def _deeper_quote(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _indented(old, "    "), _indented(new, "    "), expected


def _deeper_file(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return _indented(file, "        "), old, new, _indented(expected, "        ")


def _indented(text: str, by: str) -> str:
    return re.sub(r"(?m)^(?=.)", by, text)


def _trailing_in_quote(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, old.replace("\n", "  \n"), new, expected


def _numbered(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _with_numbers(old, "{}\t"), _with_numbers(new, "{}\t"), expected


def _numbered_old_only(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _with_numbers(old, "{:>6}→"), new, expected


def _numbered_with_colon(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _with_numbers(old, "{}: "), _with_numbers(new, "{}: "), expected


def _with_numbers(text: str, form: str) -> str:
    lines = text.removesuffix("\n").split("\n")
    return "\n".join(form.format(n) + line for n, line in enumerate(lines, 7))


def _fenced(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, f"```lang\n{old}```", f"```lang\n{new}```", expected


def _fenced_and_numbered(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, f"```\n{_with_numbers(old, '{}|')}\n```\n", new, expected


def _entities(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    mark = "<&>'\"\n"
    file = file.replace(old, mark + old)
    return file, html.escape(mark + old), html.escape(mark + new), expected.replace(new, mark + new)


def _escaped(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, _escape(old), _escape(new), expected


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _curly_in_file(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    prose = '// "we" - it\'s so...\n'
    curly = "// “we” – it’s so…\n"
    return (
        file.replace(old, curly + old),
        prose + old,
        prose + new,
        expected.replace(new, curly + new),
    )


def _nbsp_in_file(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return (
        file.replace(old, "x\u00a0=\u2009y\n" + old),
        "x = y\n" + old,
        "x = y\n" + new,
        expected.replace(new, "x\u00a0=\u2009y\n" + new),
    )


def _decomposed(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return (
        file.replace(old, "# cafe\u0301 nai\u0308f\n" + old),
        "# café naïf\n" + old,
        "# café naïf\n" + new,
        expected.replace(new, "# cafe\u0301 nai\u0308f\n" + new),
    )


def _blank_edges(b: Block) -> tuple[str, str, str, str]:
    file = b.before.rstrip("\n") + "\n" + b.old + b.after.lstrip("\n")
    expected = b.before.rstrip("\n") + "\n" + b.new + b.after.lstrip("\n")
    return file, "\n\n" + b.old + "\n\n", "\n\n" + b.new + "\n\n", expected


def _blank_lines_in_file(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    first, rest = old.split("\n", 1)
    new_first, new_rest = new.split("\n", 1)
    if first != new_first or rest.split("\n")[0] != new_rest.split("\n")[0]:
        return file, old, new, expected
    return (
        file.replace(old, f"{first}\n\n{rest}"),
        old,
        new,
        expected.replace(new, f"{new_first}\n\n{new_rest}"),
    )


def _drifted_line(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    lines = old.split("\n")
    kept = [k for k, line in enumerate(lines[1:-2], 1) if new.count(line + "\n") == 1]
    line = max((lines[k] for k in kept), key=len)
    return file, old.replace(line, line + " !"), new.replace(line, line + " !"), expected


def _unclosed(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, old.removesuffix("\n"), new.removesuffix("\n"), expected


def _stripped_first(b: Block) -> tuple[str, str, str, str]:
    file, old, new, expected = _plain(b)
    return file, old.lstrip(" "), new.lstrip(" "), expected


WAYS: dict[str, Way] = {
    "as it is": _plain,
    "without the last line end": _unclosed,
    "first line without indentation": _stripped_first,
    "CRLF file": _ends("\r\n"),
    "CR file": _ends("\r"),
    "CRLF quote": _quoted_with_crlf,
    "no final line end": _without_last_end,
    "no final line end, CRLF": _without_last_end_crlf,
    "tabs in the file": _tabs_in_file,
    "tabs in the quote": _tabs_in_quote,
    "quoted with two blanks": _two_blanks_quoted,
    "file with two blanks": _two_blanks_in_file,
    "quoted deeper": _deeper_quote,
    "file deeper": _deeper_file,
    "trailing blanks quoted": _trailing_in_quote,
    "line numbers": _numbered,
    "line numbers in old only": _numbered_old_only,
    "line numbers with colons": _numbered_with_colon,
    "code fence": _fenced,
    "code fence and numbers": _fenced_and_numbered,
    "HTML entities": _entities,
    "over-escaped": _escaped,
    "curly quotes": _curly_in_file,
    "no-break spaces": _nbsp_in_file,
    "decomposed letters": _decomposed,
    "blank lines at the edges": _blank_edges,
    "blank line missing": _blank_lines_in_file,
    "a line drifted": _drifted_line,
}


def block_cases() -> list[Case]:
    cases: list[Case] = []
    for block in BLOCKS:
        for name, way in WAYS.items():
            file, old, new, expected = way(block)
            bom = "\ufeff" if len(cases) % 7 == 3 else ""
            cases.append(
                Case(
                    f"{block.name}: {name}",
                    (bom + file).encode(),
                    old,
                    new,
                    (bom + expected).encode(),
                )
            )
    return cases
