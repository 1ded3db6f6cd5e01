import subprocess
import sys

import pytest

from opencode.config.schema import ModelSection, ProviderSection, Settings
from opencode.core.error import AuthError, UsageError
from opencode.core.provider import ModelInfo
from opencode.providers.catalog import ROWS, nearest, row_of
from opencode.providers.choose import choose, default_model, unknown_model
from opencode.providers.facts import Facts, overlay
from opencode.providers.keys import find_access, find_address, find_key, missing_key
from opencode.providers.models import Models
from opencode.providers.worker.launch import environment, keep_seconds, key_of

FACTS = Facts()
CUSTOM = ProviderSection(base_url="http://here:1/v1", model="big")


def nothing(_: str) -> str | None:
    return None


def default(settings: Settings, **env: str) -> str:
    return default_model(settings, nothing, env)


def test_the_default_model_follows_the_documented_order() -> None:
    both = {"ANTHROPIC_API_KEY": "a", "OPENAI_API_KEY": "b"}
    assert default(Settings(model="openai/x"), **both) == "openai/x"
    assert default(Settings(default_provider="openai"), **both).startswith("openai/")
    chosen = Settings(default_provider="openai", providers={"openai": ProviderSection(model="m")})
    assert default(chosen) == "openai/m"
    assert default(Settings(), **both).startswith("anthropic/")
    assert default(Settings(), GEMINI_API_KEY="g").startswith("google/")
    assert default(Settings(providers={"mine": CUSTOM}), **both) == "mine/big"
    assert default(Settings()) == "offline/rules"


def test_every_default_model_is_in_the_table_and_can_call_tools() -> None:
    for row in ROWS:
        for model in filter(None, (row.model, row.small)):
            entry = FACTS.entry(row.facts, model)
            assert entry is not None or row.local or not row.facts, model
            assert row.id == "perplexity" or not entry or entry.supports_function_calling, model


def test_a_switched_off_provider_is_not_chosen() -> None:
    off = Settings(providers={"anthropic": ProviderSection(enabled=False)})
    assert default(off, ANTHROPIC_API_KEY="a") == "offline/rules"
    with pytest.raises(UsageError, match="switched off"):
        choose(off, "anthropic/x", FACTS)


def test_a_bare_name_finds_its_provider() -> None:
    assert choose(Settings(), "gpt-4o", FACTS).name == "openai/gpt-4o"
    assert choose(Settings(providers={"mine": CUSTOM}), "big", FACTS).name == "mine/big"
    with pytest.raises(UsageError) as caught:
        choose(Settings(), "gpt-4oo", FACTS)
    assert "openai/gpt-4o" in caught.value.hint


def test_the_nearest_models_are_those_of_providers_with_a_key_then_of_the_best_known() -> None:
    def told(name: str, *ready: str) -> str:
        with pytest.raises(UsageError) as caught:
            choose(Settings(), name, FACTS, lambda choice: choice.row.id in ready)
        return caught.value.hint

    assert told("gpt-9").count("openai/") == 3
    assert told("gpt-9", "github-copilot").startswith("Did you mean github-copilot/gpt-")
    assert told("gpt-9", "anthropic").count("openai/") == 3, "nothing of theirs is near"
    assert told("sonnet-4", "anthropic").count("anthropic/") == 3


def test_a_misspelt_provider_alone_is_told_its_name_first() -> None:
    with pytest.raises(UsageError) as told:
        choose(Settings(), "antropic", Facts())
    assert told.value.hint.startswith("Did you mean anthropic or ")


def test_of_several_providers_the_configured_one_serves_a_bare_name() -> None:
    def ready(*ids: str):
        return lambda choice: choice.row.id in ids

    assert choose(Settings(), "gpt-4o", FACTS, ready("azure")).name == "azure/gpt-4o"
    both = ready("azure", "github-copilot")
    with pytest.raises(UsageError) as caught:
        choose(Settings(), "gpt-4o", FACTS, both)
    assert caught.value.hint == "Write azure/gpt-4o or github-copilot/gpt-4o."
    preferring = Settings(default_provider="copilot")
    assert choose(preferring, "gpt-4o", FACTS, both).name == "github-copilot/gpt-4o"


def test_a_whole_name_with_its_maker_is_found_at_who_serves_it() -> None:
    def only(provider: str):
        return lambda choice: choice.row.id == provider

    name = "openai/gpt-oss-120b"
    assert choose(Settings(), name, FACTS, only("groq")).name == f"groq/{name}"
    assert choose(Settings(), name, FACTS, only("openai")).name == name
    assert choose(Settings(), name, FACTS, lambda _: True).name == name


def test_gemini_is_another_name_of_google() -> None:
    assert choose(Settings(), "gemini/gemini-2.5-pro", FACTS).name == "google/gemini-2.5-pro"


def test_an_unknown_provider_names_the_nearest_and_the_way_to_add_one() -> None:
    with pytest.raises(UsageError) as caught:
        choose(Settings(), "antropic/claude", FACTS)
    assert "anthropic" in caught.value.hint
    assert "base_url" in caught.value.hint
    with pytest.raises(UsageError, match="no model 'anthropic/'"):
        choose(Settings(), "anthropic/", FACTS)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("claude-sonnet-4-5", True),
        ("claude-sonnet-4-20250514", True),
        ("claude-sonnet-9", True),
        ("claude-sonet-4-5", False),
    ],
)
def test_a_misspelt_model_is_told_from_a_new_version(model: str, known: bool) -> None:
    error = unknown_model(choose(Settings(), f"anthropic/{model}", FACTS), FACTS)
    assert (error is None) is known
    written = ProviderSection(models={model: ModelSection()})
    settings = Settings(providers={"anthropic": written})
    assert unknown_model(choose(settings, f"anthropic/{model}", FACTS), FACTS) is None


