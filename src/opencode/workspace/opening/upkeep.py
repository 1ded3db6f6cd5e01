"""What is put in order in the background while a project is open."""

import asyncio
import logging

from opencode.core.error import OpenCodeError
from opencode.session.store import SessionStore

_AFTER_PAINT = 1.0
"""Seconds a face has the machine to itself."""

log = logging.getLogger(__name__)


async def tidy(store: SessionStore) -> None:
    """Old deletions leave the trash, and sessions untouched for `[session] cleanup_after` days go
    there. A failure is logged: no work of the user depends on it."""
    await asyncio.sleep(_AFTER_PAINT)
    try:
        await asyncio.to_thread(store.tidy)
    except (OSError, OpenCodeError) as error:
        log.info("the sessions were not tidied: %s", error)
