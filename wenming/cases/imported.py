"""What another system did to a matter before it came here, replayed under our own rules.

Each step is written with the time the source gives, by the person who imported it, from the origin `worker`; the
journal's own clock says when it was really entered. Nothing here pretends to a verification that nobody made.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal.models import Entry
from wenming.observations.imports import withdraw_row
from wenming.observations.models import ImportBatch, Report
from wenming.observations.models.imports import RowState
from wenming.organisations.models import Account, Unit
from wenming.responsibilities import duties
from wenming.responsibilities.models import Duty
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.models import ProblemType

from .models import Case
from .selectors import suggestion
from .services import collect, dispatch, establish
from .services.moving import begin, end_handling, end_stage, move

# Steps that an import writes; a case with any other has been worked on by people, and an undo leaves it alone.
OWN_STEPS = frozenset({"collect", "establish", "dispatch", "answer", "adopt_closed"})


def replay_history(entry: Entry, now: datetime) -> None:
    """Dispatch and answer an imported matter when the source says so; asked again, it finds it done."""
    report = Report.objects.select_related("placement__town", "problem_type__scheme").get(pk=_key(entry))
    by = Account.objects.get(username=entry.by)
    received, options = report.received_at, entry.facts["options"]
    case = collect(report, now=received)
    if case.moves_count > 1:
        return
    # Today's matrix, since an older one was never entered: the answer says who would have to answer for it now.
    unit = _unit(entry, case, now)
    kind = report.problem_type or _type(options)
    if kind is None or unit is None:
        return
    case = establish(case, problem_type=kind, rule=None, by=by, now=received)
    why = _("原系统承办单位，共转办 %(n)s 次") % {"n": entry.facts.get("hand_overs", 0)}
    case = dispatch(case, to=unit, by=by, now=received, limit=_limit(options), why=why)
    if replied_at := entry.facts.get("replied_at"):
        _adopt_answer(case, by=by, now=datetime.fromisoformat(replied_at))


@transaction.atomic
def void(case: Case, *, reason: str, by: Account, now: datetime) -> Case:
    """作废: it should not have come in; it counts in nobody's figures."""
    case = begin(case, "void", by=by, reason=reason)
    end_stage(case, now=now)
    for duty in Duty.objects.filter(subject=case.key).exclude(state="withdrawn"):
        duties.withdraw(duty, now=now)
    case.handling = None
    move(case, "void", by=by, now=now, reason=reason)
    return case


def take_back(entry: Entry, now: datetime) -> None:
    """The cases of an undone batch are voided, except those that people have worked on."""
    batch = ImportBatch.objects.get(pk=_key(entry))
    by = Account.objects.get(username=entry.by)
    for row in batch.rows.filter(state=RowState.DONE).select_related("report"):
        case = Case.objects.filter(case_reports__report=row.report).first()
        if case and set(case.moves.values_list("act", flat=True)) - OWN_STEPS:
            row.reasons = [*row.reasons, _("已有人办理，没有撤销")]
            row.save(update_fields=["reasons"])
            continue
        if case:
            void(case, reason=_("导入批次撤销"), by=by, now=now)
        withdraw_row(row, now=now)


@transaction.atomic
def adopt_closed(case: Case, *, reason: str, by: Account, now: datetime) -> Case:
    """原系统已办结: closed elsewhere, verified by nobody here; the act's own name keeps the two apart in every figure."""
    case = begin(case, "adopt_closed", by=by, reason=reason)
    end_handling(case, duties.discharge, now=now)
    end_stage(case, now=now)
    case.closed_at = now
    move(case, "adopt_closed", by=by, now=now, reason=reason, unit=case.unit)
    return case


@transaction.atomic
def _adopt_answer(case: Case, *, by: Account, now: datetime) -> Case:
    case = Case.objects.select_for_update().get(pk=case.pk)
    assert case.handling is not None
    case.handling = case.duty = duties.answer(case.handling, now=now)
    move(case, "answer", by=by, now=now, reason=_("原系统答复"), unit=case.unit, done=[], photos=0,
         on_time=case.handling.answered_on_time)  # fmt: skip
    return adopt_closed(case, reason=_("原系统已办结，未经本系统核查"), by=by, now=now)


def _unit(entry: Entry, case: Case, now: datetime) -> Unit | None:
    """The source's unit by code or name, else the mapping's own, else what the matrix answers."""
    options = entry.facts["options"]
    for name in (entry.facts.get("unit"), options.get("unit")):
        found = Unit.objects.filter(code=name).first() or Unit.objects.filter(name=name).first() if name else None
        if found and found.handles_cases:
            return found
    kind = case.problem_type or _type(options)
    answer = suggestion(case, now, kind) if kind else None
    return answer.unit if answer else None


def _type(options: dict[str, str]) -> ProblemType | None:
    scheme, _colon, code = options.get("problem_type", "").partition(":")
    kind = {"C": "component", "E": "incident"}.get(code[:1], "")
    return ProblemType.objects.filter(scheme__code=scheme, kind=kind, code=code[1:]).first()


def _limit(options: dict[str, dict[str, int | str]]) -> Limit | None:
    limit = options.get("limit")
    return Limit(int(limit["amount"]), LimitUnit(str(limit["unit"]))) if limit else None


def _key(entry: Entry) -> str:
    return entry.about.split(":", 1)[1]
