"""Ordinary invented names for the people of the demo city. No name is taken from a list of persons."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

SURNAMES = "陈李黄梁何林吴郑冯罗谭郭邓杨周刘麦欧苏卢萧甘余高关温袁彭简古"
FIRST = "志家伟俊永文国建晓雅慧淑丽嘉子思宏振启少佩婉锦润海泽"
SECOND = "明华强辉荣斌杰峰健平安琪敏仪君欣玲芳婷怡茵珊晖朗禧康宁庭"


def people_names(rng: Random) -> Iterator[str]:
    """Names without repetition (about twenty thousand), in an order of the generator's."""
    names = [surname + first + second for surname in SURNAMES for first in FIRST for second in SECOND]
    rng.shuffle(names)
    return iter(names)
