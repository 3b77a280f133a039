"""A bad network between a browser and a city: slow, losing, or away altogether.

A proxy of bytes on this machine. Loss cannot be had packet by packet without the kernel, so it is had as people feel it:
a lost packet is waited for, and now and then a connection breaks in the middle of whatever it was saying.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from dataclasses import dataclass, field

PACKET = 1400
AGAIN_AFTER = 0.2  # seconds until a lost packet is sent again


@dataclass
class BadNetwork:
    """`with BadNetwork(port) as network:` the city answers at `network.url` too, as well as the weather lets it.

    kbit_per_s: of each direction, 0 for no limit. loss: the share of packets that are sent twice. breaks: the share of
    packets after which the connection is gone, with everything that was under way on it.
    """

    city_port: int
    kbit_per_s: float = 0
    loss: float = 0
    breaks: float = 0
    away: bool = False
    seed: int = 1
    port: int = 0
    carried: int = 0
    broken: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> BadNetwork:
        self._luck, self._free_at = random.Random(self.seed), {"up": 0.0, "down": 0.0}
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the network did not come up"
        return self

    def __exit__(self, *_exception: object) -> None:
        for task in asyncio.all_tasks(self._loop):
            self._loop.call_soon_threadsafe(task.cancel)
        self._loop.call_soon_threadsafe(self._loop.call_later, 0.1, self._loop.stop)
        self._thread.join(10)

    def go_away(self) -> None:
        """No network: what is open breaks, nothing new opens."""
        self.away = True
        self._loop.call_soon_threadsafe(self._cut_all)

    def come_back(self, *, kbit_per_s: float = 0, loss: float = 0, breaks: float = 0) -> None:
        self.kbit_per_s, self.loss, self.breaks, self.away = kbit_per_s, loss, breaks, False

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def listen() -> None:
            server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.away:
            writer.transport.abort()
            return
        try:
            there, here = await asyncio.open_connection("127.0.0.1", self.city_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, here}
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._carry("up", reader, here, writer), self._carry("down", there, writer, here))
        for each in (writer, here):
            self._writers.discard(each)
            each.close()

    async def _carry(
        self, way: str, source: asyncio.StreamReader, target: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        while packet := await source.read(PACKET):
            await self._wait_for_the_line(way, len(packet))
            if self.away or self._luck.random() < self.breaks:
                self.broken += 1
                target.transport.abort()
                back.transport.abort()
                return
            self.carried += len(packet)
            target.write(packet)
            await target.drain()
        target.close()

    async def _wait_for_the_line(self, way: str, size: int) -> None:
        """One line for all connections of a direction; a packet that was lost takes it twice, and its time-out."""
        if not self.kbit_per_s:
            return
        times = 1
        while self._luck.random() < self.loss:
            times += 1
            await asyncio.sleep(AGAIN_AFTER)
        now = self._loop.time()
        self._free_at[way] = max(now, self._free_at[way]) + times * size * 8 / (self.kbit_per_s * 1000)
        await asyncio.sleep(self._free_at[way] - now)

    def _cut_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
