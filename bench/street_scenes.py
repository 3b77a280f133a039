"""Photographs of streets that never were: drawn from a seed, from any standpoint, on any day, with or without the rubbish.

What it must offer for judging the checks of evidence: pictures rich enough to be told apart; the same place from other
standpoints and on other days; and places that look alike, because housing estates do: of one `estate` all have the same
houses, windows and shop fronts, and differ in signs, posters, trees and what stands about.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = (960, 720)
HORIZON = 0.56
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class View:
    """Where the photographer stands and how the telephone is held; zero is straight ahead."""

    east: float = 0.0  # shares of the picture's width by which the nearest things move
    up: float = 0.0
    zoom: float = 1.0
    tilt_deg: float = 0.0


@dataclass(frozen=True)
class Day:
    """Light, passers-by and what has been cleared away."""

    passers_seed: int = 0
    light: float = 1.0
    warmth: float = 0.0
    rubbish: bool = True


def a_view(random: Generator, spread: float = 1.0) -> View:
    """As somebody comes back to the same spot and lifts the telephone again. spread: 1 about a pace to the side."""
    return View(
        east=float(random.normal(0, 0.04 * spread)),
        up=float(random.normal(0, 0.02 * spread)),
        zoom=float(np.exp(random.normal(0, 0.06 * spread))),
        tilt_deg=float(random.normal(0, 1.2 * spread)),
    )


def a_day(random: Generator, *, rubbish: bool = True) -> Day:
    """Another day: other people, other light."""
    return Day(
        passers_seed=int(random.integers(1, 1 << 30)),
        light=float(random.uniform(0.75, 1.25)),
        warmth=float(random.normal(0, 0.05)),
        rubbish=rubbish,
    )


@dataclass(frozen=True)
class Street:
    """One place. The same numbers give the same place on every machine."""

    seed: int
    estate: int

    def photo(self, view: View = View(), day: Day = Day()) -> Image.Image:
        """The place as it looks from there on that day."""
        return _Drawing(self, view, day).finished()


class _Drawing:
    def __init__(self, street: Street, view: View, day: Day) -> None:
        self.street, self.view, self.day = street, view, day
        # A little larger than the photograph, so that a tilted one has no empty corners.
        self.margin = 40
        self.width, self.height = SIZE[0] + 2 * self.margin, SIZE[1] + 2 * self.margin
        self.image = Image.new("RGB", (self.width, self.height))
        self.draw = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        estate, own = np.random.default_rng([7, self.street.estate]), np.random.default_rng([11, self.street.seed])
        self._sky(own)
        self._far_houses(np.random.default_rng([13, self.street.estate]), own)
        self._ground(estate, own)
        self._shops(estate, own)
        self._trees(own)
        self._things(own)
        if self.day.rubbish:
            self._rubbish(np.random.default_rng([17, self.street.seed]))
        self._passers(np.random.default_rng([19, self.day.passers_seed]))
        return self._developed()

    def at(self, x: float, y: float, near: float) -> tuple[float, float]:
        """Where a point of the place appears. near: 0 far away, 1 in front of the photographer."""
        zoom = self.view.zoom * (1 + (self.view.zoom - 1) * 0.5 * near)
        right = 0.5 + (x - 0.5) * zoom - self.view.east * (0.25 + near)
        down = HORIZON + (y - HORIZON) * zoom + self.view.up
        return self.margin + right * SIZE[0], self.margin + down * SIZE[1]

    def box(self, x: float, y: float, w: float, h: float, near: float, fill: Colour, line: Colour | None = None) -> None:
        left, top = self.at(x, y, near)
        right, bottom = self.at(x + w, y + h, near)
        if right > left + 0.5 and bottom > top + 0.5:
            self.draw.rectangle((left, top, right, bottom), fill=fill, outline=line)

    def blob(self, x: float, y: float, w: float, h: float, near: float, fill: Colour) -> None:
        left, top = self.at(x - w / 2, y - h / 2, near)
        right, bottom = self.at(x + w / 2, y + h / 2, near)
        if right > left + 0.5 and bottom > top + 0.5:
            self.draw.ellipse((left, top, right, bottom), fill=fill)

    def _sky(self, own: Generator) -> None:
        top, low = own.integers(120, 190), own.integers(200, 240)
        for row in range(0, self.height, 4):
            share = row / self.height
            grey = int(top + (low - top) * share)
            self.draw.rectangle((0, row, self.width, row + 4), fill=(grey - 20, grey - 8, min(255, grey + 12)))

    def _far_houses(self, estate: Generator, own: Generator) -> None:
        x = -0.25
        while x < 1.25:
            wide, tall = estate.uniform(0.12, 0.25), estate.uniform(0.2, 0.5)
            wall = _colour(estate, 110, 200)
            self.box(x, HORIZON - tall, wide, tall + 0.05, 0.1, wall)
            columns, rows = int(estate.integers(4, 8)), int(estate.integers(5, 10))
            for column in range(columns):
                for row in range(rows):
                    left, up = x + wide * (column + 0.25) / columns, HORIZON - tall * (1 - (row + 0.25) / rows)
                    # Curtains, awnings and air conditioners are the dwellers' own.
                    glass = _grey(own, 40, 110) if own.random() < 0.8 else _colour(own, 60, 230)
                    self.box(left, up, wide / columns * 0.5, tall / rows * 0.5, 0.1, glass)
                    if own.random() < 0.3:
                        self.box(left, up + tall / rows * 0.5, wide / columns * 0.3, tall / rows * 0.2, 0.1, (225, 225, 220))
            x += wide + estate.uniform(-0.02, 0.05)

    def _ground(self, estate: Generator, own: Generator) -> None:
        base = int(estate.integers(95, 150))
        self.box(-0.5, 0.66, 2, 0.6, 0.6, (base, base, base - 6))
        for row in range(12):
            y = 0.67 + 0.4 * (row / 12) ** 1.6
            left, down = self.at(-0.5, y, 0.6 + y - 0.66)
            right, _ = self.at(1.5, y, 0.6 + y - 0.66)
            self.draw.line((left, down, right, down), fill=(base - 25,) * 3, width=1 + row // 5)
        for joint in range(-8, 26):
            x = joint / 16
            self.draw.line((*self.at(0.5 + (x - 0.5) * 0.8, 0.66, 0.6), *self.at(0.5 + (x - 0.5) * 2.2, 1.1, 1.0)), fill=(base - 20,) * 3)
        for _ in range(50):
            x, y = own.uniform(-0.1, 1.1), own.uniform(0.68, 1.02)
            size = own.uniform(0.004, 0.05) * (y - 0.4)
            self.blob(x, y, size * 2.4, size, y, _near(own, (base, base, base - 6), 45))

    def _shops(self, estate: Generator, own: Generator) -> None:
        x = -0.3
        while x < 1.3:
            wide = estate.uniform(0.13, 0.24)
            wall, frame = _colour(estate, 90, 220), _grey(estate, 60, 160)
            self.box(x, 0.4, wide, 0.28, 0.4, wall, frame)
            self.box(x + wide * 0.06, 0.5, wide * 0.55, 0.16, 0.4, _grey(estate, 30, 90), frame)
            self.box(x + wide * 0.68, 0.5, wide * 0.24, 0.18, 0.4, _colour(estate, 40, 140), frame)
            self._sign(x + wide * 0.04, 0.425, wide * 0.92, 0.055, own)
            for _ in range(int(own.integers(2, 7))):
                left, up = x + wide * own.uniform(0.08, 0.8), own.uniform(0.5, 0.6)
                self.box(left, up, wide * own.uniform(0.05, 0.2), own.uniform(0.02, 0.07), 0.4, _colour(own, 30, 250))
            x += wide

    def _sign(self, x: float, y: float, w: float, h: float, own: Generator) -> None:
        ground, ink = _colour(own, 20, 255), _colour(own, 20, 255)
        self.box(x, y, w, h, 0.4, ground)
        for glyph in range(int(own.integers(3, 7))):
            for _ in range(int(own.integers(4, 9))):
                left, up = x + w * (0.06 + 0.14 * glyph) + w * 0.1 * own.random(), y + h * own.uniform(0.15, 0.8)
                across = own.random() < 0.5
                long, thin = own.uniform(0.3, 0.9), 0.09
                self.box(left, up, w * 0.1 * (long if across else thin), h * 0.6 * (thin if across else long), 0.4, ink)

    def _trees(self, own: Generator) -> None:
        for _ in range(int(own.integers(1, 5))):
            x, near = own.uniform(-0.05, 1.05), own.uniform(0.45, 0.8)
            foot, crown = 0.66 + 0.12 * near, own.uniform(0.2, 0.42)
            self.box(x - 0.008, crown, 0.016, foot - crown, near, _near(own, (92, 70, 52), 20))
            green = (60 + int(own.integers(0, 40)), 95 + int(own.integers(0, 50)), 50)
            for _leaf in range(70):
                self.blob(
                    x + own.normal(0, 0.05), crown + own.normal(0, 0.07), own.uniform(0.01, 0.05), own.uniform(0.01, 0.05),
                    near, _near(own, green, 35),
                )  # fmt: skip

    def _things(self, own: Generator) -> None:
        """Lamp posts, bins, boards, boxes, bicycles: what belongs there and stays."""
        for _ in range(int(own.integers(6, 13))):
            x, near = own.uniform(0, 1), own.uniform(0.55, 1.0)
            foot = 0.62 + 0.3 * near
            wide, tall = own.uniform(0.02, 0.1) * near, own.uniform(0.05, 0.28) * near
            self.box(x, foot - tall, wide, tall, near, _colour(own, 30, 230), _grey(own, 20, 90))
            for _part in range(int(own.integers(2, 8))):
                self.box(
                    x + wide * own.uniform(0, 0.7), foot - tall * own.uniform(0.2, 0.95), wide * own.uniform(0.1, 0.4),
                    tall * own.uniform(0.04, 0.25), near, _colour(own, 20, 250),
                )  # fmt: skip

    def _rubbish(self, own: Generator) -> None:
        x, y = own.uniform(0.2, 0.75), own.uniform(0.78, 0.9)
        for _ in range(int(own.integers(15, 60))):
            spread = own.uniform(0.04, 0.1)
            self.blob(
                x + own.normal(0, spread), y + own.normal(0, spread * 0.35), own.uniform(0.01, 0.06), own.uniform(0.01, 0.04),
                y, _colour(own, 30, 250),
            )  # fmt: skip

    def _passers(self, own: Generator) -> None:
        for _ in range(int(own.integers(0, 5))):
            x, near = own.uniform(0, 1), own.uniform(0.5, 0.95)
            foot, tall = 0.62 + 0.3 * near, 0.3 * near
            self.blob(x, foot - tall, tall * 0.16, tall * 0.16, near, _near(own, (190, 150, 120), 25))
            self.box(x - tall * 0.13, foot - tall * 0.92, tall * 0.26, tall * 0.5, near, _colour(own, 20, 240))
            self.box(x - tall * 0.1, foot - tall * 0.42, tall * 0.2, tall * 0.42, near, _colour(own, 20, 120))

    def _developed(self) -> Image.Image:
        image = self.image.filter(ImageFilter.GaussianBlur(0.7))
        if self.view.tilt_deg:
            image = image.rotate(self.view.tilt_deg, Image.Resampling.BICUBIC)
        margin = self.margin
        image = image.crop((margin, margin, margin + SIZE[0], margin + SIZE[1]))
        if self.day.light != 1.0:
            image = ImageEnhance.Brightness(image).enhance(self.day.light)
        if self.day.warmth:
            red, green, blue = image.split()
            warmer, cooler = ([min(255, int(v * (1 + turn * self.day.warmth))) for v in range(256)] for turn in (1, -1))
            red, blue = red.point(warmer), blue.point(cooler)
            image = Image.merge("RGB", (red, green, blue))
        shift = np.random.default_rng([23, self.street.seed, self.day.passers_seed, int(1e6 * abs(self.view.east))]).integers(0, 900, 2)
        grain = np.roll(_grain(), tuple(shift), axis=(0, 1))[:, :, None]
        pixels = np.asarray(image, dtype=np.int16) + grain
        return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@cache
def _grain() -> NDArray[np.int16]:
    """The sensor's noise, drawn once and laid on shifted."""
    return np.random.default_rng(3).normal(0, 5, (SIZE[1], SIZE[0])).astype(np.int16)


def _colour(random: Generator, low: int, high: int) -> Colour:
    red, green, blue = random.integers(low, high, 3)
    return int(red), int(green), int(blue)


def _grey(random: Generator, low: int, high: int) -> Colour:
    grey = int(random.integers(low, high))
    return grey, grey, grey


def _near(random: Generator, colour: Colour, by: int) -> Colour:
    red, green, blue = (int(np.clip(part + random.integers(-by, by + 1), 0, 255)) for part in colour)
    return red, green, blue
