"""A TCP proxy on a port of its own whose connections a test can cut, as bad networks do."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Cutter:
    """`url` leads to the server behind; `cut` breaks what is open, `refuse` also what comes.
    Streams of events come `late` seconds after everything else."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.refuse = False
        self.late = 0.0

    def cut(self) -> None:
        for writer in [*self._open]:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.transport.abort()
            return
        self._open.add(writer)
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._open.add(back)
        first = await reader.read(65536)
        back.write(first)
        late = self.late if first.startswith(b"GET /web/events") else 0.0
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer, late))
        self._open -= {writer, back}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late: float = 0.0
    ) -> None:
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(late)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def cutter(port: int) -> AsyncGenerator[Cutter]:
    between = Cutter(port)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    between.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield between
    finally:
        between.cut()
        server.close()
