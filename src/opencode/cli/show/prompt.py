"""A request that is only looked at, as a table of its parts, as text, or as JSON."""

import sys

from opencode.cli.shared.output import clean, print_json, print_table, safe
from opencode.cli.show.tongue import said
from opencode.core.error import ProviderError
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.provider import ModelRequest
from opencode.workspace.open import Opening, open_workspace
from opencode.workspace.preview import portions, request_of, wire_of


async def show_prompt(
    opening: Opening, text: str, asked: dict[str, str], *, full: bool, as_json: bool
) -> None:
    """Compose the request `text` would make and print it; `asked`: session, agent and model."""
    async with open_workspace(opening) as workspace:
        request = await request_of(workspace, text, **asked)
        wire, note = {}, ""
        if as_json:
            try:
                wire = await wire_of(workspace, request)
            except ProviderError as error:
                note = f"{error.message}: the provider's words are not among this."
        notices = list(workspace.notices)
    parts = portions(request)
    total = sum(part.tokens for part in parts)
    if as_json:
        print_json({"tokens": total, "parts": parts, "request": request, "wire": wire})
    else:
        rows = [[part.part, clean(part.name), f"{part.tokens:,}"] for part in parts]
        print_table(("PART", "NAME", "TOKENS"), [*rows, [said("all"), request.model, f"{total:,}"]])
        if full:
            _print_whole(request)
    for line in [*notices, *([note] if note else [])]:
        print(said(f"Note: {clean(line)}"), file=sys.stderr)


def _print_whole(request: ModelRequest) -> None:
    print(f"\n── system\n{safe(request.system)}")
    for tool in request.tools:
        print(f"\n── tool {tool.name}\n{safe(tool.description)}")
        print_json(tool.schema)
    for message in request.messages:
        print(f"\n── {message.role}\n{safe(_text(message))}")


def _text(message: Message) -> str:
    lines: list[str] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            lines.append(part.text)
        elif isinstance(part, ToolPart):
            lines.append(f"[{part.tool} {part.input}]\n{part.output}")
    return "\n".join(lines)
