"""Correcting what the register says of premises, and taking back what a list told of them. Policy: 3.1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput

from .. import editions
from ..models import EdgeStretch, Placement, Premises, PremisesKind, Source
from ..rules.coordinates import Datum
from ..services import place
from .services import PERMISSION, FrontageStepRefused, held_between


@dataclass(frozen=True)
class PremisesFacts:
    """What the register says of premises beyond where they are."""

    name: str
    kind: str
    trade: str = ""
    door: str = ""
    contact_post: str = ""


@dataclass(frozen=True)
class NewPoint:
    """Where they are, as it was handed in."""

    longitude: float
    latitude: float
    datum: Datum = Datum.CGCS2000


def facts_of_premises(premises: Premises) -> PremisesFacts:
    return PremisesFacts(premises.name, premises.kind, premises.trade, premises.door, premises.contact_post)


@transaction.atomic
def correct_premises(
    premises: Premises, facts: PremisesFacts, *, reason: str, by: Account | None, now: datetime, where: NewPoint | None = None,
    seen: PremisesFacts | None = None,
) -> Premises:  # fmt: skip
    """更正: what was written down wrong, or has changed; the journal keeps before and after.

    seen: what the register said when this was decided; if somebody has changed it since, nothing is changed.
    """
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_unexplained(reason)
    if not facts.name.strip():
        raise BadInput(_("名称还没有填。请照门头或者牌匾填写。"))
    premises = Premises.objects.select_for_update(of=("self",)).select_related("placement").get(pk=premises.pk)
    before = facts_of_premises(premises)
    if not premises.is_open:
        raise FrontageStepRefused(_("这一家已经注销，不能再更正。"))
    if seen is not None and seen != before:
        raise FrontageStepRefused(_("登记的内容刚刚有人改过，没有更正。请看过最新的内容再定。"))
    _write(premises, facts)
    moved = where is not None
    if where is not None:
        _move(premises, where, now)
    if not moved and facts == before:
        raise BadInput(_("没有改动，不用更正。"))
    told = {
        "before": _changed(before, facts),
        "after": _changed(facts, before),
        "moved": moved,
        "reason": reason.strip(),
    }
    journal.record("frontage.premises-corrected", by=by, about=premises, now=now, **told)
    return premises


@transaction.atomic
def take_back_correction(
    premises: Premises, *, made: PremisesFacts, before: PremisesFacts, by: Account | None, now: datetime, source: str,
    stood_at: Placement | None = None,
) -> bool:  # fmt: skip
    """What a list had corrected is as it was; False where somebody has changed it since, then it stays.

    stood_at: where it stood before, if the list had moved it.
    """
    premises = Premises.objects.select_for_update().get(pk=premises.pk)
    if not premises.is_open or facts_of_premises(premises) != made:
        return False
    _write(premises, before)
    if stood_at is not None and stood_at.community is not None:
        premises.placement, premises.community = stood_at, stood_at.community
        premises.save(update_fields=["placement", "community"])
    journal.record("frontage.premises-taken-back", by=by, about=premises, now=now, source=source)
    return True


@transaction.atomic
def take_back_premises(
    premises: Premises, *, but_for: Collection[str], by: Account | None, now: datetime, source: str
) -> bool:
    """What a list had registered was never there; False where anything hangs on it by now, then it stays.

    but_for: relations that are the list's own and may be there. Its stretches hold on no day at all.
    """
    premises = Premises.objects.select_for_update().get(pk=premises.pk)
    if not premises.is_open or _anything_hangs_on(premises, {"stretches", *but_for}):
        return False
    for stretch in premises.stretches.select_for_update().filter(valid_to=None):
        stretch.valid_to = stretch.valid_from
        stretch.save(update_fields=["valid_to"])
    premises.closed_on = premises.opened_on
    premises.save(update_fields=["closed_on"])
    journal.record("frontage.premises-taken-back", by=by, about=premises, now=now, source=source)
    return True


@transaction.atomic
def take_back_stretch(
    stretch: EdgeStretch, *, ended: Collection[int], by: Account | None, now: datetime, source: str
) -> bool:
    """The division as it was before a list told another: this piece held on no day, those that it ended go on.

    False where the piece has ended since, a written notice tells of it, or who holds it has by now been given another one
    where those lay: then it stays.
    """
    stretch = EdgeStretch.objects.select_for_update(of=("self",)).select_related("street", "premises", "unit").get(pk=stretch.pk)
    if stretch.valid_to is not None or stretch.notices.exists():
        return False
    was = list(EdgeStretch.objects.select_for_update(of=("self",)).filter(pk__in=ended, valid_to__isnull=False))
    others = (held_between(stretch.holder, stretch.street, one.side, one.from_cm, one.to_cm) for one in was)
    if any(other.exclude(pk=stretch.pk).exists() for other in others):
        return False
    stretch.valid_to = stretch.valid_from
    stretch.save(update_fields=["valid_to"])
    for one in was:
        one.valid_to = None
        one.save(update_fields=["valid_to"])
    journal.record("frontage.edge-taken-back", by=by, about=stretch, now=now, source=source, revived=sorted(ended))
    return True


def _write(premises: Premises, facts: PremisesFacts) -> None:
    premises.name, premises.kind = facts.name.strip()[:60], PremisesKind(facts.kind)
    premises.trade, premises.door = facts.trade.strip()[:30], facts.door.strip()[:60]
    premises.contact_post = facts.contact_post.strip()[:20]
    premises.save(update_fields=["name", "kind", "trade", "door", "contact_post"])


def _move(premises: Premises, where: NewPoint, now: datetime) -> None:
    found = place(
        longitude=where.longitude,
        latitude=where.latitude,
        datum=where.datum,
        source=Source.MAP,
        now=now,
        address=premises.door,
    )
    if found.community is None:
        raise BadInput(_("这个位置不在任何村居里。请检查位置，或者先画好村居的边界。"))
    premises.placement, premises.community = found, found.community
    premises.save(update_fields=["placement", "community"])


def _changed(one: PremisesFacts, other: PremisesFacts) -> dict[str, str]:
    theirs = asdict(other)
    return {name: value for name, value in asdict(one).items() if value != theirs[name]}


def _anything_hangs_on(premises: Premises, but_for: Collection[str]) -> bool:
    """Whether any row of the house, of whichever room, names these premises or a piece of street that they have."""
    rows: list[tuple[Any, QuerySet[Any]]] = [
        (relation, Premises.objects.filter(pk=premises.pk)) for relation in Premises._meta.related_objects
    ]
    rows += [(relation, premises.stretches.all()) for relation in EdgeStretch._meta.related_objects]
    for relation, ours in rows:
        if relation.get_accessor_name() in but_for:
            continue
        field = relation.remote_field.name
        if relation.related_model._default_manager.filter(**{f"{field}__in": ours.values("pk")}).exists():
            return True
    return False
