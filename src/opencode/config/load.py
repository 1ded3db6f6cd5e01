"""Settings out of all places they are written in; remembers where each value came from.

Later ones win: built-in, user, OPENCODE_CONFIG, project (outermost folder first), profile,
environment, flags."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import msgspec

from opencode.config import extras, hold, paths, secrets
from opencode.config.check import Misfit, fit, settings_from, split_unknown
from opencode.config.fill import filled, make_absolute
from opencode.config.formats import jsonc, written
from opencode.config.layers import Source, merged
from opencode.config.pins import Pins, pins_of
from opencode.config.schema import Settings
from opencode.config.spelling import FOREIGN, Table, canonical, expand_profile, spell, spelled
from opencode.config.suggest import did_you_mean
from opencode.core.error import ConfigError, UsageError

Trusted = Callable[[Path, Mapping[str, str]], bool] | bool


@dataclass(frozen=True)
class Loaded:
    """Settings with their history."""

    settings: Settings
    sources: list[Source]
    origins: dict[str, str]
    """Dotted key, as people write it → label of the source; what is absent is built in."""
    root: Path
    """The project's folder: what is trusted or not."""
    profile: str = ""
    warnings: list[str] = field(default_factory=list[str])
    needs_trust: dict[str, Any] = field(default_factory=dict[str, Any])
    """Dotted key → value: what the project's files may only do when trusted, trusted or not."""
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """The digest of each thing in the project's files that may need trust, whatever the user has
    set, so that it is the same for every process; empty when nothing needs trust now."""
    trusted: bool = False
    pins: Pins = field(default_factory=lambda: Pins(Path()))
    """The project's own programs that its settings name."""


def load_settings(
    directory: Path,
    *,
    profile: str = "",
    overrides: Mapping[str, Any] | None = None,
    env: Mapping[str, str] = os.environ,
    trusted: Trusted = False,
    key_variables: Mapping[str, tuple[str, ...]] | None = None,
) -> Loaded:
    """Read every file that counts for work in `directory`.

    `overrides` are the flags, spelled as in a file. `key_variables` names every built-in
    provider and the variables that may hold its key; without it every address a project gives
    waits for trust. ConfigError says file, line and column; UsageError names the profiles.
    """
    reader = _Reader(env, directory.absolute(), key_variables)
    user = reader.user_sources()
    project = reader.project_sources(user, trusted)
    plain = merged([*user, *project])
    flags = reader.source("flags", None, dict(overrides or {}))
    chosen = profile or str(flags.used.get("profile") or plain.get("profile") or "")
    sources = [*user, *project, *_profile_sources(chosen, [*user, *project])]
    sources += [*reader.environment(), *([flags] if flags.raw else [])]
    origins: dict[str, str] = {}
    settings = settings_from(merged(sources, origins))
    if chosen:
        settings = msgspec.structs.replace(settings, profile=chosen)
    return Loaded(
        settings,
        sources,
        origins,
        root=reader.root,
        profile=chosen,
        warnings=reader.warnings,
        needs_trust=reader.needs_trust,
        seen=reader.seen,
        trusted=reader.is_trusted,
        pins=reader.pins if reader.is_trusted else Pins(reader.root),
    )


