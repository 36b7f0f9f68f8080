"""`POST /try`: how the email is given, what is assumed, and every wrong request."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket, upload_key
from email_channels.aws.rows.table import Row

from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import SENT, SES_BLOCK, record_case, record_unprocessed

RAW = (SENT % 1).replace(b"elsewhere.example", b"acme.example")
RFC822 = {"Content-Type": "message/rfc822"}
JO = {"user_id": "1", "name": "Jo", "emails": ["jo@acme.example"], "population": None, "blocked": False}


def post(api: Api, raw: bytes, query: str = "", **headers: str) -> Answer:
    """Sends bytes as API Gateway passes them."""
    encoded = base64.b64encode(raw).decode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()} or RFC822
    return api("admin", "POST", f"/try{query}", raw=encoded, base64=True, headers=sent)


def uploaded(api: Api, mail: MailBucket, raw: bytes, user: str = "admin", purpose: str = "try") -> str:
    wanted = {"filename": "a.eml", "content_type": "message/rfc822", "size": max(1, len(raw)), "purpose": purpose}
    upload_id = str(api(user, "POST", "/attachments", wanted).json["upload_id"])
    mail.write(upload_key(upload_id), raw)
    return upload_id


def outcome(answer: Answer) -> tuple[str, str | None]:
    assert answer.status == 200, answer.text
    return answer.json["outcome"], answer.json["reason"]


def test_body(api: Api) -> None:
    """An email as the body, with and without the query; curl's own type is taken, too."""
    assert outcome(post(api, RAW)) == ("unprocessed", "sender_not_found")
    api("admin", "PUT", "/employees/1", JO)
    for query in ("", "?mailbox=payroll@acme.example", "?channel=case_creation", "?mailbox=&channel="):
        answer = post(api, RAW, query)
        assert outcome(answer) == ("case", None)
        assert answer.json["case"]["employee"]["user_id"] == "1"
        assert answer.json["envelope"]["arrived_as"] == "payroll@in.example"
    assert outcome(post(api, RAW, "?channel=ad_hoc")) == ("unprocessed", "case_reference_missing")
    for kind in ("application/x-www-form-urlencoded", "application/octet-stream", "Message/RFC822; charset=x"):
        assert outcome(post(api, RAW, Content_Type=kind)) == ("case", None)


def test_latin_1(api: Api) -> None:
    """The bytes of an email reach the parsers as they are."""
    api("admin", "PUT", "/employees/1", JO)
    head = b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n"
    answer = post(api, RAW.partition(b"\r\n\r\n")[0] + b"\r\n" + head + b"Gr\xfc\xdfe")
    assert answer.json["case"]["issue"] == "Grüße"


