"""Verbs that draw up and publish rosters. Policy: 7.4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.engine.inserting import insert_all
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, Refusal

from ..models import (
    RosterAmendment,
    RosterDraft,
    RosterEdition,
    RosterGroup,
    RosterMember,
    RosterMethod,
    RosterRemoval,
    RosterShift,
    RosterTerms,
)
from ..rules.roster import LONGEST_SHIFT, Problem, Work, at, broken
from ..rules.roster_greedy import why_open
from . import cpsat
from .planning import MOST_DAYS, by_name, problem_of
from .selectors import current_terms, members_on, moment_at, reason_key, shifts_in_force
from .solving import Solution, changes, draw
from .terms import limits_of, shifts_of, stored_limits, stored_shifts
from .words import rule

MOST_UNDO = 30


class RosterRefused(Refusal):
    """A rule would be broken, or somebody else was there first."""

    code = "roster.refused"


@transaction.atomic
def found_group(
    *, code: str, name: str, post: str, unit: Unit, on: date, by: Account | None, now: datetime, town_code: str = "*",
    grid_codes: Sequence[str] = (), lead: Account | None = None,
) -> RosterGroup:  # fmt: skip
    """设一个值班组: a post of some grids, of a town (no grids), or of the whole city (`*`)."""
    if RosterGroup.objects.filter(code=code).exists():
        raise BadInput(_("编号 %(code)s 已经有值班组在用。请换一个编号。") % {"code": code})
    if grid_codes and town_code == "*":
        raise BadInput(_("写了网格，就要写这些网格所在的镇街。"))
    group = RosterGroup.objects.create(
        code=code, name=name, post=post, unit=unit, town_code=town_code, grid_codes=sorted(set(grid_codes)), lead=lead,
        valid_from=on,
    )  # fmt: skip
    journal.record("roster.group-founded", by=by, about=group, now=now, unit=unit.code, town=town_code, grids=group.grid_codes)
    return group


@transaction.atomic
def set_terms(
    group: RosterGroup, *, shifts: Sequence[dict[str, Any]], limits: dict[str, Any], basis: str, by: Account | None, now: datetime
) -> RosterTerms:
    """The group's next version of shifts and rules; published editions keep the version they were drawn up by."""
    _lock(group)
    try:
        pattern, rules = shifts_of(shifts), limits_of(limits)
    except (KeyError, TypeError, ValueError) as wrong:
        raise BadInput(_("班次要写编号、名称、几点开始（如 08:00）和多少分钟。请改好后再保存。")) from wrong
    if not pattern or len({shift.code for shift in pattern}) < len(pattern):
        raise BadInput(_("至少要有一个班次，编号不能重复。"))
    if any(not 0 < shift.minutes <= LONGEST_SHIFT or shift.heads < 0 for shift in pattern):
        raise BadInput(_("一个班最长 12 小时，人数不能少于 0。"))
    last = current_terms(group)
    terms = RosterTerms.objects.create(
        group=group, number=(last.number if last else 0) + 1, shifts=stored_shifts(pattern), limits=stored_limits(rules),
        basis=basis, set_at=now, set_by=by,
    )  # fmt: skip
    journal.record("roster.terms-set", by=by, about=group, now=now, number=terms.number, shifts=terms.shifts, limits=terms.limits)
    return terms


@transaction.atomic
def join_group(
    group: RosterGroup, account: Account, *, on: date, by: Account | None, now: datetime, skills: Sequence[str] = (),
    no_nights: bool = False,
) -> RosterMember:  # fmt: skip
    """Somebody takes shifts of the group from that day on."""
    _lock(group)
    if group.members.filter(account=account, valid_to=None).exists():
        raise BadInput(_("%(person)s 已经在这一组里。") % {"person": account})
    member = RosterMember.objects.create(
        group=group, account=account, skills=sorted(set(skills)), no_nights=no_nights, valid_from=on
    )
    journal.record("roster.member-joined", by=by, about=group, now=now, account=account.username, on=on.isoformat())
    return member


