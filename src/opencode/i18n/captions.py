"""What tools say over their results, `3 matches in 2 files`, in the language spoken here.

Tools speak English and know no language; what the model gets is not touched by this."""

import re

from opencode.i18n.catalog import spoken, t
from opencode.i18n.english import translated

_COUNTED = re.compile(
    r"(\d+) (file|match|entr|error|definition|reference)(?:|s|es|y|ies)(?: in (\d+) files?)?"
)
_COMPLETED = re.compile(r"(\d+) of (\d+) completed")


def caption(title: str) -> str:
    """The title of a table; one that is not known stays as it is."""
    if spoken().language == "en":
        return title
    if done := _COMPLETED.fullmatch(title):
        return t("caption.completed", good=done[1], count=done[2])
    counted = _COUNTED.fullmatch(title)
    if counted is None:
        return title
    what = t(f"caption.{counted[2]}", n=int(counted[1]))
    if not counted[3]:
        return what
    return t("caption.found", what=what, where=t("caption.in_file", n=int(counted[3])))


def answer(text: str) -> str:
    """What the keyless rules say: a caption of a tool's, or a sentence of theirs."""
    told = caption(text)
    return told if told != text else translated(text)


def heading(name: str) -> str:
    """The name of a column; one that is not known stays as it is."""
    key = f"caption.column.{name.lower()}"
    told = t(key)
    return name if told == key else told
