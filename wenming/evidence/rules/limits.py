"""How much may be handed in at once, and how much room a decoder gets (上限).

Changed by a release, not by hand: pages, proxies and the sentences of refusals know them too.
"""

from __future__ import annotations

MB = 1024 * 1024

MAX_BYTES = {"photo": 20 * MB, "video": 200 * MB, "document": 50 * MB}
# 50 million pixels: above every phone's ordinary mode. A 20 kB PNG of 169 million takes 0.8 GB to decode (measured).
MAX_PIXELS = 50_000_000

PUBLIC_LONG_EDGE_PX = 1600
PUBLIC_QUALITY = 80
THUMB_LONG_EDGE_PX = 320
THUMB_QUALITY = 75

# The decoding child. Memory is counted above what it has mapped before it sees the file.
CHILD_MEMORY_BYTES = 640 * MB
CHILD_CPU_SECONDS = 8
CHILD_WALL_SECONDS = 15
CHILD_ANSWER_BYTES = 8 * MB
CHILDREN_AT_ONCE = 2
# How long an upload waits for a free child before the person is asked to come back.
QUEUE_SECONDS = 20

PENDING_HOURS = 24
# Uploads in pieces that one person may have begun and not finished: a shift has some 200 photos, sent one by one.
MOST_UNFINISHED = 40
ORPHAN_DAYS = 7
