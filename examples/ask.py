"""Ask one question about the folder you are in and print the answer with what it took."""

import asyncio

from opencode import OpenCode


async def main() -> None:
    async with OpenCode() as oc:
        answer = await oc.chat("What is in README.md? One sentence.")
        print(answer.content)
        print(f"{answer.usage.total} tokens, {answer.reason}, session {answer.session}")


asyncio.run(main())
