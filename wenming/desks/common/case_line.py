"""A case as a line of a list, as far as every desk draws it alike: its number and the clock of its stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wenming.cases.models import Case


@dataclass(frozen=True)
class CaseLine:
    """What `{% queue %}` and `{% clock %}` need of a case. Desks that show more inherit it."""

    case: Case

    def __str__(self) -> str:
        return self.case.number

    @property
    def pk(self) -> int:
        return self.case.pk

    @property
    def due_at(self) -> datetime | None:
        return self.case.due_at

    @property
    def warn_at(self) -> datetime | None:
        return self.case.warn_at

    @property
    def paused(self) -> bool:
        return self.case.paused_at is not None

    @property
    def done_at(self) -> datetime | None:
        return self.case.moved_at if self.case.ended else None
