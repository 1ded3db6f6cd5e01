"""From a model's name to its provider: what was written, else what has a key, else the rules."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from opencode.config.schema import ProviderSection, Settings
from opencode.core.error import AuthError, UsageError
from opencode.providers.catalog import ALIASES, KINDS, nearest, row_of
from opencode.providers.facts import Facts
from opencode.providers.keys import Secrets, find_access, has_credentials
from opencode.providers.row import Row
from opencode.providers.rows import ROWS

KEYLESS = "offline/rules"
BUILT_IN = ("offline", "scripted")
"""Providers that are no service."""


class Choice(Struct, frozen=True):
    """A model and who serves it."""

    row: Row
    section: ProviderSection
    model: str

    @property
    def name(self) -> str:
        """`provider/model`"""
        return f"{self.row.id}/{self.model}"


def offered(settings: Settings) -> Iterator[tuple[Row, ProviderSection]]:
    """Every provider that is not switched off: the user's own first, as written."""
    seen: set[str] = set()
    for name in [*settings.providers, *(row.id for row in ROWS)]:
        section = settings.providers.get(name, ProviderSection())
        row = row_of(name, section)
        if row is None or row.id in seen:
            continue
        seen.add(row.id)
        if section.enabled:
            yield row, section


def can_ask(row: Row, section: ProviderSection, env: Mapping[str, str], secrets: Secrets) -> bool:
    """Whether there is all that a request needs."""
    try:
        find_access(row, section, env, secrets, files=False)
    except AuthError:
        return False
    return True


def default_model(settings: Settings, secrets: Secrets, env: Mapping[str, str]) -> str:
    """The model when nobody names one: `model`, the default provider's, that of the first provider
    with a key (the user's own as written, then the table's order), the keyless rules. Providers
    on this machine that nobody configured are not guessed at."""
    if settings.model:
        return settings.model
    if settings.default_provider in BUILT_IN:
        return KEYLESS
    if settings.default_provider:
        return _of_provider(settings, settings.default_provider)
    for row, section in offered(settings):
        configured = row.id in settings.providers
        model = section.model or ("" if row.local and not configured else row.model)
        likely = configured or has_credentials(row, section, env, secrets)
        if model and likely and can_ask(row, section, env, secrets):
            return f"{row.id}/{model}"
    return KEYLESS


def of_provider(settings: Settings, name: str) -> str:
    """The model meant by a provider's bare id; any other name as it is."""
    known = {row.id for row, _ in offered(settings)} | set(ALIASES)
    return _of_provider(settings, name) if name in known else name


def small_model(settings: Settings, model: str) -> str:
    """The model for titles beside `model`: the setting, else the same provider's smallest."""
    if settings.small_model:
        return settings.small_model
    provider = model.partition("/")[0]
    row = row_of(provider, settings.providers.get(provider))
    return f"{row.id}/{row.small}" if row and row.small else model


def choose(
    settings: Settings, name: str, facts: Facts, is_ready: Callable[[Choice], bool] | None = None
) -> Choice:
    """Who serves `name`. A bare model name is looked for in the tables: of several providers the
    one that `is_ready`, the default provider, or when none is ready the first of our table.
    UsageError with the nearest names when nobody does, with all when it is anybody's."""
    provider, slash, model = name.partition("/")
    known = {row.id: (row, section) for row, section in offered(settings)}
    found = known.get(ALIASES.get(provider, provider))
    if slash and found and model:
        choice = Choice(found[0], found[1], model)
        return _meant(settings, name, facts, is_ready, choice) or choice
    if slash and found:
        raise UsageError(f"There is no model {name!r} here.", hint="`opencode models` lists them.")
    if not slash:
        return _bare(settings, name, facts, is_ready or (lambda _: False))
    section = settings.providers.get(provider)
    if section is not None and section.kind and section.kind not in KINDS:
        hint = f"`kind` is one of {', '.join(KINDS)}."
        raise UsageError(f"[provider.{provider}] speaks no wire we know: {section.kind}", hint=hint)
    if section is not None and not section.enabled:
        raise UsageError(f"The provider {provider} is switched off", hint="Set `enabled = true`.")
    near = nearest(provider, [*known, *BUILT_IN])
    hint = f"Did you mean {' or '.join(near)}? " if near else f"There are {', '.join(known)}. "
    hint += f"Any OpenAI-compatible service works as [provider.{provider}] with a base_url."
    raise UsageError(f"There is no provider {provider!r}", hint=hint)


