"""Commands that no undo brings back: what they take away, and from whom."""

import re
from collections.abc import Callable, Iterator

import pathspec

from opencode.tools.shared.shell.effects import has_option, operands_of, options_of
from opencode.tools.shared.shell.git import split_git
from opencode.tools.shared.shell.paths import Whereabouts
from opencode.tools.shared.shell.words import Word, names

_PHRASES: dict[str, str] = {
    "docker system prune": "deletes containers and images",
    "docker volume rm": "deletes volumes",
    "docker volume prune": "deletes volumes",
    "docker image prune": "deletes images",
    "docker container prune": "deletes containers",
    "docker builder prune": "deletes the build cache",
    "podman system prune": "deletes containers and images",
    "podman volume rm": "deletes volumes",
    "kubectl delete": "deletes from the cluster",
    "kubectl drain": "empties a node",
    "kubectl replace": "replaces in the cluster",
    "helm uninstall": "removes a release",
    "helm delete": "removes a release",
    "terraform destroy": "destroys infrastructure",
    "terraform apply": "changes infrastructure",
    "tofu destroy": "destroys infrastructure",
    "pulumi destroy": "destroys infrastructure",
    "pulumi up": "changes infrastructure",
    "aws s3 rm": "deletes objects",
    "aws s3 rb": "deletes a bucket",
    "gh repo delete": "deletes a repository",
    "gh release delete": "deletes a release",
    "glab repo delete": "deletes a repository",
    "npm publish": "publishes a package",
    "npm unpublish": "withdraws a package",
    "pnpm publish": "publishes a package",
    "yarn publish": "publishes a package",
    "cargo publish": "publishes a package",
    "cargo yank": "withdraws a package",
    "uv publish": "publishes a package",
    "poetry publish": "publishes a package",
    "twine upload": "publishes a package",
    "gem push": "publishes a package",
    "heroku apps:destroy": "destroys an app",
    "fly destroy": "destroys an app",
    "vagrant destroy": "destroys a machine",
    "zfs destroy": "destroys a file system",
    "crontab -r": "deletes the schedule",
    "redis-cli flushall": "empties the database",
    "redis-cli flushdb": "empties the database",
}
_ALWAYS: dict[str, str] = {
    **dict.fromkeys(names("shred wipefs blkdiscard"), "overwrites data for good"),
    **dict.fromkeys(
        names("fdisk sfdisk parted sgdisk mkswap cryptsetup pvremove vgremove lvremove"),
        "changes disks",
    ),
    **dict.fromkeys(names("dropdb dropuser userdel groupdel deluser"), "deletes for good"),
    **dict.fromkeys(names("reboot shutdown halt poweroff"), "stops the machine"),
    "truncate": "cuts files",
}
_CLOUD = frozenset({"aws", "gcloud", "az", "doctl", "gsutil", "ibmcloud", "oci"})
_SQL = names("psql mysql mariadb sqlite3 mongo mongosh cockroach duckdb")
_DESTROYS = re.compile(r"\b(drop|truncate|delete\s+from|dropdatabase|deletemany)\b", re.IGNORECASE)


def irreversible(words: list[Word], removes: list[Word], where: Whereabouts) -> str:
    """Why the command cannot be undone; "" when it can, as far as its words tell."""
    name, rest = words[0].value.rpartition("/")[2].casefold(), words[1:]
    if len(rest) == 1 and rest[0].value in ("--help", "--version", "-h"):
        return ""
    special = {"git": _git, "dd": _dd, "find": _find, "rsync": _rsync, "kill": _kill}
    if name in special:
        return special[name](rest, where)
    if name in ("rm", "rmdir", "unlink"):
        return _rm(rest, removes, where)
    if name in ("chmod", "chown", "chgrp"):
        return _owner(name, rest, where)
    if name.startswith("mkfs"):
        return "makes a new file system over the old one"
    if name in _SQL and any(_DESTROYS.search(word.text) for word in rest):
        return "deletes from a database"
    if name in _CLOUD and any(
        re.match(r"(delete|destroy|terminate|purge|rm$|rb$)", w.value) for w in rest
    ):
        return "deletes in the cloud"
    return _ALWAYS.get(name) or _phrase(name, rest)


def _phrase(name: str, rest: list[Word]) -> str:
    plain = [name, *(w.value for w in rest if not w.lead.startswith("-"))]
    written = [name, *(w.value for w in rest)]
    for phrase, why in _PHRASES.items():
        wanted = phrase.split()
        if _in_order(wanted, plain) or written[: len(wanted)] == wanted:
            return why
    if "compose" in plain and "down" in plain and has_option(rest, "v", "volumes rmi"):
        return "deletes volumes"
    return ""


def _in_order(wanted: list[str], words: list[str]) -> bool:
    """Whether the words come in this order; values of options may stand between them."""
    rest: Iterator[str] = iter(words)
    return words[:1] == wanted[:1] and all(word in rest for word in wanted)


def _rm(rest: list[Word], removes: list[Word], where: Whereabouts) -> str:
    outside = [word.text for word in removes if where.is_outside(word)]
    if outside:
        return f"{outside[0]} is, or may be, outside of what undo covers"
    if not has_option(rest, "rR", "recursive"):
        return ""
    for word in removes:
        for real in where.reals(word):
            shown = where.show(real)
            if shown == "." or shown.split("/")[0] == ".git" or "/.git" in shown:
                return f"{word.text} holds the project's history"
            if is_ignored(shown, where):
                return f"{shown} is ignored by git and not covered by undo"
    return ""


