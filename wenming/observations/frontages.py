"""What shops report from their own pages: taken in like everybody's, and credited to the premises. Policy: 3.4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from wenming.standards.models import PublicCategory
from wenming.territory.models import Premises, Source
from wenming.territory.rules.coordinates import Datum

from .models import Channel, FrontageReport
from .services import Receipt, Where, receive_report

SOURCE = "frontage"


@transaction.atomic
def report_from_frontage(
    premises: Premises, *, client_id: str, text: str, now: datetime, category: PublicCategory | None = None,
    upload_tokens: Sequence[str] = (), slow_lane: bool = False,
) -> Receipt:  # fmt: skip
    """A report at the door of the premises, credited to them, once however often it is sent."""
    lon, lat = premises.placement.point or (None, None)
    words = premises.door or premises.community.short_name
    where = Where(lon, lat, datum=Datum.CGCS2000, source=Source.ADDRESS if lon is not None else Source.NONE, address=words)
    receipt = receive_report(
        channel=Channel.SHOP, client_id=f"shop:{premises.number}:{client_id}"[:64], where=where, now=now, text=text, category=category,
        upload_tokens=upload_tokens, slow_lane=slow_lane, source=SOURCE,
    )  # fmt: skip
    FrontageReport.objects.get_or_create(report=receipt.report, defaults={"premises": premises})
    return receipt