def _of_provider(settings: Settings, name: str) -> str:
    provider = ALIASES.get(name, name)
    section = settings.providers.get(name, settings.providers.get(provider, ProviderSection()))
    row = row_of(provider, section)
    model = section.model or (row.model if row else "")
    if model.startswith(f"{provider}/"):
        return model
    return f"{provider}/{model}" if model else provider


def _bare(
    settings: Settings, name: str, facts: Facts, is_ready: Callable[[Choice], bool]
) -> Choice:
    fits: list[Choice] = []
    served: list[tuple[Row, ProviderSection, list[str]]] = []
    for row, section in offered(settings):
        models = [*section.models, section.model or row.model]
        if row.facts:
            models.extend(facts.names(row.facts))
        served.append((row, section, models))
        if name in models:
            fits.append(Choice(row, section, name))
    ready = [choice for choice in fits if is_ready(choice)]
    preferred = [choice for choice in ready if choice.row.id == _default_of(settings)]
    if len(ready) > 1 and not preferred:
        hint = f"Write {' or '.join(choice.name for choice in ready)}."
        raise UsageError(f"Several providers serve {name}", hint=hint)
    if fits:
        return (preferred or ready or fits)[0]
    providers = nearest(name, [row.id for row, _, _ in served])[:1]
    near = [*providers, *_nearest_models(name, served, is_ready)][:3]
    hint = f"Did you mean {' or '.join(near)}?" if near else "`opencode models` lists them."
    raise UsageError(f"No provider serves a model called {name!r}", hint=hint)


def _nearest_models(
    name: str,
    served: list[tuple[Row, ProviderSection, list[str]]],
    is_ready: Callable[[Choice], bool],
) -> list[str]:
    """At most three: those of providers that are ready come first, and of a model that several
    serve the one is named who comes first in our table."""
    ready: dict[str, str] = {}
    first: dict[str, str] = {}
    for row, section, models in served:
        mine = {model: f"{row.id}/{model}" for model in models if model}
        if is_ready(Choice(row, section, section.model or row.model)):
            ready = mine | ready
        first = mine | first
    first |= ready
    near = dict.fromkeys([*nearest(name, list(ready)), *nearest(name, list(first))])
    return [first[model] for model in near][:3]


def _meant(
    settings: Settings,
    name: str,
    facts: Facts,
    is_ready: Callable[[Choice], bool] | None,
    written: Choice,
) -> Choice | None:
    """`openai/gpt-oss-120b` is a model's whole name, too: of who is ready when OpenAI is not."""
    if is_ready is None or is_ready(written):
        return None
    fits = (
        Choice(row, section, name)
        for row, section in offered(settings)
        if row.facts and row.grows and facts.entry(row.facts, name)
    )
    ready = [choice for choice in fits if choice.row.id != written.row.id and is_ready(choice)]
    return ready[0] if len(ready) == 1 else None


def _default_of(settings: Settings) -> str:
    named = settings.default_provider or settings.model.partition("/")[0]
    return ALIASES.get(named, named)


def unknown_model(choice: Choice, facts: Facts) -> UsageError | None:
    """The error for a misspelt model of a provider whose models we know; None when it may be
    right. A name that differs from a known one in digits only is a version newer than the table."""
    row, section = choice.row, choice.section
    if not row.facts or row.grows or section.base_url or choice.model in section.models:
        return None
    if choice.model == section.model or facts.entry(row.facts, choice.model):
        return None
    names = list(facts.names(row.facts))
    if _family(choice.model) in {_family(name) for name in names}:
        return None
    near = nearest(choice.model, names)
    if not near:
        return None
    return UsageError(
        f"{row.name} has no model {choice.model!r} that we know",
        hint=f"Did you mean {', '.join(f'{row.id}/{name}' for name in near)}? "
        f"A new one works once [provider.{row.id}.models.{choice.model!r}] is in the settings.",
    )


def _family(model: str) -> str:
    return "".join(letter for letter in model.lower() if letter.isalpha())
