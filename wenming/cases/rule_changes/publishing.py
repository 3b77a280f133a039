"""Publishing a draft: one act, one new version, from a day on; taking it back before that day, and putting it in force on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed
from wenming.responsibilities.models import MatrixEntry
from wenming.responsibilities.relimits import move_clocks
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.services import add_matrix_entry, end_matrix_entry
from wenming.standards.drafts.models import RuleChange, RuleDraft, RuleWithdrawal
from wenming.standards.drafts.selectors import (
    PUBLISHING,
    DraftState,
    changes,
    state_of,
    waiting_change,
    waiting_changes,
)
from wenming.standards.drafts.services import DraftRefused, end_draft, lock_open, write_version
from wenming.standards.models import Scheme
from wenming.standards.services import adopt_scheme

from ..models import Case
from ..stage_limits import set_stage_limit
from .editing import LINE_ADDED, LINE_ENDED, STAGE, mistakes_in
from .effects import ClockMove, clocks_to_move

AT_A_TIME = 500


@transaction.atomic
def publish_draft(
    draft: RuleDraft, *, reason: str, valid_from: date, move_running: bool, seen: str, by: Account, now: datetime
) -> RuleChange:
    """Make the draft the rule from a day on. Policy: 4.1, 4.3.

    move_running: put the clocks that run under the new limits as well; otherwise every duty keeps the limit it was
    promised under. seen: the fingerprint of what the publisher was shown. Cases keep the version they were established
    by in either case. Raises DraftRefused where somebody else was quicker, and says who.
    """
    if not by.may(PUBLISHING):
        raise NotAllowed()
    draft = lock_open(draft, by)
    state = state_of(draft)
    _refuse(state, reason=reason, valid_from=valid_from, seen=seen, today=timezone.localdate(now))
    scheme = write_version(state, reason=reason.strip(), by=by, now=now) if state.differences else None
    change = RuleChange.objects.create(
        draft=draft, scheme=scheme, reason=reason.strip()[:500], valid_from=valid_from, moves_clocks=move_running, at=now, by=by
    )
    end_draft(draft, now=now)
    journal.record(
        "scheme.change-published", by=by, about=change, now=now, scheme=scheme.journal_key if scheme else "",
        on=valid_from.isoformat(), moves_clocks=move_running, edits=len(state.edits),
    )  # fmt: skip
    if valid_from <= timezone.localdate(now):
        put_in_force(change, now=now)
        change.refresh_from_db()
    return change


@transaction.atomic
def withdraw_change(change: RuleChange, *, reason: str, by: Account, now: datetime) -> RuleWithdrawal:
    """Take a published change back before its day: it will not come into force, and another may be published. Policy: 4.1.

    Raises DraftRefused from the day on which it holds, even where the clockwork has not got to it yet: what people were
    told is the rule of that day is put right by the next change, never undone.
    """
    if not by.may(PUBLISHING):
        raise NotAllowed()
    if not reason.strip():
        raise BadInput(_("为什么撤回，请写一句再撤回。"))
    change = _held(change)
    if (earlier := RuleWithdrawal.objects.filter(change=change).select_related("by").first()) is not None:
        told = {"by": earlier.by, "at": f"{timezone.localtime(earlier.at):%m-%d %H:%M}"}
        raise DraftRefused(_("没有再撤回：%(by)s %(at)s 已经撤回了。") % told)
    if change.in_force_at is not None or change.valid_from <= timezone.localdate(now):
        sentence = _("没有撤回：“%(name)s”从%(on)s起已经是现行的规定。要改回去，请另起草一份发布。")
        raise DraftRefused(sentence % {"name": change.draft, "on": change.valid_from.isoformat()})
    withdrawal = RuleWithdrawal.objects.create(change=change, reason=reason.strip()[:500], at=now, by=by)
    journal.record(
        "scheme.change-withdrawn", by=by, about=change, now=now, scheme=change.scheme.journal_key if change.scheme else "",
        on=change.valid_from.isoformat(), reason=withdrawal.reason,
    )  # fmt: skip
    return withdrawal


def put_due_changes_in_force(now: datetime) -> int:
    """Every published change whose day has come, the earliest first; how many there were."""
    due = waiting_changes().filter(valid_from__lte=timezone.localdate(now)).order_by("valid_from", "pk")
    return sum(put_in_force(change, now=now) for change in due)


@transaction.atomic
def put_in_force(change: RuleChange, *, now: datetime) -> bool:
    """From now on this is how the city works: the version, the stage limits, the lines, and the clocks where that was
    chosen. False when it already is, or was withdrawn meanwhile."""
    change = _held(change)
    if change.in_force_at is not None or RuleWithdrawal.objects.filter(change=change).exists():
        return False
    state, by = state_of(change.draft), change.by
    # Asked before anything is changed: what moves is what the limits in force until now had promised.
    moving = clocks_to_move(state, lock=True) if change.moves_clocks else []
    if change.scheme is not None:
        adopt_scheme(change.scheme, by=by, now=now)
    for edit in state.of(STAGE):
        set_stage_limit(edit.subject, Limit.parse(edit.content["limit"]), by=by, now=now)
    for line in MatrixEntry.objects.filter(number__in=[int(e.subject) for e in state.of(LINE_ENDED)], valid_to=None):
        end_matrix_entry(line, on=max(change.valid_from, line.valid_from), by=by, now=now)
    for edit in state.of(LINE_ADDED):
        add_matrix_entry(on=change.valid_from, by=by, now=now, **edit.content)
    _move(moving, change, now=now)
    change.in_force_at, change.clocks_moved = now, len(moving)
    change.save(update_fields=["in_force_at", "clocks_moved"])
    journal.record("scheme.change-in-force", by=by, about=change, now=now, clocks=len(moving))
    return True


def _held(change: RuleChange) -> RuleChange:
    """The change, held until the transaction ends: whether it comes into force or is withdrawn is decided once."""
    held = RuleChange.objects.select_for_update(of=("self",)).select_related("draft__base", "scheme", "by")
    return held.get(pk=change.pk)


def _refuse(state: DraftState, *, reason: str, valid_from: date, seen: str, today: date) -> None:
    current = Scheme.objects.select_for_update().get(is_current=True)
    if current.pk != state.draft.base_id:
        newer = changes().filter(scheme=current).first()
        who = f"{newer.by.display_name} {timezone.localtime(newer.at):%m-%d %H:%M}" if newer else _("装入文件")
        raise DraftRefused(
            _("没有发布：您起草时用的是%(base)s，现在用的已经是%(current)s（%(who)s）。请把草稿移到现用的版本上，再看一遍影响。")
            % {"base": state.draft.base, "current": current, "who": who}
        )
    if (waits := waiting_change()) is not None:
        raise DraftRefused(
            _("没有发布：“%(name)s”已经发布，%(on)s起用。请等它起用以后，把这份草稿移到那一版上再发布；或者先撤回它。")
            % {"name": waits.draft, "on": waits.valid_from.isoformat()}
        )
    if not state.edits:
        raise DraftRefused(_("草稿里还没有改动，没有要发布的。"))
    if wrong := mistakes_in(state):
        sentence = _("没有发布：有 %(n)d 处改动现在对不上，请先撤掉或改好。%(words)s。")
        raise DraftRefused(sentence % {"n": len(wrong), "words": "；".join(wrong.values())})
    if seen != state.fingerprint:
        raise DraftRefused(_("没有发布：草稿在您看过影响之后又改过。请再看一遍影响。"))
    if not reason.strip():
        raise BadInput(_("改了什么、依据是什么，请写一句再发布。"))
    if valid_from < today:
        raise BadInput(_("起用的日子不能早于今天：已经办过的按当时的规定。"))


def _move(moving: Sequence[ClockMove], change: RuleChange, *, now: datetime) -> None:
    """The clocks, and the cases that repeat them in lists."""
    move_clocks([each.clock for each in moving], why=change.reason, by=change.by, now=now)
    duties = {each.clock.duty.pk: each.clock.duty for each in moving}
    keys = list(duties)
    for start in range(0, len(keys), AT_A_TIME):
        cases = list(Case.objects.filter(duty__in=keys[start : start + AT_A_TIME]).only("pk", "duty_id"))
        for case in cases:
            duty = duties[case.duty_id or 0]
            case.due_at, case.warn_at = duty.due_at, duty.warn_at
        Case.objects.bulk_update(cases, ["due_at", "warn_at"], batch_size=AT_A_TIME // 5)
