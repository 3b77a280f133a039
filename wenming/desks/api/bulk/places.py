"""Where a bulk of requests lies in this city."""

from __future__ import annotations

from collections.abc import Sequence

from wenming.refusals import BadInput
from wenming.territory.models import Area, Level
from wenming.territory.selectors import homes_of

from .reading import Box, Fit, Incoming, towards

# Eight steps of a third bring any point within 4 % of the middle.
STEPS, STEP = 8, 1 / 3
# Other cities' exports hold a few points on other continents; the box is drawn without the outermost of them.
OUTERMOST = 0.005


def fit_onto_this_city(sample: Sequence[Incoming]) -> Fit:
    """The box of a sample of another city's points, laid onto the box of this city."""
    points = [row.point for row in sample if row.point]
    if len(points) < 2:
        raise BadInput("文件里没有经纬度，不能换算到本市。请去掉 --into-this-city。")
    west, east = _without_outermost([point[0] for point in points])
    south, north = _without_outermost([point[1] for point in points])
    return Fit((west, south, max(east, west + 1e-6), max(north, south + 1e-6)), city_box())


def city_box() -> Box:
    """West, south, east, north of the city's outline, or of its towns while it has none."""
    drawn = Area.objects.filter(valid_to=None, wkb__isnull=False)
    areas = list(drawn.filter(level=Level.CITY)) or list(drawn)
    if not areas:
        raise BadInput("本市还没有边界。请先导入区划或网格。")
    return (
        min(a.min_lon or 180 for a in areas), min(a.min_lat or 90 for a in areas),
        max(a.max_lon or -180 for a in areas), max(a.max_lat or -90 for a in areas),
    )  # fmt: skip


def pulled_inside(points: Sequence[tuple[float, float]], box: Box) -> list[tuple[float, float]]:
    """Each point, moved towards the middle of the box until it lies in the city: an outline fills only part of its box."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    placed = list(points)
    for _step in range(STEPS):
        homes = homes_of([lon for lon, _lat in placed], [lat for _lon, lat in placed])
        if all(homes):
            break
        placed = [p if home else towards(p, middle, STEP) for p, home in zip(placed, homes, strict=True)]
    return placed


def inside(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which of the points lie in the city."""
    return [bool(home) for home in homes_of([lon for lon, _lat in points], [lat for _lon, lat in points])]


def _without_outermost(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    cut = int(len(ordered) * OUTERMOST)
    return ordered[cut], ordered[-1 - cut]
