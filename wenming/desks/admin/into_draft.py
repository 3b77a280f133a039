"""起草: an edit of the rules that is not made at once but put into a draft, whose effects are shown before it holds (4.1)."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.desks.common import toasts
from wenming.desks.common.access import whoever
from wenming.standards.drafts.models import RuleDraft
from wenming.standards.drafts.services import open_draft


def may_draft(request: HttpRequest) -> bool:
    return whoever(request).may("standards.draft")


def drafted_instead(request: HttpRequest, name: str, edit: Callable[[RuleDraft], object]) -> HttpResponse:
    """Open a draft with that one edit in it and lead to what it would do; nothing in force has changed."""
    with transaction.atomic():
        draft = open_draft(name, by=whoever(request), now=timezone.now())
        edit(draft)
    return to_its_effects(request, draft)


def to_its_effects(request: HttpRequest, draft: RuleDraft) -> HttpResponse:
    """Lead from a page that acts at once to a draft that was begun there."""
    toasts.say(request, _("已起草“%(draft)s”，什么都还没有改。看过影响再发布。") % {"draft": draft})
    return redirect("office:rule_effects", pk=draft.pk)
