"""What drafts say: a scheme as its drafts take it, a draft's edits, and the scheme after them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from wenming.organisations.models import Account

from ..models import EstablishRule, ProblemType, PublicCategory, Scheme, TypeMapping
from ..rules.scheme_draft import Act, Difference, Drafted, DraftRule, DraftType, Edit, differences, drafted
from .models import DraftEdit, RuleChange, RuleDraft

DRAFTING, PUBLISHING = "standards.draft", "standards.publish"
NEVER_WITHDRAWN = Q(scheme__change__withdrawal=None)


def drafts_visible_to(user: Account) -> QuerySet[RuleDraft]:
    """Every draft for those who may draft: two people should see that they change the same thing."""
    return RuleDraft.objects.select_related("base", "opened_by") if user.may(DRAFTING) else RuleDraft.objects.none()


def types_of(scheme: Scheme) -> dict[str, DraftType]:
    """A scheme's types by short code, as drafts take them; two queries."""
    rules = Prefetch("rules", EstablishRule.objects.order_by("position"))
    types = ProblemType.objects.filter(scheme=scheme).select_related("public_category").prefetch_related(rules)
    return {each.short_code: as_drafted(each) for each in types.order_by("kind", "code")}


def as_drafted(each: ProblemType) -> DraftType:
    """One type as drafts take it."""
    return DraftType(
        kind=each.kind, code=each.code, big_code=each.big_code, big_name=each.big_name, name=each.name,
        public=each.public_category.code if each.public_category else None, do_roles=tuple(each.do_roles),
        sup_roles=tuple(each.sup_roles), local=each.local, confidence=each.confidence,
        rules=tuple(
            DraftRule(r.condition, r.close_condition, r.limit, was=r.position, root=r.root) for r in each.rules.all()
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class DraftState:
    """A draft as it stands: its edits, the scheme before and after them, and what of it does not fit."""

    draft: RuleDraft
    edits: tuple[DraftEdit, ...]
    base: dict[str, DraftType]
    result: Drafted
    # {code: name} of the categories that the public sees.
    categories: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """The same exactly when base and edits are: what was previewed is what is published."""
        said = [self.draft.base_id, *([e.position, e.act, e.subject, e.content] for e in self.edits)]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def differences(self) -> list[Difference]:
        return differences(self.base, self.result.types, self.result.successors)

    def of(self, act: str) -> list[DraftEdit]:
        """The edits of one kind, in their order."""
        return [edit for edit in self.edits if edit.act == act]


def state_of(draft: RuleDraft) -> DraftState:
    """The draft with everything that follows from its edits; five queries."""
    edits = tuple(draft.edits.filter(undone_at=None).select_related("by").order_by("position"))
    base = types_of(draft.base)
    of_types = [Edit(e.position, Act(e.act), e.subject, e.content) for e in edits if e.act in set(Act)]
    categories = dict(PublicCategory.objects.values_list("code", "name"))
    result = drafted(base, of_types, frozenset(categories), used_codes(draft.base))
    return DraftState(draft, edits, base, result, categories)


def used_codes(scheme: Scheme) -> dict[str, str]:
    """{short code: name} of every type that any version of the scheme ever had; a version that never held gives its codes
    back, so that what was withdrawn can be mended and published again."""
    rows = ProblemType.objects.filter(NEVER_WITHDRAWN, scheme__code=scheme.code).values_list("kind", "code", "name")
    return {f"{'C' if kind == 'component' else 'E'}{code}": name for kind, code, name in rows}


def changes() -> QuerySet[RuleChange]:
    """What was published, the newest first."""
    return RuleChange.objects.select_related("draft__base", "scheme", "by", "withdrawal__by")


def waiting_changes() -> QuerySet[RuleChange]:
    """What is published, not withdrawn, and not yet in force."""
    return changes().filter(in_force_at=None, withdrawal=None)


def waiting_change() -> RuleChange | None:
    """A change that is published and whose day has not come."""
    return waiting_changes().first()


def in_force(problem_type: ProblemType) -> ProblemType:
    """The type as the scheme in force has it, for what is not yet established; itself where nothing stands for it.

    For lists, select `scheme` along with the type.
    """
    if problem_type.scheme.is_current:
        return problem_type
    current = Scheme.objects.filter(is_current=True, code=problem_type.scheme.code).first()
    return (successor_of(problem_type, current) if current else None) or problem_type


def same_kind(problem_type: ProblemType) -> QuerySet[ProblemType]:
    """The type in every version of its scheme: a code means one thing for ever."""
    scheme = Scheme.objects.filter(pk=problem_type.scheme_id).values("code")
    return ProblemType.objects.filter(kind=problem_type.kind, code=problem_type.code, scheme__code__in=scheme)


def successor_of(problem_type: ProblemType, scheme: Scheme) -> ProblemType | None:
    """The type of that scheme that stands for this one: the same code, else what took its place; None if nothing did.

    For what is not yet established: a case keeps the type it was established by.
    """
    if problem_type.scheme_id == scheme.pk:
        return problem_type
    seen: set[int] = set()
    each: ProblemType | None = problem_type
    while each is not None and each.pk not in seen:
        seen.add(each.pk)
        same = scheme.types.filter(kind=each.kind, code=each.code, scheme__code=each.scheme.code).first()
        if same is not None:
            return same
        newest = ProblemType.objects.filter(scheme__code=each.scheme.code, kind=each.kind, code=each.code)
        stated = TypeMapping.objects.filter(from_type__in=newest, to_type__scheme__change__withdrawal=None)
        mapped = stated.select_related("to_type__scheme").order_by("pk").first()
        each = mapped.to_type if mapped else None
    return None