def is_ignored(shown: str, where: Whereabouts) -> bool:
    """Whether the project's .gitignore files leave this path (relative, with slashes) out."""
    parts = shown.split("/")
    for depth in range(len(parts)):
        folder = where.place.cwd.joinpath(*parts[:depth])
        try:
            lines = (folder / ".gitignore").read_text("utf-8", errors="replace").splitlines()
        except OSError:
            continue
        spec = pathspec.GitIgnoreSpec.from_lines(lines)
        below = "/".join(parts[depth:])
        if spec.match_file(below) or spec.match_file(f"{below}/"):
            return True
    return False


def _git(rest: list[Word], where: Whereabouts) -> str:
    _, words = split_git(rest)
    command = words[0].value if words else ""
    check = _GIT.get(command)
    return check(words[1:], where) if check else ""


def _clean(rest: list[Word], where: Whereabouts) -> str:
    del where
    dry = has_option(rest, "n", "dry-run")
    return "" if dry and dry.startswith("-") else "deletes untracked files"


def _reset(rest: list[Word], where: Whereabouts) -> str:
    del where
    return "discards changes" if has_option(rest, "", "hard merge keep") else ""


def _checkout(rest: list[Word], where: Whereabouts) -> str:
    operands = [w for w in operands_of(rest) if w.value != "-"]
    if has_option(rest, "f", "force"):
        return "discards changes"
    if has_option(rest, "bB", "orphan detach track"):
        return "moves a branch" if has_option(rest, "B", "") else ""
    paths = any(w.value == "--" for w in rest) or len(operands) > 1
    if paths or any(not w.value or _exists(w, where) for w in operands):
        return "overwrites changed files"
    return ""


def _exists(word: Word, where: Whereabouts) -> bool:
    return any((where.place.cwd / real).exists() for real in where.reals(word))


def _restore(rest: list[Word], where: Whereabouts) -> str:
    del where
    staged = has_option(rest, "S", "staged") and not has_option(rest, "W", "worktree")
    return "" if staged else "overwrites changed files"


def _push(rest: list[Word], where: Whereabouts) -> str:
    del where
    if has_option(rest, "fd", "force force-with-lease force-if-includes delete mirror prune"):
        return "overwrites or deletes what others have"
    if any(w.lead.startswith(("+", ":")) for w in operands_of(rest)):
        return "overwrites or deletes what others have"
    return ""


def _branch(rest: list[Word], where: Whereabouts) -> str:
    del where
    force = has_option(rest, "DMCf", "force")
    return "drops commits of a branch" if force else ""


def _stash(rest: list[Word], where: Whereabouts) -> str:
    del where
    verb = next((w.value for w in rest if not w.lead.startswith("-")), "")
    return "drops stashed work" if verb in ("drop", "clear") else ""


def _reflog(rest: list[Word], where: Whereabouts) -> str:
    del where
    return "drops the way back" if {w.value for w in rest} & {"expire", "delete", "drop"} else ""


def _worktree(rest: list[Word], where: Whereabouts) -> str:
    del where
    removing = any(w.value == "remove" for w in rest) and has_option(rest, "f", "force")
    return "deletes a worktree with its changes" if removing else ""


def _with(short: str, long: str, why: str) -> "Callable[[list[Word], Whereabouts], str]":
    return lambda rest, _: why if has_option(rest, short, long) else ""


_GIT: dict[str, Callable[[list[Word], Whereabouts], str]] = {
    "clean": _clean,
    "reset": _reset,
    "checkout": _checkout,
    "restore": _restore,
    "push": _push,
    "branch": _branch,
    "stash": _stash,
    "reflog": _reflog,
    "worktree": _worktree,
    "switch": _with("fC", "force discard-changes force-create", "discards changes"),
    "tag": _with("df", "delete force", "moves or deletes a tag"),
    "gc": _with("", "prune aggressive", "drops unreachable commits"),
    "rm": _with("f", "force", "deletes changed files"),
    "update-ref": _with("d", "delete stdin", "drops a reference"),
    "submodule": _with("f", "force", "deletes changes in a submodule"),
    "filter-branch": lambda rest, where: "rewrites history",
    "filter-repo": lambda rest, where: "rewrites history",
    "replace": lambda rest, where: "rewrites history",
    "prune": lambda rest, where: "drops unreachable commits",
}


def _dd(rest: list[Word], where: Whereabouts) -> str:
    del where
    return "overwrites its target" if any(not w.lead or w.lead[:3] == "of=" for w in rest) else ""


def _find(rest: list[Word], where: Whereabouts) -> str:
    values = {word.value for word in rest}
    if "-delete" not in values:
        return ""
    roots = [w for w in rest[: next((i for i, w in enumerate(rest) if w.lead[:1] in "-(!"), 0)]]
    if any(where.is_outside(root) for root in roots):
        return "deletes outside of what undo covers"
    chosen = values & {"-name", "-iname", "-path", "-ipath", "-regex", "-iregex", "-empty"}
    return "" if chosen else "deletes everything it finds"


def _rsync(rest: list[Word], where: Whereabouts) -> str:
    del where
    deleting = any(
        "delete" in word.value and word.lead.startswith("--") for word in options_of(rest)
    )
    return "deletes at its target" if deleting else ""


def _kill(rest: list[Word], where: Whereabouts) -> str:
    del where
    return "ends every process" if any(w.value == "-1" for w in rest[-1:]) and len(rest) > 1 else ""


def _owner(name: str, rest: list[Word], where: Whereabouts) -> str:
    if not has_option(rest, "R", "recursive"):
        return ""
    outside = [w.text for w in operands_of(rest)[1:] if where.is_outside(w)]
    return f"{name} -R outside of what undo covers: {outside[0]}" if outside else ""
