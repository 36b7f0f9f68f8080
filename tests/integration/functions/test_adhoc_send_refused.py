"""POST /cases/{case_id}/emails: errors of SES, and requests that we refuse."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from email_channels.aws import clients
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, ParticipantsRow
from email_channels.aws.rows.configuration_rows import mailbox_row, receiving_row, routing_row
from email_channels.aws.rows.table import Row
from email_channels.aws.stores.history_counts import set_counts
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.requests import request_keys
from email_channels.cases import case as cases
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.routing import Routing, ServiceGroup
from email_channels.cases.uploads import UploadPurpose
from email_channels.outbound import sending
from email_channels.outbound.stuck_sends import CONFIRMATION_TIMEOUT, NO_CONFIRMATION, close_stuck_sends
from email_channels.settings import IdentifySender
from email_channels.times import from_text

from tests.support.in_process.ad_hoc_channel import AGENT, EMAIL, AdHocChannel, about, open_ad_hoc_channel, tell
from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.stored_emails import record_case
from tests.support.lambda_context import REQUEST_ID
from tests.support.ses_event_documents import delivered_to


def wrong_fields(answer: Any) -> list[str]:
    assert answer.status == 422, answer
    assert answer.body["type"] == "/problems/invalid"
    return [row["field"] for row in answer.body["errors"]]


def test_merged_meanwhile(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that has just been merged sends nothing."""
    other = record_case(ad_hoc.mail, 2)
    row = CaseRow.get(*keys.record(ad_hoc.case.case_id))
    meanwhile(monkeypatch, "TransactWriteItems", lambda: row.update(actions=[CaseRow.merged_into.set(other.case_id)]))
    assert ad_hoc.post(EMAIL).body["type"] == "/problems/case_merged"
    assert ad_hoc.sent() == []


def test_counted_meanwhile(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that comes at the same time is counted, too."""
    row = CaseRow.get(*keys.record(ad_hoc.case.case_id))
    meanwhile(monkeypatch, "TransactWriteItems", lambda: row.update(actions=set_counts(1, 10, "0")))
    assert ad_hoc.post(EMAIL).status == 202
    assert CaseRow.get(*keys.record(ad_hoc.case.case_id)).entries == 2


def test_full_case(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full case takes no emails, and nothing of a refused one stays."""
    monkeypatch.setattr(cases, "MAX_CASE_EMAILS", 2)
    assert [ad_hoc.post(EMAIL, key=key).status for key in ("one", "two")] == [202, 409]
    assert len(ad_hoc.sent()) == 1
    assert ad_hoc.post(EMAIL, key="one").status == 202, "the first one's answer"


# ---------------------------------------------------------------------------------------------- errors of SES


def refuse(monkeypatch: pytest.MonkeyPatch, fault: Exception | None = None, **error: Any) -> None:
    """Makes SES fail with this error from now on."""
    client = clients.ses()

    def send_email(**_: object) -> None:
        if fault is not None:
            raise fault
        raise client.exceptions.ClientError(
            {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}},  # type: ignore[typeddict-item]  # the rest is not read
            "SendEmail",
        )

    monkeypatch.setattr(client, "send_email", send_email)


