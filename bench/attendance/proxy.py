"""A network that loses answers: the request reaches the server, its answer comes late or never."""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.attendance.scenarios import Faults

BLANK = b"\r\n\r\n"
PATIENCE = 60


@dataclass
class Traffic:
    """What went through. Times are seconds between the whole request sent on and the whole answer come back.

    `flying` holds the requests that were sent on whole and have no whole answer yet: port they left from -> method.
    """

    port: int = 0
    flying: dict[int, str] = field(default_factory=dict)
    served: dict[str, list[float]] = field(default_factory=lambda: {"GET": [], "POST": []})
    lost: int = 0
    broken: int = 0


class Proxy:
    """One request a connection, on 127.0.0.1 only; `seed` makes the faults repeatable."""

    def __init__(self, upstream: int, faults: Faults, seed: int) -> None:
        self.upstream = upstream
        self.faults = faults
        self.random = random.Random(seed)
        self.traffic = Traffic()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send the request on, then lose its answer or let it come late."""
        try:
            request = await _message(reader)
            started = time.perf_counter()
            method = request.split(b" ", 1)[0].decode()
            answer = await self._forward(request, method)
            if not answer:
                self.traffic.broken += 1
            else:
                self.traffic.served.setdefault(method, []).append(time.perf_counter() - started)
            if answer and self.random.random() < self.faults.lost:
                self.traffic.lost += 1
                answer = b""
            await asyncio.sleep(self.random.uniform(0, self.faults.slowest))
            if answer:
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _forward(self, request: bytes, method: str) -> bytes:
        own = 0
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            with contextlib.closing(writer):
                writer.write(request)
                await writer.drain()
                own = writer.get_extra_info("sockname")[1]
                self.traffic.flying[own] = method
                return await asyncio.wait_for(_message(reader), PATIENCE)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return b""
        finally:
            self.traffic.flying.pop(own, None)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(BLANK)
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + (await reader.readexactly(length) if length else b"")


@contextmanager
def faulty_network(upstream: int, faults: Faults, *, seed: int = 1) -> Iterator[Traffic]:
    """A proxy in front of the local port `upstream`, on a port of its own, until the block ends."""
    proxy, loop, ready = Proxy(upstream, faults, seed), asyncio.new_event_loop(), threading.Event()

    async def run() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, backlog=1024)
        proxy.traffic.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def drop_late() -> None:
        """Connections that are still held; there may be none, and their errors are nobody's."""
        late = asyncio.all_tasks(loop) - {asyncio.current_task()}
        for one in late:
            one.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def work() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(drop_late())
        loop.close()

    task = loop.create_task(run())
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield proxy.traffic
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
