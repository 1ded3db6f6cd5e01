"""Translations of sentences whose English stands in the code: what commands and errors say.

The rooms below the faces speak English and know no language. A face that shows one of their
sentences looks it up here, with its values in it: `There is no model x` is found by the catalogue's
`There is no model {model}`."""

import re
from functools import lru_cache
from typing import NamedTuple

from opencode.i18n.catalog import load, spoken

_GROUPS = ("cli.", "errors.")
_FIELD = re.compile(r"\{(\w+)\}")
_OPENING = re.compile(r"((?:Error|Warning): )\{\w+\}$")
"""What says what the rest is."""
_END = re.compile(r"(?<=[.?!;]) ")
_SEAM = re.compile(r"(?<=[.?!:;]) ")
"""Where two sentences, or a place and a sentence, were put together."""
_REASONS = re.compile(r"(?<=\)); (?=\S)")
"""Between `bash rm x: ask (no rule speaks about it)` and the next one."""
_SENTENCE = re.compile(r"(?<=[.?!؟]) |(?<=[。？！])")


def translated(text: str, language: str = "") -> str:
    """The English sentence in that language, else in the one spoken here; as it is when it is
    not known. What it quotes (names, paths, what others said) stays."""
    code = language or spoken().language
    if code == "en" or not text:
        return text
    return "\n".join(_sayings(code).say(line) for line in text.split("\n"))


def first_sentence(text: str) -> str:
    """As far as the first full stop of a translation or of English."""
    return _SENTENCE.split(text.strip(), maxsplit=1)[0].strip()


class _Template(NamedTuple):
    words: str
    """The longest text between two fields: where it is missing, nothing fits."""
    english: str
    said: str


@lru_cache(maxsize=2)
def _sayings(language: str) -> "_Sayings":
    return _Sayings(language)


class _Sayings:
    """What can be said in one language, by its English."""

    def __init__(self, language: str) -> None:
        texts = load(language)
        self._exact: dict[str, str] = {}
        self._templates: list[_Template] = []
        self._openings: dict[str, str] = {}
        beginnings: dict[str, str] = {}
        for key, english in load("en").items():
            if not key.startswith(_GROUPS) or not (said := texts.get(key)):
                continue
            if (opening := _OPENING.match(english)) and _FIELD.search(said):
                self._openings[opening[1]] = _FIELD.split(said)[0]
            elif _FIELD.search(english):
                words = max(_FIELD.split(english)[::2], key=len)
                self._templates.append(_Template(words, english, said))
            else:
                self._exact[english] = said
                beginnings[first_sentence(english)] = first_sentence(said)
        self._exact = beginnings | self._exact
        self._templates.sort(key=lambda one: -len(_FIELD.sub("", one.english)))

    def say(self, text: str) -> str:
        """The text in this language, what is known of it."""
        core = text.strip()
        for opening, there in self._openings.items():
            if core.startswith(opening):
                said = there + self._value(core.removeprefix(opening))
                return text.replace(core, said, 1)
        found = self._exact.get(core) or self._two(core) or self._whole(core) or self._joined(core)
        return text.replace(core, found, 1) if found else text

    def _whole(self, core: str) -> str:
        if found := self._exact.get(core):
            return found
        for template in self._templates:
            if template.words in core and (found := self._filled(template, core)):
                return found
        return ""

    def _filled(self, template: _Template, core: str) -> str:
        match = _pattern(template.english).fullmatch(core)
        if match is None:
            return ""
        values = {name: self._value(value) for name, value in match.groupdict().items()}
        return _FIELD.sub(lambda field: values.get(field[1], field[0]), template.said)

    def _value(self, value: str) -> str:
        """A sentence in a sentence is translated, too; a word is a name."""
        return self.say(value) if " " in value.strip() else value

    def _two(self, core: str) -> str:
        """Two known sentences, before the last field of the first swallows the second."""
        for seam in _END.finditer(core):
            head, tail = core[: seam.start()], core[seam.end() :]
            if (second := self._whole(tail)) and (first := self._whole(head)):
                return _beside(first, second)
        return ""

    def _joined(self, core: str) -> str:
        for seam in _SEAM.finditer(core):
            head, tail = core[: seam.start()], core[seam.end() :]
            if found := self._whole(tail):
                return _beside(self.say(head), found)
            if found := self._whole(head):
                return _beside(found, self.say(tail))
        return self._in_brackets(core)

    def _in_brackets(self, core: str) -> str:
        """`bash rm x: ask (no rule speaks about it)`; both sides may hold brackets, too."""
        starts = [found.end() for found in re.finditer(r" \(", core)] if core[-1:] == ")" else []
        for start in starts:
            if found := self._whole(core[start:-1]):
                return f"{core[:start]}{found})"
        several = _REASONS.split(core)
        return "; ".join(map(self.say, several)) if len(several) > 1 else ""


def _beside(first: str, second: str) -> str:
    """Wide punctuation brings its own space."""
    return first + second if first.endswith(("。", "：", "；")) else f"{first} {second}"


@lru_cache(maxsize=256)
def _pattern(english: str) -> re.Pattern[str]:
    """A field right after another one is a guess in brackets, or nothing."""
    parts = _FIELD.split(english)
    pattern = ""
    for n, part in enumerate(parts):
        if n % 2 == 0:
            pattern += re.escape(part)
        elif n > 1 and not parts[n - 1]:
            pattern += f"(?P<{part}>(?: \\(.*\\))?)"
        else:
            pattern += f"(?P<{part}>.*?)"
    return re.compile(pattern, re.DOTALL)
