"""A client that knows only the written standard, not our code, files a report over the network. Policy: 4.2."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from PIL import Image

from tests.running_city import City


@dataclass
class GeoReportClient:
    """GeoReport v2 as its documentation describes it: find the endpoint, choose a service, post a form, ask again."""

    discovery_url: str
    session: requests.Session

    def endpoint(self) -> str:
        found = self._get(self.discovery_url)
        (base,) = [each["url"] for each in found["endpoints"] if each["specification"].endswith("GeoReport_v2")]
        return str(base)

    def services(self) -> list[dict[str, Any]]:
        return list(self._get(f"{self.endpoint()}/services.json"))

    def file(self, **facts: Any) -> dict[str, Any]:
        files = {"media": facts.pop("media")} if "media" in facts else None
        answer = self.session.post(f"{self.endpoint()}/requests.json", data=facts, files=files, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()[0])

    def status(self, number: str) -> dict[str, Any]:
        return dict(self._get(f"{self.endpoint()}/requests/{number}.json")[0])

    def _get(self, url: str) -> Any:
        answer = self.session.get(url, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def third_party(shared_city: City) -> GeoReportClient:
    return GeoReportClient(f"{shared_city.url}/open311/v2/discovery.json", requests.Session())


@pytest.mark.policy("4.2")
def test_a_real_third_party_client_files_a_report(third_party: GeoReportClient) -> None:
    """every channel gives the same case with its source kept; a real third-party client files a report."""
    service = next(each for each in third_party.services() if each["metadata"])
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "olive").save(picture, "JPEG")

    filed = third_party.file(
        service_code=service["service_code"], address_string="石岐街道太平社区菜市场后门", description="井盖破了一个角",
        first_name="路", last_name="人", phone="13800138000", media=("photo.jpg", picture.getvalue(), "image/jpeg"),
    )  # fmt: skip

    number = filed["service_request_id"]
    deadline = time.monotonic() + 20
    while third_party.status(number)["status_notes"] == "已收到" and time.monotonic() < deadline:
        time.sleep(0.2)
    status = third_party.status(number)
    assert (status["status"], status["status_notes"]) == ("open", "待受理")
    assert (status["service_code"], status["service_name"]) == (service["service_code"], service["service_name"])


def test_a_lost_answer_costs_no_second_report(third_party: GeoReportClient) -> None:
    third_party.session.headers["Idempotency-Key"] = f"third-party-{time.time_ns()}"

    (unclear,) = [each for each in third_party.services() if each["service_code"] == "unclear"]

    facts = {"service_code": unclear["service_code"], "address_string": "石岐街道", "description": "垃圾"}
    filed = [third_party.file(**facts) for _ in range(2)]

    assert filed[0]["service_request_id"] == filed[1]["service_request_id"]
