"""Asking how far other systems have been told."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Max, Q, QuerySet

from wenming.organisations.models import Account, ApiKey

from .models import Delivery, Receiver

WAITING = Q(deliveries__done_at=None, deliveries__laid_aside_at=None, deliveries__pk__isnull=False)


def receivers_visible_to(user: Account | AnonymousUser) -> QuerySet[Receiver]:
    """All of them, for whoever manages interfaces; each with what waits, what was laid aside and when one last arrived."""
    if not isinstance(user, Account) or not user.may("interfaces.manage"):
        return Receiver.objects.none()
    return Receiver.objects.select_related("account__unit").annotate(
        waiting=Count("deliveries", filter=WAITING),
        laid_aside=Count("deliveries", filter=Q(deliveries__laid_aside_at__isnull=False)),
        last_done_at=Max("deliveries__done_at"),
    )


def deliveries_visible_to(user: Account | AnonymousUser) -> QuerySet[Delivery]:
    """How messages fared, for whoever manages interfaces. Pages do not show what they say: that is not their business."""
    if not isinstance(user, Account) or not user.may("interfaces.manage"):
        return Delivery.objects.none()
    return Delivery.objects.select_related("receiver").defer("body").order_by("-written_at", "-pk")


def keys_visible_to(user: Account | AnonymousUser) -> QuerySet[ApiKey]:
    """The keys of other systems, those in force first."""
    if not isinstance(user, Account) or not user.may("interfaces.manage"):
        return ApiKey.objects.none()
    return ApiKey.objects.select_related("account__unit", "signing").order_by(
        F("revoked_at").desc(nulls_first=True), "-created_at"
    )
