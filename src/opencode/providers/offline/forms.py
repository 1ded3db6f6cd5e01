"""From words to a plan: the forms in the order they are tried, and those nearest to a miss."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from opencode.providers.offline.asking import ASKING
from opencode.providers.offline.changing import CHANGING
from opencode.providers.offline.grammar import Context, Form, Plan
from opencode.providers.offline.reading import READING
from opencode.providers.offline.running import RUNNING
from opencode.providers.offline.searching import SEARCHING

FORMS: tuple[Form, ...] = (*ASKING, *CHANGING, *RUNNING, *READING, *SEARCHING)

_POLITE = re.compile(
    r"\A(?:@[A-Za-z][\w-]*\s+)?(?:(?:please|kindly|hey|hi|ok(?:ay)?|now|"
    r"(?:can|could|would|will) you(?: please)?)\b[,:]?\s+)*",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?:,?\s+(?:please|for me|thanks|thank you))*\s*(?<=[\w\"'`”’)/*])(?:\.|[!?]+)?\s*\Z", re.I
)
_WORD = re.compile(r"[a-z0-9]+")
_SMALL = frozenset(("the", "a", "of", "in", "to", "for", "with", "and", "is", "all", "this", "me"))


def understand(text: str, context: Context | None = None) -> Plan | None:
    """The plan for an instruction that fully matches a form; None for everything else."""
    place = context or Context()
    plain = _plain(text)
    for form in FORMS:
        for said in _matches(form, text if form.raw else plain):
            if plan := form.build(said, place):
                return plan
    return None


def nearest(text: str, count: int = 3) -> list[str]:
    """The examples of the forms that share most with the text, of those that only look when none
    shares a word; the same for the same text."""
    plain = _plain(text).casefold()[:400]
    words = set(_WORD.findall(plain)) - _SMALL

    def likeness(example: str) -> float:
        theirs = set(_WORD.findall(example.casefold())) - _SMALL
        shared = len(words & theirs) / (len(words | theirs) or 1)
        return shared + 0.5 * SequenceMatcher(None, plain, example.casefold(), False).ratio()

    best = [max(form.examples, key=likeness) for form in FORMS]
    if not any(words & set(_WORD.findall(example.casefold())) for example in best):
        best = [max(form.examples, key=likeness) for form in (*READING, *SEARCHING)]
    return sorted(dict.fromkeys(best), key=lambda e: (-likeness(e), e))[:count]


def _plain(text: str) -> str:
    return _TRAILING.sub("", _POLITE.sub("", text.strip()))


def _matches(form: Form, text: str) -> Iterator[dict[str, str]]:
    for pattern in form.patterns:
        if match := pattern.fullmatch(text):
            yield {name: value for name, value in match.groupdict().items() if value is not None}
