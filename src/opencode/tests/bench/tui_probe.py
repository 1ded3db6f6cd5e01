"""One terminal app under measurement: a bare Textual app or the transcript with an input.

Started by tui_transcript.py in a pseudo-terminal. Orders come as lines on the inherited file
descriptor named by the second argument, answers go back on the third."""

import asyncio
import gc
import os
import resource
import sys
import threading
from time import perf_counter

from textual.app import App, ComposeResult
from textual.widgets import Input

from opencode.tui.driver import QuietDriver


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def wakeups() -> int:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw


def memory() -> float:
    """Resident megabytes."""
    with open(f"/proc/{os.getpid()}/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


class Probe(App[None]):
    """An app with one input that obeys orders from a pipe."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, kind: str, orders: int, answers: int) -> None:
        super().__init__(driver_class=QuietDriver if kind == "transcript" else None)
        self.kind, self.orders, self.answers = kind, orders, answers

    def compose(self) -> ComposeResult:
        if self.kind == "log":
            from textual.widgets import Log

            yield Log()
        elif self.kind == "transcript":
            from opencode.tui.widgets.transcript import Transcript

            yield Transcript()
        box = Input(id="box")
        box.cursor_blink = False
        yield box

    def on_mount(self) -> None:
        self.query_one("#box").focus()
        self.call_after_refresh(self.listen)

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
        self.run_worker(getattr(self, "order_" + order[0])(*order[1:]), exclusive=False)

    async def order_usage(self) -> None:
        self.tell(cpu(), wakeups(), memory())

    async def order_quit(self) -> None:
        self.tell("bye")
        self.exit()

    async def order_load(self, count: str) -> None:
        """A conversation of `count` messages."""
        from opencode.tests.bench.tui_text import answer
        from opencode.tui.blocks.block import AnswerBlock, AnyBlock, UserBlock
        from opencode.tui.widgets.transcript import Transcript

        texts = [answer(n) for n in range(50)]
        begun = perf_counter()
        blocks: list[AnyBlock] = []
        for n in range(int(count) // 2):
            blocks.append(UserBlock(f"u{n}", f"Question {n}"))
            blocks.append(AnswerBlock(f"a{n}", texts[n % 50] + str(n)))
        self.query_one(Transcript).show(blocks)
        self.call_after_refresh(lambda: self.tell(perf_counter() - begun))

    async def order_stream(self, count: str, rate: str) -> None:
        """Append tokens at a rate (0: as fast as the loop takes them)."""
        from opencode.tests.bench.tui_text import tokens

        pieces = tokens(int(count))
        write, end = self._writer()
        begun, used = perf_counter(), cpu()
        for number, piece in enumerate(pieces):
            if float(rate):
                wait = begun + number / float(rate) - perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
            elif number % 20 == 0:
                await asyncio.sleep(0)
            write(piece)
        end()
        self.call_after_refresh(lambda: self.tell(perf_counter() - begun, cpu() - used))

    def _writer(self):
        if self.kind == "log":
            from textual.widgets import Log

            log = self.query_one(Log)
            return (lambda piece: log.write(piece)), (lambda: None)
        from opencode.tui.blocks.block import AnswerBlock
        from opencode.tui.widgets.transcript import Transcript

        transcript = self.query_one(Transcript)
        block = AnswerBlock(f"s{perf_counter()}", "", live=True)
        transcript.append(block)
        parts: list[str] = []

        def write(piece: str) -> None:
            parts.append(piece)
            block.text += piece
            transcript.touch(block.id)

        def end() -> None:
            block.live = False
            transcript.touch(block.id)

        return write, end

    async def order_calls(self, count: str) -> None:
        """Tool calls with results, and the memory after each hundred."""
        from opencode.core.display import Text
        from opencode.core.message import ToolPart
        from opencode.tui.blocks.block import ToolBlock
        from opencode.tui.widgets.transcript import Transcript

        transcript = self.query_one(Transcript)
        figures: list[float] = []
        for n in range(int(count)):
            part = ToolPart(f"c{n}", "bash", {"command": f"echo {n}"})
            part.start()
            block = ToolBlock(f"t{n}", part, gap=0)
            transcript.append(block)
            block.progress = f"output {n}\n" * 20
            transcript.touch(block.id)
            await asyncio.sleep(0.002)
            part.close("completed", "", [Text(f"output {n}\n" * 20)])
            block.progress = ""
            transcript.touch(block.id)
            if n % 100 == 99:
                gc.collect()
                figures.append(round(memory(), 2))
        self.tell(*figures)


if __name__ == "__main__":
    kind, orders, answers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    Probe(kind, orders, answers).run()
