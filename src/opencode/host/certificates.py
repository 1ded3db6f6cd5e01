"""Whom encrypted connections trust: the system, the usual variables, and what the settings add."""

import os
import ssl
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from opencode.host.files import write_atomic

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


def bundle(folder: Path) -> Path | None:
    """The same as one PEM file in `folder`, for libraries that take no context; None where there
    is nothing but Mozilla's list, which they bring along. OSError when it cannot be written."""
    parts = [Path(path).read_bytes() for path in files()]
    if sys.platform == "win32":
        held = ssl.create_default_context().get_ca_certs(binary_form=True)
        parts += [ssl.DER_cert_to_PEM_cert(one).encode() for one in held]
    if not parts:
        return None
    import hashlib  # noqa: PLC0415 - with certifi 4 ms, which only connections need

    whole = b"\n".join([*parts, Path(_mozillas()).read_bytes()])
    path = folder / f"certificates-{hashlib.sha256(whole).hexdigest()[:16]}.pem"
    write_atomic(path, whole, mode=0o600)  # also over one that is there: it may be another's
    return path


def _mozillas() -> str:
    import certifi  # noqa: PLC0415 - see `bundle`

    return certifi.where()


@lru_cache(maxsize=4)
def _context(paths: tuple[str, ...]) -> ssl.SSLContext:
    context = _of_system()
    for path in (*paths, _mozillas()):
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
