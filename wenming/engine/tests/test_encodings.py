"""Every character set that the house names is loaded before it is asked for: a disk that fails then takes none away."""

from __future__ import annotations

import re
from pathlib import Path

from wenming.engine.encodings import ASKED_FOR

HOUSE = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"[\"'](gb2312|gbk|gb18030|gb13000|hz|big5\w*|utf-8-sig|shift_jis|cp\d+)[\"']", re.IGNORECASE)


def test_no_other_is_named_anywhere() -> None:
    sources = [path for path in HOUSE.rglob("*.py") if not {"tests", "migrations", "static"} & set(path.parts)]
    named = {found.lower() for path in sources for found in NAMED.findall(path.read_text("utf-8"))}

    assert named <= set(ASKED_FOR)
    assert {"gb2312", "gb18030"} <= named
