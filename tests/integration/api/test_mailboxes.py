"""Mailboxes are read as they were written, checked for conflicts, and copied for intake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import ReceivingRow, mailbox_of
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.probes.mark import ProbeMark
from email_channels.cases.probes.probe import Probe

from tests.support.in_process.api_client import Api, put
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import RECEIVED

FIRST_MAILBOX = {
    "address": "payroll@acme.example",
    "mailbox_id": mailbox_id("payroll@acme.example"),
    "receiving_address": "payroll@in.example",
    "receiving": True,
    "default_topic": "General",
    "default_subject": "(no subject)",
    "identify_sender": "from_address",
    "variable_topic": False,
    "variable_show": False,
    "default_show": False,
    "trusted_senders": [],
    "trust_without_authentication": False,
    "acknowledge_sender": False,
    "language": None,
    "contact": None,
    "probe": None,
}
FORMS = {
    "receiving_address": "benefits@forms.example",
    "receiving": True,
    "default_topic": "Benefits",
    "default_subject": "Benefits form",
    "identify_sender": "user_id_in_body",
    "variable_topic": True,
    "variable_show": True,
    "default_show": True,
    "trusted_senders": ["forms.acme.example", "robot@acme.example"],
    "trust_without_authentication": True,
    "acknowledge_sender": True,
    "language": "de",
    "contact": "HR Service, +49 30 5550, hr@acme.example",
    "probe": None,
}


def receiving(address: str) -> str | None:
    row = read_rows([keys.receiving(address)]).get(keys.receiving(address))
    return mailbox_of(row).address if isinstance(row, ReceivingRow) else None


def test_first_mailbox(api: Api) -> None:
    """The first mailbox comes from the parameters."""
    assert api("admin", "GET", "/mailboxes").json == {"items": [FIRST_MAILBOX], "next_cursor": None}
    assert api("admin", "GET", "/mailboxes/PAYROLL@acme.example").json == FIRST_MAILBOX
    refused = api("admin", "DELETE", "/mailboxes/payroll@acme.example")
    assert (refused.status, refused.problem, "MailboxAddress" in refused.json["detail"]) == (409, "conflict", True)

    put(api, "/topics/Payroll", {"service_group": None})
    replaced = put(api, "/mailboxes/payroll@acme.example", FIRST_MAILBOX | {"default_topic": "Payroll"}, 200)
    assert api("admin", "GET", "/mailboxes").items == [replaced] == [FIRST_MAILBOX | {"default_topic": "Payroll"}]
    assert receiving("payroll@in.example") == "payroll@acme.example"
    assert api("admin", "DELETE", "/mailboxes/payroll@acme.example").status == 204
    assert api("admin", "GET", "/mailboxes").items == [FIRST_MAILBOX]
    assert receiving("payroll@in.example") is None


def test_probe(aws: Aws) -> None:
    """A mailbox shows what the tests of its redirect show, if there are any."""
    url = "/mailboxes/payroll@acme.example"
    probe, key = Probe("payroll@acme.example"), mailbox_id("payroll@acme.example")
    api = Api(aws, PROBE_MINUTES="60")
    assert api("admin", "GET", url).json["probe"] is None
    ProbeStore.sent(probe, RECEIVED)
    waiting = {"sent_at": "2026-11-23T10:00:00.000Z", "returned_at": None, "seconds": None, "state": "waiting"}
    assert api("admin", "GET", url).json["probe"] == waiting
    ProbeStore.returned(ProbeMark(key, RECEIVED), RECEIVED + timedelta(seconds=42))
    (shown,) = api("admin", "GET", "/mailboxes").items
    returned = {"returned_at": "2026-11-23T10:00:42.000Z", "seconds": 42, "state": "ok"}
    assert shown["probe"] == waiting | returned
    assert put(api, url, shown, 200) == shown
    assert Api(aws)("admin", "GET", url).json["probe"] is None


def test_mailbox(api: Api) -> None:
    """A mailbox is created, replaced and deleted, with its copy."""
    put(api, "/topics/Benefits", {"service_group": None})
    made = put(api, "/mailboxes/Benefits@acme.example", FORMS)
    named = {"address": "benefits@acme.example", "mailbox_id": mailbox_id("benefits@acme.example")}
    assert made == FORMS | named
    assert api("admin", "GET", "/mailboxes/benefits%40acme.example").json == made
    assert receiving("benefits@forms.example") == "benefits@acme.example"
    put(api, "/mailboxes/benefits@acme.example", {"receiving_address": "New@forms.example"}, 200)
    assert (receiving("benefits@forms.example"), receiving("new@forms.example")) == (None, "benefits@acme.example")
    assert api("admin", "GET", "/mailboxes/benefits@acme.example").json == FIRST_MAILBOX | named | {
        "receiving_address": "new@forms.example",
    }
    put(api, "/mailboxes/zz@acme.example", {"receiving_address": "zz@forms.example"})
    seen = []
    url = "/mailboxes?limit=1"
    while url:
        page = api("admin", "GET", url).json
        seen += [item["address"] for item in page["items"]]
        url = f"/mailboxes?limit=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == ["benefits@acme.example", "payroll@acme.example", "zz@acme.example"]
    assert api("admin", "DELETE", "/mailboxes/benefits@acme.example").status == 204
    assert receiving("new@forms.example") is None
    assert api("admin", "DELETE", "/mailboxes/benefits@acme.example").status == 404


def test_prepared_mailbox(api: Api) -> None:
    """A mailbox may exist before the deployment receives its emails. It says so."""
    for address, receiving in (
        ("soon@elsewhere.example", False),
        ("soon@in.example", False),
        ("soon@sub.forms.example", False),
        ("soon@Forms.example", True),
    ):
        status = 201 if address == "soon@elsewhere.example" else 200
        made = put(api, "/mailboxes/soon@acme.example", {"receiving_address": address}, status)
        assert made["receiving"] is receiving, address
        assert api("admin", "GET", "/mailboxes/soon@acme.example").json == made
        assert made in api("admin", "GET", "/mailboxes").items


def test_default_topic_of_a_mailbox(api: Api) -> None:
    """The default topic is configured, or is the deployment's. Case and spaces do not matter."""
    wanted = {"receiving_address": "new@forms.example"}
    url = "/mailboxes/new@acme.example"
    answer = api("admin", "PUT", url, wanted | {"default_topic": "Payrol"})
    assert answer.json["errors"] == [{"field": "default_topic", "message": "no topic has this name"}]
    assert put(api, url, wanted | {"default_topic": "GENERAL"})["default_topic"] == "General"
    assert put(api, url, wanted | {"default_topic": None}, 200)["default_topic"] == "General"
    put(api, "/topics/Tax%20Office", {"service_group": None})
    assert put(api, url, wanted | {"default_topic": "tax  office"}, 200)["default_topic"] == "Tax Office"


