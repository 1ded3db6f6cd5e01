"""Lets root see what everybody else may not do: work in a thread that gave its powers away."""

import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_VERSION_3 = 0x20080522


def as_mortal(work: Callable[[], T]) -> T:
    """The outcome of `work`, done without root's right to read and write everything."""
    with ThreadPoolExecutor(1, initializer=_drop_capabilities) as thread:
        return thread.submit(work).result()


def _drop_capabilities() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    head = (ctypes.c_uint32 * 2)(_VERSION_3, 0)  # of this thread and those it starts
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(head, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")
