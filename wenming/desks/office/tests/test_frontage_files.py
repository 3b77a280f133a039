"""门前三包 as files: the register in the columns that the import reads, and every gap."""

from __future__ import annotations

import csv
from io import StringIO
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.desks.common.tests.sitting import Sit
from wenming.observations.rules.premises_rows import FIELDS, proposed_columns

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sit_down: Sit, told: SimpleNamespace) -> Client:
    return sit_down(told.officer)


def rows(desk: Client, address: str) -> list[list[str]]:
    return list(csv.reader(StringIO(b"".join(desk.get(address)).decode("utf-8-sig"))))  # type: ignore[call-overload]


def test_the_register_leaves_in_columns_that_the_import_reads(desk: Client, told: SimpleNamespace) -> None:
    head, *listed = rows(desk, "/office/shops/list.csv")
    assert set(FIELDS) - set(proposed_columns(head)) <= {"address", "width_m"}, "each other column finds itself again"

    tea = next(dict(zip(head, row, strict=True)) for row in listed if row[0] == told.tea.number)
    stretch = told.tea.stretches.get()
    assert (tea["名称"], tea["路段编号"]) == (told.tea.name, stretch.street.code)
    assert (float(tea["起点（米）"]), float(tea["止点（米）"])) == (stretch.from_cm / 100, stretch.to_cm / 100)
    assert tea["经度"] and tea["情况"]


def test_the_register_leaves_as_it_was_filtered(desk: Client, told: SimpleNamespace) -> None:
    assert [row[0] for row in rows(desk, f"/office/shops/list.csv?q={told.tea.number}")[1:]] == [told.tea.number]


def test_every_gap_leaves_with_its_length(desk: Client, told: SimpleNamespace) -> None:
    head, *faults = rows(desk, "/office/streets/gaps.csv")

    assert faults, "the street has a gap"
    for row in faults:
        told_of = dict(zip(head, row, strict=True))
        assert float(told_of["多长（米）"]) == pytest.approx(float(told_of["到（米）"]) - float(told_of["从（米）"]))
    assert "没有人负责" in {row[-1] for row in faults}


def test_a_file_of_no_such_kind_is_not_there(desk: Client) -> None:
    assert desk.get("/office/shops/list.exe").status_code == 404
