"""One page's modules as one file: a telephone on a slow line waits for each request, not for a few more kilobytes.

The modules stay as they are written, small and native; a checkout that was never collected, and the tests, load them
one by one. Each joined module keeps a scope of its own, so no name of one can be taken for a name of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "\./([\w-]+\.js)"$', re.M)
_FOR_ITS_EFFECT = re.compile(r'^import "\./([\w-]+\.js)"$', re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) (\w+))", re.M)
_LATER = re.compile(r'import\("\./([\w-]+\.js)"\)')
_LEFT_OVER = re.compile(r"^(?:import|export)\b(?!\().*$", re.M)


def joined(entry: str, read: Callable[[str], str]) -> str:
    """The text of `entry` with everything it imports, each module once and before whoever needs it.

    read: the text of a module by its file name. Raises ValueError for a way of importing or exporting that our modules
    do not use, and for a module that is wanted both now and later: it would run twice.
    """
    order: list[str] = []
    _visit(entry, read, order)
    later = {name for module in order for name in _LATER.findall(read(module))}
    if twice := later & set(order):
        raise ValueError(f"{entry} imports {', '.join(sorted(twice))} both at once and later")
    return "".join(_scoped(name, read(name)) for name in order[:-1]) + _body(entry, read(entry))


def _visit(name: str, read: Callable[[str], str], order: list[str], within: tuple[str, ...] = ()) -> None:
    if name in within:
        raise ValueError(f"{name} imports itself by way of {within[-1]}")
    text = read(name)
    needs = [target for _names, target in _IMPORT.findall(text)] + _FOR_ITS_EFFECT.findall(text)
    for target in needs:
        if target not in order:
            _visit(target, read, order, (*within, name))
    order.append(name)


def _scoped(name: str, text: str) -> str:
    exports = ", ".join(_EXPORT.findall(text))
    return f"const {_called(name)} = (() => {{\n{_body(name, text)}return {{ {exports} }}\n}})()\n"


def _body(name: str, text: str) -> str:
    text = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {_called(found[2])}", text)
    text = _EXPORT.sub("", _FOR_ITS_EFFECT.sub("", text))
    if left := _LEFT_OVER.search(text):
        raise ValueError(f"{name}: joining does not know “{left[0]}”")
    return text if text.endswith("\n") else f"{text}\n"


def _called(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name.removesuffix(".js"))
