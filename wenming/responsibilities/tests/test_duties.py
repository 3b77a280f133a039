"""How duties are stored: numbers for the words of their life, and an index of what has not ended."""

from __future__ import annotations

import pytest
from django.db import connection

from wenming.responsibilities.models import Duty
from wenming.responsibilities.models.duties import STATE_CODES, UNIT_CODES
from wenming.responsibilities.rules.clock import LimitUnit
from wenming.responsibilities.rules.duty import DutyState
from wenming.responsibilities.selectors import open_duties


def test_every_state_and_unit_of_time_has_a_number_of_its_own() -> None:
    assert set(STATE_CODES) == set(DutyState)
    assert set(UNIT_CODES) == set(LimitUnit)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, index or not")
def test_what_a_unit_owes_is_found_among_what_has_not_ended(db: object) -> None:
    assert "duties_a_unit_still_has" in open_duties(Duty.objects.filter(owner__in=[1, 2])).explain()
