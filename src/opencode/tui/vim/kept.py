"""What Vim's keys remember beside the text: registers and marks."""

from typing import NamedTuple


class Piece(NamedTuple):
    """What was cut or copied; `whole` lines."""

    text: str = ""
    whole: bool = False


class Registers:
    """The unnamed one, `"0` with what was copied last, `"a` to `"z`, of which capitals add to
    what is there, and `"_`, which keeps nothing."""

    def __init__(self) -> None:
        self.chosen = ""
        """The one the command under way names."""
        self._kept: dict[str, Piece] = {}

    def keep(self, piece: Piece, *, copied: bool) -> None:
        """It was cut or copied."""
        name = self.chosen.lower()
        if name == "_":
            return
        if name.isalpha():
            self._kept[name] = self._added(name, piece) if self.chosen.isupper() else piece
        elif copied:
            self._kept["0"] = piece
        self._kept[""] = piece

    def _added(self, name: str, piece: Piece) -> Piece:
        there = self._kept.get(name)
        if there is None:
            return piece
        whole = there.whole or piece.whole
        return Piece(there.text + ("\n" if whole else "") + piece.text, whole)

    @property
    def piece(self) -> Piece:
        """What is put."""
        name = self.chosen.lower()
        return self._kept.get("" if name == '"' else name, Piece())


class Marks:
    """Places by a letter. They move with what is written before them."""

    def __init__(self) -> None:
        self._set: dict[str, tuple[str, int]] = {}
        """The text when it was set, and where."""

    def put(self, letter: str, text: str, at: int) -> None:
        """`m` and a letter."""
        self._set[letter] = text, at

    def find(self, letter: str, text: str) -> int | None:
        """Where it is now; None when it was never set."""
        if letter not in self._set:
            return None
        before, at = self._set[letter]
        same = _alike(before, text)
        if at >= same:
            after = min(_alike(before[::-1], text[::-1]), len(before) - same, len(text) - same)
            at = same if at < len(before) - after else at + len(text) - len(before)
        self.put(letter, text, at)
        return at


def _alike(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
