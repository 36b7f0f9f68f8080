"""The project's pages: their length, links and line width."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

PAGES = tuple(
    str(page.relative_to(ROOT))
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")])
)
WIDTH = 120
README_LINES = 150


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def test_readme_length() -> None:
    assert len(text_of("README.md").splitlines()) <= README_LINES


@pytest.mark.parametrize("start", ["README.md", "docs/index.md"])
def test_index(start: str) -> None:
    """Every page of docs/ is linked."""
    here = (ROOT / start).parent
    linked = {(here / target.partition("#")[0]).resolve() for target in re.findall(r"\]\(([^)#:]+)", text_of(start))}
    pages = {(ROOT / page).resolve() for page in PAGES if page.startswith("docs/")} - {(ROOT / start).resolve()}
    assert {page.name for page in pages - linked} == set()


@pytest.mark.parametrize("page", PAGES)
def test_links(page: str) -> None:
    """Links within the project lead to a file and a heading that exist."""
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text_of(page)):
        path, _, anchor = target.partition("#")
        file = ROOT / page if not path else (ROOT / page).parent / path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, target


@pytest.mark.parametrize("page", PAGES)
def test_line_width(page: str) -> None:
    """Tables, commands and links cannot be wrapped; all other lines are."""
    code = False
    for number, line in enumerate(text_of(page).splitlines(), 1):
        if line.startswith("```"):
            code = not code
        if code or line.startswith(("|", "    ", "<!--")) or "](http" in line:
            continue
        assert len(line) <= WIDTH, f"{page}:{number}"


@pytest.mark.parametrize("page", PAGES)
def test_file_names(page: str) -> None:
    """Names in backticks that look like files or folders of this project exist."""
    tops = "layers|functions|local|tests|docs|tools|bench|\\.ci|\\.github"
    for path in re.findall(rf"`((?:{tops})/(?:[\w./-]+\.[a-z]+|[\w./-]*/))`", text_of(page)):
        assert (ROOT / path.rstrip("/")).exists(), path


def test_named_tests() -> None:
    """Tests that a page names exist."""
    files = list((ROOT / "tests").rglob("*.py"))
    there = {path.name for path in files}
    there |= {name for path in files for name in re.findall(r"(?m)^ *(?:def|class) (\w+)", path.read_text("utf-8"))}
    named = {name for page in PAGES for name in re.findall(r"`((?:test_|Test)\w+(?:\.py)?)`", text_of(page))}
    assert len(named) > 20
    assert named - there == set()


THREATS = [line for line in text_of("docs/security.md").splitlines() if line.startswith("| **")]
_TESTS_IN_FILES = r"((?:`\w+`(?:, | and ))*`\w+`) in (`tests/[\w/]+\.py`(?: and `\w+\.py`)*)"


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[4:40])
def test_threats(row: str) -> None:
    """Each threat has a promise and a test, and the tests that are named are in the files that are named."""
    _, promised, _, tests = (cell.strip() for cell in row.strip("|").split("|"))
    assert promised
    assert re.search(r"`(?:tests/|make )|each test of the console", tests)
    for names, paths in re.findall(_TESTS_IN_FILES, tests):
        first, *others = re.findall(r"`([^`]+)`", paths)
        files = [ROOT / first, *((ROOT / first).with_name(name) for name in others)]
        there = {name for file in files for name in re.findall(r"(?m)^ *(?:def|class) (\w+)", file.read_text("utf-8"))}
        assert set(re.findall(r"`(\w+)`", names)) <= there, paths


def test_decisions() -> None:
    """Decisions are in order; each has a date and a status, and a new one goes to the end."""
    text = text_of("docs/decisions.md")
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(re.findall(r"^## ", text, re.MULTILINE)) == len(numbers)
    assert len(re.findall(r"^\*\d{4}-\d\d-\d\d\. Status: [a-z].*\*$", text, re.MULTILINE)) == len(numbers)
