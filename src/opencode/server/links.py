"""Addresses of shared sessions, put where clients look for them."""

from collections.abc import Mapping

from opencode.server import wire


def linked(found: wire.Session, shares: Mapping[str, str], base: str) -> wire.Session:
    """The session with the address of its page below `base`, if it has one."""
    if name := shares.get(found.id):
        found.share = wire.Share(f"{base.rstrip('/')}/s/{name}")
    return found
