"""Publishing a focus: from the file that comes with the house, or as the office changes it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal

from ..rules.focus_facts import FocusFacts, FocusWrong, check_focus, focuses_in
from .models import FocusEdition, FocusItem

DATA = Path(__file__).resolve().parents[1] / "data" / "focus.yaml"
PERMISSION = "standards.manage"


class NothingChanged(Refusal):
    """The next version would say what the one in force says."""

    code = "focus.nothing-changed"


@transaction.atomic
def load_focuses(*, by: Account | None, now: datetime, source: Path = DATA) -> list[FocusEdition]:
    """The focuses of the file, each once: one that the city already has, in whatever version, stays as it is."""
    known = set(FocusEdition.objects.values_list("code", flat=True))
    facts = [each for each in focuses_in(yaml.safe_load(source.read_text("utf-8"))) if each.code not in known]
    return [_publish(check_focus(each), version=1, reason="", by=by, now=now) for each in facts]


@transaction.atomic
def publish_focus(facts: FocusFacts, *, reason: str, seen_version: int, by: Account, now: datetime) -> FocusEdition:
    """The next version of a focus, in force from now on. Patrols under way keep the checklist they were begun with.

    seen_version: the version that the person had before them. Raises BadInput with every mistake, Refusal where
    somebody else was quicker or nothing is different. Policy: 4.4.
    """
    if not by.may(PERMISSION):
        raise NotAllowed()
    # Two officers may publish at once: the second waits here, and is told that what they changed is no longer in force.
    last = FocusEdition.objects.select_for_update().filter(code=facts.code).order_by("-version").first()
    if last is None or last.version != seen_version:
        raise BadInput(_("这个重点刚刚有人改过。请刷新页面，在最新的版本上再改。"))
    try:
        check_focus(facts)
    except FocusWrong as wrong:
        words = "；".join(_(sentence) % filled for sentence, filled in wrong.mistakes)
        raise BadInput(_("有 %(count)d 处要改：%(words)s。") % {"count": len(wrong.mistakes), "words": words}) from wrong
    if facts.digest == last.digest:
        raise NothingChanged(_("和现在的版本一样，没有要发布的。"))
    if not reason.strip():
        raise BadInput(_("改了什么、依据是什么，请写一句再发布。"))
    return _publish(facts, version=last.version + 1, reason=reason.strip(), by=by, now=now)


def _publish(facts: FocusFacts, *, version: int, reason: str, by: Account | None, now: datetime) -> FocusEdition:
    edition = FocusEdition.objects.create(
        code=facts.code, version=version, name=facts.name, position=facts.position, cycle_days=facts.cycle_days,
        patterns=list(facts.patterns), near_kinds=list(facts.near_kinds), near_m=facts.near_m, source=facts.source,
        confidence=facts.confidence, reason=reason[:200], digest=facts.digest, published_at=now,
    )  # fmt: skip
    FocusItem.objects.bulk_create(
        FocusItem(
            edition=edition, position=position, key=item.key, words=item.words, condition=item.condition,
            type_code=item.type_code, confidence=item.confidence,
        )
        for position, item in enumerate(facts.items, start=1)
    )  # fmt: skip
    journal.record("focus.published", by=by, about=edition, now=now, number=version, digest=facts.digest, reason=reason[:200])
    return edition
