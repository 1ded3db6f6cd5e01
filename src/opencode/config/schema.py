"""opencode.toml as frozen models; every field has its sentence."""

from typing import Any, Literal

from msgspec import Struct, field

from opencode.config.provider import ModelSection as ModelSection
from opencode.config.provider import ProviderSection as ProviderSection
from opencode.config.serving import ServerSection

Verdict = Literal["allow", "ask", "deny"]


class AgentSection(Struct, frozen=True, kw_only=True):
    """`[agent.NAME]`: changes a built-in agent or adds one."""

    description: str = ""
    """What it is for; other agents choose by it."""
    mode: Literal["primary", "subagent", "all", ""] = ""
    """Answers people, works for other agents, or both."""
    model: str = ""
    """`provider/model`; without one, the session's."""
    prompt: str = ""
    """What it is told besides our own words."""
    temperature: float | None = None
    """How freely it chooses its words."""
    effort: str = ""
    """Reasoning effort."""
    steps: int | None = None
    """Model calls in one run at most."""
    tools: dict[str, bool] = field(default_factory=dict)
    """`name = false` takes a tool away from it."""
    permission: dict[str, Any] = field(default_factory=dict)
    """Rules for it alone, over all others: tool → verdict, or tool → {pattern → verdict}."""
    color: str = ""
    """In which it is shown."""
    options: dict[str, Any] = field(default_factory=dict)
    """Sent to the provider as they are."""
    disable: bool = False
    """A built-in agent that is not wanted."""
    hidden: bool = False
    """Not offered to people; other agents may still call it."""


class CommandSection(Struct, frozen=True, kw_only=True):
    """`[command.NAME]`: a prompt with a name, called as `/NAME words`."""

    template: str = ""
    """May hold $ARGUMENTS, $1 …, !`a shell command` and @files."""
    description: str = ""
    """What it is for, in one line."""
    agent: str = ""
    """Who is to do it."""
    model: str = ""
    """`provider/model` for it."""
    subtask: bool = False
    """A sub-agent is to do it."""


HookEvent = Literal[
    "session_start",
    "session_end",
    "before_tool",
    "after_tool",
    "before_compaction",
    "stop",
    "notification",
]


class HookSection(Struct, frozen=True, kw_only=True):
    """`[hooks.NAME]`: a program of the user's at a point of a session's life."""

    on: HookEvent | Literal[""] = ""
    """Without it the hook never runs."""
    tool: str = "*"
    """before_tool, after_tool: for which tools; `*` stands for any characters."""
    run: str = ""
    """A shell command: gets JSON on stdin, may answer in JSON; exit code 2 denies."""
    python: str = ""
    """`package.module:function` instead: gets a dict, may return one."""
    timeout: float = 30.0
    """Seconds; then it is ended and nothing came of it."""
    enabled: bool = True
    """`false`: it is not called."""


class PermissionsSection(Struct, frozen=True, kw_only=True):
    """`[permissions]`: rules by people. A deny is final."""

    bash_allow: list[str] = field(default_factory=list)
    """Commands that run unasked: the command itself or followed by further words."""
    bash_ask: list[str] = field(default_factory=list)
    """Commands that ask each time."""
    bash_deny: list[str] = field(default_factory=list)
    """Commands that never run."""
    allowed: list[str] = field(default_factory=list)
    """Tools that run unasked (seed 004)."""
    blocked: list[str] = field(default_factory=list)
    """Tools or commands that never run (seed 004)."""
    require_confirmation: list[str] = field(default_factory=list)
    """Tools or commands that always ask (seed 004)."""


class SandboxSection(Struct, frozen=True, kw_only=True):
    """`[sandbox]`: the wall around shell commands. A project's file cannot change it."""

    enabled: bool = True
    """Used where the system can; `opencode debug sandbox` tells which kind."""
    network: bool = False
    """Whether sandboxed commands reach the network."""
    writable: list[str] = field(default_factory=list)
    """Folders besides the workspace that sandboxed commands may write (package caches …)."""
    hidden: list[str] = field(default_factory=list)
    """Paths besides keys and our own data that sandboxed commands cannot see."""


class SessionSection(Struct, frozen=True, kw_only=True):
    """`[session]`: how conversations are kept."""

    auto_save: bool = True
    """False writes the file only on save and exit; the journal still protects."""
    save_interval: float = 60.0
    """Seconds between folds of the journal into the file in a long run."""
    history_limit: int = 0
    """Messages sent to the model, 0 for all; never what is stored."""
    cleanup_after: int = 0
    """Days after which an untouched session goes to the trash; 0 never."""
    database_path: str = ""
    """Where the index lies; it can be deleted at any time."""
    undo_limit_mb: int = 500
    """Size of the undo store per project."""


class LimitsSection(Struct, frozen=True, kw_only=True):
    """`[limits]`: what one run may use."""

    max_steps: int = 200
    """Model calls; 0 for no limit."""
    max_cost: float = 0.0
    """US dollars; 0 for no limit."""
    max_seconds: float = 0.0
    """Wall clock; 0 for no limit."""
    tool_output_lines: int = 2000
    """Lines of a tool's output a model gets; the rest lies in a file."""
    tool_output_bytes: int = 50_000
    """Bytes of it."""


