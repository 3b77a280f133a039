"""Several modules become one file, each still in its own scope; what is not understood is refused, not guessed."""

from __future__ import annotations

import pytest

from wenming.desks.common.joining import joined

NOTE = 'const secret = "its own"\nexport const note = (words) => secret + words\nexport function other() {}\n'


def a_page(**modules: str):
    return lambda name: modules[name.removesuffix(".js")]


def test_what_is_imported_comes_first_and_in_a_scope_of_its_own():
    text = joined("page.js", a_page(page='import { note } from "./note.js"\nnote("hello")\n', note=NOTE))

    assert text == (
        'const module_note = (() => {\nconst secret = "its own"\nconst note = (words) => secret + words\n'
        "function other() {}\nreturn { note, other }\n})()\n"
        'const { note } = module_note\nnote("hello")\n'
    )


def test_a_module_that_two_others_need_is_there_once():
    page = 'import { a } from "./left.js"\nimport { b } from "./right.js"\n'
    left = 'import { note } from "./note.js"\nexport const a = note\n'
    right = 'import { note } from "./note.js"\nexport const b = note\n'

    text = joined("page.js", a_page(page=page, left=left, right=right, note=NOTE))

    assert text.count("const secret") == 1
    assert text.index("const module_note ") < text.index("const module_left ") < text.index("const module_right ")


def test_a_module_imported_for_its_effect_is_joined_too():
    text = joined(
        "page.js", a_page(page='import "./element.js"\nstart()\n', element='customElements.define("a-b", C)\n')
    )

    assert text.index("customElements") < text.index("start()")
    assert "import" not in text


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('import * as note from "./note.js"', id="a whole module under a name"),
        pytest.param('import note from "./note.js"', id="a default import"),
        pytest.param("export default 3", id="a default export"),
        pytest.param('import { note as n } from "./note.js"', id="a renamed import"),
        pytest.param("export { note }", id="a list of exports"),
        pytest.param("export let count = 0", id="a binding that may change"),
    ],
)
def test_it_refuses_what_it_does_not_know(line):
    with pytest.raises(ValueError, match="does not know"):
        joined("page.js", a_page(page=f"{line}\n", note=NOTE))


def test_it_refuses_a_module_that_would_run_twice():
    page = 'import { note } from "./note.js"\nconst again = () => import("./note.js")\n'

    with pytest.raises(ValueError, match="both at once and later"):
        joined("page.js", a_page(page=page, note=NOTE))


def test_it_refuses_a_circle():
    with pytest.raises(ValueError, match="imports itself"):
        joined("a.js", a_page(a='import "./b.js"\n', b='import "./a.js"\n'))
