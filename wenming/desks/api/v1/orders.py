"""工单: another platform hands its work orders in, in its own fields, by a profile that the city has agreed with it."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from ninja import Body, Status

from wenming.desks.common.access import whoever
from wenming.exchange.profiles import profiles, take_in

from .frame import Key, NotFound, api
from .shapes import OrderReceipt, Refused

REFUSALS = {400: Refused, 401: Refused, 403: Refused, 404: Refused, 409: Refused, 413: Refused, 415: Refused, 422: Refused}


@api.post(
    "/exchange/{profile}/orders", auth=Key("api.use"), tags=[gettext_noop("工单交换")],
    response={200: OrderReceipt, 201: OrderReceipt, **REFUSALS}, summary=gettext_noop("交一张工单"),
)  # fmt: skip
def orders(request: HttpRequest, profile: str, given: Annotated[dict[str, Any], Body()]) -> Status:
    """Hand one work order in, in the fields of the profile. The order's own number is the idempotency key: the same order
    again gives the same receipt with 200, with another content 409."""
    known = profiles().get(profile)
    if known is None:
        raise NotFound
    order = take_in(known, given, by=whoever(request), now=timezone.now())
    receipt = order.receipt
    return Status(
        200 if receipt.repeated else 201,
        {
            "receipt": receipt.number, "received_at": receipt.received_at, "source_number": order.source_number,
            "repeated": receipt.repeated, "notes": order.notes,
            "status_url": request.build_absolute_uri(reverse("api:progress", args=[receipt.number])),
        },
    )  # fmt: skip
