"""A repeated request makes no second case."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from email_channels.aws.rows.outbound_rows import NewCaseKeyRow
from email_channels.aws.rows.table import Row

from tests.support.in_process.api_client import Answer, Api

BODY = {"user_id": "543457", "subject": "Hours", "issue": "Eleven"}


@pytest.fixture(autouse=True)
def employee(api: Api) -> None:
    api("admin", "PUT", "/employees/543457", {"name": "Zoë", "emails": ["zoe@acme.example"]})


def make(api: Api, key: str | None = "one", user: str = "agent", **changes: Any) -> Answer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api(user, "POST", "/cases", BODY | changes, headers=headers)


def cases(api: Api) -> list[str]:
    return [case["case_id"] for case in api("admin", "GET", "/cases").items]


def test_repeated(api: Api) -> None:
    first = make(api)
    assert first.status == 201
    again = make(api, issue="Eleven")
    assert (again.status, again.json, again.headers) == (201, first.json, first.headers)
    other = make(api, subject="Other")
    assert (other.status, other.problem) == (409, "conflict")
    assert make(api, user="admin").json["case_id"] != first.json["case_id"], "another caller's key is another key"
    assert make(api, key="two").json["case_id"] != first.json["case_id"]
    assert make(api, None).json["case_id"] != make(api, None).json["case_id"]
    assert len(cases(api)) == 5
    for wrong in ("", " ", "x" * 256):
        assert make(api, wrong).wrong_fields == ["Idempotency-Key"]


def test_changed_in_between(api: Api) -> None:
    """The answer is the case as it is now."""
    case_id = make(api).json["case_id"]
    api("agent", "PATCH", f"/cases/{case_id}", {"status": "closed"}, headers={"If-Match": "*"})
    again = make(api)
    assert (again.status, again.json["status"], again.headers["etag"]) == (201, "closed", '"2"')


def test_hidden_case(api: Api) -> None:
    """Who may not see the case gets only what the request said."""
    api("admin", "PUT", "/service-groups/tax", {"name": "Tax"})
    api("admin", "PUT", "/topics/Tax", {"service_group": "tax"})
    first = make(api, topic="Tax")
    assert api("agent", "GET", first.headers["location"]).status == 404
    changes = {"status": "closed", "subject": "Secret"}
    api("admin", "PATCH", first.headers["location"], changes, headers={"If-Match": "*"})
    assert make(api, topic="Tax").json == first.json


def test_erased_case(api: Api) -> None:
    case_id = make(api).json["case_id"]
    assert api("admin", "DELETE", f"/cases/{case_id}", headers={"If-Match": "*"}).status == 204
    assert make(api).status == 409
    assert cases(api) == []


def test_expired_key(api: Api) -> None:
    """After a day, the key is new, even if DynamoDB has not deleted the item."""
    first = make(api)
    (row,) = [row for row in Row.scan() if isinstance(row, NewCaseKeyRow)]
    row.update(actions=[Row.expires_at.set(1)])
    assert make(api).json["case_id"] != first.json["case_id"]
    assert len(cases(api)) == 2


def test_refused_request(api: Api) -> None:
    """A refused request does not use up its key."""
    assert make(api, user_id="unknown").wrong_fields == ["user_id"]
    assert make(api).status == 201


def test_at_the_same_time(api: Api) -> None:
    """Two requests at the same time make one case."""
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(make(api))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} <= {201, 503}
    assert len({answer.json["case_id"] for answer in answers if answer.status == 201}) == 1
    assert len(cases(api)) == 1
