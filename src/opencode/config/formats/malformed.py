"""What is wrong with a file that cannot be parsed, in our words: a parser's are few and English."""

import re

_MALFORMED = {
    r"Expected '=' after": "behind a key its value is missing, as in name = value ({words})",
    r"Invalid initial character|Invalid statement": "no key can begin like this ({words})",
    r"Expected '\]": "a heading is not closed by its bracket ({words})",
    r"Expected newline": "something more stands behind the value on this line ({words})",
    r"Unterminated string|Illegal character '\\n'|while scanning a quoted|Expected \"'\"|"
    r"Expected '\"'": "a text is not closed by its quote ({words})",
    r"escape character": "a backslash in a text is written twice ({words})",
    r"Unescaped|hex value|scalar value": "a backslash in a text is written twice, or the "
    "text stands in 'single quotes' ({words})",
    r"Unclosed array|expected ',' or '\]'": "a list is not closed, or a comma is missing in it "
    "({words})",
    r"Unclosed inline table|expected ',' or '\}'": "a table is not closed, or a comma is missing "
    "in it ({words})",
    r"Cannot|Duplicate|second occurrence": "this stands there a second time ({words})",
    r"expected ':'": "behind a name its colon is missing ({words})",
    r"object keys must|expected '\"'": 'names stand in "double quotes" ({words})',
    r"trailing characters": "something more stands behind the last bracket ({words})",
    r"truncated|end of stream|unexpected end": "the file ends too early: a bracket or a quote is "
    "not closed ({words})",
    r"'\\t' that cannot start": "YAML is indented with spaces, not with tabs ({words})",
    r"mapping values|could not find|block end|block mapping": "the indentation is wrong, or a "
    "colon or a quote is missing ({words})",
    r"undefined alias": "this names an anchor that is not there ({words})",
    r"Illegal character": "a character that cannot be seen stands here ({words})",
    r"Invalid (value|date)|invalid (character|number)|out of range|expected|token|found|"
    r"constructor": "no value can look like this ({words})",
}
"""The first that fits says it."""


def plainly(words: str) -> str:
    """The parser's words behind ours; alone where none of ours fit."""
    for pattern, sentence in _MALFORMED.items():
        if re.search(pattern, words):
            return sentence.replace("{words}", words)
    return words
