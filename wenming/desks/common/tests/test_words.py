"""What the templates say: calm, exact, in the punctuation of the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DESKS = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(DESKS.glob("*/templates/**/*.html"))
BANNED = ("非法", "无效", "错误", "操作失败", "系统异常", "系统繁忙", "抱歉", "您忘了", "打卡", "签到")
HAN = r"[\u4e00-\u9fff]"


def words_of(template: Path) -> str:
    """The text of a template without its tags' syntax, keeping what {% trans %} and blocktrans say."""
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", template.read_text(), flags=re.S)
    text = re.sub(r'\{% trans "(.*?)".*?%\}', r"\1", text)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_scolds_or_shrugs(template):
    said = [word for word in BANNED if word in words_of(template)]

    assert not said


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_chinese_sentences_use_full_width_punctuation(template):
    assert not re.findall(rf"{HAN}[,;!?]|{HAN}:{HAN}|{HAN}\([^)]*{HAN}", words_of(template))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_headings_fit_in_sixteen_characters(template):
    headings = re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", words_of(template), re.S)
    long = [heading for heading in (re.sub(r"<[^>]+>|\s", "", one) for one in headings) if len(heading) > 16]

    assert not long


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_inline_that_the_content_policy_would_block(template):
    source = template.read_text()

    assert not re.search(r"<[^>]*\s(style|on[a-z]+)\s*=(?!=)", source)
    assert "<style" not in source
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
