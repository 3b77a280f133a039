"""Law 9: human text is Chinese in the source, goes through gettext, and has a complete English catalogue."""

from __future__ import annotations

import ast
import os
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TypeGuard

import polib
import pytest

HOUSE = Path(__file__).resolve().parents[2] / "wenming"
CATALOGUE = HOUSE / "locale" / "en" / "LC_MESSAGES" / "django.po"
EXTRACT = [
    sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-obsolete", "--no-wrap", "--add-location", "file",
]  # fmt: skip
# Extraction reads sources only; with settings it would look for a city.
WITHOUT_A_CITY = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
HAN = re.compile(r"[\u4e00-\u9fff]")
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}

# Chinese that is not translated, and why. Paths are prefixes within wenming/.
NOT_TRANSLATED = {
    "city_folder.py": "said on the command line, before there is Django",
    "documents/letters.py": "what is on paper is in the city's language, whatever language a desk is read in",
    "documents/typesetting/word.py": "a Chinese document, as above",
    "documents/rules/": "numbers and characters of Chinese documents",
    "responsibilities/frontages/letters.py": "what is on paper, as above",
    "responsibilities/frontages/drawing.py": "what is on paper, as above",
    "engine/": "said on the command line, to the city's operator",
    "operations/": "said on the command line, to the city's operator; pages take readiness.py, which goes through gettext",
    "settings.py": "names in their own language",
    "territory/demo/": "invented data",
    "desks/common/samples.py": "invented contents of the page of components",
    "desks/common/templates/wm/design.html": "the page of components, for those who build",
    "desks/common/templates/wm/_sample_row.html": "the page of components, for those who build",
    "desks/office/initials.py": "characters by their readings",
    "desks/api/bulk/": "said on the command line, to the city's operator",
    "desks/admin/tables_import.py": "headings of Chinese tables",
    "journal/rules/chain.py": "findings of an audit, kept as they were written; rules know no Django",
    "cases/verification.py": "findings of an audit, as above",
    "cases/rules/topic_words.py": "how places in Chinese addresses end, and how Chinese letters begin",
    "observations/verification.py": "findings of an audit, as above",
    "responsibilities/verification.py": "findings of an audit, as above",
    "responsibilities/rules/matrix.py": "why a unit answers: stored with the case as its basis, in the city's language",
    "responsibilities/rules/closure.py": "why nobody answers: stored in a signed report, in the city's language",
    "responsibilities/rules/place_closure.py": "why nobody manages a place: stored in a signed report, as above",
    "responsibilities/reactions.py": "notices, written by the worker and stored in the city's language",
    "standards/rules/scheme_file.py": "mistakes in a file of Chinese standards, told to those who write it",
    "territory/rules/topology.py": "why an edit makes no grids, told to who draws it, as with geometry.py",
    "territory/rules/geometry.py": "mistakes in a layer of boundaries, told to those who import it",
    "observations/rules/place_rows.py": "headings and values of Chinese tables; remarks are stored with the row",
    "observations/rules/reading.py": "remarks are stored with the row",
    "observations/place_verdicts.py": "remarks are stored with the row",
    "territory/rules/same_place.py": "what people write before and around names",
    "observations/rules/component_rows.py": "headings and values of Chinese tables; remarks are stored with the row",
    "observations/rules/premises_rows.py": "headings and values of Chinese tables; remarks are stored with the row",
    "observations/premises_verdicts.py": "remarks are stored with the row",
    "observations/component_verdicts.py": "remarks are stored with the row",
    "territory/rules/component_codes.py": "mistakes in a list of components, stored with the row",
    "observations/rules/mapping.py": "headings and values of Chinese tables; remarks are stored with the row",
}
# The same, where only some texts of a file are data.
DATA = {
    "desks/common/templates/base.html": {"中文"},
    "desks/common/templates/wm/look_menu.html": {"中文"},
    "desks/admin/forms.py": {  # days are typed as the State Council's notice writes them
        "休",
        "班",
        r"^(\d{4}-\d{1,2}-\d{1,2})\s*([休班\-])\s*(.*)$",
        r"^(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})$",
        "2027-02-08 休 春节\n2027-02-20 班 春节调休",
    },
    "desks/admin/year.py": {"休", "班"},
    # How official names of areas end, and what kind each is: stored as it is written.
    "territory/areas.py": {"街道办事处", "居民委员会", "村民委员会", "街道", "社区", "镇", "村", "乡", "市"},
    "standards/drafts/files.py": {  # headings and values of Chinese tables
        "部件", "事件", "类别", "编码", "大类", "小类", "市民选项", "处置", "主管", "原第几条", "立案条件", "结案要求", "时限",
    },
    "territory/addresses.py": {r"(\d{1,5})\s*号"},
    "territory/grids/files.py": {"网格编码", "编码", "标识码", "网格名称", "名称"},  # names of columns in Chinese files
    "desks/office/counts_page.py": {  # headings of Chinese tables, and what a table of counts may not have
        "社区代码", "村居代码", "社区编码", "代码", "社区", "村居", "社区名称", "村居名称", "楼栋", "建筑", "小区", "楼栋名称", "经度", "纬度",
        "人数", "人口", "常住人口", "户数", "住户数", "姓名", "身份证", "证件", "手机", "电话", "出生", "性别", "住址",
    },
    "territory/models/places.py": {" 号"},
    "territory/models/frontages.py": {"左侧", "右侧"},  # what a city calls the sides is data
    "territory/frontages/services.py": {"左侧", "右侧"},
    "desks/common/frontages.py": {"墙基到人行道路缘石"},
    "desks/office/frontages_page.py": {"左侧", "右侧"},
    "desks/office/shop_imports_page.py": {"墙基到人行道路缘石"},
    "observations/geo_tables.py": {"几何（WKT）"},  # the heading of a column
}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_every_text_has_its_english(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []
    assert len(catalogue) > 1000


def test_no_english_is_chinese(catalogue: polib.POFile) -> None:
    """Role names and 休/班 are typed in Chinese whatever the language, so English hints quote them."""
    quoted = re.compile(r"环卫机构|供水企业|休|班|春节|国办发明电|号")
    assert [words for entry in catalogue for words in english(entry) if HAN.search(quoted.sub("", words))] == []


def test_the_placeholders_are_the_same_in_both_languages(catalogue: polib.POFile) -> None:
    wrong = [
        (entry.msgid, words) for entry in catalogue for words in english(entry) if holes(words) != holes(entry.msgid)
    ]

    assert wrong == []


def test_the_compiled_catalogue_says_the_same(catalogue: polib.POFile) -> None:
    """It is committed, because the machine of a city has no gettext."""
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))

    assert {entry.msgid: english(entry) for entry in compiled} == {entry.msgid: english(entry) for entry in catalogue}


