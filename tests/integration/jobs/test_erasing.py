"""Erasing a person: nothing of them is left anywhere, and other people's cases stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.endpoint import Endpoint
from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.history import Content, Direction, Entry
from email_channels.cases.identity import email_id
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_reference
from email_channels.followup.erasing import Erasure
from email_channels.mail.message import Address

from tests.support.blank_records import blank_email
from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.aws import Aws
from tests.support.in_process.full_text import full_text
from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS, MANUAL, QUESTION, ROUTING, answer
from tests.support.in_process.inbox import KEYS, Inbox, configure, scan
from tests.support.in_process.jobs import take_messages, work, work_all
from tests.support.messages import FORM, LONG
from tests.support.originals import RECEIVED_AT
from tests.support.stored_items.kinds import kind

WORDS = ("543457", "Zoë", "Zoe", "ZOE", "Hartmann", "hartmann", "zoe.", "Lohn", "Löhne", "L=C3=B6hne", "secret")
ZOE = {"name": "Zoë Hartmann", "emails": ["zoe.hartmann@acme.example", "zoe@home.example"], "population": "UK"}
MARCUS = {"name": "Marcus Webb", "emails": ["marcus.webb@acme.example"], "population": "UK"}


@pytest.fixture
def inbox(api: Api, aws: Aws) -> Inbox:
    assert api("admin", "PUT", "/employees/543457", ZOE).status == 201
    assert api("admin", "PUT", "/employees/874112", MARCUS).status == 201
    configure(FORMS, routing=ROUTING)
    mapping = {"mailbox": "payroll@acme.example", "from": "zoe@home.example", "user_id": "543457"}
    assert api("admin", "PUT", "/user-mappings/m", mapping).status == 201
    return Inbox(aws)


def a_life(inbox: Inbox) -> dict[str, str]:
    """All that the system may know of Zoe. Returns the ids of cases: of Zoe, of Marcus, and of one that is regarding
    Zoe."""
    own = inbox.receive(MANUAL.replace("Mein Lohn", f"secret {LONG} Mein Lohn"))
    form = inbox.receive(FORM, **FROM_FORMS)
    assert (own.outcome, form.outcome) == (Outcome.CASE, Outcome.CASE)
    text = FORM.replace("[874112]", "[9]").replace("[543457]", "[874112]").replace("[9]", "[543457]")
    regarding = inbox.receive(text.replace("Message-ID: <", "Message-ID: <r"), **FROM_FORMS)
    assert regarding.outcome is Outcome.CASE
    question = QUESTION.replace("Zoe Hartmann <zoe.hartmann@acme.example>", "marcus.webb@acme.example")
    other = str(inbox.receive(question, sender="marcus.webb@acme.example").case_id)
    subject = f"Re: secret {case_reference(other, KEYS)}"
    hers = answer(sender="Zoë <zoe@home.example>", subject=subject).replace("It was in May.", f"secret {LONG}")
    assert inbox.receive(hers, "ad_hoc", signer="home.example", sender="zoe@home.example").outcome is Outcome.ENTRY
    bobs = answer(subject=subject.replace("secret ", "")).replace("<answer@", "<bobs@")
    assert (
        inbox.receive(bobs, "ad_hoc", signer="elsewhere.example", sender="bob@elsewhere.example").outcome
        is Outcome.ENTRY
    )
    _send_to(inbox, other)
    lost = inbox.receive(answer(sender="zoe@home.example", subject="secret"), "ad_hoc", signer="home.example")
    assert lost.outcome is Outcome.UNPROCESSED
    return {
        "own": own.record_id,
        "form": form.record_id,
        "regarding": regarding.record_id,
        "other": other,
        "lost": lost.record_id,
    }


def _send_to(inbox: Inbox, case_id: str) -> None:
    """An agent's email to Zoe alone, from a case of somebody else."""
    made = email_id(RECEIVED_AT + timedelta(hours=3), "SENT000001")
    email = blank_email(
        email_id=made,
        direction=Direction.OUTBOUND,
        to=(Address("Zoë", "zoe@home.example"),),
        subject="Dear Zoë",
        at=RECEIVED_AT,
        message_id="0107018f-000001@eu-central-1.amazonses.com",
        content=Content("Dear Zoë", None),
    )
    entry_row(Entry(case_id, email), None, made, inbox.mail).save()


def erase(api: Api, cases: str = "erase") -> dict[str, Any]:
    answered = api("admin", "POST", "/employees/543457/erasure", {"cases": cases})
    assert answered.status == 202, answered.text
    work_all()
    job: dict[str, Any] = api("admin", "GET", f"/jobs/{answered.json['job_id']}").json
    return job