class McpSection(Struct, frozen=True, kw_only=True):
    """`[mcp]`: servers whose tools join ours, each as it was written."""

    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`[mcp.servers.NAME]`, `mcp.NAME` of the TypeScript original, or the list `mcp_servers`."""
    only: list[str] | None = None
    """`[mcp] servers = [names]`: the servers that may start; None for all."""


class ClocksSection(Struct, frozen=True, kw_only=True):
    """`[clocks]`: how long a provider may be silent, in seconds, before it is asked again."""

    connect: float = 15.0
    """Until the connection stands."""
    first_event: float = 120.0
    """Until its first word."""
    between_events: float = 90.0
    """Between two words."""
    max_tries: int = 8
    """Of one request; 1 tries once."""
    max_wait: float = 300.0
    """Of all waiting between tries together."""


class WorkerSection(Struct, frozen=True, kw_only=True):
    """`[worker]`: the process in which litellm lives."""

    keep: str = "5m"
    """How long it stays when idle; "0" ends it with its starter."""


class NetworkSection(Struct, frozen=True, kw_only=True):
    """`[network]`: how this program reaches services. A project's file cannot change it."""

    proxy: str = ""
    """`http://name:password@host:port` for all services; HTTP_PROXY and HTTPS_PROXY by default."""
    no_proxy: list[str] = field(default_factory=list)
    """Hosts that are reached without it, besides those of NO_PROXY and this machine."""
    certificates: str = ""
    """A PEM file with certificates that are trusted besides the system's, as companies have."""


class SearchSection(Struct, frozen=True, kw_only=True):
    """`[search]`: the service behind websearch. A project's file has to be trusted for it."""

    engine: Literal["", "exa", "tavily", "brave", "searxng"] = ""
    """The one to ask; without it the first that has a key or an address."""
    base_url: str = ""
    """Where that one is: your own SearXNG, a company's gateway."""
    api_key_env: str = ""
    """The variable that holds its key, when it has another name than usual."""


class UiSection(Struct, frozen=True, kw_only=True):
    """`[ui]`: how faces look."""

    theme: str = ""
    """dark, light, or any name the theme list shows."""
    language: str = ""
    """Of the screen, as in `de`; models are always spoken to in English."""
    keys: dict[str, str] = field(default_factory=dict)
    """Command → keys, over the defaults of the terminal app."""
    notify: bool | Literal["bell", "message"] = True
    """Ring ("bell"), tell the terminal ("message") or both when something is ready and nobody
    looks."""
    title: bool = True
    """Write the session's title into the terminal's."""
    vim: bool = False
    """Vim's keys in the input of the terminal app."""


class LogSection(Struct, frozen=True, kw_only=True):
    """`[log]`: what is written down for finding faults; keys are redacted."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least that is written."""
    json: bool = False
    """One JSON object a line."""


class ProfileSection(Struct, frozen=True, kw_only=True):
    """`[profiles.NAME]`: a set of settings chosen by `--profile NAME`."""

    provider: str = ""
    """Its default provider."""
    model: str = ""
    """Its model, of that provider when none is in the name."""
    base_url: str = ""
    """The address of its provider."""
    agent: str = ""
    """Who answers new sessions."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Any other top-level settings of the profile, merged over the rest."""


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    model: str = ""
    """`provider/model` used when none is named."""
    small_model: str = ""
    """For titles; the same provider's smallest when empty."""
    default_provider: str = ""
    """`[provider] default`"""
    default_agent: str = "build"
    """Who answers new sessions: build, plan, or one of yours."""
    fallback_model: str = ""
    """`provider/model` that goes on when the quota is used up, the service stays overloaded or the
    conversation does not fit."""
    effort: str = ""
    """Reasoning effort of new sessions: none, minimal, low, medium, high, max."""
    offline: bool = False
    """Only the chosen provider's host is ever contacted."""
    project_dir: str = ""
    """Sessions lie in `{project_dir}/docs/opencode/sessions/`."""
    instructions: list[str] = field(default_factory=list)
    """More rules files for the system prompt: paths or globs."""
    profile: str = ""
    """The `[profiles.NAME]` that counts when none is named."""
    providers: dict[str, ProviderSection] = field(default_factory=dict)
    """`[provider.NAME]`"""
    agents: dict[str, AgentSection] = field(default_factory=dict)
    """`[agent.NAME]`"""
    commands: dict[str, CommandSection] = field(default_factory=dict)
    """`[command.NAME]`"""
    hooks: dict[str, HookSection] = field(default_factory=dict)
    tools: dict[str, bool] = field(default_factory=dict)
    """`name = false` takes a tool away; `true` gives one that is not there by itself."""
    permissions: PermissionsSection = field(default_factory=PermissionsSection)
    permission: dict[str, Any] = field(default_factory=dict)
    """The map of the TypeScript original: tool → verdict, or tool → {pattern → verdict}."""
    sandbox: SandboxSection = field(default_factory=SandboxSection)
    session: SessionSection = field(default_factory=SessionSection)
    limits: LimitsSection = field(default_factory=LimitsSection)
    clocks: ClocksSection = field(default_factory=ClocksSection)
    network: NetworkSection = field(default_factory=NetworkSection)
    search: SearchSection = field(default_factory=SearchSection)
    worker: WorkerSection = field(default_factory=WorkerSection)
    mcp: McpSection = field(default_factory=McpSection)
    lsp: dict[str, Any] = field(default_factory=dict)
    """`[lsp]`: switches, and `[lsp.NAME]` a language server; as written."""
    formatter: dict[str, Any] = field(default_factory=dict)
    """`[formatter]`: whether edits are laid out, and `[formatter.NAME]` a program; as written."""
    ui: UiSection = field(default_factory=UiSection)
    server: ServerSection = field(default_factory=ServerSection)
    share: Literal["manual", "auto", "disabled"] = "manual"
    """Whether sessions may be read on a page of our server: when told, always, or never."""
    log: LogSection = field(default_factory=LogSection)
    profiles: dict[str, ProfileSection] = field(default_factory=dict)
