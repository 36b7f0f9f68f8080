"""The page about configuration names everything that can be configured, and its examples are valid."""

from __future__ import annotations

import json
import re

import pytest
from email_channels.api.validation import openapi, read_body

from local.cloudformation.template import read_template
from tests.support.paths import ROOT, TEMPLATE

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
SECTIONS = {
    "Mailboxes": "NewMailbox",
    "User mappings": "NewUserMapping",
    "Topics": "NewTopic",
    "Service groups": "NewServiceGroup",
    "Employees": "NewEmployee",
    "Templates": "NewTemplate",
}


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def named(text: str) -> set[str]:
    """What the first column of the section's table names."""
    first = "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("|"))
    return set(re.findall(r"`([^`]+)`", first))


def test_parameters() -> None:
    """Every parameter of the template has a row, and no other."""
    assert named(section("Parameters of the stack")) == set(read_template(TEMPLATE)["Parameters"])


@pytest.mark.parametrize(("title", "schema"), SECTIONS.items())
def test_properties(title: str, schema: str) -> None:
    """Every property of the object has a row, and the example is accepted."""
    assert named(section(title)) == set(openapi()["components"]["schemas"][schema]["properties"])
    (example,) = re.findall(r"```json\n(.*?)```", section(title), re.DOTALL)
    assert read_body(example.encode(), schema).accepted()
    known = set(json.loads(example))
    required = set(openapi()["components"]["schemas"][schema].get("required", ()))
    assert required <= known


def test_all_objects() -> None:
    """Every object that `PUT` configures has a section."""
    bodies = {
        operation["put"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path, operation in openapi()["paths"].items()
        if "put" in operation and path.count("/") == 2 and not path.startswith(("/me", "/cases"))
    }
    assert bodies == set(SECTIONS.values())
