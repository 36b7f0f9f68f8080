"""Agents know of each other: who wrote what, who takes care of a case, who has it open, and what they note."""

from __future__ import annotations

import secrets
from typing import Any

from tests.support.system.casework import key, open_case, write_email
from tests.support.system.http_api import User, problem, wrong_fields
from tests.support.system.mail import word
from tests.support.system.system_client import Person, SystemClient


def me(user: User) -> dict[str, Any]:
    """The caller as others see them."""
    found = user.get("/me")
    return {"user": found["user"], "name": found["name"]}


def test_me(acme: SystemClient) -> None:
    """Everybody with a role can ask who they are, and keeps a signature."""
    agent, admin = acme.agent.get("/me"), acme.admin.get("/me")
    assert (agent["roles"], admin["roles"]) == (["agent"], ["agent", "admin"])
    assert agent["service_groups"] == ["default"]
    assert agent["name"]
    assert problem(acme.nobody.call("GET", "/me"), 403)
    signature = {"text": f"Alex {word()}", "html": "<p>Alex</p>"}
    assert acme.agent.put("/me/signature", signature) == signature
    assert acme.agent.get("/me")["signature"] == signature
    assert acme.admin.get("/me")["signature"] != signature


def test_two_agents_see_each_other(acme: SystemClient, jo: Person) -> None:
    """Who has a case open sees who else has, and whether they are writing; others see nothing of it."""
    path = f"/cases/{open_case(acme, jo)['case_id']}/presence"
    assert acme.agent.put(path, {"doing": "viewing"}) == {"others": []}
    (seen,) = acme.admin.put(path, {"doing": "answering"})["others"]
    assert seen == {**me(acme.agent), "doing": "viewing", "since": seen["since"]}
    (other,) = acme.agent.put(path, {"doing": "viewing"})["others"]
    assert (other["user"], other["doing"]) == (me(acme.admin)["user"], "answering")
    assert problem(acme.other_agent.call("PUT", path, {"doing": "viewing"}), 404)


def test_authors(acme: SystemClient, jo: Person) -> None:
    """Every outbound entry names who wrote it."""
    case = open_case(acme, jo)
    write_email(acme, case, [jo.mailbox])
    body = {"to": [jo.mailbox], "subject": "From an admin", "text": "Hello.\n"}
    acme.admin.write(case["case_id"], body, key())
    acme.settle()
    outbound = [one for one in acme.history(case["case_id"]) if one["direction"] == "outbound"]
    assert [one["author"] for one in outbound] == [me(acme.admin), me(acme.agent)]
    assert "author" not in acme.history(case["case_id"])[-1]


def test_note(acme: SystemClient, jo: Person) -> None:
    """A note is in the history, and is sent to nobody; the case waits on whom it waited, and is as unread as before."""
    case, secret = open_case(acme, jo), f"She called. {word()}"
    path, headers = f"/cases/{case['case_id']}/notes", {"Idempotency-Key": secrets.token_hex(8)}
    with acme.sending() as sent:
        note = acme.agent.post(path, {"text": secret}, headers)
        assert acme.agent.post(path, {"text": secret}, headers) == note
    assert sent == []
    newest, oldest = acme.history(case["case_id"])
    assert (newest["direction"], newest["kind"], newest["author"]) == ("internal", "note", me(acme.agent))
    assert (newest["email_id"], oldest["kind"]) == (note["email_id"], "normal")
    assert acme.entry(case["case_id"], note["email_id"])["text"] == secret
    now = acme.agent.get(f"/cases/{case['case_id']}")
    same = {"unread", "waiting_on", "last_inbound_at", "last_outbound_at", "status"}
    assert {name: now[name] for name in same} == {name: case[name] for name in same}
    # An answer to the case that quotes all of it holds nothing of the note.
    letter = write_email(acme, case, [jo.mailbox], in_reply_to=oldest["email_id"])
    assert secret.encode() not in letter.raw
    to_note = {"to": [jo.mailbox], "text": "Hi", "in_reply_to": note["email_id"]}
    refused = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", to_note, {"Idempotency-Key": key()})
    assert wrong_fields(refused) == {"in_reply_to"}
    assert problem(acme.other_agent.call("POST", path, {"text": "x"}), 404)


def test_assignee_and_handover(acme: SystemClient, jo: Person) -> None:
    """A case is assigned to somebody who sees it, and loses them when it moves to a group that they do not see."""
    case_id = open_case(acme, jo)["case_id"]
    agent, admin = me(acme.agent), me(acme.admin)
    assert me(acme.other_agent)["user"] not in {one["user"] for one in acme.agent.items("/agents")}
    assert {agent["user"], admin["user"]} <= {one["user"] for one in acme.agent.items("/agents")}
    assert acme.agent.change(case_id, assignee="me")["assignee"] == agent
    assert acme.agent.change(case_id, assignee=admin["user"])["assignee"] == admin
    stranger = {"assignee": me(acme.other_agent)["user"]}
    assert wrong_fields(acme.agent.call("PATCH", f"/cases/{case_id}", stranger, {"If-Match": "*"})) == {"assignee"}
    acme.admin.put("/service-groups/other", {"name": "Other"})
    assert acme.admin.change(case_id, service_group="other")["assignee"] == admin
    assert acme.admin.change(case_id, service_group="default", assignee=agent["user"])["assignee"] == agent
    assert acme.admin.change(case_id, service_group="other")["assignee"] is None
    assert problem(acme.agent.call("GET", f"/cases/{case_id}"), 404)


def test_repeated_case(acme: SystemClient, jo: Person) -> None:
    """A client that got no answer repeats its request, and makes no second case."""
    body = {"user_id": jo.user_id, "subject": f"By phone {word()}", "issue": "A call"}
    headers = {"Idempotency-Key": key()}
    first = acme.agent.post("/cases", body, headers)
    assert acme.agent.post("/cases", body, headers) == first
    problem(acme.agent.call("POST", "/cases", {**body, "issue": "Another"}, headers), 409)
    assert [one["case_id"] for one in acme.cases_with(body["subject"])] == [first["case_id"]]
