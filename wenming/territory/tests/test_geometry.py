import pytest
import shapely

from wenming.territory.rules.geometry import area_m2, box_around, distance_m, what_is_wrong
from wenming.territory.rules.view import View

LEFT = shapely.box(113, 22, 113.01, 22.01)


def test_a_hundredth_of_a_degree_is_about_a_kilometre():
    assert distance_m((113, 22), (113, 22.01)) == pytest.approx(1113, abs=1)
    assert distance_m((113, 22), (113.01, 22)) == pytest.approx(1032, abs=1)
    assert area_m2(LEFT) == pytest.approx(1113 * 1032, rel=0.001)


def test_the_box_holds_the_circle():
    west, south, east, north = box_around(113, 22, 500)
    assert distance_m((113, 22), (east, 22)) == pytest.approx(500)
    assert distance_m((113, 22), (113, south)) == pytest.approx(500)
    assert (west, north) < (113, 22.1)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        pytest.param(LEFT, "", id="a good polygon"),
        pytest.param(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "边线自己交叉", id="a bow tie"),
        pytest.param(shapely.LineString([(0, 0), (1, 1)]), "要一个面", id="a line"),
        pytest.param(shapely.Polygon(), "空的", id="nothing"),
    ],
)
def test_a_defect_is_said_in_words(shape, words):
    sentence = what_is_wrong(shape)
    assert words in sentence
    assert bool(sentence) == bool(words)


def test_the_closest_view_shows_the_whole_box():
    box = (113.1, 22.2, 113.6, 22.8)
    west, south, east, north = View.fitting(box, 620, 420).bounds
    assert west < box[0] < box[2] < east
    assert south < box[1] < box[3] < north
