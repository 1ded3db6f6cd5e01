"""One terminal app under measurement: a bare Textual app, one with a log, or ours.

Started by tui_transcript.py in a pseudo-terminal. Orders come as lines on the inherited file
descriptor named by the second argument, answers go back on the third."""

import asyncio
import gc
import os
import resource
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import Input


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory() -> float:
    """Resident megabytes."""
    with open(f"/proc/{os.getpid()}/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


class Orders:
    """Obeys what comes through the pipe."""

    def __init__(self, app: App[None]) -> None:
        self.app = app
        self.orders, self.answers = int(sys.argv[2]), int(sys.argv[3])

    def listen(self) -> None:
        loop = asyncio.get_running_loop()

        def read() -> None:
            with os.fdopen(self.orders) as pipe:
                for line in pipe:
                    loop.call_soon_threadsafe(self.obey, line.split())

        threading.Thread(target=read, daemon=True).start()
        self.tell("ready")

    def tell(self, *words: object) -> None:
        os.write(self.answers, (" ".join(map(str, words)) + "\n").encode())

    def obey(self, order: list[str]) -> None:
        self.app.run_worker(getattr(self, "order_" + order[0])(*order[1:]))

    async def order_usage(self) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.tell(cpu(), usage.ru_nvcsw, memory())

    async def order_stream(self, count: str, rate: str) -> None:
        """Tokens at a rate (0: as fast as the loop takes them)."""
        from opencode.tests.bench.tui_text import tokens

        pieces = tokens(int(count))
        write, drawn = self.writer()
        begun, used = perf_counter(), cpu()
        for number, piece in enumerate(pieces):
            if float(rate):
                wait = begun + number / float(rate) - perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
            elif number % 20 == 0:
                await asyncio.sleep(0)
            write(piece)
        for _ in range(10_000):
            if drawn():
                break
            await asyncio.sleep(0.01)
        self.tell(perf_counter() - begun, cpu() - used)

    def writer(self) -> tuple[Callable[[str], Any], Callable[[], bool]]:
        from textual.widgets import Log

        log = self.app.query_one(Log)
        return log.write, lambda: True


class Bare(App[None]):
    """What every terminal app of this library must pay."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        if sys.argv[1] == "log":
            from textual.widgets import Log

            yield Log()
        box = Input()
        box.cursor_blink = False
        yield box

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.call_after_refresh(Orders(self).listen)


def ours() -> App[None]:
    """Our app over a door in memory; that door is loaded after the first painting, as any is.
    The collector is treated as the program does it."""
    gc.disable()
    from contextlib import asynccontextmanager

    from opencode.tui.app import OpenCodeApp
    from opencode.tui.options import Options

    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 10, 10)

    @asynccontextmanager
    async def opened():
        from opencode.tests.bench.tui_orders import DoorOrders
        from opencode.tests.fakes.door import FakeDoor

        door = FakeDoor()
        loop = asyncio.get_running_loop()
        loop.call_later(0.3, lambda: DoorOrders(app, door).listen())
        yield door

    app = OpenCodeApp(opened, Options())
    return app


if __name__ == "__main__":
    (ours() if sys.argv[1] == "app" else Bare()).run()
