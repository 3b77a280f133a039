from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wenming.standards import services

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def scheme_file(*, code="DEMO", version=1, confidence="medium", types=None):
    """The smallest scheme that says something: one broken cover and one heap of litter."""
    heading = {"code": code, "version": version, "name": "示例分类", "source": "测试", "confidence": confidence}
    cover = {
        "code": "0101",
        "name": "上水井盖",
        "do": ["供水管理机构"],
        "rules": [["缺失", "恢复", "2uh"], ["破损", "换新", "4h"]],
    }
    litter = {"code": "0110", "name": "暴露生活垃圾", "public": "litter", "do": ["环卫机构"], "sup": ["城管主管"]}
    return {
        "scheme": heading,
        "components": [{"big": "01", "name": "公用设施", "types": types or [cover]}],
        "incidents": [{"big": "01", "name": "市容环境", "types": [litter]}],
    }


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def categories(db):
    litter = {"code": "litter", "name": "垃圾脏乱", "hint": "垃圾没清"}
    unclear = {"code": "unclear", "name": "说不清"}
    return services.load_categories({"categories": [litter, unclear]})


@pytest.fixture
def draft(categories, now):
    return services.load_scheme(scheme_file(), by=None, now=now)


@pytest.fixture
def published(draft, now):
    return services.publish_scheme(draft, by=None, now=now)
