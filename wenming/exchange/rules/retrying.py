"""How long a message is tried, and when a receiver is given up."""

from __future__ import annotations

from datetime import timedelta

TRIED_FOR = timedelta(hours=24)
"""A message is tried for one day; then it is laid aside, and a person sends it again."""

FAILURES_UNTIL_STOPPED = 20
"""So many failures in a row, half a day of silence at the growing pauses, and the receiver is stopped.

Sooner than any message is laid aside: while the other side is away, nothing has to be sent again by hand. Of messages
refused one by one (4xx) only those count that were laid aside.
"""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


def pause_after(failures: int) -> timedelta:
    """10 s, 20 s, 40 s … at most an hour. failures: in a row, at least 1."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 12))


def is_done(status: int) -> bool:
    """Any 2xx says: received. Everything else does not, a redirect (which is never followed) least of all."""
    return 200 <= status < 300


def rests_the_receiver(status: int | None) -> bool:
    """Whether the failure is the receiver's as a whole, so that its other messages need not be tried now.

    A 4xx is about this one message; no answer, 5xx, 408 and 429 are about the receiver.
    """
    return status is None or status >= 500 or status in {408, 429}
