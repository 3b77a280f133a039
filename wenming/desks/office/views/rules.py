"""规则: drafts of types and rules, what they would do before anybody publishes them, publishing, and the versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wenming.cases.rule_changes.editing import draft_end_of_line, draft_line, draft_stage_limit, mistakes_in
from wenming.cases.rule_changes.effects import effects_of
from wenming.cases.rule_changes.publishing import publish_draft, withdraw_change
from wenming.desks.common.access import desk, whoever
from wenming.desks.common.toasts import say
from wenming.observations.tables import read_table
from wenming.refusals import BadInput, Refusal
from wenming.standards.drafts.files import table_of, types_in_table, types_in_yaml, yaml_of
from wenming.standards.drafts.models import RuleChange, RuleDraft
from wenming.standards.drafts.selectors import DraftState, changes, drafts_visible_to, state_of, types_of
from wenming.standards.drafts.services import (
    bring_in,
    discard_draft,
    edit_types,
    heading_of,
    move_to_current,
    open_draft,
    undo_edit,
)
from wenming.standards.models import Scheme, TypeMapping
from wenming.standards.rules.scheme_draft import DraftType, Types, differences
from wenming.standards.selectors import current_scheme, published_schemes

from ..exports import table_file
from ..rule_forms import (
    FileForm,
    LineEndForm,
    LineForm,
    NameForm,
    NewTypeForm,
    PublishForm,
    RetireForm,
    RuleForm,
    StageForm,
    TypeForm,
    WithdrawalForm,
    rule_forms,
)
from ..rules_page import case_rows, clock_rows, differences_in_words, edit_lines, figures_of, stage_lines

office_desk = desk("office")
PAGE_ROWS = 50
TYPE_ROWS = 20
READ = ["GET", "HEAD", "POST"]


@require_safe
@office_desk("standards.draft")
def rules(request: HttpRequest) -> HttpResponse:
    """The version in force, drafts under way, and what was published."""
    return _rules(request, NameForm())


@require_POST
@office_desk("standards.draft")
def drafts(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return _rules(request, form, 422)
    opened = open_draft(form.cleaned_data["name"], by=whoever(request), now=timezone.now())
    return redirect("office:rule_draft", pk=opened.pk)


def _rules(request: HttpRequest, form: NameForm, status: int = 200) -> HttpResponse:
    found = drafts_visible_to(whoever(request))
    schemes = published_schemes().filter(code=current_scheme().code).select_related("change__withdrawal")
    context = {
        "current": current_scheme(), "open": found.filter(ended_at=None), "form": form,
        "schemes": schemes.order_by("-version"), "today": timezone.localdate(), "may_publish": whoever(request).may("standards.publish"),
        "changes": changes()[:20], "given_up": found.exclude(ended_at=None).filter(published=None)[:10],
    }  # fmt: skip
    return render(request, "office/rules.html", context, status=status)


@require_safe
@office_desk("standards.draft")
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version says otherwise than the one before it, or than another that is asked for, in words."""
    shown = get_object_or_404(published_schemes(), pk=pk)
    others = published_schemes().filter(code=shown.code).exclude(pk=pk).order_by("-version")
    asked = request.GET.get("with", "")
    earlier = others.filter(version__lt=shown.version, change__withdrawal=None)
    before = next((one for one in others if str(one.pk) == asked), None) or earlier.first()
    found = differences(types_of(before), types_of(shown), _mapped(before, shown)) if before else []
    context = {
        "shown": shown, "before": before, "others": others, "types": differences_in_words(found),
        "change": changes().filter(scheme=shown).first(),
    }  # fmt: skip
    return render(request, "office/rule_version.html", context)


@require_safe
@office_desk("standards.draft")
def version_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A version as a file."""
    shown = get_object_or_404(published_schemes(), pk=pk)
    return _file_of(request, shown, types_of(shown), kind, shown.version, str(shown))


@require_safe
@office_desk("standards.draft")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: its edits, and everything that could be edited."""
    return _draft(request, _found(request, pk))


