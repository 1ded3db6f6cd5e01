"""Our own git calls, guarded: nothing a repository configures is ever run by them."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from opencode.core.error import OpenCodeError

_OFF = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=false",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "log.showSignature=false",
)
_KEPT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES")
_DIFFS = ("diff", "log", "show")


class GitError(OpenCodeError):
    """Git is missing, took too long, or refused."""

    code = "git"


class Git:
    """Git in one folder. Calls block; run them in a thread.

    Hooks, fsmonitor, pagers, external diffs, textconv, filters, credential helpers and every
    transport are overridden on each call; no lock is taken and nothing is fetched."""

    def __init__(self, folder: Path, *, timeout: float = 10.0) -> None:
        self.folder = folder
        self._timeout = timeout
        self._filters: list[str] | None = None

    def run(self, *args: str, data: bytes = b"", limit: float | None = None) -> bytes:
        """What `git ARGS` prints, `data` on its stdin; at most `limit` seconds. GitError."""
        if args[0] in _DIFFS:
            args = (args[0], "--no-ext-diff", "--no-textconv", *args[1:])
        options = [word for setting in (*_OFF, *self._filters_off()) for word in ("-c", setting)]
        return self._call([*options, "--no-pager", *args], data, limit or self._timeout)

    def fields(self, *args: str) -> list[str]:
        """The same for calls with `-z`: their fields, names in the system's own encoding."""
        return [os.fsdecode(one) for one in self.run(*args).split(b"\0") if one]

    def top(self) -> Path | None:
        """The work tree the folder lies in; None when there is none or git is missing."""
        try:
            found = self._call(["rev-parse", "--show-toplevel"], b"", self._timeout)
        except GitError:
            return None
        return Path(os.fsdecode(found.rstrip(b"\n")))

    def branch(self) -> str:
        """The branch checked out; "" when there is none."""
        try:
            found = self.run("symbolic-ref", "--quiet", "--short", "HEAD")
        except GitError:
            return ""
        return found.decode("utf-8", "replace").strip()

    def filtered(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths whose content git keeps in another form than the folder does by
        a filter (LFS and the like)."""
        return {path for path, _ in self._attributes(paths, "filter")}

    def contents(self, wanted: list[tuple[str, str]]) -> list[bytes | None]:
        """The bytes the folder would hold for each (object id, path), line ends converted as
        the repository asks, filters left out; None where git has none."""
        asked = self._converted([path for _, path in wanted])
        data = b"".join(oid.encode() + b"\n" for oid, _ in wanted)
        found = _batch(self.run("cat-file", "--batch", data=data))
        return [
            self._one(oid, path) if path in asked and raw is not None else raw
            for (oid, path), raw in zip(wanted, found, strict=True)
        ]

    def _converted(self, paths: list[str]) -> set[str]:
        """Those that git writes with other bytes than it keeps."""
        try:
            settings = self.run("config", "--null", "--get-regexp", r"^core\.(autocrlf|eol)$")
        except GitError:  # none is set
            settings = b""
        if os.name == "nt" or b"autocrlf\ntrue" in settings or b"eol\ncrlf" in settings:
            return set(paths)
        found = self._attributes(paths, "eol", "working-tree-encoding", "ident")
        return {path for path, value in found if value != "lf"}

    def _attributes(self, paths: Iterable[str], *names: str) -> list[tuple[str, str]]:
        """(path, value) of each attribute that is set."""
        data = b"".join(os.fsencode(path) + b"\0" for path in paths)
        found = self.run("check-attr", "-z", "--stdin", *names, data=data).split(b"\0")
        rows = zip(found[0::3], found[2::3], strict=False)
        unset = (b"unspecified", b"unset")
        return [(os.fsdecode(p), value.decode()) for p, value in rows if value not in unset]

    def _one(self, oid: str, path: str) -> bytes | None:
        try:
            prefix = os.fsdecode(self.run("rev-parse", "--show-prefix").rstrip(b"\n"))
            return self.run("cat-file", "--filters", f"--path={prefix}{path}", oid)
        except GitError:
            return None

    def _filters_off(self) -> list[str]:
        """Settings that empty each configured filter and diff program; asked for once."""
        if self._filters is None:
            query = ["config", "--null", "--name-only", "--get-regexp"]
            pattern = r"^(filter|diff)\..*\.(clean|smudge|process|required|textconv|command)$"
            try:
                found = self._call([*query, pattern], b"", self._timeout)
            except GitError:  # none is set
                found = b""
            names = sorted({os.fsdecode(name) for name in found.split(b"\0") if name})
            self._filters = [
                f"{name}=false" if name.endswith(".required") else f"{name}=" for name in names
            ]
        return self._filters

    def _call(self, args: list[str], data: bytes, limit: float) -> bytes:
        try:
            done = subprocess.run(
                ["git", *args],
                cwd=self.folder,
                env=_environment(),
                input=data,
                capture_output=True,
                timeout=limit,
                check=False,
            )
        except FileNotFoundError as error:
            raise GitError("git is not installed.", hint="Install git.") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git {args[-1]} did not end: {error}.") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise GitError(said or f"git ended with {done.returncode}.")
        return done.stdout


def _environment() -> dict[str, str]:
    """Ours without what would lead git to another repository or program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT
    }
    return kept | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C",
    }


def _batch(data: bytes) -> list[bytes | None]:
    """The answers of `cat-file --batch`, in order."""
    found: list[bytes | None] = []
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        words = data[at:end].split(b" ")
        at = end + 1
        if words[-1].isdigit() and len(words) == 3:
            size = int(words[-1])
            found.append(data[at : at + size])
            at += size + 1
        else:
            found.append(None)
    return found
