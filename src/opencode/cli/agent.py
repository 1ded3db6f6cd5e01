"""List the agents, look at one, or write a new one.

\b
opencode agent list                                    who can answer, and who can help
opencode agent show explore                            what it is told and what it may do
opencode agent create reviewer --description "Reviews changes" --prompt "You review …"
"""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.shared.options import Directory
from opencode.cli.shared.output import print_json, print_table
from opencode.cli.show.tongue import said
from opencode.config import paths, trust
from opencode.config.load import load_settings
from opencode.core.agent import Agent
from opencode.core.error import UsageError
from opencode.host.files import write_atomic
from opencode.i18n.width import padded, width
from opencode.workspace.opening.extend import agents_here

app = typer.Typer(help=__doc__, add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_NAME = re.compile(r"[A-Za-z][\w-]*")
_MODES = ("primary", "subagent", "all")
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(directory: Directory = Path(), as_json: _Json = False) -> None:
    """Show every agent: built in, of the settings, and of markdown files.

    Example: opencode agent list
    """
    agents = list(_agents(directory).values())
    if as_json:
        print_json(agents)
        return
    shown = [agent for agent in agents if not agent.hidden]
    print_table(
        ["agent", "mode", "model", "what for"],
        [[a.name, a.mode, a.model or "-", said(a.description)] for a in shown],
    )


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The agent.")],
    directory: Directory = Path(),
    as_json: _Json = False,
) -> None:
    """Show what one agent is told and what it may do.

    Example: opencode agent show plan
    """
    agents = _agents(directory)
    if name not in agents:
        raise UsageError(f"There is no agent {name!r}.", hint=f"There are: {', '.join(agents)}.")
    agent = agents[name]
    if as_json:
        print_json(agent)
        return
    off = [tool for tool, is_on in agent.tools.items() if not is_on]
    rules = [f"{rule.action} {rule.target}: {rule.verdict}" for rule in agent.rules]
    lines = [
        (said("name"), agent.name),
        (said("what for"), said(agent.description)),
        (said("mode"), agent.mode),
        (said("model"), agent.model or said("the session's")),
        (said("read-only"), said("yes") if agent.read_only else said("no")),
        (said("steps"), str(agent.max_steps or said("as [limits] says"))),
        (said("tools off"), ", ".join(off) or "-"),
        (said("rules"), "; ".join(rules) or "-"),
    ]
    column = max(width(key) for key, _ in lines) + 2
    for key, value in lines:
        print(padded(f"{key}:", column) + value)
    if agent.prompt:
        print(f"\n{agent.prompt}")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Letters, digits, - and _.")],
    description: Annotated[str, typer.Option(help="What for, in one line.")],
    prompt: Annotated[str, typer.Option(help="What it is told; without it, stdin.")] = "",
    mode: Annotated[str, typer.Option(help="primary, subagent or all.")] = "all",
    model: Annotated[str, typer.Option(help="provider/model, instead of the session's.")] = "",
    without: Annotated[str, typer.Option(help="Tools it does not get: write,edit,bash")] = "",
    project: Annotated[bool, typer.Option("--project", help="For this project only.")] = False,
    directory: Directory = Path(),
) -> None:
    """Write a new agent as a markdown file that you can go on editing.

    Example: opencode agent create reviewer --description "Reviews" --without write,edit
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for an agent.", hint="Begin with a letter.")
    if mode not in _MODES:
        raise UsageError(f"There is no mode {mode!r}.", hint=f"There are: {', '.join(_MODES)}.")
    here = directory.absolute()
    folder = (paths.project_root(here) / ".opencode") if project else paths.config_dir()
    path = folder / "agents" / f"{name}.md"
    if path.exists():
        raise UsageError(f"{path} exists already.", hint="Edit it, or choose another name.")
    words = prompt or ("" if sys.stdin.isatty() else sys.stdin.read()) or description
    write_atomic(path, _page(description, mode, model, without, words).encode())
    print(path)
    if project:
        print(said("It counts when this folder is trusted: opencode trust"), file=sys.stderr)


def _page(description: str, mode: str, model: str, without: str, words: str) -> str:
    lines = [f'description: "{_quoted(description)}"', f"mode: {mode}"]
    if model:
        lines.append(f'model: "{_quoted(model)}"')
    if tools := [tool.strip() for tool in without.split(",") if tool.strip()]:
        lines += ["tools:", *(f'  "{_quoted(tool)}": false' for tool in tools)]
    return "\n".join(["---", *lines, "---", words.strip(), ""])


def _quoted(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')


def _agents(directory: Path) -> dict[str, Agent]:
    here = directory.absolute()
    return agents_here(load_settings(here, trusted=trust.is_trusted), here)
