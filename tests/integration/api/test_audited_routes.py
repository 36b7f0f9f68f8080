"""Every route that changes something leaves one audit record, without personal data.

The routes come from the table of the function, so that a new route must have a step here.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.audit_rows import AuditRow
from email_channels.aws.rows.table import Row
from email_channels.cases.identity import split_case_id
from email_channels.times import from_text

from functions.agent_api.routes import ROUTES
from tests.support.in_process.ad_hoc_channel import AGENT_ID, open_ad_hoc_channel
from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

# Occurs in every text and name of the requests, and in everything that says who a person is.
MARK = "xulu7"  # no id has an l or u (Crockford's base 32)
PERSON = f"{MARK}-1"
ADDRESS = f"{MARK}.hartmann@acme.example"
# What the stored emails say.
PERSONAL = (MARK, "jo@elsewhere", "jo doe", "543457", "leave", "days")

EMPLOYEE = {"name": f"{MARK} H", "emails": [ADDRESS, "jo@elsewhere.example"], "population": MARK, "blocked": False}
MAILBOX = {"receiving_address": "new@forms.example", "default_subject": MARK, "contact": MARK, "default_show": True}
MAPPING = {"mailbox": "payroll@acme.example", "from": ADDRESS, "user_id": PERSON}
TEMPLATE = {"name": MARK, "language": "en", "subject": MARK, "text": MARK, "html": f"<p>{MARK}</p>"}
CASE = {"user_id": PERSON, "subject": MARK, "issue": MARK}
CHANGE = {"status": "closed", "subject": MARK, "regarding": PERSON}


class Step(NamedTuple):
    """A request to a route, and what its record shows of the change."""

    method: str
    route: str
    path: str
    body: Any
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


UNPROCESSED = {"outcome": "unprocessed", "reason": "sender_not_found"}
TAX = {"address": None, "name": "Tax", "secured": True}
TO_TAX = {"by_population": {}, "service_group": "tax"}
OPEN = {"service_group": "default", "show_to_employee": False, "status": "open", "topic": "General"}
HELD = {"held": True}
STEPS = (
    Step("PUT", "/employees/{user_id+}", f"/employees/{PERSON}", EMPLOYEE, "employee.put", None, {"blocked": False}),
    Step(
        "PUT",
        "/mailboxes/{address+}",
        "/mailboxes/new@acme.example",
        MAILBOX,
        "mailbox.put",
        None,
        {
            "acknowledge_sender": False,
            "default_show": True,
            "default_topic": "General",
            "identify_sender": "from_address",
            "language": None,
            "receiving_address": "new@forms.example",
            "trust_without_authentication": False,
            "trusted_senders": [],
            "variable_show": False,
            "variable_topic": False,
        },
    ),
    Step(
        "PUT",
        "/user-mappings/{id+}",
        "/user-mappings/one",
        MAPPING,
        "user_mapping.put",
        None,
        {"mailbox": "payroll@acme.example"},
    ),
    Step("PUT", "/service-groups/{id}", "/service-groups/tax", {"name": "Tax"}, "service_group.put", None, TAX),
    Step("PUT", "/topics/{name+}", "/topics/Tax", {"service_group": "tax"}, "topic.put", None, TO_TAX),
    Step("PUT", "/templates/{id}", "/templates/thanks", TEMPLATE, "template.put", None, {"language": "en"}),
    Step("POST", "/cases", "/cases", CASE, "case.create", None, OPEN),
    Step(
        "PATCH",
        "/cases/{case_id}",
        "/cases/{case}",
        CHANGE,
        "case.change",
        {"status": "open"},
        {"status": "closed"},
    ),
    Step(
        "POST",
        "/cases/{case_id}/emails/{email_id}/move",
        "/cases/{case}/emails/{email}/move",
        {"case_id": "{other}"},
        "email.move",
        {"case_id": "{case}"},
        {"case_id": "{other}"},
    ),
    Step(
        "POST",
        "/cases/{case_id}/emails/{email_id}/split",
        "/cases/{case}/emails/{email}/split",
        {"subject": MARK, "topic": "Tax"},
        "email.split",
        {"case_id": "{case}"},
        {"case_id": "{split}"},
    ),
    Step(
        "POST",
        "/cases/{case_id}/merge",
        "/cases/{case}/merge",
        {"into": "{other}"},
        "case.merge",
        {"merged_into": None, "status": "open"},
        {"merged_into": "{other}", "status": "closed"},
    ),
    Step(
        "POST",
        "/unprocessed/{id}/assign",
        "/unprocessed/{unprocessed}/assign",
        {"user_id": PERSON, "topic": "Tax"},
        "unprocessed.assign",
        UNPROCESSED,
        {"case_id": "{unprocessed}", "outcome": "case", "reason": None, "topic": "Tax"},
    ),
    Step(
        "POST",
        "/unprocessed/{id}/hold",
        "/unprocessed/{unprocessed}/hold",
        {"why": MARK},
        "unprocessed.hold",
        {"held": False},
        HELD,
    ),
    Step(
        "POST",
        "/unprocessed/{id}/release",
        "/unprocessed/{held}/release",
        None,
        "unprocessed.release",
        HELD,
        {"held": False},
    ),
    Step(
        "POST",
        "/unprocessed/{id}/retry",
        "/unprocessed/{unprocessed}/retry",
        None,
        "unprocessed.retry",
        UNPROCESSED,
        {"case_id": "{unprocessed}", "outcome": "case", "reason": None, "topic": "General"},
    ),
    Step(
        "DELETE",
        "/unprocessed/{id}",
        "/unprocessed/{unprocessed}",
        None,
        "unprocessed.discard",
        {"reason": "sender_not_found"},
        None,
    ),
    Step(
        "PUT", "/me/signature", "/me/signature", {"text": MARK, "html": f"<b>{MARK}</b>"}, "signature.put", None, None
    ),
    Step("POST", "/cases/{case_id}/notes", "/cases/{case}/notes", {"text": MARK}, "note.create", None, None),
    Step("DELETE", "/cases/{case_id}", "/cases/{case}", None, "case.erase", None, None),
    Step("DELETE", "/templates/{id}", "/templates/thanks", None, "template.delete", {"language": "en"}, None),
    Step("DELETE", "/topics/{name+}", "/topics/Free", None, "topic.delete", {**TO_TAX, "service_group": "free"}, None),
    Step(
        "DELETE",
        "/service-groups/{id}",
        "/service-groups/free",
        None,
        "service_group.delete",
        {**TAX, "name": "F"},
        None,
    ),
    Step(
        "DELETE",
        "/user-mappings/{id+}",
        "/user-mappings/one",
        None,
        "user_mapping.delete",
        {"mailbox": "payroll@acme.example"},
        None,
    ),
    Step("DELETE", "/employees/{user_id+}", f"/employees/{PERSON}", None, "employee.delete", {"blocked": False}, None),
)
NOT_RECORDED = {
    ("POST", "/cases/{case_id}/read"): "changes nothing but what is unread",
    ("PUT", "/cases/{case_id}/presence"): "says only what the agent does at the moment",
    ("POST", "/attachments"): "announces a file, which expires if it is not used",
    ("POST", "/templates/{id}/preview"): "changes nothing",
    ("POST", "/try"): "changes nothing",
    ("POST", "/try/jobs"): "changes nothing",
    ("POST", "/employees/imports"): "the job records the import",
    ("POST", "/employees/{user_id+}/erasure"): "the job records the erasure",
    ("POST", "/unprocessed/discard"): "the job records each email that it discards",
    ("POST", "/unprocessed/retry"): "the job records each email that it decides again",
    ("DELETE", "/mailboxes/{address+}"): "is tested below, because its record is that of PUT reversed",
}


def records() -> list[AuditRow]:
    return sorted((row for row in Row.scan() if isinstance(row, AuditRow)), key=lambda row: row.sk)


def filled(value: Any, ids: dict[str, str]) -> Any:
    """The value with the ids in its texts."""
    text = json.dumps(value)
    for name, found in ids.items():
        text = text.replace(f"{{{name}}}", found)
    return json.loads(text)


def assert_impersonal(rows: list[AuditRow]) -> None:
    """Neither values nor keys of the items say anything about a person."""
    text = " ".join(json.dumps(row.serialize(), default=str) for row in rows).casefold()
    assert [one for one in PERSONAL if one in text] == []


def test_every_route_has_a_step() -> None:
    changing = {(route.method, route.path) for route in ROUTES if route.method != "GET"}
    stepped = {(step.method, step.route) for step in STEPS}
    assert changing == stepped | NOT_RECORDED.keys()
    assert not stepped & NOT_RECORDED.keys()


def test_each_leaves_one_record(api: Api, mail: MailBucket) -> None:
    """Refused requests, and requests that change nothing, leave none."""
    api("admin", "PUT", "/service-groups/free", {"name": "F"})
    api("admin", "PUT", "/topics/Free", {"service_group": "free"})
    seen = len(records())
    for n, step in enumerate(STEPS):
        case, other = (record_case(mail, 10 * n + m) for m in range(2))
        found, held = (
            record_unprocessed(mail, 10 * n + m, notified_at=RECEIVED, purge_after=RECEIVED) for m in range(2, 4)
        )
        api("admin", "POST", f"/unprocessed/{held.id}/hold", {"why": MARK})
        assert case.email
        ids = {"case": case.case_id, "other": other.case_id, "email": case.email.email_id}
        ids |= {"unprocessed": found.id, "held": held.id, "split": split_case_id(case.case_id, case.email.email_id)}
        kept = [row.serialize() for row in records()]
        before = len(kept)
        path, body = filled(step.path, ids), filled(step.body, ids)
        headers = {"If-Match": "*"} if "{case_id}" in step.route and "{email_id}" not in step.route else {}
        assert api("agent" if "/unprocessed" in path else "nobody", step.method, path, body).status == 403
        assert len(records()) == before
        answer = api("admin", step.method, path, body, headers=headers)
        assert answer.status < 300, (step, answer.text)
        new = records()[before:]
        assert [row.serialize() for row in records()[:before]] == kept, "a record never changes"
        assert [(row.action, row.actor) for row in new] == [(step.action, "id-of-admin")]
        (row,) = new
        assert row.expires_at == int((from_text(row.at) + timedelta(days=730)).timestamp()), "AuditRetentionDays"
        assert (row.before, row.after) == (filled(step.before, ids), filled(step.after, ids)), step.action
        if step.method in {"PUT", "PATCH"}:
            again = api("admin", step.method, path, body, headers=headers)
            assert again.status == 200
            assert len(records()) == before + 1, "nothing changed"
    assert len(records()) > seen
    assert_impersonal(records())


def test_delete_mailbox(api: Api) -> None:
    api("admin", "PUT", "/mailboxes/new@acme.example", MAILBOX)
    api("admin", "DELETE", "/mailboxes/new@acme.example")
    put, deleted = records()
    assert (deleted.action, deleted.before, deleted.after) == ("mailbox.delete", put.after, None)
    assert {"contact", "default_subject"} < set(deleted.fields)
    assert_impersonal([put, deleted])


def test_send(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeat with the same Idempotency-Key is not a change; a refused send is none."""
    with open_ad_hoc_channel(aws, monkeypatch) as channel:
        upload = channel.upload(f"{MARK}.pdf", MARK.encode())
        letter = {
            "to": [f"{MARK} <{ADDRESS}>"],
            "bcc": [f"b{ADDRESS}"],
            "subject": MARK,
            "text": MARK,
            "html": f"<p>{MARK}</p>",
            "attachments": [upload],
        }
        assert channel.post({**letter, "to": ["nobody"]}).status == 422
        answer = channel.post(letter)
        assert answer.status == 202
        assert channel.post(letter).body["email_id"] == answer.body["email_id"]
        assert channel.post({**letter, "text": "other"}).status == 409
        (row,) = records()
        assert (row.action, row.actor, row.target) == (
            "email.send",
            AGENT_ID,
            f"{channel.case.case_id}/{answer.body['email_id']}",
        )
        assert_impersonal([row])