@transaction.atomic
def leave_group(member: RosterMember, *, on: date, by: Account, now: datetime) -> RosterMember:
    """That day is the last. Their later shifts are taken out: they are listed as not covered until somebody else has them."""
    _lock(member.group)
    if on < member.valid_from:
        raise BadInput(_("最后一天不能早于进组的那天。"))
    rows = shifts_in_force(RosterShift.objects.filter(edition__group=member.group, account=member.account, on__gt=on))
    for edition in {row.edition_id: row.edition for row in rows}.values():
        change = RosterAmendment.objects.create(edition=edition, kind="hand", reason=_("出组"), at=now, by=by)
        insert_all([RosterRemoval(shift=row, amendment=change) for row in rows if row.edition_id == edition.pk])
    member.valid_to = on
    member.save(update_fields=["valid_to"])
    journal.record(
        "roster.member-left", by=by, about=member.group, now=now, account=member.account.username, on=on.isoformat(), shifts=len(rows)
    )
    return member


def draw_up_roster(
    group: RosterGroup, first: date, last: date, *, by: Account, now: datetime, seed: int = 0, effort: float = cpsat.EFFORT,
    with_solver: bool = True,
) -> RosterDraft:  # fmt: skip
    """排班 at once, for whoever can wait; a page asks for it (`drawings.ask_for_draft`) and waits for nothing.

    The search takes some seconds and runs outside of the transaction; what changed meanwhile is checked at publishing.
    """
    terms, problem = to_be_drawn(group, first, last)
    solution = draw(problem, seed=seed, effort=effort, with_solver=with_solver)
    with transaction.atomic():
        return keep_draft(group, terms, (first, last), solution, seed=seed, by=by, now=now)


def to_be_drawn(group: RosterGroup, first: date, last: date) -> tuple[RosterTerms, Problem]:
    """What a draft of these days has to reckon with. Raises BadInput where nothing can be drawn up at all."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadInput(_("一次最多排 %(n)d 天，结束的日子不能早于开始。") % {"n": MOST_DAYS})
    terms = current_terms(group)
    if terms is None:
        raise BadInput(_("这一组还没有排班规则。先写好班次和规则，再排班。"))
    problem = problem_of(group, terms, first, last)
    if not problem.members:
        raise BadInput(_("这一组还没有人。先把人加进来，再排班。"))
    return terms, problem


def keep_draft(
    group: RosterGroup, terms: RosterTerms, days: tuple[date, date], solution: Solution, *, seed: int, by: Account, now: datetime
) -> RosterDraft:
    """What was found is the group's draft, instead of the one before. Inside the caller's transaction."""
    _lock(group)
    RosterDraft.objects.filter(group=group).delete()
    draft = RosterDraft.objects.create(
        group=group, terms=terms, starts_on=days[0], ends_on=days[1], method=solution.method, seed=seed,
        cells=_cells(solution.works), begun_at=now, begun_by=by,
    )  # fmt: skip
    journal.record(
        "roster.drawn-up", by=by, about=group, now=now, first=days[0].isoformat(), last=days[1].isoformat(),
        method=str(solution.method), open=len(solution.open), changed=solution.changed,
    )  # fmt: skip
    return draft


@transaction.atomic
def edit_draft(draft: RosterDraft, who: str, day: date, shift_code: str, *, expected_version: int) -> RosterDraft:
    """Put somebody into a shift of a day, or take them out ("" for free). What breaks a rule is refused, with the rule."""
    draft = _draft_as_seen(draft, expected_version)
    problem = problem_of_draft(draft)
    works = {work for work in works_of(draft) if (work.key, work.day) != (who, day)}
    if shift_code:
        if who not in problem.by_key or day not in problem.days or shift_code not in problem.by_code:
            raise BadInput(_("表里没有这个人、这一天或者这个班。刷新页面再改。"))
        before = set(broken(problem, works))
        works.add(Work(who, day, shift_code))
        if new := [one for one in broken(problem, works) if one not in before]:
            raise RosterRefused(_("不能这样排：%(rule)s。") % {"rule": rule(new[0].rule)})
    draft.undo = [*draft.undo, draft.cells][-MOST_UNDO:]
    draft.cells, draft.method = _cells(works), RosterMethod.HAND
    draft.version += 1
    draft.save(update_fields=["undo", "cells", "method", "version"])
    return draft


@transaction.atomic
def undo_edit(draft: RosterDraft, *, expected_version: int) -> RosterDraft:
    """The draft as it was before the last edit."""
    draft = _draft_as_seen(draft, expected_version)
    if not draft.undo:
        raise RosterRefused(_("没有可以撤销的改动了。"))
    draft.cells, draft.undo = draft.undo[-1], draft.undo[:-1]
    draft.version += 1
    draft.save(update_fields=["undo", "cells", "version"])
    return draft


@transaction.atomic
def drop_draft(draft: RosterDraft, *, by: Account, now: datetime) -> None:
    """The draft is not wanted; what is published stays."""
    group = draft.group
    draft.delete()
    journal.record("roster.draft-dropped", by=by, about=group, now=now)


@transaction.atomic
def publish_roster(draft: RosterDraft, *, expected_version: int, by: Account, now: datetime) -> RosterEdition:
    """发布: the draft becomes the next edition, whole. Open shifts are published as open, with why; a broken rule is not.

    Leave approved and shifts given since the draft was made count: they are looked at again here.
    """
    group = _lock(draft.group)
    draft = _draft_as_seen(draft, expected_version)
    hold_people(members_on(group, draft.starts_on, draft.ends_on).values_list("account", flat=True))
    problem, works = problem_of_draft(draft), works_of(draft)
    if wrong := broken(problem, works):
        people = by_name(problem)
        raise RosterRefused(
            _("%(person)s %(day)s 的班不合规则：%(rule)s。改好这一格，或者重新排班，再发布。")
            % {"person": people.get(wrong[0].key, wrong[0].key), "day": wrong[0].day.isoformat(), "rule": rule(wrong[0].rule)}
        )
    edition = publish(group, draft, problem, works, by=by, now=now)
    draft.delete()
    return edition


def publish(
    group: RosterGroup, draft: RosterDraft, problem: Problem, works: frozenset[Work], *, by: Account | None, now: datetime
) -> RosterEdition:
    """The next edition of the group, from a draft that need not be stored. Inside the caller's transaction, with the lock."""
    newest = group.editions.order_by("-number").first()
    reasons = {reason_key(day, code): dict(sorted(why.items())) for (day, code), why in why_open(problem, works).items()}
    edition = RosterEdition.objects.create(
        group=group, number=(newest.number if newest else 0) + 1, starts_on=draft.starts_on, ends_on=draft.ends_on,
        terms=draft.terms, method=draft.method, seed=draft.seed, reasons=reasons, published_at=now, published_by=by,
    )  # fmt: skip
    people, shifts = by_name(problem), problem.by_code
    insert_all([
        RosterShift(
            edition=edition, account=people[work.key], on=work.day, shift_code=work.shift,
            starts_at=moment_at(at(work.day, shifts[work.shift].starts)), ends_at=moment_at(at(work.day, shifts[work.shift].ends)),
        )
        for work in sorted(works, key=lambda one: (one.day, one.shift, one.key))
    ])  # fmt: skip
    journal.record(
        "roster.published", by=by, about=edition, now=now, first=edition.starts_on.isoformat(), last=edition.ends_on.isoformat(),
        shifts=len(works), open=len(reasons), changed=changes(problem, works), method=str(edition.method),
    )  # fmt: skip
    return edition


