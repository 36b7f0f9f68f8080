"""The texts of the page: each code and sentence that the API can give has words in each language."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import zip_longest
from typing import Any

import pytest
from email_channels.api.problems import PROBLEMS
from email_channels.api.validation import openapi
from email_channels.cases.case import CaseFlag
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.intake import policy
from email_channels.intake.trying.trials import _EXPLANATIONS

from tests.support.console.api_sentences import INSIDE, api_sentences, strings
from tests.support.console.node import run_node
from tests.support.paths import ROOT

LANGUAGES = ("en", "de")

_DUMP = """
globalThis.localStorage = { getItem: () => null };
const { default: texts } = await import(`${process.argv[1]}`);
process.stdout.write(JSON.stringify(texts, (_, value) => (typeof value === "function" ? "function" : value)));
"""

_SAY = """
globalThis.localStorage = { getItem: () => "de" };
globalThis.document = { documentElement: {} };
const { loadTexts } = await import(`${process.argv[1]}/texts.js`);
await loadTexts();
const { said } = await import(`${process.argv[1]}/said.js`);
process.stdout.write(JSON.stringify(JSON.parse(process.argv[2]).map(said)));
"""


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of a language, without its functions."""
    file = ROOT / f"console/texts/{language}.js"
    done = run_node("--input-type=module", "-e", _DUMP, file)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def said(sentences: list[str]) -> list[str]:
    """What the page says in German for these sentences of the API."""
    done = run_node("--input-type=module", "-e", _SAY, ROOT / "console", json.dumps(sentences))
    found: list[str] = json.loads(done.stdout)
    return found


def enum(*path: str) -> set[str]:
    """The values that the API's document lists for a schema, or for a property of one."""
    schemas = openapi()["components"]["schemas"]
    found: Any = schemas
    for name in path:
        found = found[name]
    found = found.get("items", found)
    found = schemas[found["$ref"].rpartition("/")[2]] if "$ref" in found else found
    return {value for value in found["enum"] if value is not None}


CODES: list[tuple[str, set[str]]] = [
    ("admin.reasons", enum("Reason")),
    ("admin.outcomes", enum("Try", "properties", "outcome")),
    ("admin.wouldBe", enum("Try", "properties", "outcome")),
    ("admin.jobKinds", enum("Job", "properties", "kind")),
    ("admin.jobStates", enum("Job", "properties", "state")),
    ("admin.channels", enum("Unprocessed", "properties", "channel")),
    ("admin.identify", enum("Mailbox", "properties", "identify_sender")),
    ("admin.auditActions", enum("AuditAction")),
    ("admin.eraseChoices", enum("NewErasure", "properties", "cases")),
    ("agent.kinds", enum("Entry", "properties", "kind") - {"normal", "note"}),
    ("agent.states", enum("Recipient", "properties", "state")),
    ("agent.roles", enum("Recipient", "properties", "role")),
    ("agent.how", enum("MatchedBy", "properties", "how")),
    ("agent.sure", enum("MatchedBy", "properties", "certainty")),
    ("agent.warnings", enum("Warning")),
    ("agent.warningNames", enum("Warning")),
    ("agent.flagNames", {flag.value for flag in CaseFlag}),
    ("agent.flags", {flag.value for flag in CaseFlag} - {"authentication_failed", "spam", "virus"}),
    ("common.rules", {name for name, _ in policy.POLICY} | {"processing"}),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("place", "codes"), CODES, ids=[place for place, _ in CODES])
def test_codes(language: str, place: str, codes: set[str]) -> None:
    """Each code has words."""
    area, name = place.split(".")
    words = texts(language)[area][name]
    assert codes - words.keys() == set()
    assert all(words[code] for code in codes)


def test_reasons() -> None:
    """Explanation and advice of each reason: English by the API, German by the page."""
    assert set(ADVICE) == set(Reason)
    german = texts("de")["api"]["reasons"]
    assert german.keys() == {reason.value for reason in Reason}
    assert all(row["explanation"] and row["advice"] for row in german.values())
    assert texts("de")["api"]["outcomes"].keys() == {outcome.value for outcome in _EXPLANATIONS}


def test_problems() -> None:
    """Each type of problem document."""
    types = {problem.type for problem in PROBLEMS.values()} | {"try_again", "internal_error"}
    assert texts("de")["api"]["problems"].keys() == types


def test_sentences() -> None:
    """Each sentence of the API has a translation, and no translation is left of a sentence that is gone."""
    sentences, german = api_sentences(), texts("de")["api"]["sentences"]
    assert {sentence: file for sentence, file in sentences.items() if sentence not in german} == {}
    assert german.keys() - sentences.keys() == set()
    assert {words for file, listed in INSIDE.items() for words in listed if words not in strings(file)} == set()
    assert texts("en")["api"]["sentences"] == {}, "the API's own words are English"


def test_gaps() -> None:
    """A translation has no gap that its sentence lacks, and what the API put in is there."""
    german = texts("de")["api"]["sentences"]
    keys = [key for key in german if "{}" in key]
    filled = [
        "".join(map("".join, zip_longest(key.split("{}"), "αβγδ"[: key.count("{}")], fillvalue=""))) for key in keys
    ]
    wrong = {}
    for key, words in zip(keys, said(filled), strict=True):
        gaps = re.findall(r"\{(\d?)\}", german[key])
        named = ["αβγδ"[int(gap) - 1 if gap else n] for n, gap in enumerate(gaps)]
        if len(gaps) > key.count("{}") or any(value not in words for value in named) or "{" in words:
            wrong[key] = words
    assert wrong == {}
