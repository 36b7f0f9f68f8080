"""Bodies against the schemas of the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from email_channels.api.validation import MAX_ERRORS, check, read_body, read_json
from email_channels.errors import BadRequest, Invalid


def wrong(document: Any, schema: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read_body(json.dumps(document).encode(), schema).accepted()
    return {error.field: error.message for error in caught.value.errors}


def test_wrong_fields() -> None:
    """Every wrong field is named, with a message in words."""
    document = {"user_id": 5, "subject": "a\nb", "show_to_employee": "yes", "topic": "", "colour": "red"}
    assert wrong(document, "NewCase") == {
        "colour": "is unknown. Known fields are user_id, subject, issue, topic, show_to_employee",
        "issue": "is missing",
        "show_to_employee": "must be true or false or null",
        "subject": "must be one line without spaces at its ends. At most 750 bytes in UTF-8",
        "topic": "must not be empty",
        "user_id": "must be text",
    }
    document = {"filename": "x" * 256, "content_type": "pdf", "size": 10**9}
    assert wrong(document, "NewUpload") == {
        "content_type": "must be a media type in ASCII, such as application/pdf",
        "filename": "must have at most 255 characters",
        "size": "must be at most 52428800",
    }
    assert wrong({"status": "ajar", "regarding": 7}, "CaseChange") == {
        "regarding": "must be text or null",
        "status": "must be one of open, closed",
    }
    assert wrong({"name": "A", "emails": ["a@b.example", "b", None]}, "NewEmployee") == {
        "emails.1": "must be an email address",
        "emails.2": "must be text",
    }
    assert wrong({"name": "A", "emails": ["a@b.example"] * 51}, "NewEmployee") == {
        "emails": "must have at most 50 items"
    }
    assert wrong({"service_group": None, "by_population": {"UK": "a b"}}, "NewTopic") == {
        "by_population.UK": "must be 1 to 64 letters, digits, underscores and hyphens"
    }
    assert wrong({"to": ["a@b.example"], "subject": "a\nb"}, "NewEmail") == {"subject": "must be one line"}
    assert wrong({"receiving_address": "a@b.example", "default_topic": " a"}, "NewMailbox") == {
        "default_topic": "must be one line without spaces at its ends"
    }
    assert wrong([], "NewCase") == {"body": "must be an object"}


def test_patterns_say_what_is_right() -> None:
    """Every field with a pattern has a description that says, from "Must" on, what fits."""
    document = json.loads(resources.files("email_channels.api").joinpath("openapi.json").read_text())
    fields = [*patterned(document["components"]["schemas"], "")]
    assert len(fields) > 20
    assert [path for path, schema in fields if "Must " not in schema.get("description", "")] == []


def patterned(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield path, node
        for name, child in node.items():
            yield from patterned(child, f"{path}/{name}")


def test_long_name_in_error() -> None:
    """A long field name is cut in the error."""
    ((field, _),) = wrong({"why": "w", "x" * 5000: 1}, "NewHold").items()
    assert field == "x" * 100 + "…"


def test_many_errors() -> None:
    """The number of errors in one answer is limited."""
    assert len(wrong({f"field{n}": n for n in range(1_000)}, "NewCase")) == MAX_ERRORS


def test_valid_fields_of_invalid_body() -> None:
    """Valid fields beside wrong ones stay available for further checks."""
    body = read_body(b'{"user_id": "1", "subject": 5, "colour": 1}', "NewCase")
    assert body.fields == {"user_id": "1", "show_to_employee": False}
    assert body.get("subject") is None
    body.refuse("user_id", "there is no such employee")
    body.refuse("subject", "a second complaint")
    with pytest.raises(Invalid) as caught:
        body.accepted()
    assert {error.field: error.message for error in caught.value.errors} == {
        "colour": "is unknown. Known fields are user_id, subject, issue, topic, show_to_employee",
        "issue": "is missing",
        "subject": "must be text",
        "user_id": "there is no such employee",
    }


def test_null() -> None:
    """Null means that the value is missing."""
    body = b'{"user_id": "1", "subject": "Leave", "issue": "?", "topic": null, "show_to_employee": null}'
    assert read_body(body, "NewCase").accepted() == {
        "user_id": "1",
        "subject": "Leave",
        "issue": "?",
        "show_to_employee": False,
    }
    with pytest.raises(Invalid) as caught:
        read_body(b'{"user_id": null, "subject": "Leave", "issue": "?"}', "NewCase").accepted()
    assert [error.field for error in caught.value.errors] == ["user_id"]


def test_defaults() -> None:
    """Each body gets its own copy of the defaults."""
    first = read_body(b'{"name": "A"}', "NewEmployee").accepted()
    assert first == {"name": "A", "emails": [], "population": None, "blocked": False}
    first["emails"].append("x")
    assert read_body(b'{"name": "A"}', "NewEmployee").accepted()["emails"] == []


@pytest.mark.parametrize("text", ["a", "ü", "\U0001f384 Weihnachten", "x" * 128, "a/b", "می\u200cشود", "a  b"])
def test_name(text: str) -> None:
    check({"user_id": text, "mailbox": "a@b.example"}, "NewUserMapping")


NO_NAMES = ["", " ", "a ", " a", "a\n", "\na", "a\nb", "a\r\nb", "\x00", "a\x00b", "\x7f", "a\u2028b", "\u0085"]


@pytest.mark.parametrize("text", [*NO_NAMES, "x" * 129], ids=lambda value: ascii(value)[:20])
def test_wrong_name(text: str) -> None:
    with pytest.raises(Invalid):
        check({"user_id": text, "mailbox": "a@b.example"}, "NewUserMapping")


NO_JSON = [b"", b" \n", b"{", b"{'a': 1}", b'{"a": NaN}', b"-Infinity", b"[1,]"]
NO_TEXT = [b"\xff\xfe", b"\x80", b'"\\ud800"', '{"a": "\ud800"}'.encode("utf-8", "surrogatepass")]


@pytest.mark.parametrize(
    "body", [*NO_JSON, *NO_TEXT, b"[" * 100_000, b"1" * 5_000], ids=lambda value: ascii(value)[:20]
)
def test_malformed_json(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"\xef\xbb\xbf{}", {}),
        (b" [1] ", [1]),
        (b'"\\ud83c\\udf84"', "🎄"),
        ('{"ü": "ä"}'.encode(), {"ü": "ä"}),
        (b"null", None),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_json(body: bytes, document: object) -> None:
    assert read_json(body) == document


@pytest.mark.parametrize(
    ("recipient", "wanted"),
    [
        ("jo@b.example", True),
        ("Jo Doe <jo@b.example>", True),
        ('"Doe, Jo" <jo@b.example>', True),
        ("Zoë <jo@b.example>", True),
        ({"name": "Jo", "address": "jo@b.example"}, True),
        ({"address": "jo@b.example"}, True),
        ("", False),
        ("Jo", False),
        ("jo@b.example, al@b.example", False),
        ("Jo <jo@b.example>\r\nBcc: al@b.example", False),
        ({"name": "Jo"}, False),
        ({"address": "Jo <jo@b.example>"}, False),
        ({"address": "jo@b.example", "role": "to"}, False),
        (5, False),
        (None, False),
    ],
    ids=str,
)
def test_recipients(recipient: object, wanted: bool) -> None:
    document = {"to": [recipient], "subject": "s", "text": "t"}
    if wanted:
        check(document, "NewEmail")
    else:
        with pytest.raises(Invalid):
            check(document, "NewEmail")
