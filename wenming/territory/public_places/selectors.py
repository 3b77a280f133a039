"""Asking the register of public places: who may see it, what was told on a day, how complete it is by town and kind."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from wenming.organisations.models import Account, Unit
from wenming.organisations.selectors import sees_whole_city

from ..models import Place, PlaceCondition, PlaceEdition, PlaceStanding
from ..rules import place_facts
from ..rules.place_facts import PlaceTold
from ..rules.place_numbers import number_beginning, serial_of, tidy_code

LOOK_AGAIN_AFTER_SECONDS = 60.0
_begun = False
_looked_at = -LOOK_AGAIN_AFTER_SECONDS
_JOINS = ("placement__town", "placement__community", "placement__grid", "manager")
FACT_WORDS = {
    place_facts.POSITION: _("位置"), place_facts.TOWN: _("所在镇街"), place_facts.MANAGER: _("管理单位"),
    place_facts.RESPONSIBLE: _("负责人"), place_facts.CONDITION: _("现状"),
}  # fmt: skip


def places_visible_to(user: Account | AnonymousUser) -> QuerySet[Place]:
    """The whole register for those who work for the whole city, else what one's unit manages or has in its town."""
    if not isinstance(user, Account) or not user.may("places.see"):
        return Place.objects.none()
    found = registered().select_related(*_JOINS)
    if sees_whole_city(user):
        return found
    own = Unit.objects.filter(path__startswith=user.unit.path)
    return found.filter(Q(manager__in=own) | Q(placement__town__code=user.unit.area_code, placement__town__isnull=False))


def registered() -> QuerySet[Place]:
    """Every place that was ever rightly in the register."""
    return Place.objects.exclude(standing=PlaceStanding.WITHDRAWN)


def public_places() -> QuerySet[Place]:
    """What anybody may see: the places that are open today."""
    return Place.objects.filter(standing=PlaceStanding.OPEN).select_related("placement__town", "manager").order_by("number")


def place_by_code(code: str) -> Place | None:
    """The place whose plate bears this code, as it was typed; closed ones too, so that the page can say so."""
    return registered().select_related(*_JOINS).filter(short_code=tidy_code(code)).first()


def editions_of(place: Place) -> QuerySet[PlaceEdition]:
    """Its whole history, oldest first."""
    return place.editions.select_related("manager", "placement__town", "placement__community", "by").order_by("position")


def edition_on(place: Place, day: date) -> PlaceEdition | None:
    """What held on that day, as it is told today; None before it was registered (2.3)."""
    return editions_of(place).filter(valid_from__lte=day).order_by("-valid_from", "-position").first()


def told_of(place: Place | PlaceEdition) -> PlaceTold:
    """What is known of it, as the rule takes it."""
    return PlaceTold(
        kind=place.kind, located=place.placement.is_located, in_a_town=place.placement.town_id is not None,
        managed=bool(place.manager_id or place.manager_name), responsible=bool(place.responsible_name or place.responsible_post),
        condition_known=place.condition != PlaceCondition.UNKNOWN,
    )  # fmt: skip


def missing_facts(place: Place) -> list[str]:
    """The facts that the dossier asks for and does not have, in words."""
    return [str(FACT_WORDS[fact]) for fact in place_facts.missing(told_of(place))]


def free_serial(kind: str) -> int:
    """The next serial of a kind: one more than the highest that we gave."""
    begun = number_beginning(kind)
    given = Place.objects.filter(number__regex=rf"^{begun}[0-9]{{6}}$").order_by("-number").values_list("number", flat=True)
    return serial_of(given.first() or "") + 1


@dataclass(frozen=True)
class Completeness:
    """How complete the dossiers of some places are. filled of due: facts told and items answered, of those asked for.

    unseen: places that nobody has looked at; what their checklists ask stands downstream and is not in `due` yet.
    """

    places: int
    filled: int
    due: int
    overdue: int
    unseen: int

    @property
    def share_percent(self) -> float | None:
        """None where nothing is asked for."""
        return round(100 * self.filled / self.due, 1) if self.due else None


def completeness_by(found: QuerySet[Place], *by: str, on: date) -> list[tuple[tuple[str, ...], Completeness]]:
    """[(values of `by`, figures)] of the open places, one question. Formula: PlaceFacts told + items answered, of asked."""
    rows = found.filter(standing=PlaceStanding.OPEN).order_by(*by).values(*by).annotate(
        n=Count("pk"), filled=Sum("told") + Sum("answered"), due=Sum("asked") + Sum("items"),
        late=Count("pk", filter=overdue(on)), unseen=Count("pk", filter=Q(items=0)),
    )  # fmt: skip
    return [
        (
            tuple(row[name] or "" for name in by),
            Completeness(row["n"], row["filled"] or 0, row["due"] or 0, row["late"], row["unseen"]),
        )
        for row in rows
    ]


def overdue(on: date) -> Q:
    """Never verified, or not since its day came."""
    return Q(due_on=None) | Q(due_on__lt=on)


def register_begun() -> bool:
    """Whether there is any place at all. A city without a register is asked once a minute, not for every report."""
    global _begun, _looked_at
    if not _begun and time.monotonic() - _looked_at > LOOK_AGAIN_AFTER_SECONDS:
        _begun, _looked_at = Place.objects.exists(), time.monotonic()
    return _begun


def note_begun() -> None:
    """The register has just been written to, by this process."""
    global _begun
    _begun = True
