"""Reads a package as it comes, with an eye on the clock: senders who stop or crawl are told so and give up their place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from connectors.placing import BLOCK
from hub.inbox import refusals
from hub.inbox.house import Patience


async def blocks(request: Request, patience: Patience) -> AsyncIterator[bytes]:
    """The body in blocks of about BLOCK bytes. Raises RefusedError PUSH_SLOW; a sender who hangs up is one who stops."""
    begun, came = time.monotonic(), 0
    held = bytearray()
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(patience.chunk):
                chunk = await anext(stream)
        except StopAsyncIteration:
            break
        except (TimeoutError, ClientDisconnect) as error:
            raise refusals.slow() from error
        came += len(chunk)
        held += chunk
        took = time.monotonic() - begun
        if took > patience.free and came < patience.slowest * took:
            raise refusals.slow()
        if len(held) >= BLOCK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