def traces(api: Api, aws: Aws) -> list[str]:
    """The words of Zoe that are still somewhere."""
    text = full_text(aws) + "".join(api("admin", "GET", path).text for path in ("/audit", "/jobs", "/purges"))
    return [word for word in WORDS if word in text]


def test_erase(api: Api, aws: Aws, inbox: Inbox) -> None:
    """A search through table, bucket and audit finds nothing. What Bob wrote in the case of Marcus stays."""
    ids = a_life(inbox)
    assert set(traces(api, aws)) >= {"543457", "Zoë", "Hartmann", "secret", "Lohn"}
    job = erase(api)
    assert (job["kind"], job["state"], job["rejected"]) == ("erasure", "done", [])
    assert job["total"] == job["done"] == sum(job["outcomes"].values()), "the total is known at the end"
    assert job["outcomes"] == {"directory": 1, "cases": 2, "unprocessed": 1, "entries": 3, "regarding": 1}
    assert traces(api, aws) == []
    for name in ("own", "form"):
        assert api("admin", "GET", f"/cases/{ids[name]}").status == 404
    regarding = api("admin", "GET", f"/cases/{ids['regarding']}").json
    assert (regarding["regarding"], regarding["issue"]) == (None, "The heating does not work.")
    left = api("admin", "GET", f"/cases/{ids['other']}/emails").items
    assert {one["from"]["address"] for one in left} == {"marcus.webb@acme.example", "bob@elsewhere.example"}
    (record,) = api("admin", "GET", "/audit?action=employee.erase").items
    assert record["actor"] == "id-of-admin"
    assert datetime.fromisoformat(record["restorable_until"]) - datetime.fromisoformat(record["at"]) == timedelta(36)
    assert api("admin", "POST", "/employees/543457/erasure", {"cases": "erase"}).status == 404


def test_anonymise(api: Api, aws: Aws, inbox: Inbox) -> None:
    """Of the cases, only number, topic, group, states and times stay."""
    ids = a_life(inbox)
    before = api("admin", "GET", f"/cases/{ids['own']}").json
    job = erase(api, "anonymise")
    assert job["state"] == "done"
    assert traces(api, aws) == []
    kept = ("case_id", "number", "topic", "service_group", "status", "created_at", "updated_at")
    after = api("admin", "GET", f"/cases/{ids['own']}").json
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert [after[name] for name in ("employee", "regarding", "mailbox", "issue", "flags")] == [
        None,
        None,
        None,
        "",
        [],
    ]
    assert api("admin", "GET", f"/cases/{ids['own']}/emails").items == []


def test_anonymise_issue(api: Api, inbox: Inbox) -> None:
    """The issue of a case that an agent made goes, also if it is so long that the bucket holds it."""
    case = {"user_id": "543457", "subject": "secret", "issue": LONG[:90_000], "topic": "Employee Relations"}
    made = api("agent", "POST", "/cases", case)
    assert made.status == 201, made.text
    assert inbox.objects("") == [f"bodies/{made.json['case_id']}"]
    erase(api, "anonymise")
    assert inbox.objects("") == []


def test_further_copies(api: Api, inbox: Inbox) -> None:
    """A further copy of an erased email is a duplicate."""
    a_life(inbox)
    erase(api)
    for text in (MANUAL.replace("Mein Lohn", f"secret {LONG} Mein Lohn"),):
        assert inbox.receive(text).outcome is Outcome.DUPLICATE


def test_held(api: Api, aws: Aws, inbox: Inbox) -> None:
    """A held email stops the job before anything is erased."""
    ids = a_life(inbox)
    store = UnprocessedStore(inbox.mail)
    assert api("admin", "POST", f"/unprocessed/{ids['lost']}/hold", {"why": "a claim"}).status == 200
    before = traces(api, aws)
    job = erase(api)
    assert (job["state"], [row["id"] for row in job["rejected"]]) == ("failed", [ids["lost"]])
    assert traces(api, aws) == before
    assert store.get(ids["lost"]) is not None
    assert api("admin", "GET", "/employees/543457").status == 200
    assert api("admin", "POST", f"/unprocessed/{ids['lost']}/release").status == 200
    assert erase(api)["state"] == "done"


