"""A first-come-first-served lock: who waits longest writes next."""

from __future__ import annotations

import threading
from collections import deque


class FairLock:
    """Mutual exclusion in order of arrival, re-entrant for nobody.

    threading.Lock promises no order: under eight writers the unlucky one was measured at one commit in six seconds.
    Here every waiter holds a ticket and the lock is handed over, never raced for.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    def acquire(self, timeout: float) -> bool:
        """True when the lock is ours; False when `timeout` seconds passed first."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return True
        with self._guard:
            # Between the time-out and this line the lock may have been handed to us: then it is ours after all.
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False