def test_wrong_bodies(api: Api) -> None:
    """What is no email is refused, and the answer says what to send."""
    assert (post(api, b"").status, post(api, b" \r\n ").status) == (400, 400)
    for raw in (b"hello world", b"\x89PNG\r\n\x1a\n" + bytes(100), b"%PDF-1.7\n", b"\n\n\nHello"):
        assert post(api, raw).wrong_fields == ["body"]
    for kind in ("text/plain", "text/html", "multipart/form-data; boundary=x", "image/png", "nonsense"):
        refused = post(api, RAW, Content_Type=kind)
        assert (refused.status, refused.problem) == (415, "unsupported_media_type")
    assert api("admin", "POST", "/try", raw=RAW.decode()).status == 415, "without a type, it is passed as text"
    big = post(api, RAW + b"x" * 4_500_000)
    assert (big.status, big.problem) == (413, "content_too_large")
    assert "upload_id" in big.json["detail"]
    assert post(api, RAW, "?mailbox=nobody").wrong_fields == ["mailbox"]
    assert post(api, RAW, "?mailbox=nobody@acme.example").wrong_fields == ["mailbox"]
    assert post(api, RAW, "?channel=post").wrong_fields == ["channel"]
    assert post(api, RAW, "?mailbox=payroll@acme.example&channel=ad_hoc").wrong_fields == ["mailbox"]
    assert post(api, RAW, "?mailboxes=payroll@acme.example").status == 422


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["upload_id"]),
        ({"assume": {}}, ["upload_id"]),
        ({"upload_id": None, "unprocessed_id": None}, ["upload_id"]),
        ({"upload_id": "NONE"}, ["upload_id"]),
        ({"upload_id": 5}, ["upload_id"]),
        ({"unprocessed_id": "ZZZZZZZZZ0"}, ["unprocessed_id"]),
        ({"unprocessed_id": "?"}, ["unprocessed_id"]),
        ({"upload_id": "A", "unprocessed_id": "B"}, ["unprocessed_id", "upload_id"]),
        ({"email": {"case_id": "ZZZZZZZZZ0"}}, ["email.email_id"]),
        ({"email": {"case_id": "ZZZZZZZZZ0", "email_id": "0" * 19}}, ["email"]),
        ({"email": {"case_id": "x", "email_id": "ÄÖ"}}, ["email"]),
        ({"email": "x"}, ["email"]),
        ({"upload_id": "A", "colour": "red"}, ["colour", "upload_id"]),
    ],
)
def test_wrong_json(api: Api, body: Any, wrong: list[str]) -> None:
    assert api("admin", "POST", "/try", body, headers={"Content-Type": "application/json"}).wrong_fields == wrong


def test_malformed_json(api: Api) -> None:
    for raw in ("{", "[]", "{}}", '{"upload_id": NaN}', "5"):
        assert api("admin", "POST", "/try", raw=raw, headers={"Content-Type": "application/json"}).status in {400, 422}


@pytest.mark.parametrize(
    ("assume", "wrong"),
    [
        ("x", ["assume"]),
        ({"colour": "red"}, ["assume.colour"]),
        ({"mailbox": {}}, ["assume.mailbox.address"]),
        ({"mailbox": {"address": "new@acme.example"}}, ["assume.mailbox.receiving_address"]),
        ({"mailbox": {"address": "payroll@acme.example", "variable_topic": True}}, ["assume.mailbox.trusted_senders"]),
        ({"mailbox": {"address": "payroll@acme.example", "default_topic": ""}}, ["assume.mailbox.default_topic"]),
        ({"user_mapping": {"id": "a"}}, ["assume.user_mapping.mailbox", "assume.user_mapping.user_id"]),
        ({"user_mapping": {"mailbox": "no@acme.example", "user_id": "1"}}, ["assume.user_mapping.mailbox"]),
        ({"employee": {"name": "Jo"}}, ["assume.employee.user_id"]),
        ({"employee": {"user_id": "1", "emails": ["nobody"]}}, ["assume.employee.emails.0"]),
        ({"employee": {"user_id": "a\nb"}}, ["assume.employee.user_id"]),
        ({"verdicts": {"dkim": "pass"}}, ["assume.verdicts.dkim"]),
        ({"verdicts": {"bimi": "PASS"}}, ["assume.verdicts.bimi"]),
    ],
)
def test_wrong_assumptions(api: Api, mail: MailBucket, assume: Any, wrong: list[str]) -> None:
    body = {"upload_id": uploaded(api, mail, RAW), "assume": assume}
    assert api("admin", "POST", "/try", body, headers={"Content-Type": "application/json"}).wrong_fields == wrong


