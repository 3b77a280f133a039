"""Cases and reports as GeoReport's service requests: what is shown depends on who asks.

Anybody sees public cases (closed a day ago, nobody objected) under the case's own number, placed only by town: the
receipt stays the reporter's secret, and a list must not lead to whoever reported. Who knows a receipt sees that report.
A key sees the cases of its account, whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.cases.models import Case, CaseReport
from wenming.cases.rules.lifecycle import ENDED, State
from wenming.cases.selectors import case_of, cases_visible_to, cover_photos, public_cases
from wenming.desks.common.photos import photo_url
from wenming.evidence.models import Exhibit
from wenming.observations.models import Report
from wenming.observations.selectors import report_by_receipt
from wenming.organisations.models import Account
from wenming.standards.models import PublicCategory

from .parameters import Asked
from .services import UNCLEAR, service_by_code

Shown = dict[str, Any]


@dataclass(frozen=True)
class Behind:
    """What stands behind the cases of one page."""

    reports: dict[int, Report]
    photos: dict[int, Exhibit]


def found_requests(asked: Asked, account: Account | None, request: HttpRequest, now: datetime) -> list[Shown]:
    """One page of service requests, the newest first."""
    cases = _asked_for(_open_to(account, now), asked).order_by("-opened_at", "-pk")
    page = list(cases[asked.first : asked.first + asked.page_size])
    return _shown(page, account, request)


def request_by_number(number: str, account: Account | None, request: HttpRequest, now: datetime) -> Shown | None:
    """By a receipt, which is its own permission, or by the number of a case that the caller may see."""
    report = report_by_receipt(number)
    if report is not None:
        return _of_report(report)
    case = _open_to(account, now).filter(number=number).first()
    return _shown([case], account, request)[0] if case else None


def _open_to(account: Account | None, now: datetime) -> QuerySet[Case]:
    works_here = account is not None and account.may("cases.see")
    cases = cases_visible_to(account) if account and works_here else public_cases(now)
    return cases.select_related("problem_type__scheme", "placement__town", "unit")


def _asked_for(cases: QuerySet[Case], asked: Asked) -> QuerySet[Case]:
    wanted = Q(opened_at__gte=asked.since, opened_at__lte=asked.until)
    if asked.updated_since:
        wanted &= Q(moved_at__gte=asked.updated_since)
    if asked.updated_until:
        wanted &= Q(moved_at__lte=asked.updated_until)
    if asked.statuses == {"open"}:
        wanted &= ~Q(state__in=ENDED)
    elif asked.statuses == {"closed"}:
        wanted &= Q(state__in=ENDED)
    if asked.service_codes:
        wanted &= _of_services(asked.service_codes)
    return cases.filter(wanted)


def _of_services(codes: Sequence[str]) -> Q:
    services = [service_by_code(code) for code in codes]
    chips = [each for each in services if isinstance(each, PublicCategory)]
    types = [each for each in services if each is not None and not isinstance(each, PublicCategory)]
    return Q(problem_type__in=types) | Q(problem_type__public_category__in=chips)


def _shown(cases: Sequence[Case], account: Account | None, request: HttpRequest) -> list[Shown]:
    whole = account is not None and account.may("cases.see")
    behind = Behind(_first_reports(cases), cover_photos(cases) if whole else {})
    shown = [_of_case(case, behind.reports.get(case.pk)) for case in cases]
    if whole:
        for case, line in zip(cases, shown, strict=True):
            line.update(_for_those_who_work_on_it(case, behind, request))
    return shown


def _of_case(case: Case, first: Report | None) -> Shown:
    """What anybody may know of a case that they may see at all."""
    town = case.placement.town
    return {
        "service_request_id": case.number, "status": "closed" if case.ended else "open",
        "status_notes": case.get_state_display(), **_service(case, first), "description": None,
        "agency_responsible": case.unit.name if case.unit else None, "service_notice": None,
        "requested_datetime": _moment(case.opened_at), "updated_datetime": _moment(case.closed_at or case.moved_at),
        "expected_datetime": None if case.ended else _moment(case.due_at),
        "address": town.name if town else None, "address_id": town.code if town else None, "zipcode": None,
        "lat": None, "long": None, "media_url": None,
    }  # fmt: skip


def _for_those_who_work_on_it(case: Case, behind: Behind, request: HttpRequest) -> Shown:
    first, photo = behind.reports.get(case.pk), behind.photos.get(case.pk)
    return {
        "description": first.text[:4000] if first else None,
        "address": case.placement.address or case.placement.area_text,
        "lat": case.placement.latitude, "long": case.placement.longitude,
        "media_url": request.build_absolute_uri(photo_url(photo)) if photo else None,
    }  # fmt: skip


def _of_report(report: Report) -> Shown:
    """A report under its receipt, through any merge: what became of the case became of it."""
    case = case_of(report)
    if case is None:
        return _not_yet_a_case(report)
    shown = _of_case(case, report)
    shown["service_request_id"] = report.receipt
    shown["requested_datetime"] = _moment(report.received_at)
    if case.state == State.NOT_ACCEPTED:
        shown["status_notes"] = f"{shown['status_notes']}：{_why_refused(case)}"
    return shown


def _not_yet_a_case(report: Report) -> Shown:
    """For the seconds until the worker opens the case."""
    category, kind, town = report.category, report.problem_type, report.placement.town
    return {
        "service_request_id": report.receipt, "status": "open", "status_notes": _("已收到"),
        "service_code": kind.full_code if kind else category.code if category else UNCLEAR,
        "service_name": kind.name if kind else category.name if category else _("说不清"), "description": None,
        "agency_responsible": None, "service_notice": None, "requested_datetime": _moment(report.received_at),
        "updated_datetime": _moment(report.received_at), "expected_datetime": None,
        "address": town.name if town else None, "address_id": town.code if town else None, "zipcode": None,
        "lat": None, "long": None, "media_url": None,
    }  # fmt: skip


def _service(case: Case, first: Report | None) -> Shown:
    """The type once somebody established it, until then what the reporter chose."""
    if case.problem_type is not None:
        return {"service_code": case.problem_type.full_code, "service_name": case.problem_type.name}
    category = first.category if first else None
    return {
        "service_code": category.code if category else UNCLEAR,
        "service_name": category.name if category else _("说不清"),
    }


def _first_reports(cases: Sequence[Case]) -> dict[int, Report]:
    """{case pk: the report that opened it}, in one query."""
    links = CaseReport.objects.filter(case__in=cases).select_related("report__category").order_by("-added_at")
    return {link.case_id: link.report for link in links}


def _why_refused(case: Case) -> str:
    move = case.moves.filter(act="refuse").order_by("position").last()
    return move.reason if move else ""


def _moment(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None
