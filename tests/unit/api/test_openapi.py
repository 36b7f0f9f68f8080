"""The OpenAPI document describes exactly the routes and the values of the code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from email_channels.api.document import openapi_bytes
from email_channels.api.problems import PROBLEMS
from email_channels.api.validation import openapi
from email_channels.cases.case import CaseStatus
from email_channels.cases.channels import Channel
from email_channels.cases.history import Direction, EntryKind
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.matches import MatchMethod, MatchStrength
from email_channels.cases.probes.probe import ProbeState
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import RecipientRole, RecipientState
from email_channels.cases.uploads import UploadPurpose
from email_channels.cases.warnings import EmailWarning
from email_channels.settings import IdentifySender
from openapi_spec_validator import validate

from functions.agent_api.routes import ROUTES
from tests.support.paths import ROOT

# Served by adhoc_send.
ELSEWHERE = {("POST", "/cases/{case_id}/emails"): "agent", ("GET", "/health"): None, ("GET", "/openapi.json"): None}


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
    }


def test_document() -> None:
    """The document is valid, and the copy at the top of the project is the same."""
    validate(openapi())
    assert (ROOT / "openapi.json").read_bytes() == openapi_bytes()
    assert json.loads(openapi_bytes()) == openapi()


def test_routes_and_roles() -> None:
    """The document has every route with its role, and no other route."""
    routes = {(route.method, route.path.replace("+}", "}")): route.role.value for route in ROUTES}
    assert {key: operation.get("x-role") for key, operation in operations().items()} == routes | ELSEWHERE
    open_to_anyone = {key for key, operation in operations().items() if operation.get("security") == []}
    assert open_to_anyone == {key for key, role in ELSEWHERE.items() if role is None}


def test_channel_off_answer() -> None:
    """The routes of a channel list the answer for a channel that is off."""
    for route in ROUTES:
        if route.channel is not None:
            operation = operations()[route.method, route.path.replace("+}", "}")]
            assert "409" in operation["responses"], route
            assert "channel" in operation["description"], route


def test_errors() -> None:
    """Every operation lists the answers of all routes: 422 for wrong query parameters, 401 and 403 for tokens."""
    for key, operation in operations().items():
        common = {"422"} if operation.get("security") == [] else {"401", "403", "422"}
        assert common <= operation["responses"].keys(), key


def test_problem_types() -> None:
    """The document names every type of problem."""
    described = openapi()["components"]["schemas"]["Problem"]["properties"]["type"]["description"]
    named = described.partition("one of ")[2].split(", ")
    assert sorted(named) == sorted({problem.type for problem in PROBLEMS.values()} | {"try_again", "internal_error"})


def test_parameters() -> None:
    for (method, path), operation in operations().items():
        parameters = [
            openapi()["components"]["parameters"][row["$ref"].rpartition("/")[2]] if "$ref" in row else row
            for row in operation.get("parameters", ())
        ]
        # An empty value counts as missing, as forms on web pages send it.
        assert all(row.get("allowEmptyValue") for row in parameters if row["in"] == "query"), (method, path)
        in_path = [row["name"] for row in parameters if row["in"] == "path"]
        assert in_path == [part.strip("{}") for part in path.split("/") if part.startswith("{")], path
        is_list = {"limit", "cursor"} <= {row["name"] for row in parameters}
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        assert is_list == answer.get("$ref", "").endswith("Page"), (method, path)


@pytest.mark.parametrize(
    ("where", "values"),
    [
        (("CaseStatus",), CaseStatus),
        (("Warning",), EmailWarning),
        (("Reason",), Reason),
        (("Unprocessed", "properties", "channel"), Channel),
        (("Entry", "properties", "direction"), Direction),
        (("Entry", "properties", "kind"), EntryKind),
        (("MatchedBy", "properties", "how"), MatchMethod),
        (("MatchedBy", "properties", "certainty"), MatchStrength),
        (("Recipient", "properties", "role"), RecipientRole),
        (("Recipient", "properties", "state"), RecipientState),
        (("NewMailbox", "properties", "identify_sender"), IdentifySender),
        (("NewUpload", "properties", "purpose"), UploadPurpose),
        (("Mailbox", "properties", "probe", "oneOf", 0, "properties", "state"), ProbeState),
    ],
    ids=str,
)
def test_enumerations(where: tuple[str | int, ...], values: Any) -> None:
    """The allowed values are those of the code."""
    schema: Any = openapi()["components"]["schemas"]
    for name in where:
        schema = schema[name]
    assert set(schema["enum"]) - {None} == set(values)


def test_defaults() -> None:
    """The defaults are those of the code."""
    mailbox = Mailbox("a@b.example", "c@d.example")
    properties = openapi()["components"]["schemas"]["NewMailbox"]["properties"]
    for name, row in properties.items():
        if "default" in row:
            value = getattr(mailbox, name)
            assert row["default"] == (list(value) if isinstance(value, tuple) else value), name


def test_nulls() -> None:
    """In a body that creates something, an optional field may be null: no value is given."""
    for schema, described in openapi()["components"]["schemas"].items():
        if schema.startswith("New"):
            for name in described["properties"].keys() - set(described.get("required", ())):
                row = described["properties"][name]
                kinds = [kind.get("type") for kind in [row, *row.get("anyOf", ()), *row.get("oneOf", ())]]
                assert any(kind == "null" or "null" in (kind or ()) for kind in kinds), (schema, name)
                assert "enum" not in row or None in row["enum"], (schema, name)


def test_strictness() -> None:
    """Request bodies allow no unknown fields, and all patterns are anchored."""
    schemas = openapi()["components"]["schemas"]
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for operation in operations().values()
        if "requestBody" in operation
    }
    for name in bodies:
        assert schemas[name]["additionalProperties"] is False, name
    patterns = [row["pattern"] for row in walk(schemas) if "pattern" in row]
    assert patterns
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns)


def walk(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        return [node, *(found for value in node.values() for found in walk(value))]
    return [found for value in node for found in walk(value)] if isinstance(node, list) else []
