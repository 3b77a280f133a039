"""A case as leaders read it: a line of a list, and its story on one page. Nothing here can be pressed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from wenming.cases.models import Case, CaseMove
from wenming.cases.selectors import moves_of, photos_of
from wenming.desks.common.case_line import CaseLine
from wenming.desks.common.photos import shown


def lines_of(cases: Iterable[Case]) -> list[CaseLine]:
    return [CaseLine(case) for case in cases]


def story_of(case: Case, now: datetime) -> dict[str, Any]:
    """The page of one case: where it stands, before and after, every act."""
    photos = photos_of(case)
    return {
        "case": case, "line": CaseLine(case), "now": now,
        "before": shown(photos.before[0]) if photos.before else None,
        "after": shown(photos.after[-1]) if photos.after else None,
        "entries": [_entry(move) for move in moves_of(case)],
    }  # fmt: skip


def _entry(move: CaseMove) -> dict[str, Any]:
    to_whom = _("派给%(unit)s") % {"unit": move.unit} if move.act in {"dispatch", "give_to_body"} and move.unit else ""
    note = "；".join(part for part in (to_whom, move.reason) if part)
    return {"what": move.get_act_display(), "who": str(move.by_unit or ""), "at": move.at, "note": note}