def test_held_in_the_last_moment(api: Api, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hold that comes after the job has looked stops the job, which names the email."""
    ids = a_life(inbox)
    erase_unprocessed = Erasure.erase_unprocessed

    def held_first(erasure: Erasure, record_id: str) -> bool:
        assert api("admin", "POST", f"/unprocessed/{record_id}/hold", {"why": "a claim"}).status == 200
        return erase_unprocessed(erasure, record_id)

    monkeypatch.setattr(Erasure, "erase_unprocessed", held_first)
    job = erase(api)
    assert (job["state"], [row["id"] for row in job["rejected"]]) == ("failed", [ids["lost"]])
    assert UnprocessedStore(inbox.mail).get(ids["lost"]) is not None


def test_shared_address(api: Api, inbox: Inbox) -> None:
    """An email from an address of two employees may be the other's, so it stays."""
    shared = "office@acme.example"
    for user_id, employee in (("543457", ZOE), ("874112", MARCUS)):
        body = employee | {"emails": [*employee["emails"], shared]}
        assert api("admin", "PUT", f"/employees/{user_id}", body).status == 200
    lost = inbox.receive(MANUAL.replace("Zoe.Hartmann@ACME.example", shared), sender=shared)
    assert lost.reason is Reason.SENDER_MISMATCH
    assert erase(api)["state"] == "done"
    assert UnprocessedStore(inbox.mail).get(lost.record_id) is not None


def test_deleted_before(api: Api, aws: Aws, inbox: Inbox) -> None:
    """A person who was deleted from the directory is put there again, with all addresses, and then erased."""
    a_life(inbox)
    assert api("admin", "DELETE", "/user-mappings/m").status == 204
    assert api("admin", "DELETE", "/employees/543457").status == 204
    assert api("admin", "PUT", "/employees/543457", ZOE).status == 201
    assert erase(api)["state"] == "done"
    assert traces(api, aws) == []


def test_addresses_of_cases(api: Api, aws: Aws, inbox: Inbox) -> None:
    """If the directory has no row any more, the person's cases say which addresses were theirs."""
    ids = a_life(inbox)
    home = MANUAL.replace("Zoe.Hartmann@ACME.example", "zoe@home.example").replace("<1@", "<home@")
    assert inbox.receive(home, sender="zoe@home.example").outcome is Outcome.CASE
    assert api("admin", "DELETE", "/user-mappings/m").status == 204
    assert api("admin", "DELETE", "/employees/543457").status == 204

    found = api("admin", "GET", "/cases?employee=543457").items
    assert {case["employee"]["user_id"] for case in found} == {"543457"}
    assert {ids["own"], ids["form"]} < {case["case_id"] for case in found}
    assert erase(api)["state"] == "done"
    assert traces(api, aws) == []


def test_former_address(api: Api, aws: Aws, inbox: Inbox) -> None:
    """An address that the directory no longer has for the person counts, too."""
    a_life(inbox)
    assert api("admin", "DELETE", "/user-mappings/m").status == 204
    assert api("admin", "PUT", "/employees/543457", ZOE | {"emails": ["zoe@home.example"]}).status == 200
    lost = inbox.receive(answer(sender="zoe.hartmann@acme.example", subject="secret"), "ad_hoc", signer="acme.example")
    assert lost.outcome is Outcome.UNPROCESSED
    assert erase(api)["state"] == "done"
    assert traces(api, aws) == []


def test_former_address_of_somebody_else(api: Api, inbox: Inbox) -> None:
    """A former address that is another employee's now is not the person's."""
    a_life(inbox)
    assert api("admin", "PUT", "/employees/543457", ZOE | {"emails": ["zoe@home.example"]}).status == 200
    assert api("admin", "PUT", "/employees/1", {"name": "Lee", "emails": ["zoe.hartmann@acme.example"]}).status == 201
    answered = answer(sender="zoe.hartmann@acme.example", subject="of Lee")
    theirs = inbox.receive(answered, "ad_hoc", signer="acme.example")
    assert theirs.outcome is Outcome.UNPROCESSED
    assert erase(api)["state"] == "done"
    assert UnprocessedStore(inbox.mail).get(theirs.record_id) is not None


def test_other_cases(api: Api, inbox: Inbox) -> None:
    """Cases of other people, in which the person is not named, cost no calls of their own."""
    # The first erasure also deletes the user mapping.
    _, few, many = (_calls_of_erasure(api, inbox, range(*numbers)) for numbers in ((0, 1), (1, 2), (2, 20)))
    assert few == many


def _calls_of_erasure(api: Api, inbox: Inbox, numbers: range) -> list[str]:
    """The calls to AWS that an erasure makes after so many cases of Marcus."""
    for n in numbers:
        text = MANUAL.replace("Zoe.Hartmann@ACME.example", "marcus.webb@acme.example").replace("<1@", f"<{n}@")
        assert inbox.receive(text, sender="marcus.webb@acme.example").outcome is Outcome.CASE
    api("admin", "PUT", "/employees/543457", ZOE)
    api("admin", "POST", "/employees/543457/erasure", {"cases": "erase"})
    with counted_calls() as calls:
        work_all()
    return calls


def test_refused(api: Api, inbox: Inbox) -> None:
    """Wrong requests start no job."""
    assert inbox.objects("") == []
    unknown = api("admin", "POST", "/employees/nobody/erasure", {"cases": "erase"})
    assert (unknown.status, "Put them into the directory again" in unknown.json["detail"]) == (404, True)
    assert api("admin", "POST", "/employees/543457/erasure", {"cases": "all"}).wrong_fields == ["cases"]
    assert api("admin", "POST", "/employees/543457/erasure", {}).wrong_fields == ["cases"]
    assert api("admin", "GET", "/jobs").items == []


class Killed(BaseException):
    """The process ends."""


def test_killed(api: Api, aws: Aws, inbox: Inbox) -> None:
    """However often the worker is killed, the job ends, and nothing is left after the next daily run."""
    a_life(inbox)
    job_id = api("admin", "POST", "/employees/543457/erasure", {"cases": "erase"}).json["job_id"]
    (body,) = take_messages()
    make_request = Endpoint.make_request
    for calls in range(5, 400, 35):
        left = iter(range(calls))

        def dying(self: Endpoint, operation: Any, request: Any) -> Any:
            if next(left, None) is None:  # noqa: B023 - used at once
                raise Killed
            return make_request(self, operation, request)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Endpoint, "make_request", dying)
            try:
                work(body)
            except Killed:
                continue
            break
    assert api("admin", "GET", f"/jobs/{job_id}").json["state"] == "done"
    # Where the worker was killed behind a tombstone, the daily run deletes the rest.
    Erasure(inbox.mail, lambda: datetime.now(UTC) + timedelta(days=1)).finish_all(lambda: True)
    assert traces(api, aws) == []


