"""What everybody may know, and the documentation of the interface itself."""

from __future__ import annotations

from types import SimpleNamespace

from django.test import Client


def test_types_come_with_their_conditions_and_limits(city: SimpleNamespace, client: Client) -> None:
    types = client.get("/api/v1/problem-types").json()

    overflow = next(each for each in types if each["code"] == "TEST:E0192")
    assert overflow["category"] == "rubbish"
    assert [(rule["condition"], rule["limit_amount"]) for rule in overflow["rules"]] == [("收集设施满溢", 4)]
    assert client.get("/api/v1/problem-types?scheme=NONE").status_code == 404


def test_towns_schemes_and_categories_are_listed(city: SimpleNamespace, client: Client) -> None:
    assert [town["code"] for town in client.get("/api/v1/towns").json()] == ["442000002", "442000004"]
    assert client.get("/api/v1/towns/442000002/communities").json() == []
    assert [scheme["code"] for scheme in client.get("/api/v1/schemes").json()] == ["TEST"]
    assert [category["code"] for category in client.get("/api/v1/categories").json()] == ["rubbish"]


def test_the_city_says_that_it_is_there(city: SimpleNamespace, client: Client) -> None:
    assert client.get("/api/v1/health").json()["status"] == "ok"


def test_the_interface_is_described_for_programs(city: SimpleNamespace, client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()

    assert described["openapi"] == "3.1.0"
    assert described["paths"]["/api/v1/cases"]["get"]["security"] == [{"Key": []}]
    assert "multipart/form-data" in described["paths"]["/api/v1/reports"]["post"]["requestBody"]["content"]


def test_the_interface_is_described_for_people_without_scripts_from_elsewhere(
    city: SimpleNamespace, client: Client
) -> None:
    page = client.get("/api/v1/").content.decode()

    assert "/api/v1/reports/{receipt}" in page
    assert "https://" not in page.replace("https://json-schema.org", "")