def test_refusal(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that SES refuses is shown as failed."""
    refuse(monkeypatch, Code="MessageRejected", Message="Email address is not verified.")
    answer = ad_hoc.post(EMAIL)
    assert answer.status == 202
    [recipient] = answer.body["recipients"]
    assert (recipient["state"], recipient["detail"]) == (
        "failed",
        "Amazon SES refused the email: Email address is not verified.",
    )
    assert ad_hoc.states() == [["failed"]]
    assert list(OutboundStore().unconfirmed(ad_hoc.history()[0].at + timedelta(days=1))) == []


def test_unknown_outcome(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that SES may have taken stays queued, and is closed in time."""
    refuse(monkeypatch, ReadTimeoutError(endpoint_url="https://email.example"))
    answer = ad_hoc.post(EMAIL)
    assert answer.status == 202
    assert [row["state"] for row in answer.body["recipients"]] == ["queued"]
    [email] = ad_hoc.history()
    store = OutboundStore()
    assert close_stuck_sends(store, email.at + CONFIRMATION_TIMEOUT) == 0
    assert ad_hoc.states() == [["queued"]]
    assert close_stuck_sends(store, email.at + CONFIRMATION_TIMEOUT + timedelta(seconds=1)) == 1
    [row] = ad_hoc.history()[0].recipients
    assert (row.state.value, row.detail) == ("failed", NO_CONFIRMATION)
    assert close_stuck_sends(store, email.at + timedelta(days=1)) == 0
    # SES had sent it.
    tags = {"record": ad_hoc.case.case_id, "email": email.email_id}
    tell(about(delivered_to("jo@elsewhere.example"), "0107-late", tags))
    assert ad_hoc.states() == [["delivered"]]
    assert store.sent_as("0107-late") == (ad_hoc.case.case_id, email.email_id)


def test_early_event(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event may arrive before our own note that SES took the email."""
    client = clients.ses()
    send_email = client.send_email

    def quick(**parameters: Any) -> Any:
        answer = send_email(**parameters)
        tags = {tag["Name"]: tag["Value"] for tag in parameters["EmailTags"]}
        tell(about(delivered_to("jo@elsewhere.example"), answer["MessageId"], tags))
        return answer

    monkeypatch.setattr(client, "send_email", quick)
    answer = ad_hoc.post(EMAIL)
    assert [row["state"] for row in answer.body["recipients"]] == ["delivered"]
    assert ad_hoc.states() == [["delivered"]]


def test_table_fails_after_send(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The email is sent. An error answer would make the agent send it again."""

    def fail(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(OutboundStore, "change", fail)
    answer = ad_hoc.post(EMAIL)
    assert answer.status == 202
    assert [row["state"] for row in answer.body["recipients"]] == ["queued"]
    monkeypatch.undo()


# ------------------------------------------------------------------------------------------ refused requests


def test_own_addresses(ad_hoc: AdHocChannel) -> None:
    """Our own addresses are refused."""
    leave = Mailbox("leave@acme.example", "leave@in.example", identify_sender=IdentifySender.FROM_ADDRESS)
    mailbox_row(leave).save()
    receiving_row(mailbox_row(leave)).save()
    answer = ad_hoc.post(
        EMAIL
        | {
            "to": ["jo@elsewhere.example", "Payroll@ACME.example", "payroll+x@acme.example"],
            "cc": ["answers@in.example", "leave@acme.example", "leave@in.example", "service@acme.example"],
            "bcc": ["anybody@answers.example", "cases@acme.example", "answers+7k3f92qdx0-h4q9w2@acme.example"],
        }
    )
    assert wrong_fields(answer) == [
        *(f"bcc.{n}" for n in range(3)),
        *(f"cc.{n}" for n in range(4)),
        *("to.1", "to.2"),
    ]
    assert (ad_hoc.sent(), ad_hoc.history()) == ([], [])


def test_wrong_fields(ad_hoc: AdHocChannel) -> None:
    """Every wrong field is named in one answer."""
    answer = ad_hoc.post(
        {
            "to": ["payroll@acme.example", "nonsense"],
            "subject": "a\nb",
            "text": " ",
            "attachments": ["UPNONE"],
            "in_reply_to": "06H0KDP46ABCDEFGHJK",
            "template": "welcome",
            "attachements": [],
        }
    )
    assert wrong_fields(answer) == [
        *("attachements", "attachments.0", "in_reply_to", "subject", "template", "to.0", "to.1"),
    ]
    assert (ad_hoc.sent(), ad_hoc.history()) == ([], [])


def test_key_is_required(ad_hoc: AdHocChannel) -> None:
    for key in (None, "", "  ", "x" * 256, "a\x00b"):
        assert wrong_fields(ad_hoc.post(EMAIL, key)) == ["Idempotency-Key"]
    assert ad_hoc.sent() == []


def test_malformed_json(ad_hoc: AdHocChannel) -> None:
    for body in (b"", b"{", b"\xff", b'{"to": NaN}', b"[" * 100_000):
        answer = ad_hoc.post(body)
        assert (answer.status, answer.body["type"]) == (400, "/problems/bad_request")


def test_not_an_object(ad_hoc: AdHocChannel) -> None:
    bodies: tuple[object, ...] = ([], "text", 7, None)
    for body in bodies:
        assert wrong_fields(ad_hoc.post(body)) == ["body"]


def test_changed_attachment(ad_hoc: AdHocChannel) -> None:
    """An attachment must be as it was announced."""
    right = ad_hoc.upload("a.pdf", b"12345")
    other_size = ad_hoc.upload("b.pdf", b"12345", size=6)
    other_agent = ad_hoc.upload("c.pdf", b"12345", uploaded_by="u2")
    program = ad_hoc.upload("setup.EXE. ", b"MZ")
    over = ad_hoc.upload("d.pdf", b"x", expires_at=from_text("2020-01-01T00:00:00Z"))
    missing = ad_hoc.upload("e.pdf", b"1")
    to_try = ad_hoc.upload("f.eml", b"1", purpose=UploadPurpose.TRY)
    clients.s3().delete_object(Bucket="email-channels-test", Key=f"uploads/{missing}")
    answer = ad_hoc.post(
        EMAIL | {"attachments": [right, right, other_size, other_agent, program, over, missing, to_try]}
    )
    assert wrong_fields(answer) == [f"attachments.{n}" for n in range(2, 8)]
    assert [row["message"] for row in answer.body["errors"]] == [
        "has 5 bytes, but 6 bytes were announced",
        "is not an upload that exists; uploads are kept for one day",
        "has a type that Amazon SES does not send: .exe",
        "is not an upload that exists; uploads are kept for one day",
        "was announced but not uploaded, or its upload has expired",
        "is not an upload that exists; uploads are kept for one day",
    ]


def test_pictures(ad_hoc: AdHocChannel) -> None:
    """An email whose pictures would be lost is not sent."""
    answer = ad_hoc.post(EMAIL | {"html": '<p>Dear Jo</p><img src="data:image/png;base64,iVBORw0KGgo=">'})
    assert wrong_fields(answer) == ["html"]
    assert ad_hoc.sent() == []


def test_total_size(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attachments together have a limit."""
    monkeypatch.setattr(type(ad_hoc.mail), "size", lambda _self, _key: 15_000_000)
    uploads = [ad_hoc.upload(f"{n}.bin", b"x", size=15_000_000) for n in range(2)]
    answer = ad_hoc.post(EMAIL | {"attachments": uploads})
    assert wrong_fields(answer) == ["attachments"]
    monkeypatch.undo()


def test_roles(ad_hoc: AdHocChannel) -> None:
    routing_row(Routing(service_groups={"open": ServiceGroup("open", "Open", None, secured=False)})).save()
    other = record_case(ad_hoc.mail, 2, service_group="other")
    everybody = record_case(ad_hoc.mail, 3, service_group="open")

    def status(groups: list[str], case_id: str) -> int:
        return ad_hoc.post(EMAIL, claims=AGENT | {"cognito:groups": groups}, case_id=case_id).status

    mine = ad_hoc.case.case_id
    spelled = f"{mine[:4]}-{mine[4:8]}-{mine[8:]}".lower()
    assert [status(["agent", "group.default"], case_id) for case_id in (spelled, other.case_id, everybody.case_id)] == [
        202,
        404,
        202,
    ]
    assert [status(groups, mine) for groups in (["agent"], ["admin"], ["HR admin"], [])] == [404, 202, 403, 403]
    assert [status(["admin"], case_id) for case_id in ("0000000000", "nonsense", "")] == [404, 404, 404]


def test_hidden_case(ad_hoc: AdHocChannel) -> None:
    """The answer does not tell whether a hidden case exists."""
    other = record_case(ad_hoc.mail, 2, service_group="other")
    assert ad_hoc.post({"to": []}, None, case_id=other.case_id).status == 404


def test_channel_off(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    off = {"AD_HOC_ENABLED": "false", "AD_HOC_RECIPIENTS": "", "AD_HOC_FROM_ADDRESS": "", "AD_HOC_REPLY_TO": ""}
    with open_ad_hoc_channel(aws, monkeypatch, **off, AD_HOC_FROM_NAME="") as ad_hoc:
        answer = ad_hoc.post(EMAIL)
        assert (answer.status, answer.body["type"]) == (409, "/problems/channel_disabled")
        assert ad_hoc.post(EMAIL, claims=AGENT | {"cognito:groups": []}).status == 403


def test_internal_error(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal error does not tell its text."""

    def fail(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(OutboundStore, "create", fail)
    answer = ad_hoc.post(EMAIL)
    assert (answer.status, answer.body["request_id"]) == (500, REQUEST_ID)
    assert "secret words" not in json.dumps(answer.body)


def test_logs(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Logs hold no personal data."""
    refuse(monkeypatch, Code="MessageRejected", Message="jo@elsewhere.example is not verified.")
    ad_hoc.post(EMAIL)
    ad_hoc.post(EMAIL | {"to": ["x"]}, "key-2")
    refuse(monkeypatch, Code="InternalFailure", Message="jo@elsewhere.example")
    ad_hoc.post(EMAIL, "key-3")
    out = capsys.readouterr()
    assert not re.search("jo@|Doe|leave|ten days", out.out + out.err, re.IGNORECASE)


def test_participants_of_a_refused_email(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that is refused by the transaction lets none of its recipients into the case, however many they are."""
    assert ad_hoc.post(EMAIL).status == 202
    before = items(ad_hoc)
    many = EMAIL | {"to": [f"friend{n}@elsewhere.example" for n in range(40)]}
    # The other request with this key comes between the look for its key and the transaction.
    find = request_keys.first_request
    missed: list[Any] = []

    def first_request(*given: Any) -> Any:
        if missed:
            return find(*given)
        missed.append(given)
        return None

    monkeypatch.setattr(sending, "first_request", first_request)
    answer = ad_hoc.post(many)
    assert answer.status == 409
    assert items(ad_hoc) == before


def items(ad_hoc: AdHocChannel) -> list[tuple[str, frozenset[bytes]]]:
    """The items of the case and of its participants, with these."""
    rows = Row.query(keys.record(ad_hoc.case.case_id)[0])
    return [(row.sk, frozenset(row.participants or ())) for row in rows if isinstance(row, CaseRow | ParticipantsRow)]