def test_every_text_in_python_is_in_the_catalogue(catalogue: polib.POFile) -> None:
    """Extraction does not look inside f-strings, nor at gettext under another name."""
    known = {text for entry in catalogue for text in (entry.msgid, entry.msgid_plural)}
    trees = (ast.parse(path.read_text()) for path in HOUSE.rglob("*.py") if named(path))
    marked = {text for tree in trees for node in ast.walk(tree) if is_gettext(node) for text in texts_in(node)}

    assert {text for text in marked if HAN.search(text)} - known == set()


def test_no_text_was_added_since(catalogue: polib.POFile, tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        pytest.skip("xgettext not installed")
    copy = tmp_path / "wenming"
    shutil.copytree(HOUSE, copy, ignore=shutil.ignore_patterns("tests", "vendor", "__pycache__", "*.mo", "static"))
    subprocess.run(EXTRACT, cwd=copy, env=WITHOUT_A_CITY, check=True, capture_output=True)
    found = {entry.msgid for entry in polib.pofile(str(copy / CATALOGUE.relative_to(HOUSE)))}

    assert found == {entry.msgid for entry in catalogue}


def test_everything_people_read_goes_through_gettext() -> None:
    files = chain(HOUSE.rglob("*.py"), HOUSE.rglob("templates/**/*.html"), HOUSE.rglob("static/**/*.js"))
    said = [f"{name}: {words}" for path in sorted(files) if (name := named(path)) for words in bare(path, name)]

    assert said == []


def test_the_exceptions_are_still_needed() -> None:
    idle = [prefix for prefix in NOT_TRANSLATED if not any(map(bare_words, paths_under(prefix)))]
    gone = [(name, words) for name, known in DATA.items() for words in known - set(bare_words(HOUSE / name))]

    assert (idle, gone) == ([], [])


def english(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def holes(text: str) -> set[str]:
    """The names that are filled in: %(name)s for Python, {name} for scripts, and a literal %%."""
    scripts = {
        f"{{{name}}}" for _text, name, _spec, _conversion in string.Formatter().parse(text.replace("%", "")) if name
    }
    return scripts | set(re.findall(r"%\(\w+\)|%%", text))


def named(path: Path) -> str:
    """The path within the house, or nothing where no text of ours is: tests, migrations, other people's scripts."""
    name = path.relative_to(HOUSE).as_posix()
    return "" if re.search(r"(^|/)(tests|migrations|vendor|management)/|/apps\.py$", name) else name


def paths_under(prefix: str) -> Iterator[Path]:
    root = HOUSE / prefix
    return root.rglob("*.py") if root.is_dir() else iter([root])


def bare(path: Path, name: str) -> list[str]:
    if name.startswith(tuple(NOT_TRANSLATED)):
        return []
    return [words for words in bare_words(path) if words not in DATA.get(name, ())]


def bare_words(path: Path) -> list[str]:
    """Chinese in a file that does not pass through gettext."""
    read = {".py": in_python, ".html": in_template, ".js": in_script}[path.suffix]
    return list(read(path.read_text()))


def in_python(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    passed = {id(text) for node in ast.walk(tree) for text in not_bare(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
            and HAN.search(node.value)
        ):
            yield node.value


def not_bare(node: ast.AST) -> Iterator[ast.AST]:
    """What a node explains away: the arguments of gettext, and strings that stand alone (docstrings)."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if is_gettext(node):
        for argument in node.args:
            yield from ast.walk(argument)


def is_gettext(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in GETTEXT


def texts_in(node: ast.Call) -> Iterator[str]:
    return (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def in_template(source: str) -> Iterator[str]:
    source = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", source, flags=re.S)
    source = re.sub(r"\{% blocktrans(late)?\b.*?\{% endblocktrans(late)? %\}", "", source, flags=re.S)
    source = re.sub(r'\{% trans(late)? "[^"]*"|\b_\("[^"]*"\)', "", source)
    yield from re.findall(rf"{HAN.pattern}+", source)


def in_script(source: str) -> Iterator[str]:
    yield from re.findall(rf"{HAN.pattern}+", re.sub(r"/\*.*?\*/|(^|\s)//[^\n]*", "", source, flags=re.S))
