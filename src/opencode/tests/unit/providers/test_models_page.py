"""The page about models says what is so."""

import re
from pathlib import Path

import pytest

from opencode.config.load import load_settings
from opencode.config.schema import ModelSection
from opencode.providers import models
from opencode.providers.catalog import row_of
from opencode.providers.local import servers

PAGE = (Path(__file__).parents[5] / "docs" / "models.md").read_text("utf-8")


@pytest.mark.parametrize("sample", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_a_sample_works_as_it_is(sample: str, project: Path) -> None:
    (project / "opencode.toml").write_text(sample)
    assert not load_settings(project, trusted=True).warnings


def test_its_figures_are_those_of_the_program() -> None:
    for figure in (models._SMALL, servers._MOST_CONTEXT):
        assert f"{figure:,}" in PAGE
    assert models._WEAK == 9
    for name, port in (("ollama", 11434), ("lmstudio", 1234), ("llamacpp", 8080), ("vllm", 8000)):
        row = row_of(name)
        assert row is not None
        assert row.base_url.endswith(f":{port}")
        assert f"({port})" in PAGE


def test_every_knob_of_a_model_is_on_it() -> None:
    told = {"name", "cache_write_price", "can_call_tools", "can_reason"}  # like their neighbours
    for key in ModelSection.__struct_fields__:
        assert key in told or f"`{key}" in PAGE or f"{key} = " in PAGE, key
