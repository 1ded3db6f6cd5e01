"""How far many things are: a line for each that ends, and on a terminal a bar below."""

import re
import sys

from opencode.batch.results import Result
from opencode.batch.tasks import Task
from opencode.cli.shared.output import clean
from opencode.cli.show.tongue import said

_WIDTH = 20
_SIGNS = {"done": "✓", "refused": "✗", "limit": "!", "error": "✗"}


def brief(text: str) -> str:
    """An answer on one line, without the marks of code blocks."""
    return " ".join(re.sub(r"```\w*", "", text).split())


class Progress:
    """Writes to stderr."""

    def __init__(self, total: int, done: int) -> None:
        self._total, self._ended = total, done
        self._running: list[str] = []
        self._cost = 0.0
        self._is_live = sys.stderr.isatty()
        if done:
            self.say(said(f"{done} of {total} tasks have their result already."))

    def tell(self, task: Task, result: Result | None) -> None:
        """A task was begun (no result), or has ended."""
        if result is None:
            self._running.append(task.id)
        elif result.state == "cancelled":
            self._running.remove(task.id)
        else:
            self._running.remove(task.id)
            self._ended += 1
            self._cost += result.usage.cost or 0.0
            answer = brief(result.error or result.text)
            line = f"[{self._ended}/{self._total}] {_SIGNS[result.state]} {result.id} · "
            line += f"{said(result.state)} · {result.seconds:.1f} s · {answer}"
            self.say(clean(line)[:160].rstrip())
        self._bar()

    def say(self, text: str) -> None:
        """A line that stays."""
        self.close()
        print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._is_live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _bar(self) -> None:
        if not self._is_live or not self._total:
            return
        full = _WIDTH * self._ended // self._total
        bar = "━" * full + "╌" * (_WIDTH - full)
        running = said(f"running: {len(self._running)}") + f" · ${self._cost:.2f}"
        sys.stderr.write(f"\r\x1b[K{bar} {self._ended}/{self._total} · {running}")
        sys.stderr.flush()
