import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

import opencode
from opencode.config.load import load_settings
from opencode.config.schema import ProviderSection, Settings
from opencode.core.error import AuthError, UsageError
from opencode.providers.catalog import ALIASES, key_variables, row_of, secret_variables
from opencode.providers.choose import can_ask, default_model
from opencode.providers.keys import Access, find_access
from opencode.providers.row import Row
from opencode.providers.rows import ROWS
from opencode.providers.wire.wire import as_let_in, check_library, own_options

DOCS = (Path(opencode.__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
PAIR = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}


def nothing(_: str) -> str | None:
    return None


def row(name: str, section: ProviderSection | None = None) -> Row:
    found = row_of(name, section)
    assert found is not None
    return found


def access(name: str, section: ProviderSection | None = None, **env: str) -> Access:
    chosen = section or ProviderSection()
    return find_access(row(name, section), chosen, env, nothing)


@pytest.mark.parametrize("one", ROWS, ids=lambda one: one.id)
def test_a_provider_without_what_it_needs_says_what_that_is(one: Row) -> None:
    if one.local:
        assert access(one.id).key == ""
        return
    with pytest.raises(AuthError) as caught:
        access(one.id, HOME="/nowhere")
    told = f"{caught.value.message} {caught.value.hint}"
    named = [*one.keys, *one.instead, "auth login", "GOOGLE_CLOUD_PROJECT"]
    assert any(name in told for name in named), told


def test_amazons_credentials_are_looked_for_in_its_own_order(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    pair = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret"}
    region = {"aws_region_name": "us-east-1"}
    assert access("aws", **home, **PAIR, AWS_PROFILE="work").more == pair | region
    profile = access("bedrock", **home, AWS_PROFILE="work", AWS_DEFAULT_REGION="eu-north-1")
    assert profile.more == {"aws_profile_name": "work", "aws_region_name": "eu-north-1"}
    with pytest.raises(AuthError, match="no key for AWS Bedrock"):
        access("bedrock", **home, AWS_ACCESS_KEY_ID="AKID")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\n")
    assert access("bedrock", **home).more == {"aws_profile_name": "default"} | region
    listed = can_ask(row("bedrock"), ProviderSection(), home, nothing)
    assert not listed, "a file other programs use is no wish to use Bedrock"
    chosen = ProviderSection(options={"profile": "own", "region": "eu-west-3"})
    told = {"aws_profile_name": "own", "aws_region_name": "eu-west-3"}
    assert access("bedrock", chosen, **home).more == told


def test_a_stored_pair_of_amazons_is_taken_apart() -> None:
    found = find_access(row("bedrock"), ProviderSection(), {}, lambda _: "AKID:s/e+c:token")
    assert found.key == ""
    assert found.more["aws_secret_access_key"] == "s/e+c"
    assert found.more["aws_session_token"] == "token"


def test_azure_needs_the_address_of_a_resource() -> None:
    with pytest.raises(AuthError, match="address") as caught:
        access("azure", AZURE_API_KEY="k")
    assert "AZURE_OPENAI_ENDPOINT" in caught.value.hint
    at = "https://mine.openai.azure.com"
    found = access("azure", AZURE_API_KEY="k", AZURE_OPENAI_ENDPOINT=f"{at}/openai/v1/")
    assert found == Access("k", at, {"api_version": "2025-04-01-preview"})


def test_azures_address_is_had_from_the_name_of_the_resource() -> None:
    at = "https://mine.openai.azure.com"
    assert access("azure", AZURE_API_KEY="k", AZURE_RESOURCE_NAME="mine").address == at
    told = ProviderSection(options={"resourceName": "mine"})
    assert access("azure", told, AZURE_API_KEY="k", AZURE_RESOURCE_NAME="other").address == at
    found = access("azure", AZURE_API_KEY="k", AZURE_RESOURCE_NAME="x", AZURE_API_BASE="https://h")
    assert found.address == "https://h"
    assert own_options(row("azure"), {"resourceName": "mine", "user": "me"}) == {"user": "me"}


def test_a_key_of_vertex_is_enough_there_and_googles_switch_says_whose_key_it_is() -> None:
    at = "https://aiplatform.googleapis.com/v1/publishers/google"
    assert access("vertex", GOOGLE_VERTEX_API_KEY="k") == Access("k", at, {})
    on = {"GOOGLE_GENAI_USE_VERTEXAI": "True", "GOOGLE_API_KEY": "k"}
    assert access("vertex", **on) == Access("k", at, {})
    with pytest.raises(AuthError):
        access("google", **on)
    with pytest.raises(AuthError):
        access("vertex", GOOGLE_API_KEY="k", HOME="/nowhere")
    assert access("google", GOOGLE_API_KEY="k").key == "k"
    assert default_model(Settings(), nothing, on).startswith("vertex/")
    check_library(as_let_in(replace(row("vertex"), library="no_such_library"), "k"))


def test_vertex_takes_what_gcloud_left(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "GOOGLE_CLOUD_PROJECT": "p"}
    with pytest.raises(AuthError) as caught:
        access("google-vertex", **env)
    assert "gcloud auth application-default login" in caught.value.hint
    left = tmp_path / ".config" / "gcloud" / "application_default_credentials.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    assert access("vertex", **env).more["vertex_credentials"] == str(left)


def test_credentials_of_one_service_never_go_to_the_address_of_another(tmp_path: Path) -> None:
    strange = ProviderSection(base_url="https://evil.example", kind="bedrock")
    with pytest.raises(AuthError):
        access("mine", strange, **PAIR, HOME=str(tmp_path))
    other = ProviderSection(base_url="http://h", kind="azure")
    assert access("mine", other, AZURE_AD_TOKEN="t").more.keys() == {"api_version"}
    for kind in ("groq", "anthropic", "vertex"):
        turned = row("openai", ProviderSection(kind=kind))
        assert turned.prefix == "openai/", "without an address of its own a key would be given away"
    assert row("openai", ProviderSection(kind="responses")).prefix == "openai/responses/"
    there = ProviderSection(kind="anthropic", base_url="https://gate")
    assert row("openai", there).prefix == "anthropic/"


def test_a_library_that_is_missing_is_named_with_its_extra() -> None:
    for library in ("no_such_library", "no_such.library"):
        with pytest.raises(UsageError) as caught:
            check_library(replace(row("vertex"), library=library))
        assert "opencode-textual[vertex]" in caught.value.hint


def test_other_names_are_no_way_around_trust() -> None:
    known = key_variables()
    assert {*ALIASES} <= {*known}
    assert known["gemini"] == known["google"]
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "TOGETHER_API_KEY",
        "AZURE_AD_TOKEN",
    ):
        assert name in secret_variables()


@pytest.mark.parametrize(
    ("npm", "prefix"),
    [
        ("@ai-sdk/openai-compatible", "openai/"),
        ("@ai-sdk/amazon-bedrock", "bedrock/"),
        ("@ai-sdk/togetherai", "together_ai/"),
        ("@openrouter/ai-sdk-provider", "openrouter/"),
        ("@somebody/else", "openai/"),
    ],
)
def test_the_originals_packages_name_a_wire(npm: str, prefix: str, project: Path) -> None:
    section = {"npm": npm, "options": {"baseURL": "http://127.0.0.1:1/v1"}}
    (project / "opencode.json").write_text(json.dumps({"provider": {"mine": section}}))
    mine = load_settings(project, trusted=True).settings.providers["mine"]
    assert row("mine", mine).prefix == prefix


def test_the_document_has_every_provider_and_its_variables() -> None:
    for one in ROWS:
        assert f"| `{one.id}` |" in DOCS, one.id
        assert all(f"`{name}`" in DOCS for name in one.keys[:1]), one.id


@pytest.mark.parametrize("sample", re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL))
def test_a_sample_of_the_document_works_as_it_is(sample: str, project: Path) -> None:
    (project / "opencode.toml").write_text(sample)
    loaded = load_settings(project, trusted=True, key_variables=key_variables())
    assert not loaded.warnings
    for name, section in loaded.settings.providers.items():
        assert row_of(name, section) is not None