def _draft(request: HttpRequest, found: RuleDraft, status: int = 200, **more: Any) -> HttpResponse:
    state = state_of(found)
    current = found.base if found.base.is_current else current_scheme()
    words = request.GET.get("q", "").strip()
    types = [each for each in state.result.types.values() if words.upper() in f"{each.short_code} {each.name} {each.big_name}"]
    context = {
        "draft": found, "state": state, "lines": edit_lines(state, mistakes_in(state)), "q": words,
        "changed": {each.code for each in state.differences}, "page": Paginator(types, TYPE_ROWS).get_page(request.GET.get("page")),
        "behind": found.base_id != current.pk, "current": current, "stages": stage_lines(state),
        "stage_form": StageForm(), "line_form": LineForm(), "line_end_form": LineEndForm(), "file_form": FileForm(), **more,
    }  # fmt: skip
    return render(request, "office/rule_draft.html", context, status=status)


@require_http_methods(READ)
@office_desk("standards.draft")
def edit_type(request: HttpRequest, pk: int, short: str) -> HttpResponse:
    """One type with its conditions, as the draft has it."""
    found = _found(request, pk)
    each = state_of(found).result.types.get(short)
    if each is None:
        raise Http404
    if request.method != "POST":
        return _type_page(request, found, each, TypeForm.showing(each), rule_forms(each.rules))
    form, forms = TypeForm(request.POST), rule_forms(data=request.POST)
    if all([form.is_valid(), *(one.is_valid() for one in forms)]):
        content = form.content() | {"rules": _rules_of(forms)}
        if refused := _tried(form, lambda: edit_types(found, [("change", short, content)], **_by(request))):
            return _type_page(request, found, each, form, forms, refused)
        say(request, _("已记进草稿：%(type)s") % {"type": each.name})
        return redirect("office:rule_draft", pk=pk)
    return _type_page(request, found, each, form, forms, 422)


@require_http_methods(READ)
@office_desk("standards.draft")
def new_type(request: HttpRequest, pk: int) -> HttpResponse:
    """A type that is not there yet."""
    found = _found(request, pk)
    if request.method != "POST":
        return _type_page(request, found, None, NewTypeForm(), rule_forms())
    form, forms = NewTypeForm(request.POST), rule_forms(data=request.POST)
    if all([form.is_valid(), *(one.is_valid() for one in forms)]):
        content = form.content() | {"rules": _rules_of(forms)}
        short = f"{'C' if content['kind'] == 'component' else 'E'}{content['code']}"
        if refused := _tried(form, lambda: edit_types(found, [("add", short, content)], **_by(request))):
            return _type_page(request, found, None, form, forms, refused)
        say(request, _("已记进草稿：%(type)s") % {"type": content["name"]})
        return redirect("office:rule_draft", pk=pk)
    return _type_page(request, found, None, form, forms, 422)


def _type_page(
    request: HttpRequest, found: RuleDraft, each: DraftType | None, form: TypeForm, forms: list[RuleForm], status: int = 200,
    retire: RetireForm | None = None,
) -> HttpResponse:  # fmt: skip
    context = {"draft": found, "each": each, "form": form, "forms": forms, "retire": retire or RetireForm()}
    return render(request, "office/rule_type.html", context, status=status)


@require_POST
@office_desk("standards.draft")
def retirement(request: HttpRequest, pk: int, short: str) -> HttpResponse:
    """A type goes; what takes its place is said here."""
    found, form = _found(request, pk), RetireForm(request.POST)
    each = state_of(found).result.types.get(short)
    if each is None:
        raise Http404
    status = 422
    if form.is_valid():
        edit = ("retire", short, {"into": form.cleaned_data["into"]})
        status = _tried(form, lambda: edit_types(found, [edit], **_by(request)))
        if not status:
            say(request, _("已记进草稿：停用%(type)s") % {"type": each.name})
            return redirect("office:rule_draft", pk=pk)
    return _type_page(request, found, each, TypeForm.showing(each), rule_forms(each.rules), status, form)


@require_POST
@office_desk("standards.draft")
def stage_limits(request: HttpRequest, pk: int) -> HttpResponse:
    """How long a stage may take."""
    form = StageForm(request.POST)
    return _edited(
        request, pk, "stage_form", form,
        lambda found: draft_stage_limit(found, form.cleaned_data["stage"], form.limit(), **_by(request)),
    )  # fmt: skip


