"""What a source file defines and where, by its grammar: functions, methods, classes and so on."""

from functools import lru_cache
from importlib import import_module
from typing import NamedTuple

from tree_sitter import Language, Node, Parser, Query, QueryCursor

_LARGEST = 400_000
_MOST = 2000
"""Definitions of one file."""
_FUNCTION = "(variable_declarator name: (_) @name value: [(arrow_function) (function_expression)])"
_SCRIPT = (
    "function_declaration generator_function_declaration class_declaration method_definition",
    (_FUNCTION,),
)
_C_FUNCTION = "(function_definition declarator: (_) @name)"
_BY_NAME: dict[str, tuple[str, tuple[str, ...]]] = {
    "python": ("function_definition class_definition", ()),
    "javascript": _SCRIPT,
    "typescript": (
        f"{_SCRIPT[0]} interface_declaration type_alias_declaration enum_declaration "
        "abstract_class_declaration internal_module",
        (_FUNCTION,),
    ),
    "go": ("function_declaration method_declaration type_spec", ()),
    "rust": (
        "function_item struct_item enum_item union_item trait_item mod_item type_item "
        "macro_definition",
        ("(impl_item type: (_) @name)",),
    ),
    "java": (
        "class_declaration interface_declaration enum_declaration record_declaration "
        "method_declaration constructor_declaration",
        (),
    ),
    "c": ("struct_specifier enum_specifier union_specifier", (_C_FUNCTION,)),
    "cpp": (
        "struct_specifier class_specifier enum_specifier union_specifier namespace_definition",
        (_C_FUNCTION,),
    ),
    "ruby": ("method singleton_method class module", ()),
    "php": (
        "function_definition class_declaration interface_declaration trait_declaration "
        "enum_declaration method_declaration",
        (),
    ),
    "c_sharp": (
        "class_declaration struct_declaration interface_declaration enum_declaration "
        "record_declaration method_declaration constructor_declaration namespace_declaration",
        (),
    ),
    "bash": ("function_definition", ()),
}
"""Kinds of nodes with a name, and further patterns."""
_ENDINGS = {
    **dict.fromkeys(("py", "pyi"), "python"),
    **dict.fromkeys(("js", "jsx", "mjs", "cjs"), "javascript"),
    **dict.fromkeys(("ts", "mts", "cts", "tsx"), "typescript"),
    **dict.fromkeys(("c",), "c"),
    **dict.fromkeys(("h", "cc", "cpp", "cxx", "hh", "hpp", "hxx"), "cpp"),
    **dict.fromkeys(("sh", "bash"), "bash"),
    "go": "go",
    "rs": "rust",
    "java": "java",
    "rb": "ruby",
    "php": "php",
    "cs": "c_sharp",
}
_FACTORIES = {"tsx": "language_tsx", "typescript": "language_typescript", "php": "language_php"}


class Defined(NamedTuple):
    """Lines `first` to `last` (from 0, both included) define `name`; inner ones have the outer
    names in front (`Class.method`)."""

    first: int
    last: int
    name: str


def outline(path: str, data: bytes) -> list[Defined] | None:
    """The definitions in the order they begin; None for languages without a grammar here."""
    ending = path.rpartition(".")[2].lower()
    grammar = _ENDINGS.get(ending)
    if grammar is None or len(data) > _LARGEST:
        return None
    tools = _tools(grammar, "tsx" if ending in ("tsx", "jsx") and grammar != "javascript" else "")
    if tools is None:
        return None
    parser, query = tools
    found: list[tuple[int, int, str]] = []
    for _, captures in QueryCursor(query, match_limit=10_000).matches(parser.parse(data).root_node):
        whole, name = captures["whole"][0], captures["name"][0]
        found.append((_begins(whole), whole.end_point.row, _name(name)))
        if len(found) >= _MOST:
            break
    return _qualified(sorted(found, key=lambda one: (one[0], -one[1])))


@lru_cache(maxsize=32)
def _tools(grammar: str, variant: str) -> tuple[Parser, Query] | None:
    """None where the grammar's package is not installed or is of another make."""
    factory = _FACTORIES.get(variant or grammar, "language")
    try:
        made: object = getattr(import_module(f"tree_sitter_{grammar}"), factory)()
        language = Language(made)
        kinds, more = _BY_NAME[grammar]
        named = [f"({kind} name: (_) @name)" for kind in kinds.split()]
        return Parser(language), Query(language, "\n".join(f"{p} @whole" for p in (*named, *more)))
    except (ImportError, AttributeError, ValueError):
        return None


def _begins(node: Node) -> int:
    """With its decorators or `export`."""
    above = node.parent
    while above is not None and above.type in (
        *("decorated_definition", "export_statement", "lexical_declaration"),
        *("variable_declaration", "type_declaration", "template_declaration"),
    ):
        node, above = above, above.parent
    return node.start_point.row


def _name(node: Node) -> str:
    """A declarator of C is unwrapped until its name is bare."""
    while (inner := node.child_by_field_name("declarator")) is not None:
        node = inner
    return (node.text or b"").decode("utf-8", "replace").split("\n", 1)[0][:120].lstrip("*& ")


def _qualified(found: list[tuple[int, int, str]]) -> list[Defined]:
    made: list[Defined] = []
    around: list[Defined] = []
    for first, last, name in found:
        while around and around[-1].last < first:
            around.pop()
        outer = f"{around[-1].name}." if around else ""
        one = Defined(first, last, f"{outer}{name}"[-160:])
        made.append(one)
        around.append(one)
    return made
