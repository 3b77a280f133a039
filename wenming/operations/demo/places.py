"""Where the demo city's problems are: at its landmarks, more often in town centres, again and again at hot spots."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from wenming.territory.models import Landmark

HOT_SPOTS = 28
HOT = 14
TOWN_WEIGHTS = {"442000001": 5, "442000002": 4, "442000004": 3, "442000003": 3, "442000005": 2, "442000118": 4}
# Where units answer late more often, so that the leaders' page has something to say.
SLOW_TOWNS = ("442000118", "442000107")
# About thirty metres: people stand beside what they report.
BESIDE = 0.0003


@dataclass(frozen=True)
class Spot:
    """A place as a reporter would give it."""

    longitude: float
    latitude: float
    address: str
    name: str
    town_code: str


class Places:
    """Chooses landmarks by kind, weighted."""

    def __init__(self, rng: Random) -> None:
        landmarks = list(Landmark.objects.select_related("town").order_by("pk"))
        hot = {landmark.pk for landmark in rng.sample(landmarks, HOT_SPOTS)}
        self._by_kind: dict[str, list[Landmark]] = {}
        self._by_town: dict[str, list[Landmark]] = {}
        for landmark in landmarks:
            self._by_kind.setdefault(landmark.kind, []).append(landmark)
            self._by_town.setdefault(landmark.town.code, []).append(landmark)
        self._weights = {
            kind: [TOWN_WEIGHTS.get(one.town.code, 1) * (HOT if one.pk in hot else 1) for one in own]
            for kind, own in self._by_kind.items()
        }

    def choose(self, rng: Random, kinds: tuple[str, ...], town_code: str = "") -> Spot:
        """A spot beside a landmark of one of the kinds; of any kind when the town has none of these."""
        if town_code:
            own = self._by_town[town_code]
            return _beside(rng.choice([one for one in own if one.kind in kinds] or own), rng)
        kind = rng.choice(kinds)
        return _beside(rng.choices(self._by_kind[kind], self._weights[kind])[0], rng)


def _beside(landmark: Landmark, rng: Random) -> Spot:
    return Spot(
        longitude=round(landmark.longitude + rng.uniform(-BESIDE, BESIDE), 6),
        latitude=round(landmark.latitude + rng.uniform(-BESIDE, BESIDE), 6),
        address=f"{landmark.address}（{landmark.name}）", name=landmark.name, town_code=landmark.town.code,
    )  # fmt: skip
