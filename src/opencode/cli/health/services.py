"""What we talk to: providers and their keys, servers on this machine, language and MCP servers."""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from opencode.cli.health.finding import Finding
from opencode.config.load import Loaded
from opencode.config.schema import Settings
from opencode.config.secrets import stored_keys
from opencode.core.error import OpenCodeError
from opencode.host.certificates import OURS
from opencode.mcp.entry import Entry
from opencode.mcp.servers import Servers, entries_of
from opencode.providers.choose import can_ask, default_model, offered
from opencode.providers.keys import find_address, find_key, key_variable
from opencode.workspace.opening.intel import code_of

_QUICK = 0.5
_PATIENCE = 20.0
_CERTIFICATES = (OURS, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


def providers(settings: Settings) -> Iterator[Finding]:
    """Who can be asked, by which key; the keys themselves are never shown."""
    stored = stored_keys()
    keyed = False
    for row, section in offered(settings):
        if row.local or not can_ask(row, section, os.environ, stored.get):
            if not row.local and row.id in settings.providers:
                fix = f"opencode auth login {row.id}"
                if variable := key_variable(row, section):
                    fix = f"export {variable}=…, or {fix}"
                yield Finding("models", row.id, "fail", "in the settings, but has no key", fix)
            continue
        keyed = True
        yield Finding(
            "models", row.id, "ok", _where(find_key(row, section, os.environ, stored.get))
        )
    if not keyed:
        detail = "no provider has a key; `offline/rules` follows plain instructions without one"
        yield Finding("models", "keys", "warn", detail, "opencode auth login PROVIDER")
    model = default_model(settings, stored.get, os.environ)
    yield Finding("models", "default", "ok", model)


def _where(key: str | None) -> str:
    """Which variable holds the key, or that it is stored or written."""
    if not key:
        return "needs no key here"
    names = [name for name, value in os.environ.items() if value.strip() == key]
    if names:
        return f"key in {names[0]}"
    return "key stored" if key in stored_keys().values() else "key in the settings"


def local_servers(settings: Settings) -> Iterator[Finding]:
    """Model servers of this machine: whether somebody listens."""
    for row, section in offered(settings):
        address = find_address(row, section, os.environ)
        if not row.local or not address:
            continue
        if _listens(address):
            yield Finding("models", row.id, "ok", f"listens at {address}")
        else:
            wanted = settings.default_provider == row.id or settings.model.startswith(f"{row.id}/")
            fix = f"Start {row.name}." if wanted else ""
            state = "fail" if wanted else "off"
            yield Finding("models", row.id, state, f"nobody listens at {address}", fix)


def _listens(address: str) -> bool:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), _QUICK):
            return True
    except OSError:
        return False


def language_servers(settings: Settings, here: Path) -> Iterator[Finding]:
    """Which are installed; how to get the others is one command away."""
    code = code_of(settings, here, lambda event: None, always=True)
    states = code.states() if code else []
    there = [one for one in states if one.state in ("installed", "running")]
    if not there:
        detail = "none is installed; diagnostics after edits and the lsp tool are not there"
        yield Finding("language servers", "all", "off", detail, "opencode debug lsp lists them")
    for one in there:
        yield Finding("language servers", one.name, "ok", ", ".join(one.languages))
    for one in states:
        if one.state == "failed":
            yield Finding("language servers", one.name, "fail", one.detail, "opencode debug lsp")


def mcp_servers(loaded: Loaded, here: Path, *, network: bool) -> Iterator[Finding]:
    """Each one that runs here is started and asked; those at addresses when `network`."""
    section = loaded.settings.mcp
    entries, notes = entries_of(section.servers, section.only)
    for note in notes:
        yield Finding("mcp", "settings", "warn", note, "opencode mcp list")
    for name in (key for key in loaded.needs_trust if key.startswith("mcp.")):
        if not loaded.trusted:
            yield Finding("mcp", name, "off", "waits for trust", "opencode trust")
    tried = [one for one in entries if one.enabled and (network or not one.url) and _found(one)]
    for one in entries:
        if one.enabled and not one.url and not _found(one):
            fix = f"Install {one.command}, or: opencode mcp remove {one.name}"
            yield Finding("mcp", one.name, "fail", f"{one.command} is not on PATH", fix)
        elif one.url and not network:
            yield Finding(
                "mcp", one.name, "off", f"{one.url} not asked", "opencode doctor --network"
            )
    servers = Servers(tried, here, (), lambda name, state, detail: None)
    if tried:
        asyncio.run(servers.try_once(_PATIENCE))
    for name, life in servers.lives.items():
        if life.state == "ready":
            yield Finding("mcp", name, "ok", f"tools: {len(life.told.tools)}")
        else:
            yield Finding(
                "mcp", name, "fail", life.detail or life.state, f"opencode mcp debug {name}"
            )


def _found(entry: Entry) -> bool:
    return bool(entry.url or shutil.which(entry.command))


def certificates() -> Iterator[Finding]:
    """What connections are checked by, and through what they go."""
    named = [(name, os.environ[name]) for name in _CERTIFICATES if os.environ.get(name)]
    for name, file in named:
        try:
            ssl.create_default_context(cafile=file)
            yield Finding("network", name, "ok", file)
        except (OSError, ssl.SSLError) as error:
            what = "[network] certificates" if name == OURS else name
            fix = f"Point {what} to a PEM file, or unset it."
            yield Finding("network", name, "fail", f"{file}: {error.strerror or error}", fix)
    count = ssl.create_default_context().cert_store_stats()["x509_ca"]
    folder = ssl.get_default_verify_paths().capath
    known = f"{count} of the system" if count else f"the system's folder {folder or 'is empty'}"
    yield Finding("network", "certificates", "ok", f"{known}, besides those we bring along")
    for name in _PROXIES:
        if value := os.environ.get(name) or os.environ.get(name.lower()):
            yield Finding("network", name, "ok", value.rpartition("@")[2])


def network(settings: Settings) -> Iterator[Finding]:
    """Whether the providers that have a key can be reached from here; nothing else is asked."""
    stored = stored_keys()
    for row, section in offered(settings):
        if row.local or not find_key(row, section, os.environ, stored.get):
            continue
        address = find_address(row, section, os.environ) or row.get
        parts = urlsplit(address)
        if not parts.hostname:
            continue
        yield asyncio.run(_reached(row.id, f"{parts.scheme}://{parts.netloc}/"))


async def _reached(name: str, url: str) -> Finding:
    from opencode.host.http import fetch

    try:
        page = await fetch(url, accept="*/*", private=True, seconds=10.0)
    except OpenCodeError as error:
        fix = "Check the connection, HTTPS_PROXY and SSL_CERT_FILE."
        return Finding("network", name, "fail", error.message, fix)
    return Finding("network", name, "ok", f"{url} answers ({page.status})")
