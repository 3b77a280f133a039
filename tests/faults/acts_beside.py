"""Acts that are not on a case: walks of focus problems, drafts of rules, other systems. See acts.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests.faults.acts import MONDAY, REASON, Act, receive

AREA_CODE = "442000002"
CODES = {"publish_draft": "0121", "publish_and_withdraw": "0122", "publish_for_later": "0123"}


def acts_beside() -> list[Act]:
    """Each begins at what its `ready` put there, under the act's own name; `do` is given no report and no case."""
    from django.db import transaction

    from wenming.cases.focus.raising import raise_due_patrols
    from wenming.cases.rule_changes.publishing import withdraw_change
    from wenming.exchange import keys
    from wenming.exchange import services as exchange
    from wenming.observations.models import PatrolPlan, PatrolPoint
    from wenming.observations.patrols.services import end_plan, see_point
    from wenming.standards.drafts import services as drafts
    from wenming.standards.drafts.models import RuleChange

    def see(city: SimpleNamespace, now: datetime, seen: str, fail: bool = False) -> object:
        point = PatrolPoint.objects.order_by("patrol", "position")[0]
        answers = dict.fromkeys(point.patrol.edition.items.all(), "fail") if fail else {}
        return see_point(
            point, seen=seen, answers=answers, seen_at=now, by=city.east_patrol, now=now,
            report_of=lambda item: receive(f"found-{item.pk}", now, by=city.east_patrol).report,
        )  # fmt: skip

    def end_the_plan(c: SimpleNamespace, now: datetime) -> object:
        return end_plan(PatrolPlan.objects.get(focus_code="stalls"), by=c.officer, now=now)

    def withdraw(c: SimpleNamespace, now: datetime) -> object:
        """Two acts in one, so that nothing waits in a city of all acts before the last one does."""
        with transaction.atomic():
            _publish(c, "publish_and_withdraw", now, days=3)
            return withdraw_change(RuleChange.objects.latest("pk"), reason=REASON, by=c.officer, now=now)

    def receiver(name: str, service: Callable[..., object], ready: Callable[..., object] = _register, **more: Any) -> Act:
        """An act on a receiver that is called like the act."""
        return Act(
            name, None, lambda c, r, k, now: service(_receiver(name), by=c.admin, now=now, **more), lambda c: ready(c, name, MONDAY)
        )

    def key(c: SimpleNamespace, name: str, now: datetime, *, signs: bool) -> object:
        return keys.issue_key(c.api, name=name, signs=signs, by=c.admin, now=now)

    def end_the_key(c: SimpleNamespace, now: datetime) -> object:
        return keys.end_key(c.api.api_keys.get(name="end_key"), by=c.admin, now=now)

    return [
        Act("plan_patrol", None, lambda c, r, k, now: _plan(c, "signs", now)),
        Act("end_plan", None, lambda c, r, k, now: end_the_plan(c, now), lambda c: _plan(c, "stalls", MONDAY)),
        Act("see_point", None, lambda c, r, k, now: see(c, now, "fine"), _walk),
        Act("find_at_point", None, lambda c, r, k, now: see(c, now, "checked", fail=True)),
        # After the walk was raised, so that this one plan alone is due.
        Act("raise_patrols", None, lambda c, r, k, now: raise_due_patrols(now), lambda c: _plan(c, "markets", MONDAY)),
        Act("open_draft", None, lambda c, r, k, now: drafts.open_draft("open_draft", by=c.officer, now=now)),
        Act("edit_types", None, lambda c, r, k, now: _edit(c, _draft("edit_types"), now), lambda c: _opened(c, "edit_types")),
        Act(
            "undo_edit", None, lambda c, r, k, now: drafts.undo_edit(_draft("undo_edit"), 1, by=c.officer, now=now),
            lambda c: _edited(c, "undo_edit"),
        ),
        Act(
            "discard_draft", None, lambda c, r, k, now: drafts.discard_draft(_draft("discard_draft"), by=c.officer, now=now),
            lambda c: _edited(c, "discard_draft"),
        ),
        Act("publish_draft", None, lambda c, r, k, now: _publish(c, "publish_draft", now), lambda c: _edited(c, "publish_draft")),
        Act("publish_and_withdraw", None, lambda c, r, k, now: withdraw(c, now), lambda c: _edited(c, "publish_and_withdraw")),
        # The last to be published: nothing is, beside a change that waits.
        Act(
            "publish_for_later", None, lambda c, r, k, now: _publish(c, "publish_for_later", now, days=3),
            lambda c: _edited(c, "publish_for_later"),
        ),
        Act("register_receiver", None, lambda c, r, k, now: _register(c, "register_receiver", now)),
        receiver("change_receiver", exchange.change_receiver, url="https://example.org/other", kinds=["case.closed"]),
        receiver("renew_secret", exchange.renew_secret),
        receiver("ping", exchange.ping),
        receiver("stop_receiver", exchange.stop_receiver),
        receiver("resume_receiver", exchange.resume_receiver, _stopped),
        Act("issue_key", None, lambda c, r, k, now: key(c, "issue_key", now, signs=False)),
        Act("end_key", None, lambda c, r, k, now: end_the_key(c, now), lambda c: key(c, "end_key", MONDAY, signs=True)),
    ]  # fmt: skip


