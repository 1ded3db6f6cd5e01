"""Whole processes measured by the system's own accounts; figures as ratios of medians."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    cpu: float
    """Seconds of processor time, children included."""
    wall: float
    memory: float
    """Megabytes at most, of the largest single process."""


class Row(NamedTuple):
    name: str
    figure: float
    unit: str
    goal: float

    def line(self) -> str:
        verdict = "ok" if self.figure <= self.goal else "MISSED"
        return f"{self.name:<58} {self.figure:>9.2f} {self.unit:<4} goal {self.goal:<7g} {verdict}"


def cost_of(command: Sequence[str], env: Mapping[str, str], cwd: str | None = None) -> Cost:
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    wall = time.perf_counter() - began
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def medians(runs: int, *measures: Callable[[], float]) -> list[float]:
    """In turn, A B A B …, so that a machine that slows down slows all of them."""
    found: list[list[float]] = [[] for _ in measures]
    for n in range(runs + 1):
        for values, measure in zip(found, measures, strict=True):
            value = measure()
            if n:
                values.append(value)
    return [statistics.median(values) for values in found]


def bare_python(env: Mapping[str, str]) -> float:
    return cost_of([sys.executable, "-c", "pass"], env).cpu


def show(title: str, rows: Sequence[Row]) -> None:
    print(f"\n{title}")
    for row in rows:
        print(f"  {row.line()}")
