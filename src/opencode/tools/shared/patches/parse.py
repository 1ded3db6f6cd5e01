"""A patch in either of its two formats, taken apart."""

from opencode.core.error import ToolError
from opencode.tools.shared.patches.envelope import is_envelope, parse_envelope
from opencode.tools.shared.patches.patch import FilePatch
from opencode.tools.shared.patches.unified import parse_unified
from opencode.tools.shared.text import normal


def parse_patch(text: str) -> list[FilePatch]:
    """The files of a patch; ToolError says what cannot be read."""
    lines = normal(text).split("\n")
    found = parse_envelope(lines) if is_envelope(lines) else parse_unified(lines)
    if not found:
        raise ToolError(
            "This is no patch. Start with *** Begin Patch and *** Update File: PATH, "
            "or with --- and +++ of a unified diff."
        )
    return found
