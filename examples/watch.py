"""See everything that happens while a prompt is answered, then take it back."""

import asyncio

from opencode import OpenCode
from opencode.core.delta import TextDelta
from opencode.core.event import MessageChunk, RunFinished, ToolFinished


async def main() -> None:
    async with OpenCode(permission="auto") as oc:
        async for event in oc.run("Write hello.txt"):
            match event:
                case MessageChunk(delta=TextDelta(text=text)):
                    print(text, end="")
                case ToolFinished(call=call):
                    print(f"[{call.tool} {call.status}]")
                case RunFinished(reason=reason):
                    print(f"\n[{reason}]")
                case _:
                    pass
        print("taken back:", (await oc.undo()).files)


asyncio.run(main())
