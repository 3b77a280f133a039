"""What a message says: the facts that a list of cases on the interface shows, and nobody's words or name.

A platform with a profile (`profiles.py`) is told of its own work orders only, in its own words, with the reply that its reporter
waits for. Left out of ours on purpose: the title (before a type is known it is the reporter's first line), the exact place, the address, the
reasons people wrote. Whoever may know more asks for the case by its number with a key of its own.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from wenming.cases.models import Case
from wenming.cases.rules.lifecycle import STATE_NAMES_ZH, STEPS, State
from wenming.journal.models import Entry

from .models import Receiver
from .profiles import orders_out, profiles
from .rules.kinds import KIND_NAMES_ZH, PING, kind_of

FORMAT = "wenming.case.1"


def written(entry: Entry, case: Case, receiver: Receiver) -> str | None:
    """The message about one act, as it is sent; None where the receiver's profile has nothing to say of it."""
    if not receiver.profile:
        return _as_text(facts_of(entry, case))
    profile = profiles().get(receiver.profile)
    orders = orders_out(profile, entry, case) if profile else []
    return _as_text({"format": f"exchange.{receiver.profile}", "orders": orders}) if orders else None


def facts_of(entry: Entry, case: Case) -> dict[str, Any]:
    """The message in our own words. What the act did stands under `act`; `case` is as it stood when this was written."""
    act = entry.action.removeprefix("case.").replace("-", "_")
    after = str(entry.facts.get("after", case.state))
    return {
        "format": FORMAT, "kind": kind_of(entry.action), "sequence": entry.seq,
        "act": {
            "name": act, "name_zh": STEPS[act].zh if act in STEPS else KIND_NAMES_ZH["case.opened"], "at": _moment(entry.at),
            "position": entry.facts.get("move"), "before": entry.facts.get("before"), "after": after,
            "after_zh": STATE_NAMES_ZH[State(after)], "unit": entry.facts.get("unit"),
        },
        "case": {
            "number": case.number, "state": case.state, "channel": case.channel,
            "problem_type": case.problem_type.full_code if case.problem_type else None,
            "problem_type_name": case.problem_type.name if case.problem_type else None,
            "unit": case.unit.code if case.unit else None, "unit_name": case.unit.name if case.unit else None,
            "town": case.town_code or None, "urgent": case.urgent, "reporters": case.reporters,
            "photo_count": case.photos, "opened_at": _moment(case.opened_at), "due_at": _moment(case.due_at),
            "closed_at": _moment(case.closed_at), "path": f"/api/v1/cases/{case.number}",
        },
    }  # fmt: skip


def test_message(receiver: Receiver, now: datetime) -> str:
    """The message by which an administrator tries whether a receiver hears us."""
    return _as_text({"format": FORMAT, "kind": PING, "at": _moment(now), "receiver": receiver.name})


def _as_text(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
