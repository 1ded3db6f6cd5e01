import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import opencode

SOURCE = Path(opencode.__file__).parent
OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
"""
COUNT = """
from pathlib import Path
print(sorted({Path(name).stem for name in opened if "locales" in Path(name).parts}))
"""


def python(code: str, source: Path = SOURCE.parent, **env: str) -> str:
    """What a fresh interpreter prints that finds the package in `source`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "OPENCODE_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": str(source), **env},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(env.get("PYTHONIOENCODING", "utf-8"))


def help_of(*words: str) -> str:
    return (
        f"import sys\nsys.argv = ['opencode', *{words!r}]\n"
        "from opencode.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the program with one more file beside the catalogues."""
    leave = shutil.ignore_patterns("tests", "__pycache__", "*.gguf")
    shutil.copytree(SOURCE, tmp_path / "src" / "opencode", ignore=leave)
    shutil.copytree(SOURCE.parents[1] / "locales", tmp_path / "locales")
    mine: dict[str, Any] = {
        "_name": "Fika",
        "confirm": {"yes": "Jo-o"},
        "transcript": {"lines": {"one": "{n} rad", "other": "{n} rader"}},
        "cli": {"list_the_models_you_can_use": "Visa modeller.", "usage": "Bruk:"},
        "errors": {"no_session_goes_by": "Ingen session heter '{text}'."},
    }
    (tmp_path / "locales" / "sv.json").write_text(json.dumps(mine), "utf-8")
    return tmp_path / "src"


def test_one_file_is_a_language(checkout: Path) -> None:
    said = python(
        "from opencode.i18n.catalog import *\nfrom opencode.i18n.english import translated\n"
        "spoken = Catalogue(detect())\n"
        "print(spoken.language, languages()['sv'], spoken.t('confirm.yes'), spoken.t('confirm.no'),"
        "spoken.t('transcript.lines', n=1), spoken.t('transcript.lines', n=2), language_of('Fika'),"
        "translated(\"No session goes by 'x y'.\", 'sv'), sep='|')",
        checkout,
        LANG="sv_SE.UTF-8",
        PYTHONIOENCODING="utf-8",
    )
    assert said.strip() == "sv|Fika|Jo-o|No|1 rad|2 rader|sv|Ingen session heter 'x y'."


def test_the_command_line_speaks_it_and_says_the_rest_in_english(checkout: Path) -> None:
    said = python(help_of("--help"), checkout, LANGUAGE="sv:en", LANG="sv_SE.UTF-8")
    assert said.startswith("Bruk: opencode")
    assert "Look at and change settings." in said


def test_no_catalogue_is_opened_for_english_help(tmp_path: Path) -> None:
    code = OPENED + help_of("run", "--help") + COUNT
    assert python(code, HOME=str(tmp_path), LANG="en_GB.UTF-8").splitlines()[-1] == "[]"


def test_a_language_opens_its_own_catalogue_and_english(tmp_path: Path) -> None:
    code = OPENED + help_of("run", "--help") + COUNT
    said = python(code, HOME=str(tmp_path), OPENCODE_LANGUAGE="de", PYTHONIOENCODING="utf-8")
    assert said.splitlines()[-1] == "['de', 'en']"


@pytest.mark.parametrize(("code", "first"), [("ja", "Usage:"), ("de", "Aufruf:")])
def test_where_a_script_cannot_be_written_english_is_spoken(code: str, first: str) -> None:
    said = python(
        help_of("run", "--help"), OPENCODE_LANGUAGE=code, PYTHONIOENCODING="latin-1", PYTHONUTF8="0"
    )
    assert said.startswith(first)


def test_the_names_of_all_languages_are_known_without_their_texts() -> None:
    said = python(
        "from opencode.i18n import catalog\n"
        "print(len(catalog.languages()) > 1, catalog.load.cache_info().currsize)"
    )
    assert said.split() == ["True", "0"]