def _plan(city: SimpleNamespace, code: str, now: datetime) -> Any:
    from wenming.observations.patrols.areas import PatrolArea
    from wenming.observations.patrols.services import plan_patrol
    from wenming.standards.focus.selectors import focus

    area = PatrolArea("town", AREA_CODE, "东区", AREA_CODE, None)
    day = timezone.localdate(now)
    return plan_patrol(focus(code), area=area, unit=city.units.east, cycle_days=7, starts_on=day, by=city.officer, now=now)


def found_focuses(city: SimpleNamespace) -> None:
    """A town, the ten focuses, of which four look at this city's own types, and cases that give a walk its points."""
    from wenming.cases.models import Case
    from wenming.standards.focus.services import load_focuses, publish_focus
    from wenming.standards.rules.focus_facts import FocusFacts, ItemFacts
    from wenming.territory.models import Area, Level, Placement, Source

    load_focuses(by=None, now=MONDAY)
    for code in ("corners", "signs", "stalls", "markets"):
        items = (ItemFacts("C1", "没有积存垃圾", "有垃圾记不合格", "TEST:E0192"),)
        facts = FocusFacts(code, f"巡查{code}", 6, 7, ("TEST:E01*",), items)
        publish_focus(facts, reason="本市编码", seen_version=1, by=city.officer, now=MONDAY)
    town = Area.objects.create(
        code=AREA_CODE, level=Level.TOWN, name="东区街道", short_name="东区", kind="街道",
        valid_from=timezone.localdate(MONDAY) - timedelta(days=900),
    )  # fmt: skip
    for place, case in enumerate(Case.objects.filter(problem_type=city.overflow).order_by("pk")[:2]):
        # Under the words it was reported with: the text index knows them.
        at = Placement.objects.create(
            longitude=113.38 + place / 200, latitude=22.51, source=Source.MAP, address=case.placement.address, created_at=MONDAY,
            town=town,
        )
        Case.objects.filter(pk=case.pk).update(placement=at)


def _walk(city: SimpleNamespace) -> None:
    from wenming.cases.focus.raising import raise_due_patrols

    _plan(city, "corners", MONDAY)
    raise_due_patrols(MONDAY)


def _draft(name: str) -> Any:
    from wenming.standards.drafts.models import RuleDraft

    return RuleDraft.objects.get(name=name)


def _opened(city: SimpleNamespace, name: str) -> Any:
    from wenming.standards.drafts.services import open_draft

    return open_draft(name, by=city.officer, now=MONDAY)


def _edit(city: SimpleNamespace, draft: Any, now: datetime) -> object:
    from wenming.standards.drafts.services import edit_types

    # Each draft has a type of its own: in a city of all acts several are published.
    code = CODES.get(draft.name, "0120")
    content = {
        "kind": "incident", "code": code, "name": f"新小类{code}", "public": "rubbish", "do_roles": ["环卫机构"], "sup_roles": [],
        "rules": [{"was": None, "condition": "有", "close_condition": "没有", "limit": "2h"}],
    }  # fmt: skip
    return edit_types(draft, [("add", f"E{code}", content)], by=city.officer, now=now)


def _edited(city: SimpleNamespace, name: str) -> None:
    _edit(city, _opened(city, name), MONDAY)


def _publish(city: SimpleNamespace, name: str, now: datetime, days: int = 0) -> object:
    from wenming.cases.rule_changes.publishing import publish_draft
    from wenming.standards.drafts.selectors import state_of
    from wenming.standards.drafts.services import move_to_current
    from wenming.standards.selectors import current_scheme

    draft, day = _draft(name), timezone.localdate(now) + timedelta(days=days)
    if draft.base_id != current_scheme().pk:  # in a city of all acts another was published meanwhile
        draft = move_to_current(draft, by=city.officer, now=now)
    return publish_draft(
        draft, reason=REASON, valid_from=day, move_running=True, seen=state_of(draft).fingerprint, by=city.officer, now=now
    )


def _register(city: SimpleNamespace, name: str, now: datetime) -> object:
    from wenming.exchange.services import register_receiver

    return register_receiver(
        name=name, url="https://example.org/hook", account=city.api, kinds=["case.opened"], by=city.admin, now=now
    )


def _receiver(name: str) -> Any:
    from wenming.exchange.models import Receiver

    return Receiver.objects.get(name=name)


def _stopped(city: SimpleNamespace, name: str, now: datetime) -> None:
    from wenming.exchange.services import stop_receiver

    _register(city, name, now)
    stop_receiver(_receiver(name), by=city.admin, now=now)
