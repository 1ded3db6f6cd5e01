"""Prompts with names: `/review src` becomes the words of a template."""

import re
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from msgspec import Struct

from opencode.agent.kit import Kit
from opencode.agent.loop import execute
from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.event import Event
from opencode.core.ids import new_id
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.session import Session

BUILT_IN = (
    Command(
        "init",
        "Write an AGENTS.md at the root of this project for the coding agents that will work in "
        "it; if there is one, improve it and keep what is true.\n\n"
        "1. Look first: README, manifests and lock files, CI workflows, Makefile and scripts, the "
        "settings of formatters, linters and type checkers, how the tests are laid out, and rules "
        "that were left for other tools (CLAUDE.md, .cursor/rules, .cursorrules, "
        ".github/copilot-instructions.md).\n"
        "2. If something that matters cannot be seen, ask me with the question tool: one call, at "
        "most three questions, each with the answers you think likely. Ask nothing that the files "
        "already say.\n"
        "3. Write at most 60 lines: the commands that build, run, lint and test everything, and "
        "the one that runs a single test; how the code is laid out and where new code goes; the "
        "conventions nobody would guess; what must never be touched. Only what you saw or I told "
        "you, in short sentences, no praise, nothing that every project has.\n\n$ARGUMENTS",
        "Write an AGENTS.md for this project.",
    ),
    Command(
        "review",
        "Review changes. Change nothing yourself.\n\n"
        "1. Which: by what stands under these steps; nothing there means what is not committed "
        "(`git status`, `git diff HEAD`, new files). A commit's hash means that commit, a branch "
        "all since this one left it or it left this one, a number or address of a pull request "
        "`gh pr diff`.\n"
        "2. Read every changed file around its changes, who calls what was changed, and the tests. "
        "A diff alone does not tell.\n"
        "3. Look for what breaks: wrong results, edges that are not handled, errors that are "
        "swallowed, races, leaks, holes in security, promises of callers that no longer hold, "
        "tests that are missing or prove nothing. Prove a doubt by reading on or running "
        "something before you report it; leave out taste and what formatters do.\n"
        "4. Report the worst first, one finding each: `path:line`, what goes wrong with which "
        "input, how to mend it. Then one sentence: fit to go in, or not, and why. When nothing is "
        "wrong, say so plainly.\n\n$ARGUMENTS",
        "Review what is not committed, a commit, a branch or a pull request.",
    ),
)
_CALL = re.compile(r"/(?P<name>[\w][\w:./-]*)(?:\s+(?P<rest>.*))?\s*", re.DOTALL)
_SHELL = re.compile(r"!`([^`\n]+)`")
_FINE = re.compile(r"\n?\[exit 0, [\d.]+ s\]$")
"""What bash says under the output of a command that went well."""
_PLACE = re.compile(r"\$(ARGUMENTS\b|[1-9]\d?)")


class Piece(Struct, frozen=True):
    """Words, or a shell command whose output stands in their place."""

    text: str
    is_shell: bool = False


class Called(Struct, frozen=True):
    """A command with its arguments filled in."""

    command: Command
    pieces: list[Piece]

    @property
    def text(self) -> str:
        """As it is before shell commands have run."""
        return "".join(f"!`{p.text}`" if p.is_shell else p.text for p in self.pieces).strip()

    @property
    def runs_shell(self) -> bool:
        """Whether something must run before the prompt is whole."""
        return any(piece.is_shell for piece in self.pieces)


def called(
    text: str, commands: Mapping[str, Command], agents: Mapping[str, Agent]
) -> Called | None:
    """The command a prompt calls; None when it is just a prompt."""
    found = _CALL.fullmatch(text)
    command = commands.get(found["name"]) if found else None
    if found is None or command is None:
        return None
    pieces = _pieces(command.template, (found["rest"] or "").strip())
    agent = agents.get(command.agent)
    if command.subtask or (agent and agent.mode == "subagent"):
        name = command.agent or "general"
        words = f"Let the {name} sub-agent do this with the task tool; then tell what came of it:"
        pieces.insert(0, Piece(f"{words}\n\n"))
        command = Command(command.name, command.template, model=command.model)
    return Called(command, pieces)


def _pieces(template: str, rest: str) -> list[Piece]:
    """The template is taken apart first: what was typed is never read as a shell command."""
    words = _words(rest)
    numbers = [int(n) for n in _PLACE.findall(template) if n.isdigit()]
    last = max(numbers, default=0)

    def value(match: re.Match[str]) -> str:
        if match[1] == "ARGUMENTS":
            return rest
        number = int(match[1])
        return " ".join(words[number - 1 :] if number == last else words[number - 1 : number])

    pieces = [
        Piece(_PLACE.sub(value, part), is_shell=bool(index % 2))
        for index, part in enumerate(_SHELL.split(template))
    ]
    if rest and not _PLACE.search(template):
        pieces.append(Piece(f"\n\n{rest}"))
    return pieces


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


def completion(
    found: Called | None, session: Session, prompt: Message, kit: Kit
) -> Callable[[], Awaitable[None]] | None:
    """What must happen before the prompt is whole: its shell commands, each through the gate
    like a model's, their output in their place. None when there are none."""
    if found is None or not found.runs_shell:
        return None

    async def complete() -> None:
        texts = [
            await _output(p.text, session, kit) if p.is_shell else p.text for p in found.pieces
        ]
        for part in prompt.parts:
            if isinstance(part, TextPart) and part.origin == "command":
                part.text = "".join(texts).strip()
        await kit.save(session, prompt)

    return complete


async def _output(line: str, session: Session, kit: Kit) -> str:
    """The call is no part of the conversation: only what it printed is."""

    async def keep_nothing(session: Session, *touched: Message, sync: bool = False) -> None:
        del session, touched, sync

    def tell_nobody(event: Event) -> None:
        del event

    call = ToolPart(new_id("call"), "bash", {"command": line})
    quiet = replace(kit, save=keep_nothing, emit=tell_nobody)
    await execute(session, kit.agent(session), Message(new_id("msg"), "assistant"), call, quiet)
    if call.status != "completed":
        return f"[{call.status}: {call.output}]"
    return _FINE.sub("", call.output)
