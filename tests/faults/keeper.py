"""The city's keeper: what a drill asks inside the city, in a process of its own.

python -m tests.faults.keeper fill            the small city, and what the clients outside need, as JSON
python -m tests.faults.keeper a-minute-later  what killed workers had taken is due again
python -m tests.faults.keeper compare LOG     everything that was promised, looked for in the city
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.faults.city import people_of_the_city, set_up

# Which act a noun of a desk leaves at the first position after those its reader had seen.
ACT_OF = {"refusal": {"refuse"}, "dispatches": {"establish", "dispatch"}, "answers": {"answer"}, "returns": {"hand_back", "contest"},
          "verifications": {"pass_verification", "send_back"}, "closure": {"close"}}  # fmt: skip


def fill() -> dict[str, Any]:
    from tests.faults.acts import photo
    from wenming.cases.tests.story import found_small_city

    found_small_city()
    city = people_of_the_city()
    return {
        "dispatcher": _session(city.dispatcher),
        "handler": _session(city.handler),
        "photos": [photo(seed).hex() for seed in range(6)],
    }


def pile_up(count: int) -> dict[str, Any]:
    from django.utils import timezone

    from tests.faults.acts import receive

    for number in range(count):
        receive(f"piled-up-{number}", timezone.now())
    return {"reports": count}


def a_minute_later() -> dict[str, Any]:
    from django.utils import timezone

    from wenming.journal.models import Reaction

    return {"due": Reaction.objects.filter(done_at=None).update(due_at=timezone.now())}


def compare(log: Path) -> dict[str, Any]:
    """{wrong: what was promised and is not there, and every broken invariant; and how much there is of everything}."""
    from tests.faults.invariants import CHECKS, violations
    from wenming.cases.models import Case, CaseMove
    from wenming.evidence.models import Exhibit
    from wenming.journal.models import Entry, Reaction
    from wenming.observations.models import Report

    promised = [json.loads(line) for line in log.read_text().splitlines()]
    reports = [line for line in promised if line["kind"] == "report"]
    moves = [line for line in promised if line["kind"] == "move"]
    wrong = [*_lost_reports(reports), *_lost_moves(moves), *_twice(reports), *violations()]
    wrong += [f"still waiting: {one} {one.last_error}" for one in Reaction.objects.filter(done_at=None)[:20]]
    return {
        "wrong": wrong, "invariants": len(CHECKS), "reports": Report.objects.count(), "cases": Case.objects.count(),
        "moves": CaseMove.objects.count(), "entries": Entry.objects.count(), "exhibits": Exhibit.objects.count(),
        "moves_by_act": dict(Counter(CaseMove.objects.values_list("act", flat=True))),
    }  # fmt: skip


def _lost_reports(promised: list[dict[str, Any]]) -> Iterator[str]:
    """Each receipt is a report with the words that were sent, and the photograph whose hash the client knows."""
    from wenming.evidence.models import Exhibit
    from wenming.observations.models import Report

    there = {receipt: (pk, text) for pk, receipt, text in Report.objects.values_list("pk", "receipt", "text")}
    shown: dict[str, set[str]] = {}
    for subject, digest in Exhibit.objects.filter(subject_type="report").values_list("subject_id", "original__digest"):
        shown.setdefault(subject, set()).add(digest)
    for line in promised:
        pk, text = there.get(line["receipt"], (None, ""))
        if pk is None or line["key"] not in text:
            yield f"lost: receipt {line['receipt']} of {line['door']} {line['key']}"
        elif line["photo"] and shown.get(str(pk)) != {f"sha256:{line['photo']}"}:
            yield f"lost: the photograph of receipt {line['receipt']}"


def _lost_moves(promised: list[dict[str, Any]]) -> Iterator[str]:
    """Each transition that an officer saw succeed stands at the position after those the officer had seen."""
    from wenming.cases.models import CaseMove
    from wenming.evidence.models import Exhibit

    there = {(n, p): act for n, p, act in CaseMove.objects.values_list("case__number", "position", "act")}
    after = set(Exhibit.objects.filter(subject_type="case").values_list("subject_id", "original__digest"))
    for line in promised:
        act = there.get((line["number"], line["seen"] + 1))
        if act not in ACT_OF[line["noun"]]:
            yield f"lost: {line['noun']} of {line['number']} after {line['seen']} moves; there is {act}"
        if line["photo"] and (line["number"], f"sha256:{line['photo']}") not in after:
            yield f"lost: the photograph of an answer to {line['number']}"


def _twice(promised: list[dict[str, Any]]) -> Iterator[str]:
    """One report for one sending, one receipt for all its repetitions."""
    from wenming.observations.models import Report

    # Every sending's own key is part of what it says: two reports of one sending would say the same.
    texts = Counter(Report.objects.values_list("text", flat=True))
    yield from (f"twice: {text}" for text, count in texts.items() if count > 1)
    receipts: dict[str, set[str]] = {}
    for line in promised:
        receipts.setdefault(line["key"], set()).add(line["receipt"])
    yield from (f"two receipts for {key}: {found}" for key, found in receipts.items() if len(found) > 1)


def _session(account: Any) -> str:
    """The key of a session as log-in and second factor leave it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "wenming.organisations.passwords.Accounts"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["second_factor"] = True
    session.create()
    assert session.session_key
    return session.session_key


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "fill": fill,
    "pile-up": lambda count: pile_up(int(count)),
    "a-minute-later": a_minute_later,
    "compare": lambda log: compare(Path(log)),
}


if __name__ == "__main__":
    set_up()
    verb, *arguments = sys.argv[1:]
    json.dump(VERBS[verb](*arguments), sys.stdout, ensure_ascii=False)
