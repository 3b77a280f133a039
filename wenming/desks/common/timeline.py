"""What a timeline tells, on every desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Told:
    """One line of a story, as `{% timeline %}` takes it. photos: (url, alt) pairs."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""
    photos: Sequence[tuple[str, str]] = ()
