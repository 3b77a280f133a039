"""Drafting a change: open, edit, take back, discard; and writing the version that a draft became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal

from ..models import Scheme, TypeMapping
from ..rules.scheme_draft import Act, Mistake, Types, as_content, edits_towards
from ..selectors import current_scheme
from ..services import load_scheme, publish_scheme
from .models import DraftEdit, RuleDraft
from .selectors import DRAFTING, DraftState, state_of, types_of


class DraftRefused(Refusal):
    """The draft is not in a state that allows this."""

    code = "standards.draft-refused"


@transaction.atomic
def open_draft(name: str, *, by: Account, now: datetime) -> RuleDraft:
    """Begin a draft on the scheme in force. Several may be open at once; whoever publishes first is the next version."""
    _refuse_others(by)
    if not name.strip():
        raise BadInput(_("给这份草稿起个名字，例如“缩短井盖的时限”。"))
    draft = RuleDraft.objects.create(name=name.strip()[:60], base=current_scheme(), opened_at=now, opened_by=by)
    journal.record("scheme.draft-opened", by=by, about=draft, now=now, name=draft.name, base=draft.base.journal_key)
    return draft


@transaction.atomic
def edit_types(
    draft: RuleDraft, edits: Sequence[tuple[str, str, Mapping[str, Any]]], *, by: Account, now: datetime
) -> list[DraftEdit]:
    """Add edits of types: all of them, or none with every mistake. (act, short code, content) as `scheme_draft.Edit`.

    A change that changes nothing is refused, so that the list of edits says what is different.
    """
    draft = lock_open(draft, by)
    before = state_of(draft)
    rows = _write(draft, edits, by=by, now=now)
    after = state_of(draft)
    mistakes = [each for each in after.result.mistakes if each not in before.result.mistakes]
    if mistakes:
        raise BadInput(in_words(mistakes), mistakes=[_(m.sentence) % m.filled for m in mistakes])
    if before.result == after.result:
        raise DraftRefused(_("和草稿里现在的一样，没有改动。"))
    return rows


@transaction.atomic
def edit_other(
    draft: RuleDraft, act: str, subject: str, content: Mapping[str, Any], *, by: Account, now: datetime
) -> DraftEdit:
    """Add an edit of what stands downstream of types (a stage limit, a line of the matrix), checked by its own room."""
    return _write(lock_open(draft, by), [(act, subject, content)], by=by, now=now)[0]


@transaction.atomic
def undo_edit(draft: RuleDraft, position: int, *, by: Account, now: datetime) -> DraftEdit:
    """Take one edit back. What was built on it is then named as a mistake of the draft, never silently dropped."""
    draft = lock_open(draft, by)
    edit = draft.edits.filter(position=position, undone_at=None).first()
    if edit is None:
        raise DraftRefused(_("这处改动已经撤掉了。刷新页面看最新情况。"))
    edit.undone_at, edit.undone_by = now, by
    edit.save(update_fields=["undone_at", "undone_by"])
    journal.record("scheme.edit-undone", by=by, about=draft, now=now, edit=position, of=edit.subject)
    return edit


@transaction.atomic
def discard_draft(draft: RuleDraft, *, by: Account, now: datetime) -> None:
    """Give the draft up. Nobody worked by it, so nothing changes; it stays readable."""
    draft = lock_open(draft, by)
    end_draft(draft, now=now)
    journal.record("scheme.draft-discarded", by=by, about=draft, now=now, name=draft.name)


@transaction.atomic
def move_to_current(draft: RuleDraft, *, by: Account, now: datetime) -> RuleDraft:
    """Put the edits on the scheme now in force, which somebody else published meanwhile; what no longer fits is named."""
    draft = lock_open(draft, by)
    current = current_scheme()
    if draft.base_id == current.pk:
        raise DraftRefused(_("这份草稿已经是在现用的版本上改的。"))
    before, draft.base = draft.base, current
    draft.save(update_fields=["base"])
    journal.record(
        "scheme.draft-moved", by=by, about=draft, now=now, before=before.journal_key, after=current.journal_key
    )
    return draft


def lock_open(draft: RuleDraft, by: Account) -> RuleDraft:
    """The draft, held until the transaction ends. Raises DraftRefused once it is published or given up."""
    _refuse_others(by)
    draft = RuleDraft.objects.select_for_update(of=("self",)).select_related("base").get(pk=draft.pk)
    if not draft.is_open:
        raise DraftRefused(_("“%(draft)s”已经发布或放弃，不能再改。") % {"draft": draft})
    return draft


def end_draft(draft: RuleDraft, *, now: datetime) -> None:
    draft.ended_at = now
    draft.save(update_fields=["ended_at"])


def write_version(state: DraftState, *, reason: str, by: Account, now: datetime) -> Scheme:
    """The next version of the scheme as the draft has it, published, not yet in force.

    A condition that goes on points at its first version; what takes the place of a retired type is kept as a mapping.
    """
    base = state.draft.base
    newest = Scheme.objects.filter(code=base.code).order_by("-version").values_list("version", flat=True)[0]
    scheme = load_scheme(as_content(heading_of(base, newest + 1, reason), state.result.types), by=by, now=now, roots=roots_of(state))
    _write_mappings(state, scheme)
    return publish_scheme(scheme, by=by, now=now)


def heading_of(base: Scheme, version: int, note: str) -> dict[str, Any]:
    """The heading of a scheme file for a version of that scheme."""
    heading: dict[str, Any] = {
        "code": base.code, "version": version, "name": base.name, "source": base.source, "confidence": base.confidence
    }  # fmt: skip
    return heading | ({"note": [note]} if note else {})


def roots_of(state: DraftState) -> dict[tuple[str, int], int]:
    """{(short code, position): key of the first version} of every condition that goes on."""
    return {
        (code, position): rule.root
        for code, each in state.result.types.items()
        for position, rule in enumerate(each.rules, start=1)
        if rule.root is not None
    }


def in_words(mistakes: Sequence[Mistake]) -> str:
    """Mistakes as one sentence for people."""
    return "；".join(_(each.sentence) % each.filled for each in mistakes) + "。"


def bring_in(draft: RuleDraft, types: Types, *, by: Account, now: datetime) -> int:
    """Take what a file says: the edits that lead from the draft as it is to it. How many there were."""
    edits = [(act.value, code, content) for act, code, content in edits_towards(state_of(draft).result.types, types)]
    if not edits:
        raise DraftRefused(_("文件和草稿里现在的一样，没有改动。"))
    # Types that are to go come last: something new may take their place, and a name may move from one to another.
    edits.sort(key=lambda edit: edit[0] == Act.RETIRE)
    return len(edit_types(draft, edits, by=by, now=now))


@transaction.atomic
def draft_towards(scheme: Scheme, *, by: Account, now: datetime) -> RuleDraft:
    """A draft that leads from the scheme in force to another version of it: one that was loaded, an older, a withdrawn one."""
    draft = open_draft(_("改成%(scheme)s") % {"scheme": scheme}, by=by, now=now)
    # Positions count within their own version; here a condition is known again by its words, as in a file.
    types = {
        code: replace(each, rules=tuple(replace(rule, was=None) for rule in each.rules)) for code, each in types_of(scheme).items()
    }
    bring_in(draft, types, by=by, now=now)
    return draft


def _write(
    draft: RuleDraft, edits: Sequence[tuple[str, str, Mapping[str, Any]]], *, by: Account, now: datetime
) -> list[DraftEdit]:
    last = draft.edits.order_by("-position").values_list("position", flat=True).first() or 0
    rows = DraftEdit.objects.bulk_create(
        DraftEdit(draft=draft, position=last + n, act=act, subject=subject, content=dict(content), at=now, by=by)
        for n, (act, subject, content) in enumerate(edits, start=1)
    )
    for row in rows:
        journal.record("scheme.draft-edited", by=by, about=draft, now=now, edit=row.position, kind=row.act, of=row.subject)
    return rows


def _write_mappings(state: DraftState, scheme: Scheme) -> None:
    """What takes the place of what, and for types that go on what other schemes call the same."""
    new = {each.short_code: each for each in scheme.types.all()}
    old = {each.short_code: each for each in state.draft.base.types.all()}
    goes_on = {each.pk: new[code] for code, each in old.items() if code in new}
    # What a withdrawn version said of types that go on was never true.
    ours = (Q(from_type__in=goes_on) | Q(to_type__in=goes_on)) & Q(to_type__scheme__change__withdrawal=None)
    TypeMapping.objects.bulk_create(
        TypeMapping(
            from_type_id=goes_on[one].pk if one in goes_on else one, to_type_id=goes_on[other].pk if other in goes_on else other,
            confidence=confidence,
        )
        for one, other, confidence in TypeMapping.objects.filter(ours).values_list("from_type", "to_type", "confidence")
    )  # fmt: skip
    TypeMapping.objects.bulk_create(
        TypeMapping(from_type=old[code], to_type=new[to], confidence="high")
        for code, into in state.result.successors.items()
        if code in old
        for to in dict.fromkeys(state.result.now_is(each) for each in into)
        if to is not None
    )


def _refuse_others(by: Account) -> None:
    if not by.may(DRAFTING):
        raise NotAllowed()

