"""A photograph that came with an act which was refused is still there to be sent again."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace

from django.utils import timezone

from wenming.desks.common.tests.sitting import Sit
from wenming.evidence.models import PendingUpload
from wenming.evidence.services import hold_upload
from wenming.evidence.tests.drawings import encoded, scene
from wenming.responsibilities.frontages.services import look_again, open_matter


def test_a_look_at_a_matter_that_has_ended_does_not_use_up_the_photo(told: SimpleNamespace, sit_down: Sit) -> None:
    now = timezone.now()
    matter = open_matter(told.tea, duty="order", what="货物占道", by=told.officer, now=now)
    look_again(matter, mended=True, text="", by=told.officer, now=now)
    held = hold_upload(BytesIO(encoded(scene(), quality=80)), now=now, client_id="officer")

    answer = sit_down(told.officer).post(f"/office/matters/{matter.number}/looks/", {"mended": "no", "photos_ids": str(held.token)})

    assert answer.status_code == 409
    assert matter.notes.count() == 2
    assert PendingUpload.objects.filter(pk=held.pk).exists()
