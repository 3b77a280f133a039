"""Synthetic photographs (演示): flat street scenes, each before and after, none of a real place or person."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import transaction
from PIL import Image, ImageDraw

from wenming.evidence.models import Role, Subject
from wenming.evidence.services import Prepared, attach, prepare

from .chance import chance

SIZE = (640, 480)
PAPER, INK, ROAD, WALL, GREEN, RED, AMBER, BLUE, GREY, BROWN = (
    "#f4efe4", "#2f2a24", "#b9b1a3", "#ddd3c0", "#6f8f5f", "#b5432f", "#d09a3a", "#4f7590", "#8b857b", "#7b5b3f",
)  # fmt: skip

Draw = ImageDraw.ImageDraw
Stroke = tuple[tuple[int, int], ...]
Drawer = Callable[[Draw, Random, bool], None]


def draw_picture(subject: str, variant: int, solved: bool) -> bytes:
    """A JPEG of one subject; the same arguments give the same bytes."""
    rng = chance(subject, variant)
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    _street(draw, rng)
    SUBJECTS[subject](draw, rng, solved)
    _mark(draw, solved)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=78)
    return out.getvalue()


class Album:
    """The pictures of the demo city, taken in through evidence once and shown for many cases."""

    def __init__(self, variants: int) -> None:
        """Draw and develop all of them; outside any transaction, since developing is slow."""
        self._variants = variants
        self._prepared = {
            (subject, variant, solved): prepare(io.BytesIO(draw_picture(subject, variant, solved)))
            for subject in SUBJECTS
            for variant in range(variants)
            for solved in (False, True)
        }

    @transaction.atomic
    def attach(self, now: datetime) -> None:
        """Give every picture its rows, so that the archive can refer to them."""
        for prepared in self._prepared.values():
            attach(prepared, role=Role.ATTACHMENT, subject=Subject("demo", "album"), by=None, now=now)

    def pair(self, subject: str, rng: Random) -> tuple[Prepared, Prepared]:
        """One scene before and after."""
        variant = rng.randrange(self._variants)
        return self._prepared[subject, variant, False], self._prepared[subject, variant, True]


def _street(draw: Draw, rng: Random) -> None:
    draw.rectangle((0, 300, 640, 480), fill=ROAD)
    draw.rectangle((0, 286, 640, 300), fill=GREY)
    x = -rng.randrange(60)
    while x < 640:
        width, height = rng.randrange(90, 170), rng.randrange(110, 230)
        draw.rectangle((x, 286 - height, x + width - 6, 286), fill=rng.choice([WALL, "#e6dcc9", "#d3c8b4"]))
        for top in range(286 - height + 16, 270, 38):
            for left in range(x + 12, x + width - 26, 30):
                draw.rectangle((left, top, left + 14, top + 20), fill=rng.choice([PAPER, BLUE, PAPER]))
        x += width
    for left in range(-20, 640, 120):
        draw.rectangle((left, 420, left + 60, 426), fill=PAPER)


def _mark(draw: Draw, solved: bool) -> None:
    """The characters 演示 drawn by hand, so that no font file is needed; a green corner when it is solved."""
    draw.rectangle((500, 16, 624, 76), fill=PAPER, outline=RED, width=4)
    for stroke in _YAN:
        draw.line([(508 + x * 4, 20 + y * 4) for x, y in stroke], fill=RED, width=4)
    for stroke in _SHI:
        draw.line([(566 + x * 4, 20 + y * 4) for x, y in stroke], fill=RED, width=4)
    if solved:
        draw.polygon([(0, 0), (90, 0), (0, 90)], fill=GREEN)
        draw.line([(14, 30), (28, 44), (54, 14)], fill=PAPER, width=8)


_YAN: tuple[Stroke, ...] = (
    ((1, 2), (2, 3)), ((0, 6), (1, 7)), ((0, 12), (3, 8)), ((7, 0), (8, 1)), ((4, 4), (4, 2), (12, 2), (12, 4)),
    ((6, 4), (10, 4)), ((5, 6), (11, 6), (11, 10), (5, 10), (5, 6)), ((5, 8), (11, 8)), ((8, 4), (8, 10)),
    ((6, 11), (4, 13)), ((10, 11), (12, 13)),
)  # fmt: skip
_SHI: tuple[Stroke, ...] = (
    ((3, 1), (10, 1)), ((0, 5), (13, 5)), ((7, 5), (7, 13), (5, 12)), ((4, 7), (1, 11)), ((9, 7), (12, 11)),
)  # fmt: skip


def _bin(draw: Draw, rng: Random, solved: bool) -> None:
    left = rng.randrange(180, 300)
    for number, colour in enumerate((GREEN, BLUE)):
        x = left + number * 110
        draw.polygon([(x, 250), (x + 84, 250), (x + 74, 380), (x + 10, 380)], fill=colour)
        draw.rectangle((x - 6, 236, x + 90, 252), fill=INK)
    if not solved:
        _heap(draw, rng, left - 40, 385, 26)
        _heap(draw, rng, left + 30, 240, 10)


def _litter(draw: Draw, rng: Random, solved: bool) -> None:
    if not solved:
        _heap(draw, rng, rng.randrange(160, 260), 390, 44)


def _pothole(draw: Draw, rng: Random, solved: bool) -> None:
    x, y = rng.randrange(200, 330), 350
    draw.ellipse((x, y, x + 190, y + 74), fill="#9d9587" if solved else INK)
    if not solved:
        draw.ellipse((x + 18, y + 16, x + 160, y + 62), fill=BROWN)


def _manhole(draw: Draw, rng: Random, solved: bool) -> None:
    x = rng.randrange(220, 320)
    draw.ellipse((x, 350, x + 150, 410), fill=INK)
    lid = (x + 10, 354, x + 140, 404) if solved else (x + 70, 318, x + 200, 366)
    draw.ellipse(lid, fill=GREY, outline=INK, width=5)


def _lamp(draw: Draw, rng: Random, solved: bool) -> None:
    x, lean = rng.randrange(240, 380), 0 if solved else 70
    draw.line([(x, 400), (x + lean, 90), (x + lean + 70, 80)], fill=INK, width=10)
    draw.ellipse((x + lean + 52, 74, x + lean + 100, 100), fill=AMBER if solved else GREY)


def _stall(draw: Draw, rng: Random, solved: bool) -> None:
    if solved:
        return
    for x in (120, 290, 440):
        top = rng.randrange(210, 236)
        draw.polygon([(x, top + 40), (x + 130, top + 40), (x + 112, top), (x + 18, top)], fill=rng.choice([RED, AMBER]))
        draw.rectangle((x + 10, top + 90, x + 120, top + 150), fill=BROWN)
        _heap(draw, rng, x + 20, top + 92, 6)


def _rubble(draw: Draw, rng: Random, solved: bool) -> None:
    if not solved:
        x = rng.randrange(140, 240)
        draw.polygon([(x, 410), (x + 120, 270), (x + 200, 330), (x + 310, 410)], fill=BROWN)
        _heap(draw, rng, x + 40, 400, 22)


def _bikes(draw: Draw, rng: Random, solved: bool) -> None:
    for number in range(6):
        x, tilt = 90 + number * 78, 0 if solved else rng.randrange(-26, 26)
        for wheel in (x, x + 52):
            draw.ellipse((wheel, 330, wheel + 44, 374), outline=INK, width=5)
        draw.line([(x + 22, 352), (x + 36 + tilt, 306), (x + 74, 352)], fill=rng.choice([BLUE, AMBER, GREEN]), width=7)


def _car(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((150, 396, 500, 404), fill=AMBER)
    if not solved:
        x = rng.randrange(180, 260)
        draw.rounded_rectangle((x, 316, x + 240, 380), 18, fill=BLUE)
        draw.polygon([(x + 50, 318), (x + 84, 270), (x + 172, 270), (x + 206, 318)], fill=GREY)
        for wheel in (x + 30, x + 166):
            draw.ellipse((wheel, 356, wheel + 46, 402), fill=INK)


def _poster(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((180, 110, 460, 300), fill=GREY)
    for _number in range(0 if solved else 16):
        x, y = rng.randrange(186, 410), rng.randrange(116, 250)
        draw.rectangle((x, y, x + 44, y + 34), fill=rng.choice([PAPER, AMBER, RED, WALL]), outline=INK)


def _banner(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((120, 120, 128, 400), fill=INK)
    draw.rectangle((512, 120, 520, 400), fill=INK)
    if not solved:
        sag = rng.randrange(20, 60)
        draw.polygon([(128, 140), (512, 140 + sag), (512, 210 + sag), (128, 210)], fill=RED)


def _tree(draw: Draw, rng: Random, solved: bool) -> None:
    x = rng.randrange(260, 340)
    draw.rectangle((x, 230, x + 26, 400), fill=BROWN)
    draw.ellipse((x - 90, 80, x + 120, 260), fill=GREEN)
    if not solved:
        draw.line([(x + 20, 250), (x + 150, 380)], fill=BROWN, width=14)
        draw.ellipse((x + 110, 350, x + 230, 410), fill=GREEN)


def _water(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 340, 640, 480), fill=BLUE)
    for left in range(0, 640, 80):
        draw.arc((left, 380, left + 70, 400), 0, 180, fill=PAPER, width=3)
    if not solved:
        _heap(draw, rng, 180, 430, 22)


def _pipe(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 330, 300, 366), fill=GREY, outline=INK, width=4)
    if not solved:
        for _drop in range(30):
            x, y = rng.randrange(300, 480), rng.randrange(300, 420)
            draw.ellipse((x, y, x + 22, y + 14), fill=BLUE)


def _dust(draw: Draw, rng: Random, solved: bool) -> None:
    draw.polygon([(200, 410), (330, 220), (480, 410)], fill=GREEN if solved else BROWN)
    for _puff in range(0 if solved else 9):
        x, y = rng.randrange(140, 480), rng.randrange(140, 280)
        draw.ellipse((x, y, x + 90, y + 50), fill="#d8cdb8")


def _heap(draw: Draw, rng: Random, x: int, y: int, pieces: int) -> None:
    for number in range(pieces):
        left, top = x + rng.randrange(10 + pieces * 5), y - rng.randrange(8 + pieces)
        size = rng.randrange(14, 34)
        draw.ellipse((left, top, left + size, top + size), fill=(INK, BROWN, RED, AMBER, PAPER, GREY)[number % 6])


SUBJECTS: dict[str, Drawer] = {
    "bin": _bin, "litter": _litter, "pothole": _pothole, "manhole": _manhole, "lamp": _lamp, "stall": _stall,
    "rubble": _rubble, "bikes": _bikes, "car": _car, "poster": _poster, "banner": _banner, "tree": _tree,
    "water": _water, "pipe": _pipe, "dust": _dust,
}  # fmt: skip