def problem_of_draft(draft: RosterDraft, members: Sequence[RosterMember] | None = None) -> Problem:
    """What the draft has to reckon with, as of now. members: of its days, where they have been read already."""
    return problem_of(draft.group, draft.terms, draft.starts_on, draft.ends_on, members)


def works_of(draft: RosterDraft) -> frozenset[Work]:
    """The draft's cells as the rules take them."""
    return frozenset(Work(who, date.fromisoformat(day), code) for who, day, code in draft.cells)


def _cells(works: frozenset[Work] | set[Work]) -> list[list[str]]:
    return [[work.key, work.day.isoformat(), work.shift] for work in sorted(works, key=lambda one: (one.day, one.shift, one.key))]


def _lock(group: RosterGroup) -> RosterGroup:
    # Two people may press together: the second waits here and finds what the first did.
    return RosterGroup.objects.select_for_update().get(pk=group.pk)


def hold_people(keys: Iterable[int | None]) -> None:
    """Somebody who takes shifts of two groups is given them by one at a time: who comes second sees what the first gave.

    Needs the lock of the group; in the order of keys, so that no two wait for one another. Rows that only name these
    accounts are written meanwhile.
    """
    people = Account.objects.select_for_update(no_key=True).filter(pk__in=[key for key in keys if key])
    list(people.order_by("pk").values_list("pk"))


def _draft_as_seen(draft: RosterDraft, expected_version: int) -> RosterDraft:
    found = RosterDraft.objects.select_for_update().select_related("group", "terms").filter(pk=draft.pk).first()
    if found is None:
        raise RosterRefused(_("这份草稿已经发布或者放弃了。刷新页面看最新情况。"))
    if found.version != expected_version:
        raise RosterRefused(_("这份草稿刚被别人改过。刷新页面，看过再改。"))
    return found
