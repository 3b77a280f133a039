"""Requests of ours and empty views in turn, through the real stack: wall time and the server's processor time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .acting import empty_view
from .client import Client
from .inside import Effort
from .paired import Pairs, pairs_of
from .stack import Stack

CLIENTS = 8
EMPTIES = 240  # an empty view is short: a block of them should last as long as a block of ours
MakeRequests = Callable[[], Sequence[bytes]]


class OverHttp:
    """One served city and one client process."""

    def __init__(self, web: Stack, client: Client, effort: Effort) -> None:
        self.web, self.client, self.effort = web, client, effort

    def against_empty(self, make: MakeRequests, *, expect: int, clients: int = CLIENTS) -> tuple[Pairs, Pairs]:
        """Wall time and processor time per request, each against the empty view. make: a fresh block of requests."""
        blocks = [self._block(make(), expect, clients) for _ in range(self.effort.pairs + 1)][1:]
        wall = pairs_of([ours[0] for _empty, ours in blocks], [empty[0] for empty, _ours in blocks])
        return wall, pairs_of([ours[1] for _empty, ours in blocks], [empty[1] for empty, _ours in blocks])

    def seconds(self, requests: Sequence[bytes], *, expect: int, clients: int) -> float:
        """Seconds of wall time per request."""
        return self.client.send(requests, connections=clients, expect=expect).seconds_each

    def _block(
        self, ours: Sequence[bytes], expect: int, clients: int
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        empties = [empty_view()] * EMPTIES
        return self._times(empties, 200, clients), self._times(ours, expect, clients)

    def _times(self, requests: Sequence[bytes], expect: int, clients: int) -> tuple[float, float]:
        before = self.web.cpu_seconds()
        wall = self.seconds(requests, expect=expect, clients=clients)
        # The kernel counts in hundredths of a second; a block that took less took some all the same.
        return wall, max(self.web.cpu_seconds() - before, 0.01) / len(requests)
