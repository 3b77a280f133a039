"""Policy 2: public places."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import State


@pytest.mark.policy("2.5")
def test_a_problem_found_on_the_street_is_tracked_to_a_verified_correction(
    at_desk: Callable[[str], Client], small_city: object
) -> None:
    """Whoever patrols finds, the centre dispatches, the unit corrects, somebody else verifies."""
    patrol, centre = at_desk("supervisor"), at_desk("dispatcher")
    answer = patrol.post("/field/find/", {"text": "桶边有散落垃圾", "address": "民权路", "client_id": "patrol-1"})
    assert answer.status_code in {302, 303}
    case = Case.objects.get()

    kind = "E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时"
    centre.post(f"/office/cases/{case.number}/dispatches/", {"kind": kind, "unit": "SAN"})
    at_desk("handler").post(f"/unit/cases/{case.number}/answers/", {"text": "已清理"})
    assert "已清理" in patrol.get(f"/field/task/{case.number}/").content.decode()
    patrol.post(f"/field/task/{case.number}/verifications/", {"found": "yes"})
    centre.post(f"/office/cases/{case.number}/closure/")

    case.refresh_from_db()
    assert case.state == State.CLOSED and case.verifications.get(stage="after").by.username == "supervisor"
