"""A person is erased. A search through table, bucket and audit finds nothing of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from email_channels.aws.rows.compression import unpack_content, unpack_email

from tests.support.system.casework import open_case
from tests.support.system.http_api import problem
from tests.support.system.mail import email, unique, word
from tests.support.system.system_client import ANSWERS, BENEFITS, FORMS, Person, SystemClient


def stored(system: SystemClient) -> Iterator[str]:
    """All that the table and the bucket hold, contents unpacked."""
    for page in system.client("dynamodb").get_paginator("scan").paginate(TableName=system.aws["table"]):
        for item in page["Items"]:
            yield str(item)
            if (packed := item.get("email", {}).get("B")) is not None:
                yield str(unpack_email(packed))
    s3 = system.client("s3")
    for key in sorted(system.keys()):
        content = s3.get_object(Bucket=system.aws["bucket"], Key=key)["Body"].read()
        yield str(unpack_content(content)) if key.startswith("bodies/") else content.decode("utf-8", "replace")


def traces(system: SystemClient, *words: str) -> set[str]:
    lists = (str(system.admin.get(path, limit=200)) for path in ("/audit", "/jobs", "/purges"))
    text = "\n".join([*stored(system), *lists])
    return {one for one in words if one in text}


def a_life(system: SystemClient, person: Person, secret: str) -> list[str]:
    """Zoe has a case with a history and a form's case, wrote to somebody else's case, and has an unprocessed email.

    Returns the ids of their cases."""
    subject = unique("Salary")
    system.send(email(person.mailbox, subject, f"It is wrong. {secret}\n" * 800))
    form = unique("Moved")
    text = f"[{person.user_id}]\n[Payroll]\n[Yes]\n\n{secret}\n"
    system.send(email(FORMS, form, text, To="benefits@acme.example"), BENEFITS)
    own = system.case_with(subject)["case_id"]
    letter = {"to": [person.mailbox], "subject": subject, "text": f"Dear {person.name}"}
    system.admin.write(own, letter, word())
    system.settle()
    return [own, system.case_with(form)["case_id"]]


@pytest.mark.parametrize("cases", ["erase", "anonymise"])
def test_person(acme: SystemClient, cases: str) -> None:
    person, secret = acme.employ("Zoë"), word()
    ids = a_life(acme, person, secret)
    other = open_case(acme, acme.employ())["case_id"]
    subject = f"Re: {secret}"
    with acme.sending() as sent:
        acme.admin.write(other, {"to": [person.mailbox], "subject": "About you", "text": "Hello."}, word())
    answered = str(sent[0].message["Message-ID"])
    acme.send(email(person.mailbox, subject, f"{secret}\n", To="answers@acme.example", In_Reply_To=answered), ANSWERS)
    assert acme.history(other)[0]["subject"] == subject
    spam = email(person.mailbox, secret, X_Local_Verdicts="spam=FAIL")
    acme.send(spam)
    held = acme.unprocessed_with(secret)["id"]
    names = (person.user_id, person.address, person.name, person.name.split()[1], secret)
    assert traces(acme, *names) == set(names)

    path = f"/employees/{person.user_id}/erasure"
    acme.admin.post(f"/unprocessed/{held}/hold", {"why": "a claim"})
    assert finished(acme, path, cases)["rejected"][0]["id"] == held
    assert acme.admin.get(f"/employees/{person.user_id}")["name"] == person.name, "nothing was erased"
    acme.admin.post(f"/unprocessed/{held}/release")

    job = finished(acme, path, cases)
    assert (job["state"], job["rejected"]) == ("done", [])
    assert traces(acme, *names) == set()
    for case_id in ids:
        if cases == "erase":
            problem(acme.admin.call("GET", f"/cases/{case_id}"), 404)
        else:
            case = acme.admin.get(f"/cases/{case_id}")
            assert (case["employee"], case["issue"], acme.history(case_id)) == (None, "", [])
    assert len(acme.history(other)) == 1, "the case of somebody else has its own email only"
    assert any(one["action"] == "employee.erase" for one in acme.admin.get("/audit")["items"])
    acme.send(spam)
    assert acme.all_unprocessed_with(secret) == [], "a further copy is a duplicate"


def finished(system: SystemClient, path: str, cases: str) -> dict[str, Any]:
    started = system.admin.post(path, {"cases": cases})
    system.settle()
    job: dict[str, Any] = system.admin.get(f"/jobs/{started['job_id']}")
    assert job["state"] in {"done", "failed"}
    return job


def test_case(acme: SystemClient) -> None:
    """An admin erases one case. Agents may not."""
    person, secret = acme.employ(), unique("Secret")
    acme.send(email(person.mailbox, secret, "Hello.\n"))
    case = acme.case_with(secret)
    path = f"/cases/{case['case_id']}"
    problem(acme.agent.call("DELETE", path, None, {"If-Match": "*"}), 403)
    problem(acme.admin.call("DELETE", path), 428)
    problem(acme.admin.call("DELETE", path, None, {"If-Match": '"99"'}), 412)
    assert acme.admin.call("DELETE", path, None, {"If-Match": "*"}).status_code == 204
    problem(acme.admin.call("GET", path), 404)
    letter = {"to": [person.mailbox], "subject": "Too late", "text": "Hello."}
    problem(acme.admin.call("POST", f"{path}/emails", letter, {"Idempotency-Key": word()}), 404)
    acme.settle()
    assert traces(acme, secret) == set()
    (record,) = acme.admin.get("/audit", target=case["case_id"])["items"]
    assert (record["action"], record["fields"]) == ("case.erase", [])
