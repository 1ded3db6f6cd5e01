"""What a simple command does, as far as its words tell, and how its options are found."""

from dataclasses import dataclass, field

from opencode.tools.shared.shell.words import Word, literal


@dataclass
class Effects:
    """What one simple command does, as far as its words tell."""

    harmless: bool = False
    doubt: str = ""
    """Why nobody can say what it does; no rule may allow it then."""
    reads: list[Word] = field(default_factory=list[Word])
    writes: list[Word] = field(default_factory=list[Word])
    removes: list[Word] = field(default_factory=list[Word])
    may_leave: list[Word] = field(default_factory=list[Word])
    """Words that need not be paths; they matter when they lead outside."""
    below: bool = False
    """Whether whole folders are read."""
    writes_by_name: bool = False
    """Whether writing is what the command is for; else no rule about it covers its writes."""
    links: bool = False
    """Whether links found on the way are followed."""


def options_of(words: list[Word]) -> list[Word]:
    """The words before `--` that begin with a dash."""
    before = words[: _end(words)]
    return [w for w in before if w.lead.startswith("-") and w.value != "-"]


def operands_of(words: list[Word]) -> list[Word]:
    """The words that are no options; values of options that stand alone count as operands."""
    end = _end(words)
    before = [w for w in words[:end] if not w.lead.startswith("-") or w.value == "-"]
    return before + words[end + 1 :]


def _end(words: list[Word]) -> int:
    return next((i for i, word in enumerate(words) if word.value == "--"), len(words))


def has_option(words: list[Word], short: str, long: str) -> str:
    """The first option that is, abbreviates or may turn out to be one of these; "" when none."""
    names = long.split()
    for word in words[: _end(words)]:
        for value in word.values or (word.lead,):
            if value.startswith("--"):
                name = value[2:].partition("=")[0]
                if any(known.startswith(name) for known in names):
                    return value
            elif value.startswith("-") and any(letter in short for letter in value[1:]):
                return value
        if (short or long) and word.may_be_option and not (word.values and not word.glob):
            return word.text
    return ""


def option_values(words: list[Word]) -> list[Word]:
    """What is glued to options (`--file=x`, `-fx`), where it may be a path."""
    found: list[Word] = []
    for option in options_of(words):
        for value in option.values or (option.lead,):
            glued = value.partition("=")[2] if value.startswith("--") else value[2:]
            if not option.values and ("=" in value or not value.startswith("--")):
                found.append(Word(text=option.text))
            elif "/" in glued or glued.startswith("~") or glued == "..":
                tail = glued[glued.index("/") :] if "/" in glued else glued
                found += [literal(glued), literal(tail)] if glued[0] != "/" else [literal(glued)]
    return found
