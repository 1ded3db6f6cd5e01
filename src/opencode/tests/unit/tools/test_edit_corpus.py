"""Edits as models get them wrong: what must work works, and nothing is written wrongly."""

import sys
from collections import Counter

import pytest

from opencode.core.error import ToolError
from opencode.tests.unit.tools.edit_blocks import Case, block_cases
from opencode.tests.unit.tools.edit_cases import single_cases
from opencode.tools.shared.editing.replace import replaced
from opencode.tools.shared.opened import bytes_of, text_of

CASES = [*block_cases(), *single_cases()]


def outcome(case: Case) -> bytes | None:
    try:
        document = text_of(case.file, "file")
        done = replaced(document, case.old, case.new, everywhere=case.everywhere)
        return bytes_of(done.document, "file")
    except ToolError:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_edit_writes_exactly_what_was_meant_or_nothing(case: Case) -> None:
    assert outcome(case) == case.expected


def test_the_corpus_is_large_and_its_rates_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()
    for case in CASES:
        found = outcome(case)
        kind = "must work" if case.expected is not None else "must be refused"
        counted[kind] += 1
        counted[f"{kind}: done"] += found == case.expected
        counted["wrong writes"] += found is not None and found != case.expected
    with capsys.disabled():
        sys.stdout.write(
            "\nedits: "
            + ", ".join(
                f"{counted[f'{kind}: done']} of {counted[kind]} that {kind}"
                for kind in ("must work", "must be refused")
            )
            + f"; {counted['wrong writes']} wrong writes\n"
        )
    assert len(CASES) >= 250
    assert counted["wrong writes"] == 0
    assert counted["must work: done"] >= 0.95 * counted["must work"]
