"""Photos that deserve a second look (演示): one used before, one of before handed in as after, one taken elsewhere.

Their pictures are drawn apart from the album: the album is everybody's, and the checks pass it over.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random

from PIL import Image, ImageOps

from wenming.cases import services as cases
from wenming.evidence.services import Prepared, prepare
from wenming.observations.models import Channel, Report
from wenming.observations.services import Where, receive_report
from wenming.territory.rules.coordinates import Datum

from .city import DemoCity
from .history import History
from .life import Life, Seen
from .pictures import draw_picture
from .places import Spot
from .today import SHIQI, _life, _with_the_unit

APART = 900  # variants that no album reaches
HANDLER = "CGZF"
ATTEMPTS = 40


def draw_apart() -> dict[str, Prepared]:
    """The pictures of these stories, taken in; outside any transaction, since developing is slow."""
    cleared = draw_picture("stall", APART, True)
    elsewhere = _taken_in(draw_picture("poster", APART + 1, False), 113.30, 22.60)
    drawn = {
        "cleared": cleared, "cleared again": _copied(cleared), "posters": draw_picture("poster", APART, False),
        "elsewhere": elsewhere,
    }  # fmt: skip
    return {name: prepare(io.BytesIO(data)) for name, data in drawn.items()}


def looked_twice(history: History, pictures: dict[str, Prepared]) -> Iterator[Iterator[datetime]]:
    """The stories, to be begun after all others."""
    yield _answered(_shown(history, "stall", 30.0, []), pictures["cleared"], 20.0)
    yield _answered(_shown(history, "stall", 12.0, []), pictures["cleared again"], 2.2)
    yield _answered(_shown(history, "poster", 13.0, [pictures["posters"]]), pictures["posters"], 1.9)
    yield _reported(_shown(history, "poster", 0.8, [pictures["elsewhere"]]))


class _Shown(Life):
    """A case whose report comes with these photographs."""

    def __init__(self, city: DemoCity, rng: Random, seen: Seen, opened_at: datetime, photos: Sequence[Prepared]) -> None:
        super().__init__(city, rng, seen, opened_at)
        self.photos = photos

    def _hand_in(self, channel: str, spot: Spot, client_id: str) -> Report:
        where = Where(
            longitude=spot.longitude, latitude=spot.latitude, datum=Datum.CGCS2000, accuracy_m=30.0, address=spot.address,
            source="gps",
        )  # fmt: skip
        words = self.rng.choice(self.seen.problem.sentences).format(place=spot.name)
        return receive_report(
            channel=Channel.WEB, client_id=client_id, where=where, now=self.at, text=words,
            category=self.seen.problem.category, photos=list(self.photos),
        ).report  # fmt: skip


def _shown(history: History, picture: str, hours: float, photos: Sequence[Prepared]) -> _Shown:
    """A life with a problem that such a picture shows, if one comes up."""
    for _attempt in range(ATTEMPTS):
        plain = _life(history, hours, unit=history.city.units[HANDLER], town_code=SHIQI)
        if plain.seen.problem.picture == picture:
            break
    return _Shown(plain.city, plain.rng, plain.seen, plain.at, photos)


def _reported(life: _Shown) -> Iterator[datetime]:
    yield life.at
    life.report_it()


def _answered(life: _Shown, photo: Prepared, hours: float) -> Iterator[datetime]:
    """Answered with that photograph so many working hours ago."""
    yield from _with_the_unit(life)
    yield from life.wait(0.5)
    life.acknowledge()
    yield from life.wait_until(life.city.work_time(life.city.centre).after(life.city.now, -hours))
    life.case = cases.answer(life.case, text="", photos=[photo], done=["清理"], by=life.handler, now=life.at)


def _copied(data: bytes) -> bytes:
    """A little cut off, left and right exchanged."""
    with Image.open(io.BytesIO(data)) as image:
        return _jpeg(ImageOps.mirror(image.crop((30, 10, 620, 460))))


def _taken_in(data: bytes, longitude: float, latitude: float) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (latitude, 0.0, 0.0), 3: "E", 4: (longitude, 0.0, 0.0)})
    with Image.open(io.BytesIO(data)) as image:
        return _jpeg(image, exif)


def _jpeg(image: Image.Image, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, **({"exif": exif} if exif is not None else {}))
    return out.getvalue()
