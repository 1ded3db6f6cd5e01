"""Which program looks after a language here: what the settings want, and what is installed."""

import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from opencode.core.error import ConfigError, ServerStartError
from opencode.lsp.languages import Language, Program


class Choice:
    """Reads `[lsp]` as `Servers` is given it; nothing is started."""

    def __init__(self, project: Path, settings: Mapping[str, Any], env: Mapping[str, str]) -> None:
        self._project, self._settings, self._env = project, settings, env

    def own(self, language: Language) -> Mapping[str, Any]:
        """What is set for a language, by its name or that of one of its servers."""
        names = (language.name, *(program.name for program in language.programs))
        found = (self._settings.get(name) for name in names)
        tables = [cast("dict[str, Any]", one) for one in found if isinstance(one, dict)]
        return tables[0] if tables else {}

    def is_on(self, language: Language) -> bool:
        """Whether the settings let a server of it run."""
        own = self.own(language)
        return bool(
            self._settings.get("enabled", True)
            and own.get("enabled", True)
            and not own.get("disabled", False)
            and self._settings.get(language.name) is not False
        )

    def is_usable(self, language: Language) -> bool:
        """Whether it is switched on and a server of it installed."""
        return self.is_on(language) and self.program(language) is not None

    def wanted(self, language: Language) -> tuple[Program, ...]:
        """The programs to look for: the one that is set, else those of the table."""
        own = self.own(language)
        if command := own.get("command"):
            words = command.split() if isinstance(command, str) else [str(one) for one in command]
            if not words:
                raise ConfigError(f"[lsp.{language.name}] command is empty.")
            words += [str(word) for word in own.get("args", [])]
            return (Program(words[0], tuple(words), "Put it on the PATH"),)
        if name := own.get("server"):
            ours = tuple(one for one in language.programs if one.name == name)
            return ours or (Program(str(name), (str(name),), "Put it on the PATH"),)
        return language.programs

    def program(self, language: Language) -> Program | None:
        """The first that is installed."""
        return next((p for p in self.wanted(language) if self.find(p.command[0])), None)

    def find(self, program: str) -> str:
        """Where a program is: on the path, or installed beside us; never one of the project that
        its settings did not name."""
        found = shutil.which(program, path=self._env.get("PATH"))
        if found and (Path(program).is_absolute() or not Path(found).is_relative_to(self._project)):
            return found
        beside = shutil.which(program, path=sysconfig.get_path("scripts"))
        return beside or ""

    def missing(self, language: Language) -> ServerStartError:
        """What to install, or which setting names what is not there."""
        wanted, own = self.wanted(language), self.own(language)
        if own.get("command") or own.get("server"):
            return ServerStartError(
                f"{wanted[0].command[0]}, the server of [lsp.{language.name}], is not installed.",
                hint=f"{wanted[0].install}; or name another in [lsp.{language.name}].",
            )
        ways = "; ".join(f"{one.name}: {one.install}" for one in wanted)
        return ServerStartError(
            f"No language server for {language.name} is installed.",
            hint=f"Install one ({ways}), or set [lsp.{language.name}] command.",
        )