@require_POST
@office_desk("standards.draft")
def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """A new line of the matrix."""
    form = LineForm(request.POST)
    return _edited(
        request, pk, "line_form", form, lambda found: draft_line(found, **form.cleaned_data, **_by(request))
    )  # fmt: skip


@require_POST
@office_desk("standards.draft")
def line_ends(request: HttpRequest, pk: int) -> HttpResponse:
    """A line of the matrix ends."""
    form = LineEndForm(request.POST)
    return _edited(
        request, pk, "line_end_form", form,
        lambda found: draft_end_of_line(found, form.cleaned_data["line"].number, **_by(request)),
    )  # fmt: skip


@require_POST
@office_desk("standards.draft")
def withdrawal(request: HttpRequest, pk: int, edit: int) -> HttpResponse:
    """Take one edit back."""
    undo_edit(_found(request, pk), edit, **_by(request))
    say(request, _("已撤掉这处改动"))
    return redirect("office:rule_draft", pk=pk)


@require_POST
@office_desk("standards.draft")
def base(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the draft on the version now in force."""
    moved = move_to_current(_found(request, pk), **_by(request))
    say(request, _("已移到%(scheme)s上。对不上的改动标在下面。") % {"scheme": moved.base})
    return redirect("office:rule_draft", pk=pk)


@require_POST
@office_desk("standards.draft")
def discarding(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the draft up."""
    found = _found(request, pk)
    discard_draft(found, **_by(request))
    say(request, _("已放弃“%(draft)s”，什么都没有改。") % {"draft": found})
    return redirect("office:rules")


@require_POST
@office_desk("standards.draft")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what a file says otherwise than the draft; all of it, or nothing with every row that cannot be taken."""
    form = FileForm(request.POST, request.FILES)

    def take(found: RuleDraft) -> None:
        given = form.cleaned_data["file"]
        read = _types_in(given.read(), given.name, state_of(found).result.types)
        say(request, _("从文件收下 %(n)d 处改动") % {"n": bring_in(found, read, **_by(request))})

    return _edited(request, pk, "file_form", form, take)


@require_safe
@office_desk("standards.draft")
def draft_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The scheme as the draft has it, as a file."""
    state = state_of(_found(request, pk))
    scheme = state.draft.base
    return _file_of(request, scheme, state.result.types, kind, scheme.version + 1, str(state.draft))


@require_safe
@office_desk("standards.draft")
def effects(request: HttpRequest, pk: int) -> HttpResponse:
    """What the draft would do, before it does it."""
    state = state_of(_found(request, pk))
    form = PublishForm(initial={"seen": state.fingerprint, "valid_from": timezone.localdate()})
    return _effects(request, state, form)


def _effects(request: HttpRequest, state: DraftState, form: PublishForm, status: int = 200) -> HttpResponse:
    found, now = state.draft, timezone.now()
    told = effects_of(state, now=now)
    context = {
        "draft": found, "state": state, "effects": told, "groups": figures_of(told, state), "form": form, "now": now,
        "types": differences_in_words(state.differences, state.categories), "mistakes": mistakes_in(state).values(),
        "may_publish": whoever(request).may("standards.publish"), "behind": not found.base.is_current,
    }  # fmt: skip
    return render(request, "office/rule_effects.html", context, status=status)


@require_safe
@office_desk("standards.draft")
def figure_rows(request: HttpRequest, pk: int, figure: str) -> HttpResponse:
    """The rows of one figure."""
    state, user, now = state_of(_found(request, pk)), whoever(request), timezone.now()
    groups = figures_of(effects_of(state, now=now), state)
    group, shown = next(((g, f) for g in groups for f in g.figures if f.key == figure), (None, None))
    if group is None or shown is None:
        raise Http404
    page: Any = Paginator(shown.clocks or shown.cases or shown.lines, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "draft": state.draft, "group": group.title, "figure": shown, "page": page, "now": now,
        "clocks": clock_rows(page.object_list, user, now) if shown.clocks else [],
        "cases": case_rows(page.object_list, user) if shown.cases else [],
        "lines": page.object_list if shown.lines else [],
    }  # fmt: skip
    return render(request, "office/rule_rows.html", context)


@require_POST
@office_desk("standards.publish")
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the draft the rule."""
    found, form, status = _found(request, pk), PublishForm(request.POST), 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            change = publish_draft(
                found, reason=given["reason"], valid_from=given["valid_from"], move_running=given["clocks"] == "move",
                seen=given["seen"], **_by(request),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            say(request, _said(change))
            return redirect("office:rules")
    return _effects(request, state_of(found), form, status)


@require_http_methods(READ)
@office_desk("standards.publish")
def change_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a published change back before its day: what would follow is shown first."""
    change = get_object_or_404(changes(), pk=pk)
    form, status = WithdrawalForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            status = _tried(form, lambda: withdraw_change(change, reason=form.cleaned_data["reason"], **_by(request)))
            if not status:
                say(request, _("已撤回“%(draft)s”，它不会起用。") % {"draft": change.draft})
                return redirect("office:rules")
    state = state_of(change.draft)
    context = {
        "change": change, "form": form, "current": current_scheme(), "types": differences_in_words(state.differences),
        "lines": edit_lines(state, {}), "waits": _waits(change),
    }  # fmt: skip
    return render(request, "office/rule_change_withdrawal.html", context, status=status)


def _waits(change: RuleChange) -> bool:
    """Whether it may still be withdrawn today."""
    return change.in_force_at is None and not hasattr(change, "withdrawal") and change.valid_from > timezone.localdate()


def _said(change: Any) -> str:
    if change.in_force_at is None:
        return _("已发布“%(draft)s”，%(on)s起用。") % {"draft": change.draft, "on": change.valid_from.isoformat()}
    if change.moves_clocks:
        return _("已发布并起用“%(draft)s”，移动了 %(n)d 件的时限。") % {"draft": change.draft, "n": change.clocks_moved}
    return _("已发布并起用“%(draft)s”，正在走的时限没有动。") % {"draft": change.draft}


def _edited(request: HttpRequest, pk: int, name: str, form: Form, act: Callable[[RuleDraft], object]) -> HttpResponse:
    """One edit of a draft from its page: back to it, or with what has to be mended."""
    found, status = _found(request, pk), 422
    if form.is_valid():
        status = _tried(form, lambda: act(found))
        if not status:
            return redirect("office:rule_draft", pk=pk)
    return _draft(request, found, status, **{name: form})


def _tried(form: Form, act: Callable[[], object]) -> int:
    """0, or the status of a refusal that now stands in the form."""
    try:
        act()
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refusal.status
    return 0


def _rules_of(forms: list[RuleForm]) -> list[dict[str, Any]]:
    return [content for one in forms if (content := one.content()) is not None]


def _types_in(content: bytes, name: str, base: Types) -> Types:
    if name.lower().endswith((".yaml", ".yml")):
        return types_in_yaml(content, base)
    if not name.lower().endswith((".xlsx", ".csv")):
        raise BadInput(_("只收 .xlsx、.csv 和 .yaml 文件。请在导出的文件上改。"))
    table = read_table(content, name)
    return types_in_table(table.header, table.rows, base)


def _file_of(request: HttpRequest, scheme: Scheme, types: Types, kind: str, number: int, title: str) -> HttpResponseBase:
    if kind == "yaml":
        answer = HttpResponse(yaml_of(heading_of(scheme, number, ""), types), content_type="application/yaml; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{scheme.code}-{number}.yaml"'
        return answer
    return table_file(iter(table_of(types)), title=title, kind=kind, by=whoever(request), now=timezone.now())


def _mapped(before: Scheme, after: Scheme) -> dict[str, list[str]]:
    """{short code of a type that is gone: what took its place}."""
    found: dict[str, list[str]] = {}
    pairs = TypeMapping.objects.filter(from_type__scheme=before, to_type__scheme=after).select_related("from_type", "to_type")
    for each in pairs.order_by("pk"):
        found.setdefault(each.from_type.short_code, []).append(each.to_type.short_code)
    return found


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": whoever(request), "now": timezone.now()}


def _found(request: HttpRequest, pk: int) -> RuleDraft:
    return get_object_or_404(drafts_visible_to(whoever(request)), pk=pk)