def test_default_topic_of_the_deployment(aws: Aws) -> None:
    """A mailbox without a default topic gets the deployment's."""
    api = Api(aws, DEFAULT_TOPIC="Human Resources")
    url, wanted = "/mailboxes/new@acme.example", {"receiving_address": "new@forms.example"}
    assert put(api, url, wanted)["default_topic"] == "Human Resources"
    assert api("admin", "PUT", url, wanted | {"default_topic": "General"}).wrong_fields == ["default_topic"]


def test_own_addresses_as_mailboxes(aws: Aws) -> None:
    """An address of this system, or one that it sends notices to, cannot be a mailbox: they would come back."""
    api = Api(aws, AD_HOC_RECIPIENTS="answers@in.example,replies.example", AD_HOC_FROM_ADDRESS="agents@acme.example")
    put(api, "/service-groups/pay", {"name": "Pay", "address": "Pay-Alerts@acme.example"})
    for address, reason in (
        ("no-reply@acme.example", "NotificationFromAddress"),
        ("AGENTS@acme.example", "AdHocFromAddress"),
        ("answers@in.example", "AdHocRecipients"),
        ("any@replies.example", "AdHocRecipients"),
        ("ada@acme.example", "AdminEmailAddresses"),
        ("pay-alerts@acme.example", "pay"),
    ):
        answer = api("admin", "PUT", f"/mailboxes/{address}", {"receiving_address": "new@forms.example"})
        (error,) = answer.json["errors"]
        assert (answer.status, error["field"], reason in error["message"]) == (422, "address", True), answer.text
    for receiving in ("answers@in.example", "x@replies.example", "no-reply@acme.example", "Cases@acme.example"):
        body = {"receiving_address": receiving}
        assert api("admin", "PUT", "/mailboxes/new@acme.example", body).wrong_fields == ["receiving_address"]
    senders = ["agents@acme.example", "acme.example", "replies.example", "cases@acme.example", "ok@forms.example"]
    with_senders = {"receiving_address": "new@forms.example", "trusted_senders": senders}
    wrong = ["trusted_senders.0", "trusted_senders.2", "trusted_senders.3"]
    assert api("admin", "PUT", "/mailboxes/new@acme.example", with_senders).wrong_fields == wrong


def test_mailbox_for_replies(aws: Aws) -> None:
    """A mailbox may also get the replies to agents' emails: emails find their case in it, too."""
    api = Api(aws, AD_HOC_FROM_ADDRESS="agents@acme.example")
    put(api, "/mailboxes/cases@acme.example", {"receiving_address": "cases@forms.example"})


def test_one_receiving_address(api: Api) -> None:
    """A receiving address belongs to one mailbox."""
    put(api, "/topics/Benefits", {"service_group": None})
    put(api, "/mailboxes/benefits@acme.example", FORMS)
    for address in ("benefits@forms.example", "payroll@in.example"):
        answer = api("admin", "PUT", "/mailboxes/other@acme.example", {"receiving_address": address})
        assert (answer.status, answer.problem) == (409, "conflict")
    assert [item["address"] for item in api("admin", "GET", "/mailboxes").items] == [
        "benefits@acme.example",
        "payroll@acme.example",
    ]


def test_wrong_mailboxes(api: Api) -> None:
    def wrong(body: dict[str, Any], address: str = "other@acme.example") -> list[str]:
        return api(
            "admin", "PUT", f"/mailboxes/{address}", {"receiving_address": "o@forms.example"} | body
        ).wrong_fields

    for field in ("variable_topic", "variable_show"):
        assert wrong({field: True}) == ["trusted_senders"]
    assert wrong({"identify_sender": "user_id_in_body"}) == ["trusted_senders"]
    assert wrong({"receiving_address": "o+tag@forms.example"}) == ["receiving_address"]
    assert wrong({"trusted_senders": ["forms", "a@b", "ok.example"]}) == ["trusted_senders.0", "trusted_senders.1"]
    assert wrong({"language": "ru", "contact": "one\ntwo"}) == ["contact", "language"]
    assert wrong({"language": "", "contact": ""}) == ["contact", "language"]
    assert wrong({"contact": "x" * 201}) == ["contact"]
    assert wrong({"identify_sender": "guess", "default_topic": "a\nb"}) == ["default_topic", "identify_sender"]
    assert wrong({"address": "another@acme.example"}) == ["address"]
    for address in ("nobody", "a%20b@acme.example", "a+b@acme.example", "a@b@acme.example", "x" * 70 + "@acme.example"):
        assert wrong({}, address) == ["address"]
