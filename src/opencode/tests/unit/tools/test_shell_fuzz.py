import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opencode.core.layers import builtin_layer
from opencode.core.permission import judge
from opencode.core.place import Place
from opencode.tools.shared.shell.parse import shell_requests

_PIECES = (
    "ls cat rm x $x ` $( ) ( { } ' \" \\ ; & && | > < <<EOF EOF [[ ]] $(( )) if then fi for do"
    " done * ~ /etc .. = a=1 # ! -v é case in esac ;; {a,b}"
)
PIECES = st.sampled_from([*_PIECES.split(), "\n", "\t"])


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PIECES, max_size=14))
def test_any_text_is_read_and_never_yields_nothing(tmp_path: Path, pieces: list[str]) -> None:
    assert shell_requests(" ".join(pieces), Place(tmp_path))
    assert shell_requests("".join(pieces), Place(tmp_path))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PIECES, max_size=8), st.lists(PIECES, max_size=8))
def test_a_command_that_must_be_asked_stays_so_amid_any_words(
    tmp_path: Path, before: list[str], after: list[str]
) -> None:
    line = "\n".join([" ".join(before), "touch marker", " ".join(after)])
    requests = shell_requests(line, Place(tmp_path))
    seen = any("touch marker" in request.target for request in requests)
    hidden = any(mark in before for mark in ("'", '"', "<<EOF", "\\", "`", "#", "[["))
    assert hidden or judge(requests, [builtin_layer()]).verdict != "allow"
    assert hidden or seen or is_no_command(line)


def is_no_command(line: str) -> bool:
    """Whether bash itself refuses it, as it does a redirect to nowhere."""
    return (
        subprocess.run(["bash", "-n", "-c", line], capture_output=True, check=False).returncode > 0
    )


@pytest.mark.parametrize(
    "text", ["ls " + "a" * 10_000, "cat " + "*" * 50, "ls {" + "a," * 100 + "b}"]
)
def test_large_words_are_no_trouble(tmp_path: Path, text: str) -> None:
    assert shell_requests(text, Place(tmp_path))
