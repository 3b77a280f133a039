"""Policy 10: evidence archive and one-stop platform."""

from __future__ import annotations

import pytest
from django.test import Client

from wenming.observations.models import Report


@pytest.mark.policy("10.1")
def test_a_citizen_needs_one_page_and_no_obligatory_field(citizen: Client, small_city: object) -> None:
    """Fewer steps: the report is one form, of which any one of photo, kind or words is enough, and one page tells the rest."""
    form = citizen.get("/report/").content.decode()
    assert "required" not in form.replace("aria-required", "").split("<main", 1)[1].split("</main>")[0]

    steps = 0
    answer = citizen.post("/report/", {"client_id": "one-step", "text": "路灯不亮"})
    steps += 1
    receipt = Report.objects.get().receipt
    assert steps == 1 and answer.status_code in {302, 303}
    assert citizen.get(f"/c/{receipt}/").status_code == 200
