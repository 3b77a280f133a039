"""Hints about photos on a case's page, whichever desk shows it, and the word of whoever looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from wenming.cases.models import Case
from wenming.cases.photo_checks.selectors import TellHint, hints_about, may_judge
from wenming.cases.photo_checks.services import judge_photo_hint
from wenming.cases.selectors import photos_of
from wenming.evidence.models import Exhibit, PhotoHint
from wenming.organisations.models import Account

from . import toasts
from .access import whoever
from .photos import Shown, shown


@dataclass(frozen=True)
class HintRow:
    """One hint with its pictures; the other picture only where the reader may see it."""

    told: TellHint
    photo: Shown
    other: Shown | None

    @property
    def pk(self) -> int:
        return self.told.hint.pk

    @property
    def plain(self) -> bool:
        """It only says that nothing can be said."""
        return not self.told.hint.asks_to_look


def hints_on_page(case: Case, reader: Account, *, only_after: bool = False) -> dict[str, Any]:
    """What the template `desks/_photo_hints.html` needs.

    only_after: of the handling itself alone; what a camera says of a resident's photo is not for the handling unit.
    """
    photos = photos_of(case)
    exhibits = [*photos.after] if only_after else [*photos.before, *photos.after, *photos.verified]
    rows = hint_rows(hints_about(exhibits, reader))
    return {
        "photo_hints": rows,
        "may_judge_hints": bool(rows) and not only_after and may_judge(case, reader),
    }


def hint_rows(told: Sequence[TellHint]) -> list[HintRow]:
    """The rows with their pictures."""
    return [HintRow(one, shown(one.hint.exhibit), _other(one)) for one in told]


def _other(one: TellHint) -> Shown | None:
    other: Exhibit | None = one.hint.other
    return shown(other) if other and (one.link or one.of_same_case) else None


def judge(request: HttpRequest, case: Case, pk: int, now: datetime) -> None:
    """Keep what the person says of one hint. Raises Refusal; a hint that is not there does not exist for anybody."""
    hint = PhotoHint.objects.select_related("exhibit").filter(pk=pk).first()
    if hint is None:
        raise Http404
    sound = request.POST.get("sound") == "yes"
    judge_photo_hint(case, hint, sound=sound, by=whoever(request), now=now)
    toasts.say(request, _("已记下：有道理") if sound else _("已记下：无关"))
