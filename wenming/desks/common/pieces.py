"""A file that is sent while it is written: whoever writes it finds a file, whoever sends it takes what has come."""

from __future__ import annotations

from typing import Any


class Pieces:
    """Written to like a file that cannot be sought (zipfile, pyarrow); emptied by `taken` after every few rows."""

    # pyarrow asks for it.
    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def flush(self) -> None:
        return

    def close(self) -> None:
        return

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
