"""Speak with a running `opencode serve` (OPENCODE_BASE_URL, or port 4096 of this machine)."""

import asyncio

from opencode.sdk import OpenCodeSDK


async def main() -> None:
    async with OpenCodeSDK() as sdk:
        session = await sdk.create_session()
        answer = await sdk.send_message(session.id or "", "Say hello")
        print(answer["content"])
        print(f"{sdk.metrics.request_count} requests")


asyncio.run(main())
