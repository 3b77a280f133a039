import random
import threading

import pytest
import shapely

from wenming.territory import homes, selectors, services
from wenming.territory.models import GridLayer
from wenming.territory.selectors import home_of, homes_of

from .conftest import MONDAY, ORIGIN, SIDE, middle_of


def test_a_point_knows_its_town_community_and_grid(layer):
    home = home_of(*middle_of(1, 0))
    assert (home.town.name, home.community.name, home.grid.code) == ("西街道", "西桥社区", "442000001002001")
    assert home.layer_id == layer.pk


def test_a_point_outside_the_city_has_no_home(layer):
    assert home_of(120, 30) is None


def test_many_random_points_agree_with_trying_every_grid(layer):
    dice = random.Random(7)
    points = [tuple(corner + dice.uniform(-0.5, 2.5) * SIDE for corner in ORIGIN) for _ in range(300)]
    grids = [(grid.code, grid.geometry) for grid in layer.grids.all()]
    for point, home in zip(points, homes_of(*zip(*points, strict=True)), strict=True):
        covering = [code for code, shape in grids if shape.covers(shapely.Point(point))]
        assert ([home.grid.code] if home else []) == covering[:1]
        assert home == home_of(*point)


@pytest.mark.parametrize(
    ("column", "row", "code"),
    [
        pytest.param(1, 0.5, "442000001001001", id="between two communities"),
        pytest.param(0.5, 1, "442000001001001", id="between two towns"),
        pytest.param(1, 1, "442000001001001", id="the corner of all four"),
        pytest.param(2, 2, "442000002002001", id="the city's own corner"),
    ],
)
def test_a_point_on_a_shared_edge_belongs_to_the_lowest_code(layer, column, row, code):
    point = round(ORIGIN[0] + column * SIDE, 7), round(ORIGIN[1] + row * SIDE, 7)
    assert home_of(*point).grid.code == code
    assert homes_of([point[0]], [point[1]])[0].grid.code == code


def test_without_grids_the_communities_answer(areas):
    home = home_of(*middle_of(0, 1))
    assert (home.town.name, home.community.name, home.grid) == ("东街道", "东坊社区", None)


def test_a_new_layer_is_followed_at_once_inside_a_transaction(layer, cells):
    before = home_of(*middle_of(0, 0)).layer_id
    newer = services.publish_layer(kind="block", cells=cells, by=None, now=MONDAY)
    assert home_of(*middle_of(0, 0)).layer_id == newer.pk != before


def test_a_layer_that_was_never_published_is_not_seen(layer):
    GridLayer.objects.create(kind="block", version=2)
    assert selectors.base_layer() == layer


def test_eight_threads_get_one_answer_from_one_tree(layer):
    expected, answers = home_of(*middle_of(1, 1)), []
    index = homes.current_index()
    threads = [threading.Thread(target=lambda: answers.append(index.home_of(*middle_of(1, 1)))) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert answers == [expected] * 8
