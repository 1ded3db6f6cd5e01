"""Give the model a tool: a function with types and a docstring is enough."""

import asyncio

from opencode import OpenCode

oc = OpenCode()
STOCK = {"apples": 3, "pears": 0}


@oc.tool
def stock(fruit: str) -> int:
    """How many of this fruit are there? Names are plural, in English."""
    return STOCK[fruit]


async def main() -> None:
    async with oc:
        print((await oc.chat("Are there apples?")).content)


asyncio.run(main())
