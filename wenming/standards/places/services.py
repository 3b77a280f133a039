"""Publishing the checklist of a kind of place: from the file that comes with the house, or as the office changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal

from ..models import Confidence, PlaceChecklist
from ..rules.place_checklist import PlaceItem, checklists_in, digest_of, mistakes_in

DATA = Path(__file__).resolve().parents[1] / "data" / "place_checklists.yaml"
PERMISSION = "standards.manage"


class NothingChanged(Refusal):
    """The next version would say what the one in force says."""

    code = "place-checklist.nothing-changed"


@transaction.atomic
def load_place_checklists(*, by: Account | None, now: datetime, source: Path = DATA) -> list[PlaceChecklist]:
    """The checklists of the file, each once: a kind that the city already has, in whatever version, stays as it is."""
    whole = yaml.safe_load(source.read_text("utf-8"))
    known = set(PlaceChecklist.objects.values_list("kind", flat=True))
    return [
        _publish(
            kind, 1, cycle_days, items, source=whole["source"], confidence=whole["confidence"], reason="", by=by, now=now
        )
        for kind, (cycle_days, items) in checklists_in(whole).items()
        if kind not in known
    ]  # fmt: skip


@transaction.atomic
def publish_place_checklist(
    kind: str, *, cycle_days: int, items: Sequence[PlaceItem], source: str, reason: str, seen_version: int, by: Account, now: datetime
) -> PlaceChecklist:
    """The next version of a kind's checklist, in force from now on; what was answered before stays as it was answered.

    seen_version: the version the person had before them. Raises BadInput with every mistake. Policy: 2.2.
    """
    if not by.may(PERMISSION):
        raise NotAllowed()
    # Two officers may publish at once: the second waits here, and is told that what they changed is no longer in force.
    last = PlaceChecklist.objects.select_for_update().filter(kind=kind).order_by("-version").first()
    if (last.version if last else 0) != seen_version:
        raise BadInput(_("这份清单刚刚有人改过。请刷新页面，在最新的版本上再改。"))
    if wrong := mistakes_in(cycle_days, items):
        raise BadInput(_("有 %(count)d 处要改：%(words)s。") % {"count": len(wrong), "words": "；".join(_(one) for one in wrong)})
    if not source.strip() or not reason.strip():
        raise BadInput(_("改了什么、依据是什么，请写一句再发布。"))
    if last is not None and digest_of(kind, cycle_days, items) == last.digest:
        raise NothingChanged(_("和现在的版本一样，没有要发布的。"))
    return _publish(
        kind, seen_version + 1, cycle_days, items, source=source.strip()[:200], confidence=Confidence.HIGH, reason=reason.strip()[:200],
        by=by, now=now,
    )  # fmt: skip


def _publish(
    kind: str, version: int, cycle_days: int, items: Sequence[PlaceItem], *, source: str, confidence: str, reason: str,
    by: Account | None, now: datetime,
) -> PlaceChecklist:  # fmt: skip
    made = PlaceChecklist.objects.create(
        kind=kind, version=version, cycle_days=cycle_days, items=[asdict(item) for item in items], source=source,
        confidence=confidence, reason=reason, digest=digest_of(kind, cycle_days, items), published_at=now, published_by=by,
    )  # fmt: skip
    journal.record("place-checklist.published", by=by, about=made, now=now, number=version, digest=made.digest, reason=reason)
    return made
