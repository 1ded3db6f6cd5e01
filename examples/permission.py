"""Decide in your program what may be done: files of tests may be removed, nothing else."""

import asyncio

from opencode import Ask, OpenCode, Reply


async def judge(ask: Ask) -> Reply:
    print(f"{ask.tool} wants {[request.target for request in ask.requests]}")
    if all(request.target.startswith("tests/") for request in ask.requests):
        return Reply("allow")
    return Reply("reject", reason="Only files of tests may be removed.")


async def main() -> None:
    async with OpenCode(permission=judge) as oc:
        for path in ("tests/old.txt", "notes.txt"):
            result = await oc.execute_tool("rm", {"path": path})
            print(f"{path}: {'kept' if result.is_error else 'removed'}")


asyncio.run(main())
