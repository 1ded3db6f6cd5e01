"""Forms that search the files' text: grep for literal text, marks, usages and definitions."""

import re

from opencode.providers.offline.grammar import Call, Context, Form, Plan, form, is_quoted, unquoted
from opencode.providers.offline.reading import HERE_WORDS, LEFT, ending_of

_FIND = "{find|search for|look for|grep|grep for|search}"
_EVERYWHERE = (
    "{in|across|throughout} {all [the ]files|{the|this|my} [whole ][entire ]"
    "{code ?base|project|code|repo|repository|workspace}}|here"
)
_WHERE = (
    f"[ {{{_EVERYWHERE}|{{in|under|within|inside}} [the ]<path:path>"
    "[ {directory|folder|file|files}]}]"
)
_SORT = "{function|class|method|variable|constant|symbol}"
_MARK = "<mark=TODO|FIXME|XXX|HACK>s?[{ and | or |/}<other=TODO|FIXME|XXX|HACK>s?]"
_MARKED = f"[ {{all|every|any}}][ the] {_MARK}[ {{comment[s]|note[s]|marker[s]}}]"
_TEXT = "[ all][ the][ {text|string|word|occurrences of}]"
_NO_NAME = re.compile(
    "it|this|that|them|functions|methods|classes|variables|symbols|constants|apis|code|deprecated|"
    "everything|all|right|first|last|new|old|failing|broken|best",
    re.IGNORECASE,
)
_DEFINERS = {
    "class": r"^\s*class\s+{}\b",
    "function": r"\b(?:def|func|function|fn)\s+{}\b",
    "method": r"\b(?:def|func|function|fn)\s+{}\b",
}


def literal(text: str) -> str:
    """A regular expression for exactly this text, in the words every engine shares."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def whole_word(name: str) -> str:
    """A regular expression for the name where it stands alone."""
    before = r"\b" if re.match(r"\w", name) else ""
    after = r"\b" if re.search(r"\w$", name) else ""
    return f"{before}{literal(name)}{after}"


def _grep(pattern: str, said: dict[str, str]) -> Plan | None:
    values = {"pattern": pattern}
    where = said.get("path", "")
    if said.get("kind"):
        if not (ending := ending_of(said["kind"])):
            return None
        values["include"] = ending
    elif where and "*" in where:
        values["include"] = unquoted(where)
    elif where and unquoted(where).casefold() not in HERE_WORDS:
        values["path"] = unquoted(where)
    return Plan([Call("grep", values)], left=said.get("left", ""))


def _grep_text(said: dict[str, str], _: Context) -> Plan | None:
    text = unquoted(said["text"])
    return _grep(literal(text), said) if text.strip() else None


def _grep_token(said: dict[str, str], context: Context) -> Plan | None:
    token = said["text"]
    if not is_quoted(token) and (not re.fullmatch(r"\w*[A-Z_0-9.]\w*\(?\)?", token)):
        return None
    return _grep_text(said, context)


def _grep_name(said: dict[str, str], _: Context) -> Plan | None:
    if _NO_NAME.fullmatch(said["name"]):
        return None
    return _grep(whole_word(unquoted(said["name"])), said)


def _grep_mark(said: dict[str, str], _: Context) -> Plan | None:
    marks = [mark.upper() for mark in (said["mark"], said.get("other", "")) if mark]
    pattern = rf"\b{marks[0]}\b" if len(marks) == 1 else rf"\b(?:{'|'.join(marks)})\b"
    return _grep(pattern, said)


def _grep_definition(said: dict[str, str], _: Context) -> Plan | None:
    if _NO_NAME.fullmatch(said["name"]):
        return None
    return _grep(_DEFINERS[said["what"].casefold()].format(literal(unquoted(said["name"]))), said)


SEARCHING: tuple[Form, ...] = (
    form(
        "grep",
        "Find all TODO comments in the codebase",
        _FIND + f"{_MARKED}{_WHERE}{LEFT}",
        f"{{list|show}}[ me][ all][ the] {_MARK} {{comment[s]|note[s]}}{_WHERE}",
        build=_grep_mark,
    ),
    form(
        "grep",
        'Find usages of "process_data" function',
        _FIND + "[ {all|every}][ the] {usage[s]|uses|occurrences|callers} of [the ][deprecated ]"
        f"[{_SORT} ]<name:name>[ {_SORT}]{_WHERE}{LEFT}",
        f"where is [the ][{_SORT} ]<name:name> used{_WHERE}",
        build=_grep_name,
    ),
    form(
        "grep",
        "Find the User class",
        _FIND + f" [the ]<name:name> <what=class|function|method>{_WHERE}{LEFT}",
        _FIND
        + f" [the ]definition of [the ]<what=class|function|method> <name:name>{_WHERE}{LEFT}",
        "where is [the ]<name:name> <what=class|function|method> defined",
        "where is [the ]<what=class|function|method> <name:name> defined",
        build=_grep_definition,
    ),
    form(
        "grep",
        'Search for "TODO" in all files',
        f"{_FIND}{_TEXT} <text:text>{_WHERE}{LEFT}",
        f"{_FIND}{_TEXT} <text:text> in [all ][the ]<kind:kind> files{LEFT}",
        "{which|what} files {contain|mention|use} [the ][{text|string|word} ]<text:text>",
        build=_grep_text,
    ),
    form(
        "grep",
        "Search for process_data in src/",
        f"{_FIND} <text:token>{_WHERE}",
        "{which|what} files {contain|mention|use} <text:token>",
        build=_grep_token,
    ),
)
