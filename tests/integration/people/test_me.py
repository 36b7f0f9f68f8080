"""Who the caller is, and the signature that the caller keeps here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.people_rows import SignatureRow
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.people.signature_store import SignatureStore

from tests.support.in_process.api_client import Api, counted_calls
from tests.support.system.images import SVG, data_url, png

ME = "id-of-agent"


def name(api: Api, **claims: object) -> str:
    answer = api("agent", "GET", "/me", claims=claims)
    assert answer.status == 200, answer.text
    found: str = answer.json["name"]
    return found


def test_me(api: Api) -> None:
    assert api("agent", "GET", "/me", claims={"name": "Alex Agent"}).json == {
        "user": ME,
        "name": "Alex Agent",
        "roles": ["agent"],
        "service_groups": ["default"],
        "signature": None,
    }
    admin = api("only-admin", "GET", "/me").json
    assert (admin["roles"], admin["service_groups"]) == (["admin"], [])
    assert api("admin", "GET", "/me").json["roles"] == ["agent", "admin"]
    assert api("nobody", "GET", "/me").status == 403
    assert api("nobody", "PUT", "/me/signature", {"text": "N"}).status == 403


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        ({"name": "Ada"}, "Ada"),
        ({"given_name": "Ada", "family_name": "Admin"}, "Ada Admin"),
        ({"family_name": "Admin"}, "Admin"),
        ({"preferred_username": "ada", "email": "ada@acme.example"}, "ada"),
        ({"name": ["Ada"], "given_name": 5}, "agent"),
        ({"name": "\u202eA\x00da\n Ad\u200bmin  "}, "A da Admin"),
        ({"name": "\u200b"}, "agent"),
        ({"name": "x" * 5000}, "x" * 99 + "…"),
    ],
)
def test_name(api: Api, claims: dict[str, Any], shown: str) -> None:
    """A name comes from the token, on one line; without one, it is what the identity provider calls the person."""
    assert name(api, **claims).replace(" ", "") == shown.replace(" ", "")


def test_name_is_remembered(api: Api) -> None:
    """A token without a name, such as an access token, does not make the name forgotten; another name replaces it."""
    assert name(api) == "agent"
    assert name(api, name="Alex Agent") == "Alex Agent"
    assert name(api) == "Alex Agent"
    assert name(api.again()) == "Alex Agent", "another process knows it"
    assert name(api, preferred_username="alex") == "Alex Agent"
    assert name(api, name="Alex Smith") == "Alex Smith"
    assert name(api.again()) == "Alex Smith"


def test_request_costs_nothing(api: Api) -> None:
    """Only the first request of a process in a day reads the person, and only the first of all writes."""
    with counted_calls() as first:
        api("agent", "GET", "/settings")
        api("agent", "GET", "/topics")
    with counted_calls() as later:
        api("agent", "GET", "/topics")
    with counted_calls() as other_process:
        api.again()("agent", "GET", "/topics")
    assert sorted(set(first)) == ["BatchGetItem", "UpdateItem"]
    assert later == ["BatchGetItem"], "the routing"
    assert other_process == ["BatchGetItem", "BatchGetItem"]


def test_signature(api: Api) -> None:
    html = '<p onclick="x()">Alex<script>y()</script> <img src="https://acme.example/logo.png"></p>'
    put = api("agent", "PUT", "/me/signature", {"text": "Alex\x00\nPayroll", "html": html})
    kept = {"text": "Alex\nPayroll", "html": '<p>Alex <img src="https://acme.example/logo.png"></p>'}
    assert (put.status, put.json) == (200, kept)
    assert api("agent", "GET", "/me").json["signature"] == kept
    assert api("admin", "GET", "/me").json["signature"] is None, "it is the agent's"
    made_of_html = api("agent", "PUT", "/me/signature", {"html": "<p>Alex</p>"}).json
    assert made_of_html == {"text": "Alex", "html": "<p>Alex</p>"}
    for nothing in ({}, {"text": " \n", "html": ""}, {"text": None, "html": "<script>x</script>"}):
        api("agent", "PUT", "/me/signature", {"text": "Alex"})
        assert api("agent", "PUT", "/me/signature", nothing).json == {"text": "", "html": None}
        assert api("agent", "GET", "/me").json["signature"] is None


def test_image_in_signature(api: Api) -> None:
    """A signature may hold a picture that can be sent, such as a logo."""
    html = f'<p>Alex <img src="{data_url(png())}" alt="Acme"></p>'
    kept = api("agent", "PUT", "/me/signature", {"html": html}).json
    assert kept["html"] == html
    assert "base64" not in kept["text"]
    assert api("agent", "GET", "/me").json["signature"] == kept
    for picture in (data_url(SVG, "image/svg+xml"), data_url(b"no image at all, in truth", "image/png"), "cid:logo"):
        refused = api("agent", "PUT", "/me/signature", {"html": f'<p>Alex <img src="{picture}"></p>'})
        assert refused.wrong_fields == ["html"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"text": 5}, ["text"]),
        ({"html": ["<p>"]}, ["html"]),
        ({"html": "<div>" * 16_000}, ["html"]),
        ({"html": "<svg><path/></svg>"}, ["html"]),
        ({"text": "x" * 64_001}, ["text"]),
        ({"text": "ä" * 32_001}, ["text"]),
        ({"text": "x" * 60_000, "html": "y" * 5_000}, ["text"]),
        ({"name": "x"}, ["name"]),
    ],
)
def test_wrong_signature(api: Api, body: dict[str, Any], fields: list[str]) -> None:
    assert api("agent", "PUT", "/me/signature", body).wrong_fields == fields


def test_signature_stays_while_it_is_used(api: Api) -> None:
    """It outlives the person's own item: who comes back after half a year still has it. Asking for it prolongs it."""
    api("agent", "PUT", "/me/signature", {"text": "Alex"})

    def expires_in() -> timedelta:
        row = read_row(keys.signature(ME), SignatureRow)
        assert row is not None
        return datetime.fromtimestamp(int(row.expires_at or 0), UTC) - now

    now = datetime.now(UTC)
    for days, left in ((0, 730), (300, 730), (400, 1130), (450, 1130)):
        assert SignatureStore.get(ME, now + timedelta(days=days)) is not None
        assert round(expires_in() / timedelta(days=1)) == left
