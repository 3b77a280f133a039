"""Loading a scheme of problem types, publishing it, and saying which one the city works by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal

from .models import EstablishRule, ProblemType, PublicCategory, RuleChange, Scheme, TypeMapping
from .rules.scheme_file import SchemeFacts, SchemeFileWrong, TypeFacts, read_scheme

Source = Path | Mapping[str, Any]


class SchemeRefused(Refusal):
    """A scheme is in a state that does not allow this."""

    code = "standards.scheme-refused"


@transaction.atomic
def load_categories(source: Source) -> list[PublicCategory]:
    """Bring the citizen's choices to what the file says; none is taken away, since old reports cite them."""
    return [
        PublicCategory.objects.update_or_create(
            code=each["code"], defaults={"name": each["name"], "hint": each.get("hint", ""), "position": position}
        )[0]
        for position, each in enumerate(_content(source)["categories"], start=1)
    ]


Roots = Mapping[tuple[str, int], int]


@transaction.atomic
def load_scheme(source: Source, *, by: Account | None, now: datetime, roots: Roots | None = None) -> Scheme:
    """Take in one version of a scheme as a draft: all of it, or nothing with every mistake named. Policy: 4.1.

    Loading the same content again returns what is there. Raises SchemeRefused when that version is there with other
    content: what cases may already cite is never rewritten, a correction is the next version.

    roots: {(short code, position): key of the condition's first version}, where an earlier version has it.
    """
    facts = _facts(_content(source))
    there = Scheme.objects.filter(code=facts.code, version=facts.version).first()
    if there:
        return _same_or_refused(there, facts)
    scheme = Scheme.objects.create(
        code=facts.code, version=facts.version, name=facts.name, source=facts.source, confidence=facts.confidence,
        note=facts.note, digest=facts.digest, created_at=now,
    )  # fmt: skip
    _write_types(scheme, facts, roots or {})
    journal.record("scheme.loaded", by=by, about=scheme, now=now, types=len(facts.types), digest=facts.digest)
    return scheme


@transaction.atomic
def publish_scheme(scheme: Scheme, *, by: Account | None, now: datetime) -> Scheme:
    """Make a draft final; from here on nothing of it changes. Raises SchemeRefused the second time."""
    scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if scheme.is_published:
        raise SchemeRefused(_("这个版本已经发布，不能再改。要更正，请装入下一个版本。"))
    scheme.published_at = now
    scheme.save(update_fields=["published_at"])
    journal.record("scheme.published", by=by, about=scheme, now=now, digest=scheme.digest)
    return scheme


@transaction.atomic
def adopt_scheme(scheme: Scheme, *, by: Account | None, now: datetime) -> Scheme:
    """Work by this scheme from now on. Cases already established keep the type they have."""
    scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if not scheme.is_published:
        raise SchemeRefused(_("这个版本还没有发布，不能启用。请先核对并发布。"))
    _refuse_a_change_that_waits(scheme, now)
    Scheme.objects.filter(is_current=True).exclude(pk=scheme.pk).update(is_current=False)
    scheme.is_current = True
    scheme.save(update_fields=["is_current"])
    journal.record("scheme.adopted", by=by, about=scheme, now=now)
    return scheme


@transaction.atomic
def load_mapping(source: Source, *, by: Account | None, now: datetime) -> int:
    """State which type of one scheme is which of another, between their newest versions; how many were new."""
    content = _content(source)
    ours, theirs = _types_by_code(content["from"]), _types_by_code(content["to"])
    unknown = [f"{a} → {b}" for a, b, _confidence in content["mappings"] if a not in ours or b not in theirs]
    if unknown:
        raise BadInput(_("对照表里有查不到的编码：%(codes)s。") % {"codes": "、".join(unknown)})
    stated = set(TypeMapping.objects.values_list("from_type_id", "to_type_id"))
    rows = [TypeMapping(from_type=ours[a], to_type=theirs[b], confidence=c) for a, b, c in content["mappings"]]
    new = [row for row in rows if (row.from_type_id, row.to_type_id) not in stated]
    TypeMapping.objects.bulk_create(new)
    if new:
        journal.record("scheme.mapped", by=by, about=new[0].to_type.scheme, now=now, of=content["from"], types=len(new))
    return len(new)


def _content(source: Source) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    try:
        content = yaml.safe_load(source.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise BadInput(_("文件读不出来：它不是 UTF-8 的 YAML 文件。")) from wrong
    if not isinstance(content, Mapping):
        raise BadInput(_("文件是空的，或者不是这里要的格式。"))
    return content


def _facts(content: Mapping[str, Any]) -> SchemeFacts:
    try:
        return read_scheme(content, frozenset(PublicCategory.objects.values_list("code", flat=True)))
    except SchemeFileWrong as wrong:
        sentence = _("分类文件有 %(count)s 处要改：%(mistakes)s。没有装入任何内容。")
        raise BadInput(
            sentence % {"count": len(wrong.mistakes), "mistakes": str(wrong)}, mistakes=wrong.mistakes
        ) from wrong


def _refuse_a_change_that_waits(scheme: Scheme, now: datetime) -> None:
    """A version that a draft became comes into force on its day and by itself, or not at all once it was withdrawn."""
    change = RuleChange.objects.filter(scheme=scheme).select_related("withdrawal").first()
    if change is None:
        return
    if hasattr(change, "withdrawal"):
        raise SchemeRefused(_("%(scheme)s已经撤回，不能启用。请另起草一份发布。") % {"scheme": scheme})
    if change.valid_from > timezone.localdate(now):
        told = {"scheme": scheme, "on": change.valid_from.isoformat()}
        raise SchemeRefused(_("%(scheme)s定在%(on)s起用，到那天会自己起用，不能提前启用。") % told)


def _same_or_refused(there: Scheme, facts: SchemeFacts) -> Scheme:
    if there.digest == facts.digest:
        return there
    raise SchemeRefused(
        _("%(scheme)s 已经装入，内容和这个文件不同。已有的版本不改，请把文件里的 version 加一再装入。")
        % {"scheme": there}
    )


def _write_types(scheme: Scheme, facts: SchemeFacts, roots: Roots) -> None:
    categories = {category.code: category for category in PublicCategory.objects.all()}
    types = [_row(scheme, each, categories.get(each.public or "")) for each in facts.types]
    ProblemType.objects.bulk_create(types)
    EstablishRule.objects.bulk_create(
        EstablishRule(
            problem_type=row, position=position, condition=rule.condition, close_condition=rule.close_condition,
            limit_amount=rule.limit.amount, limit_unit=rule.limit.unit, urgent=rule.urgent,
            origin_id=roots.get((row.short_code, position)),
        )
        for row, each in zip(types, facts.types, strict=True)
        for position, rule in enumerate(each.rules, start=1)
    )  # fmt: skip


def _row(scheme: Scheme, each: TypeFacts, category: PublicCategory | None) -> ProblemType:
    return ProblemType(
        scheme=scheme, kind=each.kind, code=each.code, big_code=each.big_code, big_name=each.big_name, name=each.name,
        local=each.local, do_roles=list(each.do_roles), sup_roles=list(each.sup_roles), confidence=each.confidence,
        public_category=category,
    )  # fmt: skip


def _types_by_code(scheme_code: str) -> dict[str, ProblemType]:
    newest = Scheme.objects.filter(code=scheme_code).order_by("-version").first()
    return {each.short_code: each for each in newest.types.select_related("scheme")} if newest else {}
