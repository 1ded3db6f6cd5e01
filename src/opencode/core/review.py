"""What a session made of the files, as a person reviews it."""

from typing import Literal

from msgspec import Struct

from opencode.core.display import Diff


class Changed(Struct, frozen=True):
    """One file or folder: from what the session found to what is there now."""

    diff: Diff
    """Without a patch when it is no text."""
    state: Literal["added", "changed", "removed"]
    kind: Literal["text", "binary", "folder"] = "text"
    version: str = ""
    """Names what is there now; "" when nothing is."""
    held: Literal["", "others", "lost", "prompt"] = ""
    """Why it cannot be taken back alone: somebody else changed it since, the old bytes are gone,
    or only undoing the prompt brings a removed folder back."""