@dataclass
class _Reader:
    """Gathers sources and what is to be said about them."""

    env: Mapping[str, str]
    directory: Path
    key_variables: Mapping[str, tuple[str, ...]] | None
    warnings: list[str] = field(default_factory=list[str])
    needs_trust: dict[str, Any] = field(default_factory=dict[str, Any])
    seen: dict[str, str] = field(default_factory=dict[str, str])
    is_trusted: bool = False

    def __post_init__(self) -> None:
        self.root = paths.project_root(self.directory)
        self.pins = Pins(self.root)

    def user_sources(self) -> list[Source]:
        """The user's file and the one OPENCODE_CONFIG names."""
        found = [self._read("user config", path) for path in self._first(paths.config_dir())]
        if named := self.env.get("OPENCODE_CONFIG"):
            found.append(self._read("OPENCODE_CONFIG", Path(named).expanduser().absolute()))
        return found

    def project_sources(self, user: list[Source], trusted: Trusted) -> list[Source]:
        """The files from the root of the project down to the directory, divided by trust."""
        mine = {source.path for source in user}
        files = [path for path in self._project_files() if path not in mine]
        raws = [(path, *self._values(written.read(path))) for path in files]
        added = extras.fingerprints(self.root, self.directory)
        if not raws and not added:
            self.is_trusted = self._answer(trusted)
            return []
        split = [hold.split(raw, self._around(path, user)) for path, _, raw in raws]
        for (path, _, _), (_, held) in zip(raws, split, strict=True):
            self.needs_trust.update(self._named(path, held))
        self.needs_trust.update(added)
        if self.needs_trust:
            self._see({path: raw for path, _, raw in raws}, added, user)
        self.is_trusted = self._answer(trusted)
        if not self.is_trusted:
            self._warn_of(added)
        sources: list[Source] = []
        for (path, file, raw), (harmless, held) in zip(raws, split, strict=True):
            values = raw if self.is_trusted else harmless
            used = self._finished(values, path.parent, file)
            sources.append(Source("project config", path, raw, used, self.is_trusted))
            if held and not self.is_trusted:
                names = ", ".join(spell(keys) for keys in held)
                self.warnings.append(
                    f"{path}: ignored until you trust this folder: {names}. "
                    "Look at them, then run `opencode trust`."
                )
        return sources

    def _answer(self, trusted: Trusted) -> bool:
        return trusted if isinstance(trusted, bool) else trusted(self.root, self.seen)

    def _see(self, raws: dict[Path, Table], added: dict[str, str], user: list[Source]) -> None:
        """Take the digest of each thing that may need trust, and of the programs it names."""
        strict = {
            path: hold.split(raw, replace(self._around(path, user), strict=True))[1]
            for path, raw in raws.items()
        }
        self.pins = pins_of(self.root, self.directory, strict)
        self.needs_trust.update(self.pins.all())
        self.seen = {**added, **self.pins.all()}
        import hashlib  # noqa: PLC0415 - 5 ms that most projects do not need

        for path, held in strict.items():
            for name, value in self._named(path, held).items():
                canon = msgspec.json.encode(value, order="sorted")
                self.seen[name] = hashlib.sha256(canon).hexdigest()

    def _warn_of(self, added: dict[str, str]) -> None:
        from opencode.config import trust  # noqa: PLC0415 - 5 ms, where something waits

        changed = [n for n in trust.changed(self.root, self.seen) or () if n in self.needs_trust]
        if changed:
            self.warnings.append(
                f"Changed since you trusted this folder: {', '.join(changed)}. "
                "Look at it, then run `opencode trust`."
            )
        if added:
            self.warnings.append(
                f"Ignored until you trust this folder: {', '.join(added)}. "
                "Look at them, then run `opencode trust`."
            )

    def _named(self, path: Path, held: dict[tuple[str, ...], Any]) -> dict[str, Any]:
        """What a file holds that waits, by dotted names; files below the root are named, too."""
        file = path.relative_to(self.root).as_posix()
        start = "" if "/" not in file else f"{file}: "
        return {start + spell(keys): value for keys, value in held.items()}

    def environment(self) -> list[Source]:
        """The documented variables, as settings."""
        found: list[Source] = []
        if text := self.env.get("OPENCODE_CONFIG_CONTENT"):
            value = jsonc.decode(text, "OPENCODE_CONFIG_CONTENT")
            found.append(self.source("OPENCODE_CONFIG_CONTENT", None, _as_table(value)))
        values: Table = {}
        if language := self.env.get("OPENCODE_LANGUAGE"):
            values["language"] = language
        if level := self.env.get("OPENCODE_LOG_LEVEL"):
            values["log_level"] = level
        if rules := self.env.get("OPENCODE_PERMISSION"):
            words = ("allow", "ask", "deny")
            values["permission"] = (
                rules if rules in words else jsonc.decode(rules, "OPENCODE_PERMISSION")
            )
        return [*found, self.source("environment", None, values)] if values else found

    def source(self, name: str, path: Path | None, values: Table) -> Source:
        """Settings that were not read from a file of their own."""
        file = written.Written(path or Path(name), "", values)
        _, raw = self._values(file)
        return Source(name, path, raw, self._finished(raw, self.directory, file))

    def _first(self, folder: Path) -> list[Path]:
        found = written.find(folder)
        if len(found) > 1:
            others = ", ".join(path.name for path in found[1:])
            self.warnings.append(f"{found[0]} is used; ignored beside it: {others}")
        return found[:1]

    def _project_files(self) -> list[Path]:
        folders = [self.directory, *self.directory.parents]
        inside = folders[: folders.index(self.root) + 1]
        return [
            path
            for folder in reversed(inside)
            for place in (folder, folder / ".opencode")
            for path in self._first(place)
        ]

    def _read(self, name: str, path: Path) -> Source:
        file, raw = self._values(written.read(path))
        return Source(name, path, raw, self._finished(raw, path.parent, file))

    def _values(self, file: written.Written) -> tuple[written.Written, Table]:
        """Canonical values without unknown keys, which are warned about."""
        raw, unknown = split_unknown(canonical(file.values))
        where = str(file.path) if file.text else file.path.name
        foreign = [keys[0] for keys, _ in unknown if len(keys) == 1 and keys[0] in FOREIGN]
        if foreign:
            self.warnings.append(f"{where}: without meaning here: {', '.join(foreign)}")
        for keys, hint in unknown:
            if keys[0] not in foreign:
                line, column = file.place(spelled(keys))
                at = f"{where}:{line}:{column}" if line else where
                self.warnings.append(f"{at}: unknown key {spell(keys)}{hint}")
        return file, raw

    def _finished(self, values: Table, folder: Path, file: written.Written) -> Table:
        """Substituted, checked, and with paths made absolute."""
        name = str(file.path) if file.text else file.path.name
        ready = cast("Table", filled(values, folder, self.env, name))
        try:
            fit(ready)
        except Misfit as error:
            dotted = spell(error.keys)
            line, column = file.place(spelled(error.keys)) if file.text else (0, 0)
            raise ConfigError(
                f"{dotted}: {error.reason}", file=name, line=line, column=column
            ) from None
        make_absolute(ready, folder, in_project=folder.is_relative_to(self.root))
        return ready

    def _around(self, path: Path, user: list[Source]) -> hold.Surroundings:
        return hold.Surroundings(
            self.root,
            path.parent,
            merged(user),
            self.key_variables,
            frozenset(secrets.stored_keys()),
            self.env,
        )


def _as_table(value: Any) -> Table:
    if not isinstance(value, dict):
        raise ConfigError("this must be a JSON object", file="OPENCODE_CONFIG_CONTENT")
    return cast("Table", value)


def _profile_sources(chosen: str, sources: list[Source]) -> list[Source]:
    if not chosen:
        return []
    found = [
        Source(
            f"profile {chosen}",
            source.path,
            expand_profile(raw),
            expand_profile(used),
            source.trusted,
        )
        for source in sources
        if (used := _profile(source.used, chosen)) is not None
        and (raw := _profile(source.raw, chosen)) is not None
    ]
    if not found:
        names = sorted({name for source in sources for name in source.used.get("profiles", {})})
        known = f"Profiles: {', '.join(names)}." if names else "No file defines a profile."
        message = f"there is no profile {chosen!r}{did_you_mean(chosen, names)}"
        raise UsageError(message, hint=known)
    return found


def _profile(values: Table, name: str) -> Table | None:
    return cast("Table | None", values.get("profiles", {}).get(name))
