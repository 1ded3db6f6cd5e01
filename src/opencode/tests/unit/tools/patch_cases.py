"""Patches, good and bad: the files before, the patch, and the files after; None is refused."""

# ruff: noqa: E501 - tables of text

from typing import NamedTuple

Tree = dict[str, str | bytes]


class PatchCase(NamedTuple):
    name: str
    before: Tree
    patch: str
    after: Tree | None


def env(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"]) + "\n"


def up(path: str, *lines: str) -> str:
    return env(f"*** Update File: {path}", *lines)


ABC = "a\nb\nc\nd\ne\nf\ng\n"
PY = "def f():\n    x = 1\n    return x\n\n\ndef g():\n    x = 1\n    return x\n"
CLASS = (
    "class A:\n    def run(self):\n        go()\n\n    def stop(self):\n        halt()\n\n\n"
    "class B:\n    def run(self):\n        go()\n\n    def stop(self):\n        halt()\n"
)

CASES = [
    # the envelope
    PatchCase(
        "add", {}, env("*** Add File: n/a.txt", "+one", "+", "+two"), {"n/a.txt": "one\n\ntwo\n"}
    ),
    PatchCase("add empty", {}, env("*** Add File: a"), {"a": ""}),
    PatchCase(
        "add with bare blank line", {}, env("*** Add File: a", "+1", "", "+2"), {"a": "1\n\n2\n"}
    ),
    PatchCase("add with plus signs", {}, env("*** Add File: a", "++x", "+-y"), {"a": "+x\n-y\n"}),
    PatchCase("delete", {"a": "x\n", "b": "y\n"}, env("*** Delete File: a"), {"b": "y\n"}),
    PatchCase("delete a binary", {"a": b"\0\1"}, env("*** Delete File: a"), {}),
    PatchCase(
        "update", {"a": ABC}, up("a", "@@", " b", "-c", "+C", " d"), {"a": ABC.replace("c", "C")}
    ),
    PatchCase(
        "first hunk without @@", {"a": ABC}, up("a", " b", "-c", "+C"), {"a": ABC.replace("c", "C")}
    ),
    PatchCase(
        "first hunk without @@, second with",
        {"a": ABC},
        up("a", "-b", "+B", "@@", "-f", "+F"),
        {"a": "a\nB\nc\nd\ne\nF\ng\n"},
    ),
    PatchCase(
        "without context", {"a": ABC}, up("a", "@@", "-c", "+C"), {"a": ABC.replace("c", "C")}
    ),
    PatchCase(
        "insert after context",
        {"a": ABC},
        up("a", "@@", " c", "+x", "+y"),
        {"a": "a\nb\nc\nx\ny\nd\ne\nf\ng\n"},
    ),
    PatchCase("insert before context", {"a": ABC}, up("a", "@@", "+x", " a"), {"a": "x\n" + ABC}),
    PatchCase("insert at the end", {"a": ABC}, up("a", "@@", "+x"), {"a": ABC + "x\n"}),
    PatchCase("insert at the end, open", {"a": "a\nb"}, up("a", "@@", "+x"), {"a": "a\nb\nx"}),
    PatchCase("insert into an empty file", {"a": ""}, up("a", "@@", "+x"), {"a": "x\n"}),
    PatchCase(
        "remove lines", {"a": ABC}, up("a", "@@", " b", "-c", "-d", " e"), {"a": "a\nb\ne\nf\ng\n"}
    ),
    PatchCase(
        "remove the last line", {"a": ABC}, up("a", "@@", " f", "-g"), {"a": "a\nb\nc\nd\ne\nf\n"}
    ),
    PatchCase("remove the last open line", {"a": "a\nb\nc"}, up("a", "@@", "-c"), {"a": "a\nb"}),
    PatchCase("remove all lines", {"a": "a\nb\n"}, up("a", "@@", "-a", "-b"), {"a": ""}),
    PatchCase(
        "several hunks",
        {"a": ABC},
        up("a", "@@", "-a", "+A", "@@", " d", "-e", "+E", "@@", "-g", "+G"),
        {"a": "A\nb\nc\nd\nE\nf\nG\n"},
    ),
    PatchCase(
        "hunks out of order",
        {"a": ABC},
        up("a", "@@", "-f", "+F", "@@", "-b", "+B"),
        {"a": "a\nB\nc\nd\ne\nF\ng\n"},
    ),
    PatchCase(
        "two places in one hunk",
        {"a": ABC},
        up("a", "@@", " a", "-b", "+B", " c", "-d", "+D", " e"),
        {"a": "a\nB\nc\nD\ne\nf\ng\n"},
    ),
    PatchCase(
        "hunks whose contexts overlap",
        {"a": ABC},
        up("a", "@@", " a", "-b", "+B", " c", "@@", " c", "-d", "+D", " e"),
        {"a": "a\nB\nc\nD\ne\nf\ng\n"},
    ),
    PatchCase(
        "@@ names the function",
        {"a": PY},
        up("a", "@@ def g():", "-    x = 1", "+    x = 2"),
        {"a": PY[:36] + PY[36:].replace("x = 1", "x = 2")},
    ),
    PatchCase(
        "@@ names the first function",
        {"a": PY},
        up("a", "@@ def f():", "-    x = 1", "+    x = 2"),
        {"a": PY.replace("x = 1", "x = 2", 1)},
    ),
    PatchCase(
        "@@ names it without its colon",
        {"a": PY},
        up("a", "@@ def g", "-    x = 1", "+    x = 2"),
        {"a": PY[:36] + PY[36:].replace("x = 1", "x = 2")},
    ),
    PatchCase(
        "@@ with a closing @@",
        {"a": PY},
        up("a", "@@ def g(): @@", "-    x = 1", "+    x = 2"),
        {"a": PY[:36] + PY[36:].replace("x = 1", "x = 2")},
    ),
    PatchCase(
        "@@ line is repeated as context",
        {"a": PY},
        up("a", "@@ def g():", " def g():", "-    x = 1", "+    x = 2"),
        {"a": PY[:36] + PY[36:].replace("x = 1", "x = 2")},
    ),
    PatchCase(
        "nested @@",
        {"a": CLASS},
        up("a", "@@ class B:", "@@ def run(self):", "-        go()", "+        went()"),
        {"a": CLASS[:90] + CLASS[90:].replace("go()", "went()")},
    ),
    PatchCase(
        "nested @@, first class",
        {"a": CLASS},
        up("a", "@@ class A:", "@@     def stop(self):", "-        halt()", "+        hold()"),
        {"a": CLASS.replace("halt()", "hold()", 1)},
    ),
    PatchCase(
        "@@ names a decorator",
        {"a": "@app\nx = 1\n@web\nx = 1\n"},
        up("a", "@@ @web", "-x = 1", "+x = 2"),
        {"a": "@app\nx = 1\n@web\nx = 2\n"},
    ),
    PatchCase(
        "insert below @@",
        {"a": PY},
        up("a", "@@ def g():", "+    y = 0"),
        {"a": PY.replace("def g():\n", "def g():\n    y = 0\n")},
    ),
    PatchCase(
        "@@ with a place that is unique anyway",
        {"a": ABC},
        up("a", "@@ b", "-e", "+E"),
        {"a": ABC.replace("e", "E")},
    ),
    PatchCase(
        "two equal places, two hunks",
        {"a": "x\na\nx\n"},
        up("a", "@@", "-x", "+1", "@@", "-x", "+2"),
        {"a": "1\na\n2\n"},
    ),
    PatchCase(
        "end of file",
        {"a": "x\ny\nx\ny\n"},
        up("a", "@@", " x", "-y", "+z", "*** End of File"),
        {"a": "x\ny\nx\nz\n"},
    ),
    PatchCase(
        "end of file, unique",
        {"a": ABC},
        up("a", "@@", "-g", "+G", "*** End of File"),
        {"a": ABC.replace("g", "G")},
    ),
    PatchCase(
        "end of file, blank lines",
        {"a": "x\ny\nx\n\n\n"},
        up("a", "@@", "-x", "+z", "*** End of File"),
        {"a": "x\ny\nz\n\n\n"},
    ),
    PatchCase(
        "move",
        {"a": ABC},
        env("*** Update File: a", "*** Move to: d/b", "@@", "-c", "+C"),
        {"d/b": ABC.replace("c", "C")},
    ),
    PatchCase(
        "move without hunks", {"a": ABC}, env("*** Update File: a", "*** Move to: b"), {"b": ABC}
    ),
    PatchCase(
        "move a binary", {"a": b"\0\1"}, env("*** Update File: a", "*** Move to: b"), {"b": b"\0\1"}
    ),
    PatchCase(
        "move to itself",
        {"a": ABC},
        env("*** Update File: a", "*** Move to: a", "@@", "-c", "+C"),
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "move to itself, spelled otherwise",
        {"a": ABC},
        env("*** Update File: a", "*** Move to: ./x/../a", "@@", "-c", "+C"),
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "several files",
        {"a": "1\n", "b": "2\n"},
        env(
            "*** Add File: c", "+3", "*** Update File: a", "@@", "-1", "+one", "*** Delete File: b"
        ),
        {"a": "one\n", "c": "3\n"},
    ),
    PatchCase(
        "one file twice",
        {"a": ABC},
        env("*** Update File: a", "@@", "-a", "+A", "*** Update File: a", "@@", " A", "-b", "+B"),
        {"a": "A\nB\nc\nd\ne\nf\ng\n"},
    ),
    PatchCase(
        "delete, then add anew",
        {"a": "1\n"},
        env("*** Delete File: a", "*** Add File: a", "+2"),
        {"a": "2\n"},
    ),
    PatchCase(
        "heredoc",
        {"a": ABC},
        "apply_patch <<'EOF'\n" + up("a", "@@", "-c", "+C") + "EOF\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "cat heredoc",
        {"a": ABC},
        'cat <<"PATCH" | apply_patch\n' + up("a", "@@", "-c", "+C") + "PATCH",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "code fence",
        {"a": ABC},
        "```diff\n" + up("a", "@@", "-c", "+C") + "```",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "words around",
        {"a": ABC},
        "Here it is:\n" + up("a", "@@", "-c", "+C") + "Done.",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "without begin and end",
        {"a": ABC},
        "*** Update File: a\n@@\n-c\n+C\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "patch with CRLF",
        {"a": ABC},
        up("a", "@@", "-c", "+C").replace("\n", "\r\n"),
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "CRLF file",
        {"a": ABC.replace("\n", "\r\n")},
        up("a", "@@", " b", "-c", "+C", "+x", " d"),
        {"a": ABC.replace("c", "C\nx").replace("\n", "\r\n")},
    ),
    PatchCase(
        "mixed file",
        {"a": "a\r\nb\nc\r\n"},
        up("a", "@@", " a", "-b", "+B", " c"),
        {"a": "a\r\nB\nc\r\n"},
    ),
    PatchCase(
        "BOM", {"a": b"\xef\xbb\xbfa\nb\n"}, up("a", "@@", "-a", "+A"), {"a": b"\xef\xbb\xbfA\nb\n"}
    ),
    PatchCase(
        "Latin-1",
        {"a": "é\nx\n".encode("latin-1")},
        up("a", "@@", " é", "-x", "+ü"),
        {"a": "é\nü\n".encode("latin-1")},
    ),
    PatchCase(
        "UTF-16",
        {"a": "é\nx\n".encode("utf-16")},
        up("a", "@@", "-x", "+ü"),
        {"a": "é\nü\n".encode("utf-16")},
    ),
    PatchCase("open last line", {"a": "a\nb"}, up("a", "@@", " a", "-b", "+c"), {"a": "a\nc"}),
    PatchCase(
        "trailing blanks in context",
        {"a": "a  \nb\nc\n"},
        up("a", "@@", " a", "-b", "+B", " c "),
        {"a": "a  \nB\nc\n"},
    ),
    PatchCase(
        "context indented otherwise",
        {"a": "if x:\n\tb\n\tc\n"},
        up("a", "@@", " if x:", "     b", "-    c", "+    d"),
        {"a": "if x:\n\tb\n\td\n"},
    ),
    PatchCase(
        "context without its blank",
        {"a": ABC},
        up("a", "@@", "b", "-c", "+C", "d"),
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "curly context",
        {"a": "say(“x”)\nb\n"},
        up("a", "@@", ' say("x")', "-b", "+c"),
        {"a": "say(“x”)\nc\n"},
    ),
    PatchCase(
        "blank context line trimmed",
        {"a": "a\n\nb\n"},
        up("a", "@@", " a", "", "-b", "+c"),
        {"a": "a\n\nc\n"},
    ),
    PatchCase(
        "blank line missing in context",
        {"a": "a\n\nb\nc\n"},
        up("a", "@@", " a", " b", "-c", "+d"),
        {"a": "a\n\nb\nd\n"},
    ),
    PatchCase(
        "blank lines between sections",
        {"a": "1\n", "b": "2\n"},
        env(
            "",
            "*** Update File: a",
            "@@",
            "-1",
            "+x",
            "",
            "*** Update File: b",
            "",
            "@@",
            "-2",
            "+y",
            "",
        ),
        {"a": "x\n", "b": "y\n"},
    ),
    PatchCase(
        "lines that look like headers",
        {"a": "-- x\n++ y\n"},
        up("a", "@@", "--- x", "++++ z", " ++ y"),
        {"a": "+++ z\n++ y\n"},
    ),
    PatchCase(
        "names with blanks and signs",
        {"a b/ü (1).txt": "1\n"},
        up("a b/ü (1).txt", "@@", "-1", "+2"),
        {"a b/ü (1).txt": "2\n"},
    ),
    PatchCase(
        "range line in an envelope",
        {"a": "x\na\nx\n"},
        up("a", "@@ -3,1 +3,1 @@", "-x", "+z"),
        {"a": "x\na\nz\n"},
    ),
    PatchCase(
        "brace on its own line",
        {"a": "void f()\n{\n  x;\n}\nvoid g()\n{\n  x;\n}\n"},
        up("a", "@@ void f()", "-  x;", "+  y;"),
        {"a": "void f()\n{\n  y;\n}\nvoid g()\n{\n  x;\n}\n"},
    ),
    PatchCase(
        "braces and no indentation",
        {"a": "f {\nx;\n}\n"},
        up("a", "@@ f {", "-x;", "+y;"),
        {"a": "f {\ny;\n}\n"},
    ),
    # the envelope, refused
    PatchCase(
        "@@ is only the start of a name",
        {"a": "def runner():\n    x\n"},
        up("a", "@@ def run", "-    x", "+    y"),
        None,
    ),
    PatchCase(
        "place below another brace",
        {"a": "void f()\n{\n  x;\n}\nvoid g()\n{\n  y;\n}\n"},
        up("a", "@@ void f()", "-  y;", "+  z;"),
        None,
    ),
    PatchCase("two places", {"a": "x\na\nx\n"}, up("a", "@@", "-x", "+z"), None),
    PatchCase(
        "two places with one context",
        {"a": PY},
        up("a", "@@", "     x = 1", "-    return x", "+    return 2"),
        None,
    ),
    PatchCase(
        "@@ is not there", {"a": PY}, up("a", "@@ def h():", "-    x = 1", "+    x = 2"), None
    ),
    PatchCase(
        "place is not below its @@",
        {"a": "def f():\n    x\n\ndef g():\n    y\n"},
        up("a", "@@ def f():", "-    y", "+    z"),
        None,
    ),
    PatchCase("@@ twice, insert", {"a": CLASS}, up("a", "@@ def run(self):", "+        x()"), None),
    PatchCase("context is not there", {"a": ABC}, up("a", "@@", " b", "-x", "+C"), None),
    PatchCase(
        "context nearly there",
        {"a": "total = sum(vals)\n"},
        up("a", "@@", "-total = sum(values)", "+total = 0"),
        None,
    ),
    PatchCase(
        "context of another block",
        {"a": "if a:\n    b()\nc()\n"},
        up("a", "@@", " if a:", "     b()", "-    c()", "+    d()"),
        None,
    ),
    PatchCase(
        "second file does not fit",
        {"a": "1\n", "b": "2\n"},
        env("*** Update File: a", "@@", "-1", "+x", "*** Update File: b", "@@", "-3", "+y"),
        None,
    ),
    PatchCase(
        "second hunk does not fit", {"a": ABC}, up("a", "@@", "-a", "+A", "@@", "-zzz", "+y"), None
    ),
    PatchCase("add over a file", {"a": "1\n"}, env("*** Add File: a", "+2"), None),
    PatchCase("add twice", {}, env("*** Add File: a", "+2", "*** Add File: a", "+3"), None),
    PatchCase("update nothing", {}, up("a", "@@", "-1", "+2"), None),
    PatchCase("delete nothing", {}, env("*** Delete File: a"), None),
    PatchCase("delete a folder", {"d/a": "1\n"}, env("*** Delete File: d"), None),
    PatchCase(
        "move over a file",
        {"a": "1\n", "b": "2\n"},
        env("*** Update File: a", "*** Move to: b", "@@", "-1", "+2"),
        None,
    ),
    PatchCase(
        "cut off", {"a": ABC}, up("a", "@@", "-c", "+C").replace("*** End Patch\n", ""), None
    ),
    PatchCase("empty", {"a": ABC}, env(), None),
    PatchCase("no hunks", {"a": ABC}, up("a"), None),
    PatchCase("no changes", {"a": ABC}, up("a", "@@", " a", " b"), None),
    PatchCase("changes to the same", {"a": ABC}, up("a", "@@", "-a", "+a"), None),
    PatchCase("unknown section", {"a": ABC}, up("a", "@@", "-a", "+A", "*** Rename File: a"), None),
    PatchCase("hunk before a file", {"a": ABC}, env("@@", "-a", "+A"), None),
    PatchCase("add without plus signs", {}, env("*** Add File: a", "one", "two"), None),
    PatchCase("binary", {"a": b"a\0b\n"}, up("a", "@@", "-a", "+b"), None),
    PatchCase(
        "cannot be encoded", {"a": "é\nx\n".encode("latin-1")}, up("a", "@@", "-x", "+日"), None
    ),
    PatchCase(
        "overlapping hunks", {"a": ABC}, up("a", "@@", "-c", "-d", "+x", "@@", "-d", "+y"), None
    ),
    PatchCase("not a patch", {"a": ABC}, "change a to b please", None),
    PatchCase("an empty string", {"a": ABC}, "", None),
    PatchCase("no path", {"a": ABC}, env("*** Delete File: "), None),
    # unified diffs
    PatchCase(
        "unified",
        {"a": ABC},
        "--- a/a\n+++ b/a\n@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified without prefixes",
        {"s/a": ABC},
        "--- s/a\n+++ s/a\n@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n",
        {"s/a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified with times",
        {"a": ABC},
        "--- a/a\t2024-01-01 00:00:00\n+++ b/a\t2024-01-02 00:00:00\n@@ -3 +3 @@\n-c\n+C\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified after .orig",
        {"a": ABC},
        "--- a.orig\n+++ a\n@@ -3 +3 @@\n-c\n+C\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified, wrong numbers",
        {"a": ABC},
        "--- a/a\n+++ b/a\n@@ -40,9 +41,2 @@\n b\n-c\n+C\n d\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified, numbers choose",
        {"a": "x\na\nx\n"},
        "--- a/a\n+++ b/a\n@@ -3 +3 @@\n-x\n+z\n",
        {"a": "x\na\nz\n"},
    ),
    PatchCase(
        "unified, no numbers",
        {"a": ABC},
        "--- a/a\n+++ b/a\n@@ ... @@\n-c\n+C\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified, bare @@",
        {"a": ABC},
        "--- a/a\n+++ b/a\n@@\n-c\n+C\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified, no @@", {"a": ABC}, "--- a/a\n+++ b/a\n b\n-c\n+C\n", {"a": ABC.replace("c", "C")}
    ),
    PatchCase(
        "unified insert by number",
        {"a": ABC},
        "--- a/a\n+++ b/a\n@@ -2,0 +3,1 @@\n+x\n",
        {"a": "a\nb\nx\nc\nd\ne\nf\ng\n"},
    ),
    PatchCase(
        "unified insert at the top",
        {"a": ABC},
        "--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+x\n",
        {"a": "x\n" + ABC},
    ),
    PatchCase(
        "unified new file",
        {},
        "--- /dev/null\n+++ b/n/a\n@@ -0,0 +1,2 @@\n+x\n+y\n",
        {"n/a": "x\ny\n"},
    ),
    PatchCase(
        "unified new file, open",
        {},
        "--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n",
        {"a": "x"},
    ),
    PatchCase(
        "unified deleted file",
        {"a": "x\ny\n"},
        "--- a/a\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n",
        {},
    ),
    PatchCase(
        "line end dropped",
        {"a": "a\nb\n"},
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n",
        {"a": "a\nb"},
    ),
    PatchCase(
        "line end added",
        {"a": "a\nb"},
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n",
        {"a": "a\nb\n"},
    ),
    PatchCase(
        "open line changed",
        {"a": "a\nb"},
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
        {"a": "a\nc"},
    ),
    PatchCase(
        "unified, two files",
        {"a": "1\n", "b": "2\n"},
        "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+x\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-2\n+y\n",
        {"a": "x\n", "b": "y\n"},
    ),
    PatchCase(
        "unified, lines like headers",
        {"a": "-- x\ny\n"},
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n--- x\n+++ z\n y\n",
        {"a": "++ z\ny\n"},
    ),
    PatchCase(
        "unified CRLF file",
        {"a": "a\r\nb\r\n"},
        "--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n a\n-b\n+B\n+c\n",
        {"a": "a\r\nB\r\nc\r\n"},
    ),
    PatchCase(
        "unified in a fence",
        {"a": ABC},
        "```diff\n--- a/a\n+++ b/a\n@@ -3 +3 @@\n-c\n+C\n```\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "git",
        {"a": ABC},
        "diff --git a/a b/a\nindex 123..456 100644\n--- a/a\n+++ b/a\n@@ -2,3 +2,3 @@ def f\n b\n-c\n+C\n d\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "git new file",
        {},
        "diff --git a/n b/n\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n",
        {"n": "x\n"},
    ),
    PatchCase(
        "git new empty file",
        {},
        "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..e69de29\n",
        {"n": ""},
    ),
    PatchCase(
        "git deleted file",
        {"a": "x\n"},
        "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
        {},
    ),
    PatchCase(
        "git rename",
        {"a": ABC},
        "diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n",
        {"b": ABC},
    ),
    PatchCase(
        "git rename with a change",
        {"a": ABC},
        "diff --git a/a b/b\nsimilarity index 90%\nrename from a\nrename to b\n--- a/a\n+++ b/b\n@@ -3 +3 @@\n-c\n+C\n",
        {"b": ABC.replace("c", "C")},
    ),
    PatchCase(
        "git quoted name",
        {"ü x": "1\n"},
        'diff --git "a/\\303\\274 x" "b/\\303\\274 x"\n--- "a/\\303\\274 x"\n+++ "b/\\303\\274 x"\n@@ -1 +1 @@\n-1\n+2\n',
        {"ü x": "2\n"},
    ),
    PatchCase(
        "git mail",
        {"a": ABC},
        "From 1 Mon\nFrom: A\nSubject: x\n\nText\n---\n a | 2 +-\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -3 +3 @@\n-c\n+C\n-- \n2.39.0\n",
        {"a": ABC.replace("c", "C")},
    ),
    PatchCase(
        "unified, two places", {"a": "x\na\nx\n"}, "--- a/a\n+++ b/a\n@@ -9 +9 @@\n-x\n+z\n", None
    ),
    PatchCase("unified, does not fit", {"a": ABC}, "--- a/a\n+++ b/a\n@@ -3 +3 @@\n-q\n+C\n", None),
    PatchCase(
        "unified delete leaves lines",
        {"a": "x\ny\n"},
        "--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
        None,
    ),
    PatchCase(
        "unified new file over another",
        {"a": "1\n"},
        "--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n",
        None,
    ),
    PatchCase(
        "git binary", {"a": "1\n"}, "diff --git a/a b/a\nBinary files a/a and b/a differ\n", None
    ),
    PatchCase(
        "git mode only",
        {"a": "1\n"},
        "diff --git a/a b/a\nold mode 100644\nnew mode 100755\n",
        None,
    ),
    PatchCase("git copy", {"a": "1\n"}, "diff --git a/a b/b\ncopy from a\ncopy to b\n", None),
    PatchCase(
        "two names", {"a": "1\n", "b": "1\n"}, "--- a/a\n+++ b/b\n@@ -1 +1 @@\n-1\n+2\n", None
    ),
    PatchCase("counts without lines", {"a": ABC}, "--- a/a\n+++ b/a\n@@ -3,2 +3,3 @@\n+x\n", None),
    PatchCase("hunk without a file", {"a": ABC}, "@@ -3 +3 @@\n-c\n+C\n", None),
    PatchCase(
        "second unified file does not fit",
        {"a": "1\n", "b": "2\n"},
        "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+x\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-3\n+y\n",
        None,
    ),
]
