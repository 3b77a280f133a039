"""The drawing of an agreement: true to scale on paper, with its metres, its neighbours and north; on both sides of a bent street."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import shapely

from wenming.cases.tests.story import FOUNDED, MONDAY
from wenming.documents.letters import Stamp
from wenming.documents.typesetting.host import typeset
from wenming.responsibilities.frontages.drawing import TALLEST_MM, WIDTH_MM, ground_svg
from wenming.responsibilities.frontages.letters import agreement_letter
from wenming.responsibilities.tests.streets import KERB, LAT, LON
from wenming.territory.frontages.services import Edge, Walls, manage_street, set_stretch
from wenming.territory.models import EdgeStretch
from wenming.territory.rules.geometry import metres_per_degree

OWN = re.compile(r'<path d="([^"]+)" fill="#cfcfcf"')
SCALE = re.compile(r"比例尺 1:(\d+)")


def of(premises: object) -> EdgeStretch:
    return EdgeStretch.objects.select_related("street", "premises").get(premises=premises)


def own_ground(svg: str) -> shapely.Polygon:
    (path,) = OWN.findall(svg)
    return shapely.Polygon([[float(each) for each in corner.split()] for corner in re.split("[MLZ]", path) if corner.strip()])


def test_it_is_true_to_scale_and_names_metres_and_neighbours(street_city: SimpleNamespace) -> None:
    svg = ground_svg(of(street_city.noodles), [300])

    scale = int(SCALE.findall(svg)[0])
    west, north, east, south = own_ground(svg).bounds
    assert (east - west) * scale / 1000 == pytest.approx(20.0, abs=0.05), "twenty metres of front, measured on the paper"
    assert (south - north) * scale / 1000 == pytest.approx(3.0, abs=0.05)
    for words in ("20.0<", "40.0<", "阿婆面馆", "清和茶铺", "顺风单车行", "民权路中线", "北<", "60.0 平方米"):
        assert words in svg, words


def test_duties_of_another_depth_are_lines_of_their_own(street_city: SimpleNamespace) -> None:
    svg = ground_svg(of(street_city.tea), [300, 150])
    assert "stroke-dasharray=\"1.2 0.8\"" in svg and "1.5 米" in svg


@pytest.mark.parametrize("side", ["left", "right"])
def test_on_either_side_of_a_bent_street_the_wall_is_above_and_all_is_on_the_paper(street_city: SimpleNamespace, side: str) -> None:
    east, north = metres_per_degree(LAT)
    line = shapely.LineString([(LON, LAT + 30 / north), (LON + 40 / east, LAT + 30 / north), (LON + 60 / east, LAT + 70 / north)])
    street = manage_street(
        "DQ-002", "弯路", line, town=street_city.town, walls=Walls(9, 9), on=FOUNDED, by=street_city.officer, now=MONDAY
    )
    made = set_stretch(street, Edge(side, 20, 70, 3, KERB), holder=street_city.tea, on=FOUNDED, by=street_city.officer, now=MONDAY)

    svg = ground_svg(made, [300])
    points = [tuple(map(float, each)) for each in re.findall(r"(-?[\d.]+) (-?[\d.]+)(?=[LZ])", svg)]
    assert points and all(0 <= x <= WIDTH_MM and 0 <= y <= TALLEST_MM + 40 for x, y in points)
    middle = re.findall(r'<polyline points="([^"]+)"', svg)[0]
    lowest = max(float(each.split(",")[1]) for each in middle.split())
    assert own_ground(svg).bounds[1] < lowest, "the wall lies above the middle of the street"


def test_the_agreement_holds_it_as_lines_not_as_a_photograph(street_city: SimpleNamespace) -> None:
    tea = of(street_city.tea)
    duties = [("hygiene", "扫干净。", 300, 60.0), ("greenery", "爱护。", 200, 40.0), ("order", "不出店。", 300, 60.0)]
    letter = agreement_letter(street_city.tea, [tea], duties, since=FOUNDED, to=MONDAY.date())
    assert [block["kind"] for block in letter.blocks].count("picture") == 1

    pdf = typeset(letter, Stamp("东三包〔2026〕1号", MONDAY.date(), "日志第 1 条。"))
    assert pdf.startswith(b"%PDF") and b"/Subtype/Image" not in pdf.replace(b" ", b""), "vector, however far it is enlarged"
