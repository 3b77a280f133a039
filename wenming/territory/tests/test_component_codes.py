"""What is a component's code, and what only looks like one."""

import pytest

from wenming.territory.rules.component_codes import CodeUnreadable, kind_digits, read_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        pytest.param("3205080101000001", "3205080101000001", id="the sample of the reference"),
        pytest.param(" 442000 01-37 000012 ", "4420000137000012", id="as people space it"),
        pytest.param("４４２００００１３７００００１２", "4420000137000012", id="full-width digits"),
        pytest.param(4420000137000012.0, "4420000137000012", id="a number of a spreadsheet, still exact"),
        pytest.param(4420000137000012, "4420000137000012", id="a whole number of a shapefile"),
        pytest.param("4420000137000012.0", "4420000137000012", id="a number somebody wrote as text"),
    ],
)
def test_a_code_is_read(typed, code):
    assert str(read_code(typed)) == code


def test_a_code_has_four_parts():
    code = read_code("3205080101000001")

    assert (code.division, code.big_class, code.small_class, code.serial) == ("320508", "01", "01", "000001")
    assert code.kind_digits == kind_digits("CJT214:C0101") == "0101"
    assert kind_digits("GB30428:E0101") == "", "an incident is no component"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        pytest.param("", "缺少", id="nothing"),
        pytest.param(None, "缺少", id="an empty cell"),
        pytest.param("4.42E+15", "科学计数", id="digits lost by a spreadsheet"),
        pytest.param("44200001370012", "现在是 14 位", id="too short"),
        pytest.param("442000013700001A", "全是数字", id="a letter"),
        pytest.param("4420000137000000", "从 000001 起", id="no serial number"),
    ],
)
def test_what_is_no_code_says_why(typed, why):
    with pytest.raises(CodeUnreadable, match=why):
        read_code(typed)
