"""What can go wrong, drawn as a tree; every error has a `code` the faces translate.

OpenCodeError
├── ConfigError            a setting that cannot be used; says file, line and column
├── UsageError             the caller asked for something that does not exist
├── ProviderError          a model could not answer
│   ├── AuthError              the key is missing or refused
│   ├── RateLimited            too many requests; carries retry_after
│   ├── QuotaExhausted         final: waiting minutes does not help
│   ├── ContextTooLong         the request does not fit the model's window
│   ├── Unavailable            the service is down, overloaded, silent or out of reach
│   └── RequestRefused         the provider rejected the request itself
├── ToolError              told to the model, which may try again
│   ├── InvalidInput           arguments that do not fit the tool's schema
│   ├── StaleFile              the file changed since it was read
│   └── PermissionDenied       a rule or a person said no
├── SessionError
│   ├── SessionNotFound
│   ├── SessionUnreadable      damaged; the file is kept as it is
│   └── SessionBusy            another process writes it
└── ServerStartError       an MCP or language server did not start
"""

from opencode.core.delta import Usage


class OpenCodeError(Exception):
    """Root of everything this program raises on purpose."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        """What a person can do about it, in one sentence; empty when the message says so."""


class ConfigError(OpenCodeError):
    """A setting as written by people that cannot be used."""

    code = "config"

    def __init__(
        self, message: str, *, file: str = "", line: int = 0, column: int = 0, hint: str = ""
    ) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part)
        super().__init__(f"{place}: {message}" if place else message, hint=hint)
        self.file, self.line, self.column = file, line, column


class UsageError(OpenCodeError):
    """The caller named something that is not there or does not go together; exit code 2."""

    code = "usage"


class ProviderError(OpenCodeError):
    """A model could not answer. `retryable` says whether the same request may be sent again."""

    code = "provider"
    retryable = False

    def __init__(
        self, message: str, *, hint: str = "", status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after
        """Seconds the provider asked us to wait, when it said so."""
        self.usage = Usage()
        """What it counted, and bills, before it failed."""


class AuthError(ProviderError):
    """The key is missing or was refused."""

    code = "provider.auth"


class RateLimited(ProviderError):
    """Too many requests for now."""

    code = "provider.rate_limit"
    retryable = True


class QuotaExhausted(ProviderError):
    """The allowance of days or money is used up; waiting a minute does not help."""

    code = "provider.quota"


class ContextTooLong(ProviderError):
    """The request does not fit the model's window; compaction may help."""

    code = "provider.context"


class Unavailable(ProviderError):
    """The service is down, overloaded, silent, or out of reach."""

    code = "provider.unavailable"
    retryable = True


class RequestRefused(ProviderError):
    """The provider rejected the request itself; sending it again cannot help."""

    code = "provider.refused"


class ToolError(OpenCodeError):
    """A tool could not do what was asked. Told to the model, which may try again."""

    code = "tool"


class InvalidInput(ToolError):
    """Arguments that do not fit the tool's schema, after the closed list of repairs."""

    code = "tool.input"


class StaleFile(ToolError):
    """The file changed since this session read it; nothing was written."""

    code = "tool.stale"


class PermissionDenied(ToolError):
    """A rule or a person said no."""

    code = "tool.denied"


class SessionError(OpenCodeError):
    """A session could not be used."""

    code = "session"


class SessionNotFound(SessionError):
    """No session goes by that id."""

    code = "session.not_found"


class SessionUnreadable(SessionError):
    """The file is damaged; it is kept as it is and everything else opens."""

    code = "session.unreadable"


class SessionBusy(SessionError):
    """Another process is writing this session."""

    code = "session.busy"


class ServerStartError(OpenCodeError):
    """An MCP or language server did not start."""

    code = "server"
