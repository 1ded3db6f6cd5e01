"""What is streamed and loaded in the terminal's benchmarks: prose, lists, tables and code."""

import random

_TEXT = (
    "the loop hands every call to the gate which judges it against rules in layers then asks "
    "a person or runs it and writes what came of it into the same part so nothing is lost"
)
_WORDS = _TEXT.split()


def answer(seed: int, words: int = 160) -> str:
    """One answer in markdown: heading, paragraphs, list, table and code."""
    chance = random.Random(seed)

    def prose(count: int) -> str:
        return " ".join(chance.choice(_WORDS) for _ in range(count))

    items = "\n".join(f"- `{prose(1)}` {prose(6)}" for _ in range(4))
    code = "\n".join(
        f"def {prose(1)}_{n}(x: int) -> str:\n    return '{prose(2)}' * x" for n in range(4)
    )
    return (
        f"## {prose(4).title()}\n\n{prose(words // 2)}.\n\n{items}\n\n"
        f"| name | what |\n|---|---|\n| {prose(1)} | {prose(4)} |\n\n"
        f"```python\n{code}\n```\n\n{prose(words // 2)}.\n\n"
    )


def tokens(count: int, seed: int = 1) -> list[str]:
    """A stream of about `count` tokens: pieces of four characters on average, as models send."""
    chance = random.Random(seed)
    pieces: list[str] = []
    number = seed
    while len(pieces) < count:
        text, at = answer(number), 0
        number += 1
        while at < len(text):
            size = chance.choice((2, 3, 4, 5, 6))
            pieces.append(text[at : at + size])
            at += size
    return pieces[:count]
