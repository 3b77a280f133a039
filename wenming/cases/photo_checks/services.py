"""What a person makes of a hint. The hint stays; the word is kept beside it, so that false alarms can be counted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.evidence import hints
from wenming.evidence.models import HintVerdict, PhotoHint
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed

from ..models import Case
from .behind import case_behind
from .selectors import may_judge


@transaction.atomic
def judge_photo_hint(case: Case, hint: PhotoHint, *, sound: bool, by: Account, now: datetime) -> HintVerdict | None:
    """有道理 or 无关, by somebody who may verify this case. Changes nothing about the case."""
    if not may_judge(case, by):
        raise NotAllowed(_("提示由别的单位的核查人员判断，办理单位的人不判断自己的照片。"))
    if case_behind(hint.exhibit) != case:
        raise BadInput(_("这条提示不是这件案件的。请刷新页面看最新情况。"))
    if not hint.asks_to_look:
        raise BadInput(_("这一条只说看不准，不用判断。"))
    return hints.judge_hint(hint, sound=sound, by=by, now=now)
