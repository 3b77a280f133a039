"""Do forecast spots catch what comes? `python3 run.py bench black_spots --boston FOLDER [--periods N]` or `--city DIR`.

A back-test: at the beginning of each of the last periods the product's rule sees only what had come by then, ranks the
squares that had ever had a case, and is judged by the share of the period's cases that fell into the first 1 % and 5 %.
Beside it stand, on the same squares: the last period's count, twelve periods' count, a kernel density of twelve
periods, chance, and the order that only who knows the future could give. Intervals resample the periods.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import django
import numpy as np
import pyarrow.parquet

from wenming.cases.rules import black_spots as rule

SHARES = (0.01, 0.05)
FEWEST_CASES = 300
KERNEL_CELLS = (0.8, 1.3)
Order = Callable[[rule.History, float, Any], Any]


def main() -> None:
    options = _options()
    for name, history in _boston(options.boston) if options.boston else _own_city():
        starts = _starts(history, options.periods, options.fewest)
        if not starts:
            print(f"\n{name}: fewer than two years of {options.fewest} cases a period, nothing to judge", flush=True)
            continue
        _tell(name, history, starts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench black_spots")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--boston", type=Path, help="folder with requests.parquet")
    source.add_argument("--own", action="store_true", help="the history of the city at --data")
    parser.add_argument("--periods", type=int, default=24, help="how many of the last periods of 30 days (default 24)")
    parser.add_argument("--fewest", type=int, default=FEWEST_CASES, help="periods with fewer cases are left out")
    return parser.parse_args()


# --- histories -------------------------------------------------------------------------------------------------------


def _boston(folder: Path) -> Iterator[tuple[str, rule.History]]:
    columns = ["service_name", "requested_datetime", "lat", "long"]
    table = pyarrow.parquet.read_table(folder / "requests.parquet", columns=columns)
    latitudes, longitudes = table["lat"].to_numpy(), table["long"].to_numpy()
    days = table["requested_datetime"].to_numpy().astype("datetime64[s]").astype(float) / 86_400
    services = np.array(table["service_name"].to_pylist())
    in_town = (latitudes > 42.2) & (latitudes < 42.42) & (longitudes > -71.2) & (longitudes < -70.98)
    squares = rule.Plane(42.3).cells_of(longitudes, latitudes)
    for name in ("all kinds", "Illegal Parking", "Abandoned Vehicle", "Other"):
        chosen = in_town if name == "all kinds" else in_town & (services == name)
        yield name, rule.History.of(squares[chosen], days[chosen])


def _own_city() -> Iterator[tuple[str, rule.History]]:
    django.setup()
    from wenming.cases.spots.finding import histories

    yield from histories()


def _starts(history: rule.History, periods: int, fewest: int) -> list[float]:
    """The first days of the last periods that are whole, have a past of two years and enough cases to be judged by."""
    first, last = history.days.min(), math.floor(history.days.max())
    all_starts = np.arange(last - rule.PERIOD_DAYS, first + 2 * 365, -rule.PERIOD_DAYS)
    return [float(s) for s in all_starts if history.count(s, s + rule.PERIOD_DAYS).sum() >= fewest][:periods]


# --- orders ----------------------------------------------------------------------------------------------------------


def _ours(history: rule.History, start: float, _rng: Any) -> Any:
    return rule.expected(rule.evidence(history, start), rule.learn(history.before(start), start))


def _last_period(history: rule.History, start: float, rng: Any) -> Any:
    return history.count(start - rule.PERIOD_DAYS, start) + _coin(history, rng)


def _a_year(history: rule.History, start: float, rng: Any) -> Any:
    return history.count(start - 12 * rule.PERIOD_DAYS, start) + _coin(history, rng)


def _kernel(width: float) -> Order:
    def density(history: rule.History, start: float, _rng: Any) -> Any:
        past = history.count(start - 12 * rule.PERIOD_DAYS, start)
        places = history.cells - history.cells.min(axis=0)
        field = np.zeros(places.max(axis=0) + 1)
        field[places[:, 0], places[:, 1]] = past
        reach = math.ceil(3 * width)
        bell = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * width**2))
        for axis in (0, 1):
            field = np.apply_along_axis(lambda line: np.convolve(line, bell, "same"), axis, field)
        return field[places[:, 0], places[:, 1]]

    return density


def _chance(history: rule.History, _start: float, rng: Any) -> Any:
    return _coin(history, rng)


def _hindsight(history: rule.History, start: float, _rng: Any) -> Any:
    return history.count(start, start + rule.PERIOD_DAYS)


def _coin(history: rule.History, rng: Any) -> Any:
    """Equal counts stand in no order: they are drawn."""
    return rng.random(len(history.cells)) * 1e-3


ORDERS: Mapping[str, Order] = {
    "ours": _ours,
    "last period's count": _last_period,
    "twelve periods' count": _a_year,
    **{f"kernel density, {width * rule.CELL_M:.0f} m": _kernel(width) for width in KERNEL_CELLS},
    "chance": _chance,
    "hindsight (the most that could be caught)": _hindsight,
}


# --- judging ---------------------------------------------------------------------------------------------------------


def _tell(name: str, history: rule.History, starts: Sequence[float]) -> None:
    caught = {order: np.array([_caught(rank, history, start) for start in starts]) for order, rank in ORDERS.items()}
    known = history.before(max(starts)).known_cells().sum()
    print(
        f"\n{name}: {len(starts)} periods of {rule.PERIOD_DAYS} days, {len(history.days):,} cases, {known:,} squares\n"
    )
    print("| order | in 1 % of squares | ours − this | in 5 % of squares | ours − this |\n|---|---|---|---|---|")
    for order, shares in caught.items():
        gaps = caught["ours"] - shares
        cells = (
            f"{_interval(shares[:, i])} | {'' if order == 'ours' else _interval(gaps[:, i])}"
            for i in range(len(SHARES))
        )
        print(f"| {order} | {' | '.join(cells)} |", flush=True)


def _caught(rank: Order, history: rule.History, start: float) -> list[float]:
    """The share of the period's cases in the first squares; squares that never had a case before cannot be named."""
    known = history.before(start).known_cells()
    points = np.asarray(rank(history, start, np.random.default_rng(int(start))))[known]
    came = history.count(start, start + rule.PERIOD_DAYS)
    best = came[known][np.argsort(-points, kind="stable")]
    return [float(best[: math.ceil(share * known.sum())].sum() / came.sum()) for share in SHARES]


def _interval(values: Any) -> str:
    """Mean over periods, in percent, with a 95 % interval by resampling periods."""
    drawn = np.random.default_rng(0).choice(values, size=(2000, len(values))).mean(axis=1)
    return f"{values.mean():.1%} ({np.percentile(drawn, 2.5):.1%}–{np.percentile(drawn, 97.5):.1%})"


if __name__ == "__main__":
    main()
