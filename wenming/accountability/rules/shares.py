"""How sure a share is. A share of a few cases says little, so alarms ask for its interval, not for the share."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z95 = 1.96


@dataclass(frozen=True)
class Share:
    """`part` of `whole`."""

    part: int
    whole: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.whole:
            raise ValueError(f"{self.part} is no part of {self.whole}")

    @property
    def percent(self) -> float | None:
        """None of nothing: no figure is better than a made-up one."""
        return round(100 * self.part / self.whole, 1) if self.whole else None

    def interval(self) -> tuple[float, float]:
        """The 95 % interval in percent by Wilson's score; everything is possible when nothing was counted."""
        if not self.whole:
            return (0.0, 100.0)
        n, p = self.whole, self.part / self.whole
        centre, spread = p + Z95**2 / (2 * n), Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
        scale = 100 / (1 + Z95**2 / n)
        return (max((centre - spread) * scale, 0.0), min((centre + spread) * scale, 100.0))


def surely_above(one: Share, standard: Share, margin_points: float) -> bool:
    """Whether `one` lies at least `margin_points` above `standard`, and not by chance."""
    if one.percent is None or standard.percent is None:
        return False
    return one.percent - standard.percent >= margin_points and one.interval()[0] > standard.percent


def surely_below(one: Share, standard: Share, margin_points: float) -> bool:
    """Whether `one` lies at least `margin_points` below `standard`, and not by chance."""
    return surely_above(_rest(one), _rest(standard), margin_points)


def _rest(share: Share) -> Share:
    return Share(share.whole - share.part, share.whole)
