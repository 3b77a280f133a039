"""A blob folder of its own for every test, and a letter to issue."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wenming.documents.letters import Letter, head, table, text

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
SENTENCE = "请于规定期限内改正并告知本机关有不同意见可以陈述和申辩"


@pytest.fixture(autouse=True)
def blobs(tmp_path: Path, settings: Any) -> None:
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)


@pytest.fixture
def letter() -> Letter:
    rows = [["责任", "范围"], ["包卫生", "墙基到人行道路缘石"]]
    blocks = [text(SENTENCE * 3), head("一、范围"), table([1, 2], rows), text(SENTENCE * 30)]
    return Letter("notice", "关于告知门前责任区范围和责任要求的通知", "石岐街道办事处", "惠民便利店", blocks)
