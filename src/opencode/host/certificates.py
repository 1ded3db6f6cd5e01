"""Whom encrypted connections trust: the system, the usual variables, and what the settings add."""

import os
import ssl
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import certifi

OURS = "OPENCODE_CERTIFICATES"
"""The variable that carries `[network] certificates` to every client of ours."""
_FILES = (OURS, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",
)
"""Where systems keep them when OpenSSL's own place is empty, as with many builds of Python."""


def trusted() -> ssl.SSLContext:
    """A context that trusts what the system does, where companies put theirs; the files named by
    variables besides; and Mozilla's list, for systems without any. Takes milliseconds once."""
    return _context(tuple(files()))


def files() -> Iterable[str]:
    """The files of variables and systems that are there, ours first."""
    named = [os.environ.get(name, "") for name in _FILES]
    return dict.fromkeys(path for path in (*named, *_SYSTEM) if path and Path(path).is_file())


@lru_cache(maxsize=4)
def _context(paths: tuple[str, ...]) -> ssl.SSLContext:
    context = _of_system()
    for path in (*paths, certifi.where()):
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError):
            continue  # no PEM file, or unreadable: the others count
    return context


def _of_system() -> ssl.SSLContext:
    if sys.platform != "darwin":
        return ssl.create_default_context()  # on Windows it reads the system's store, too
    store: Any = import_module("truststore")  # only there the store is no file
    return store.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
