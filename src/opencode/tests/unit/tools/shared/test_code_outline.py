import pytest

from opencode.tools.shared.code.chunks import chunks
from opencode.tools.shared.code.outline import outline

SOURCES = {
    "a.py": (
        "import os\n\n@cached\ndef one(x):\n    return x\n\nclass Two:\n    '''Doc.'''\n"
        "    def three(self):\n        pass\n",
        ["one", "Two", "Two.three"],
    ),
    "a.ts": (
        "export const one = (x: number) => x;\nexport class Two { three(): void {} }\n"
        "interface Four {}\ntype Five = string;\nenum Six { A }\n",
        ["one", "Two", "Two.three", "Four", "Five", "Six"],
    ),
    "a.tsx": ("export function One() { return <b>{1}</b>; }\n", ["One"]),
    "a.jsx": ("const One = function () { return <b/>; };\n", ["One"]),
    "a.go": (
        "package a\n\ntype One struct{}\n\nfunc (o One) Two() {}\n\nfunc Three() {}\n",
        ["One", "Two", "Three"],
    ),
    "a.rs": (
        "struct One;\nimpl One {\n  fn two() {}\n}\ntrait Three {}\n",
        ["One", "One", "One.two", "Three"],
    ),
    "A.java": ("class One {\n  One() {}\n  void two() {}\n}\n", ["One", "One.One", "One.two"]),
    "a.c": ("struct one { int x; };\nstatic int *two(int a) {\n  return 0;\n}\n", ["one", "two"]),
    "a.cpp": (
        "namespace n {\nclass One {\n  void two() {}\n};\n}\nint n::three() { return 1; }\n",
        ["n", "n.One", "n.One.two", "n::three"],
    ),
    "a.rb": (
        "module One\n  class Two\n    def three; end\n  end\nend\n",
        ["One", "One.Two", "One.Two.three"],
    ),
    "a.php": (
        "<?php\nfunction one() {}\nclass Two { function three() {} }\n",
        ["one", "Two", "Two.three"],
    ),
    "A.cs": ("namespace N {\n class One {\n  void Two() {}\n }\n}\n", ["N", "N.One", "N.One.Two"]),
    "a.sh": ("one() {\n  true\n}\n", ["one"]),
}


@pytest.mark.parametrize("path", SOURCES)
def test_definitions_are_found_by_grammar_with_what_is_around_them(path: str) -> None:
    source, names = SOURCES[path]
    found = outline(path, source.encode())
    assert found is not None
    assert [one.name for one in found] == names


def test_a_piece_is_a_definition_with_its_words_above_and_its_whole_body() -> None:
    source = (
        "x = 1\n\n# Adds two.\n@cached\ndef add(a, b):\n    if a:\n\n        return a\n"
        "    return b\n\n"
        "class Shop:\n    size = 3\n\n    def buy(self):\n        pass\n\n"
        "    def sell(self):\n        pass\n"
    )
    pieces = list(chunks(source, outline("a.py", source.encode())))
    assert [(one.first, one.last, one.name) for one in pieces] == [
        (1, 2, ""),
        (3, 9, "add"),
        (11, 13, "Shop"),
        (14, 15, "Shop.buy"),
        (17, 18, "Shop.sell"),
    ]


def test_broken_source_and_other_languages_still_give_pieces() -> None:
    broken = b"def (:\n\ndef good():\n    pass\n\x80\xff"
    assert any(one.name == "good" for one in outline("a.py", broken) or [])
    assert outline("a.zig", b"fn one() void {}") is None
    assert [one.name for one in chunks("func one() {\n}\n")] == ["one"]