async def test_perplexity_is_known_to_let_no_tools_through() -> None:
    models = Models(Settings(), nothing, {})
    for name in ("sonar-pro", "openai/gpt-5.4"):
        info = await models.info(choose(Settings(), f"perplexity/{name}", FACTS))
        assert not info.can_call_tools


async def test_what_openrouter_serves_has_its_makers_window_and_no_price() -> None:
    models = Models(Settings(), nothing, {})
    for name in ("anthropic/claude-sonnet-4.5", "openai/gpt-4o:free", "x-ai/grok-4.7"):
        info = await models.info(choose(Settings(), f"openrouter/{name}", FACTS))
        assert info.window >= 100_000
        assert (info.input_price, info.output_price, info.cache_read_price) == (None, None, None)
    strange = await models.info(choose(Settings(), "openrouter/nobody/knows", FACTS))
    assert (strange.window, strange.input_price) == (0, None)


def test_facts_come_without_the_library_and_yield_to_the_settings() -> None:
    entry = FACTS.entry("anthropic", "claude-sonnet-4-5")
    assert entry is not None
    info = entry.info("anthropic/claude-sonnet-4-5")
    assert (info.window, info.input_price, info.output_price) == (200000, 3.0, 15.0)
    changed = overlay(info, ModelSection(window=1000, input_price=0.0))
    assert (changed.window, changed.input_price, changed.output_price) == (1000, 0.0, 15.0)
    assert ModelInfo("x/y").input_price is None
    check = (
        "import sys; from opencode.providers.facts import Facts; import opencode.providers.router;"
        "Facts().entry('openai', 'gpt-4o'); print('litellm' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, env=environment({})
    )
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize(
    ("provider", "env", "expected"),
    [
        ("ollama", {"OLLAMA_HOST": "0.0.0.0:9999"}, "http://127.0.0.1:9999"),
        ("ollama", {}, "http://127.0.0.1:11434"),
        ("openai", {"OPENAI_BASE_URL": "http://proxy:8080"}, "http://proxy:8080/v1"),
        ("openai", {"OPENAI_API_BASE": "http://proxy/deep/"}, "http://proxy/deep"),
        ("anthropic", {"ANTHROPIC_BASE_URL": "https://gate/v1"}, "https://gate"),
        ("google", {}, ""),
    ],
)
def test_addresses_are_read_as_people_write_them(
    provider: str, env: dict[str, str], expected: str
) -> None:
    row = row_of(provider)
    assert row is not None
    assert find_address(row, ProviderSection(), env) == expected


def test_keys_are_looked_for_in_order() -> None:
    row = row_of("google")
    assert row is not None
    env = {"MINE": "1", "GOOGLE_API_KEY": "2", "GEMINI_API_KEY": "3"}
    assert find_key(row, ProviderSection(api_key="0", api_key_env="MINE"), env, nothing) == "0"
    assert find_key(row, ProviderSection(api_key_env="MINE"), env, nothing) == "1"
    assert find_key(row, ProviderSection(), env, nothing) == "2"
    assert find_key(row, ProviderSection(), {}, lambda name: f"stored {name}") == "stored google"
    assert find_key(row, ProviderSection(), {}, nothing) is None
    assert "GOOGLE_API_KEY" in missing_key(row, ProviderSection()).hint


def test_an_address_of_ones_own_does_not_stand_in_for_a_login() -> None:
    row = row_of("github-copilot")
    assert row is not None
    with pytest.raises(AuthError, match="Nobody is logged in to GitHub Copilot"):
        find_access(row, ProviderSection(base_url="http://acme.example"), {}, nothing)


def test_the_worker_sees_neither_keys_nor_the_project() -> None:
    env = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://p",
        "OPENAI_API_KEY": "secret",
        "OPENAI_API_BASE": "http://evil",
        "PYTHONPATH": "src",
        "LITELLM_MODE": "DEV",
    }
    seen = environment(env)
    assert seen["HTTPS_PROXY"] == "http://p"
    assert seen["LITELLM_MODE"] == "PRODUCTION"
    assert not {"OPENAI_API_KEY", "OPENAI_API_BASE"} & set(seen)
    assert seen.get("PYTHONPATH") != "src"
    assert key_of(env) != key_of({**env, "HTTPS_PROXY": "http://q"})
    assert key_of(env) == key_of({**env, "OPENAI_API_KEY": "other", "HOME": "/elsewhere"})


@pytest.mark.parametrize(
    ("written", "seconds"), [("5m", 300), ("0", 0), ("90s", 90), ("1h", 3600), ("x", 0), ("2", 2)]
)
def test_how_long_to_keep_is_read(written: str, seconds: float) -> None:
    assert keep_seconds(written) == seconds


def test_the_nearest_names_are_offered() -> None:
    assert nearest("claude-sonet-5", ["gpt-5", "claude-sonnet-5"])[0] == "claude-sonnet-5"
