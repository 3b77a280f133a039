"""归属争议 at the office: the list with both sides, the ruling on the case's page, the proposal for the matrix."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Arbitration, Case
from wenming.cases.tests.story import at
from wenming.responsibilities.models import MatrixEntry, MatrixProposal

Bring = Callable[..., Case]


@pytest.fixture
def disputed(case_of: Bring, small_city: SimpleNamespace) -> Case:
    return cases.hand_back(
        case_of("dispatch"), reason="在东区内街", owner=small_city.east, by=small_city.handler, now=at("11-16 10:00")
    )


@pytest.fixture
def office(sit_down: Callable[..., Client], small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.officer)


def post(browser: Client, case: Case, noun: str, **fields: object):
    return browser.post(f"/office/cases/{case.number}/{noun}/", fields)


def test_the_page_shows_both_sides_and_the_matrix(office: Client, disputed: Case) -> None:
    page = office.get("/office/disputes/").content.decode()

    assert disputed.number in page and "认为应由东区办理" in page and "在东区内街" in page
    assert "权责清单第一条" in page and "与权责清单不一致" in page and "没有办结的同类" in page
    assert "看现场，去裁定" in page


def test_a_dispatcher_reads_and_does_not_rule(desk: Client, disputed: Case) -> None:
    assert disputed.number in desk.get("/office/disputes/").content.decode()
    assert "去裁定" not in desk.get("/office/disputes/").content.decode()
    page = desk.get(disputed.get_absolute_url()).content.decode()
    assert "归属争议" in page and "裁定由谁办" not in page
    assert post(desk, disputed, "arbitration", unit="EAST", clock="anew", reason="内街").status_code == 403


def test_the_home_counts_what_waits_for_a_ruling(office: Client, desk: Client, disputed: Case) -> None:
    assert "件归属有争议，等裁定" in office.get("/office/").content.decode()
    assert "件归属有争议，等裁定" not in desk.get("/office/").content.decode()
    assert disputed.number in office.get("/office/cases/").content.decode()


def test_the_ruling_sends_the_case_on_and_stays_readable(
    office: Client, disputed: Case, sit_down: Callable[..., Client], small_city: SimpleNamespace
) -> None:
    assert "裁定由谁办" in office.get(disputed.get_absolute_url()).content.decode()
    silent = post(office, disputed, "arbitration", unit="EAST", clock="anew", reason="")
    assert silent.status_code == 422
    ruled = post(office, disputed, "arbitration", unit="EAST", clock="anew", reason="内街归镇街", seen_moves=disputed.moves_count)

    disputed.refresh_from_db()
    assert ruled.status_code == 302 and disputed.unit == small_city.east
    page = office.get(disputed.get_absolute_url()).content.decode()
    assert "裁定由东区办理" in page and "内街归镇街" in page
    assert "最近的裁定" in office.get("/office/disputes/").content.decode()
    unit_page = sit_down(small_city.east_handler).get(f"/unit/cases/{disputed.number}/").content.decode()
    assert "不能再退回" in unit_page and "不归我们办，退回" not in unit_page
    refused = sit_down(small_city.east_handler).post(
        f"/unit/cases/{disputed.number}/returns/", {"owner": "WEST", "reason": "还是不归"}
    )
    assert refused.status_code == 409 and "已经裁定由东区办理" in refused.content.decode()


def test_a_clock_that_cannot_go_on_is_mended(office: Client, disputed: Case) -> None:
    answer = post(office, disputed, "arbitration", unit="EAST", clock="continues", reason="内街归镇街")

    assert answer.status_code == 422 and "没有办过这件" in answer.content.decode()
    assert not Arbitration.objects.exists()


def test_a_proposal_is_decided_on_the_matrix_page(office: Client, disputed: Case) -> None:
    nothing = post(office, disputed, "arbitration", unit="EAST", clock="anew", reason="内街", propose="on", basis="")
    assert nothing.status_code == 422
    post(office, disputed, "arbitration", unit="EAST", clock="anew", reason="内街", propose="on", basis="城管办 12 号")
    proposal = MatrixProposal.objects.get()
    assert MatrixEntry.objects.count() == 1
    assert "城管办 12 号" in office.get("/admin/matrix/").content.decode()

    decision = f"/admin/matrix/proposals/{proposal.pk}/decision/"
    office.post(decision, {"accepted": "no", "note": ""})
    proposal.refresh_from_db()
    assert proposal.decided_at is None, "a refusal says why"
    preview = office.post(decision, {"accepted": "yes"}).content.decode()
    assert "没人负责或说法冲突的" in preview and MatrixEntry.objects.count() == 1, "first what it would change"
    office.post(decision, {"accepted": "yes", "save": "1"})
    proposal.refresh_from_db()
    assert proposal.entry is not None and MatrixEntry.objects.count() == 2
    assert "城管办 12 号" in office.get("/admin/matrix/").content.decode(), "as a line now"


def test_only_who_manages_the_matrix_decides(office: Client, desk: Client, disputed: Case) -> None:
    post(office, disputed, "arbitration", unit="EAST", clock="anew", reason="内街", propose="on", basis="城管办 12 号")

    answer = desk.post(f"/admin/matrix/proposals/{MatrixProposal.objects.get().pk}/decision/", {"accepted": "yes"})
    assert answer.status_code == 403
