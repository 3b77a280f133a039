"""Hints about photos (提示): kept once each, judged by whoever looked, counted so that their error is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from wenming.journal import services as journal
from wenming.journal.services import Actor

from .models import Exhibit, HintKind, HintVerdict, PhotoHint


@transaction.atomic
def keep_hint(exhibit: Exhibit, kind: HintKind, *, now: datetime, other: Exhibit | None = None, **facts: object) -> PhotoHint:
    """Write the hint down; a second time nothing changes and nothing is written."""
    hint, is_new = PhotoHint.objects.get_or_create(
        exhibit=exhibit, kind=kind, defaults={"other": other, "facts": facts, "at": now}
    )
    if is_new:
        journal.record("evidence.hint-found", by=None, about=hint, now=now, kind=str(kind), exhibit=str(exhibit.public_id))
    return hint


@transaction.atomic
def judge_hint(hint: PhotoHint, *, sound: bool, by: Actor, now: datetime) -> HintVerdict | None:
    """有道理 or 无关: what the person who looked makes of it. The same word again writes nothing; the newest word counts."""
    # Two people may say so together: the second waits here and sees what the first said.
    PhotoHint.objects.select_for_update().get(pk=hint.pk)
    newest = hint.verdicts.order_by("-pk").first()
    if newest and newest.sound == sound:
        return None
    verdict = HintVerdict.objects.create(hint=hint, sound=sound, judged_by=by.username, judged_at=now)
    journal.record("evidence.hint-judged", by=by, about=hint, now=now, kind=hint.kind, sound=sound)
    return verdict


def with_verdict(hints: QuerySet[PhotoHint]) -> QuerySet[PhotoHint]:
    """The hints with what was said of each last: `sound` True, False or None."""
    newest = HintVerdict.objects.filter(hint=OuterRef("pk")).order_by("-pk")
    return hints.annotate(sound=Subquery(newest.values("sound")[:1]), judged_by=Subquery(newest.values("judged_by")[:1]))


def hints_of(exhibits: Iterable[Exhibit]) -> QuerySet[PhotoHint]:
    """Hints about these photos, each with its verdict and the photo it is compared with; one query."""
    found = PhotoHint.objects.filter(exhibit__in=list(exhibits)).select_related("exhibit", "other")
    return with_verdict(found).order_by("exhibit", "pk")


@dataclass(frozen=True)
class HintRate:
    """How the hints of one kind did: found, judged, of these sound."""

    kind: HintKind
    found: int
    judged: int
    sound: int

    @property
    def unsound(self) -> int:
        return self.judged - self.sound


def hint_rates(since: datetime, until: datetime) -> list[HintRate]:
    """Every kind that asks somebody to look, also those with nothing found."""
    found = with_verdict(PhotoHint.objects.filter(at__gte=since, at__lte=until))
    counts = {
        row["kind"]: row
        for row in found.values("kind").annotate(
            found=Count("pk"), judged=Count("pk", filter=~Q(sound=None)), good=Count("pk", filter=Q(sound=True))
        ).order_by("kind")
    }  # fmt: skip
    nothing = {"found": 0, "judged": 0, "good": 0}
    rows = ((kind, counts.get(kind.value, nothing)) for kind in HintKind if kind != HintKind.SCENE_UNSURE)
    return [HintRate(kind, row["found"], row["judged"], row["good"]) for kind, row in rows]