def test_assumptions(api: Api, mail: MailBucket) -> None:
    """Assumptions lie over what is stored: what is not given stays. Nulls are as good as nothing."""
    api("admin", "PUT", "/employees/1", JO)
    api("admin", "PUT", "/topics/People", {"service_group": None})
    named = {"upload_id": uploaded(api, mail, RAW)}

    def tried(**assume: Any) -> Any:
        answer = api("admin", "POST", "/try", named | {"assume": assume})
        assert answer.status == 200, answer.text
        return answer.json

    assert tried()["outcome"] == "case"
    nothing = tried(mailbox=None, user_mapping=None, employee=None, verdicts=None)
    assert {**nothing, "case": None} == {**tried(), "case": None}
    changed = tried(mailbox={"address": "Payroll@acme.example", "default_topic": "People", "contact": None})
    assert (changed["case"]["topic"], changed["envelope"]["arrived_as"]) == ("People", "payroll@in.example")
    assert tried(employee={"user_id": "1", "blocked": True})["reason"] == "sender_blocked"
    assert tried(employee={"user_id": "2", "emails": ["jo@acme.example"]})["reason"] == "sender_mismatch"
    mapping = {"mailbox": "payroll@acme.example", "user_id": "2"}
    both = tried(user_mapping=mapping, employee={"user_id": "2", "name": "Ann"})
    assert both["case"]["employee"] == {"user_id": "2", "name": "Ann", "email": None}
    (row,) = (row for row in both["trace"] if row["rule"] == "employee")
    assert row["evidence"]["assumed"] == ["employee", "user_mapping"]
    assert tried(verdicts={"virus": "FAIL"})["reason"] == "virus"
    assert api("admin", "GET", "/employees/2").status == 404
    assert api("admin", "GET", "/user-mappings").items == []


def test_uploads(api: Api, mail: MailBucket) -> None:
    """Only an upload of one's own, for this purpose, that is an email. It stays as it is."""
    mine = uploaded(api, mail, SES_BLOCK + RAW)
    for _ in range(2):
        answer = api("admin", "POST", "/try", {"upload_id": mine, "channel": None})
        assert outcome(answer) == ("unprocessed", "sender_not_found")
    assert "assumed" not in answer.text, "SES has given these verdicts"
    others = [
        uploaded(api, mail, RAW, user="only-admin"),
        uploaded(api, mail, RAW, purpose="email"),
        uploaded(api, mail, RAW, purpose="import"),
        uploaded(api, mail, b"no email"),
        uploaded(api, mail, b""),
    ]
    missing = uploaded(api, mail, RAW)
    clients.s3().delete_object(Bucket="email-channels-test", Key=upload_key(missing))
    for upload_id in (*others, missing):
        assert api("admin", "POST", "/try", {"upload_id": upload_id}).wrong_fields == ["upload_id"]


def test_stored_emails(api: Api, mail: MailBucket) -> None:
    """An unprocessed email and an entry of a case; an original that is gone is a conflict."""
    item = record_unprocessed(mail, 1)
    case = record_case(mail, 2)
    assert case.email
    assert item.email.raw_key
    email = {"case_id": case.case_id.lower(), "email_id": case.email.email_id}
    for body in ({"unprocessed_id": item.id}, {"email": email}):
        answer = api("admin", "POST", "/try", body)
        assert outcome(answer) == ("unprocessed", "sender_not_found")
    for key in (item.email.raw_key, case.email.raw_key or ""):
        clients.s3().delete_object(Bucket="email-channels-test", Key=key)
    for body in ({"unprocessed_id": item.id}, {"email": email}):
        assert api("admin", "POST", "/try", body).status == 409


def test_only_reads(api: Api, mail: MailBucket, aws: Aws) -> None:
    """The whole table and bucket are as they were, byte for byte."""
    api("admin", "PUT", "/employees/1", JO)
    upload_id = uploaded(api, mail, RAW)

    def everything() -> str:
        items = clients.s3().list_objects_v2(Bucket=aws.bucket_name)["Contents"]
        table = sorted(json.dumps(row.serialize(), sort_keys=True, default=str) for row in Row.scan())
        return json.dumps([table, items], default=str)

    before = everything()
    assert outcome(post(api, RAW)) == ("case", None)
    assert outcome(api("admin", "POST", "/try", {"upload_id": upload_id})) == ("case", None)
    assert everything() == before
