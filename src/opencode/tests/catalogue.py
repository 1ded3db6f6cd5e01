"""The English of commands and errors, gathered from the code into locales/en.json: `make locales`.

Everything else in the catalogue is written there by hand; the groups `cli` and `errors` are not."""

import json
import re
from pathlib import Path
from typing import Any

from opencode.tests.spoken import SOURCE, bare, errors, helps, nameless, sayings, sentences

ENGLISH = SOURCE.parents[1] / "locales" / "en.json"


def gathered(now: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The groups as the code has them; a text that was there keeps its key."""
    every = {"cli": [*helps(), *sayings()], "errors": errors()}
    once = sentences([text for texts in every.values() for text in texts])
    return {
        "cli": _keyed([text for text in once if text in every["cli"]], now.get("cli", {})),
        "errors": _keyed(
            [text for text in once if text not in every["cli"]], now.get("errors", {})
        ),
    }


def _keyed(texts: list[str], before: dict[str, str]) -> dict[str, str]:
    wanted = {nameless(text) for text in texts}
    keys = {text: key for key, text in before.items() if nameless(text) in wanted}
    known = {nameless(text) for text in keys}
    taken = set(before)  # a changed text gets a new key: its translations are not those of the old
    for text in texts:
        if nameless(text) not in known:
            key = start = "_".join(re.findall(r"[a-z]+", bare(text).lower())[:6]) or "text"
            n = 1
            while key in taken:
                n += 1
                key = f"{start}_{n}"
            keys[text] = key
            taken.add(key)
    return {key: text for text, key in keys.items()}


def main() -> None:
    """Write the groups to the end of the English catalogue; its other lines stay as they are."""
    text = ENGLISH.read_text("utf-8")
    rest = re.split(r',\n  "cli": ', text, maxsplit=1)[0].rstrip().removesuffix("\n}")
    groups = gathered(json.loads(text))
    lines = json.dumps(groups, ensure_ascii=False, indent=2)
    ENGLISH.write_text(f"{rest},{lines[1:]}\n", "utf-8")
    for file in sorted(ENGLISH.parent.glob("*.json")):
        if file != ENGLISH:
            _drop_dead(file, groups)


def _drop_dead(file: Path, groups: dict[str, dict[str, str]]) -> None:
    """Translations of sentences nobody says any more go; what a language lacks is named."""
    there = json.loads(file.read_text("utf-8"))
    dead = [
        (group, key) for group in groups for key in there.get(group, {}) if key not in groups[group]
    ]
    for group, key in dead:
        del there[group][key]
    if dead:
        file.write_text(json.dumps(there, ensure_ascii=False, indent=2) + "\n", "utf-8")
    lacks = [key for group in groups for key in groups[group] if key not in there.get(group, {})]
    if lacks:
        print(f"{file.name} lacks {len(lacks)}: {', '.join(lacks[:5])} …")


if __name__ == "__main__":
    main()