def test_long_case(api: Api, aws: Aws, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job does what does not fit into a request. Nobody sees the case. Then all is gone."""
    ids = a_life(inbox)
    kept = inbox.objects("attachments/")
    monkeypatch.setattr("functions.agent_api.work.cases.ERASING_SECONDS", 0)
    answered = api("admin", "DELETE", f"/cases/{ids['other']}", headers={"if-match": "*"})
    assert (answered.status, answered.json["kind"], answered.json["state"]) == (202, "erasure", "waiting")
    assert answered.headers["location"] == f"/jobs/{answered.json['job_id']}"
    assert api("admin", "GET", f"/cases/{ids['other']}").status == 404
    assert api("admin", "DELETE", f"/cases/{ids['other']}", headers={"if-match": "*"}).status == 404
    (record,) = api("admin", "GET", f"/audit?target={ids['other']}").json["items"]
    assert record["action"] == "case.erase"
    assert [row for row in scan() if row["pk"]["S"] == f"CASE#{ids['other']}" and kind(row) == "entry"]

    # Each step erases one page of items. The first step ends when its time is over.
    (body,) = take_messages()
    assert not work(body, 95_000)
    work_all()
    job = api("admin", "GET", f"/jobs/{answered.json['job_id']}").json
    assert (job["state"], job["outcomes"], job["rejected"]) == ("done", {"cases": 1}, [])
    left = [kind(row) for row in scan() if row["pk"]["S"] == f"CASE#{ids['other']}"]
    assert left == ["tombstone"]
    assert inbox.objects("attachments/") == kept
    assert ids["other"] not in "".join(inbox.objects(""))


def test_time_is_up_in_a_case(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on where it stopped, and says whether it came to the end."""
    other = a_life(inbox)["other"]
    monkeypatch.setattr("email_channels.aws.stores.erasure.record_erasure.READ_BATCH", 2)
    erasure = Erasure(inbox.mail, lambda: RECEIVED_AT)
    assert erasure.bury_case(other)
    counts = []
    for pages in range(1, 20):
        done = erasure.finish(other, partial(next, iter([True] * pages), False))
        counts.append(len([row for row in scan() if row["pk"]["S"] == f"CASE#{other}"]))
        if done:
            break
    assert done
    assert counts[-1] == 1
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) >= 2
