"""Character sets that are asked for while work is done, loaded before any is.

Python looks a codec up when it is first used, and remembers for good that it did not find one: a disk that could not be
read at that moment left a process that issued no letter until it was started again.
"""

from __future__ import annotations

import codecs

ASKED_FOR = ("utf-8-sig", "gb2312", "gbk", "gb18030", "idna")


def load_encodings() -> None:
    """Once, when the process starts."""
    for name in ASKED_FOR:
        codecs.lookup(name)
