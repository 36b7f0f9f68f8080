"""Configuration is read as it was written, checked for conflicts, and copied for intake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import ReceivingRow, UserMappingSlotRow, mailbox_of, user_mapping_of
from email_channels.aws.rows.directory_rows import AddressRow, employees_at
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.cases.case import CaseStatus
from email_channels.cases.directory import Employee
from email_channels.cases.probes.mark import ProbeMark, mailbox_key
from email_channels.cases.probes.probe import Probe
from email_channels.cases.purge_proof import PurgedEmail
from email_channels.cases.references import case_number

from tests.support.acts import an_act
from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

FIRST_MAILBOX = {
    "address": "payroll@acme.example",
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


def put(api: Api, url: str, body: Mapping[str, Any], status: int = 201) -> Any:
    answer = api("admin", "PUT", url, dict(body))
    assert answer.status == status, answer.text
    return answer.json


def at(address: str) -> list[tuple[str, str, str | None, bool]]:
    """The copies of employees by address, which intake reads."""
    row = read_rows([keys.address(address)]).get(keys.address(address))
    assert row is None or isinstance(row, AddressRow)
    return [(e.user_id, e.name, e.emails[0], e.blocked) for e in employees_at(row)] if row else []


def receiving(address: str) -> str | None:
    row = read_rows([keys.receiving(address)]).get(keys.receiving(address))
    return mailbox_of(row).address if isinstance(row, ReceivingRow) else None


def slot(mailbox: str, sender: str | None) -> str | None:
    row = read_rows([keys.user_mapping_slot(mailbox, sender)]).get(keys.user_mapping_slot(mailbox, sender))
    return user_mapping_of(row).user_id if isinstance(row, UserMappingSlotRow) else None


def test_employee(api: Api) -> None:
    """An employee is created, replaced and deleted, with the copies by address."""
    zoe = {"name": "Zoë", "emails": ["Zoe@ACME.example", "z@acme.example", "ZOE@acme.example"], "population": "UK"}
    made = put(api, "/employees/543457", zoe)
    assert made == {
        "user_id": "543457",
        "name": "Zoë",
        "emails": ["Zoe@ACME.example", "z@acme.example"],
        "population": "UK",
        "blocked": False,
    }
    assert api("admin", "GET", "/employees/543457").json == made
    put(api, "/employees/7", {"name": "Jo", "emails": ["z@acme.example"]})
    assert at("z@acme.example") == [
        ("543457", "Zoë", "z@acme.example", False),
        ("7", "Jo", "z@acme.example", False),
    ]
    replaced = put(api, "/employees/543457", made | {"emails": ["zoë@bücher.example"], "blocked": True}, 200)
    assert (at("zoe@acme.example"), at("z@acme.example")) == ([], [("7", "Jo", "z@acme.example", False)])
    assert at("zoë@xn--bcher-kva.example") == [("543457", "Zoë", "zoë@bücher.example", True)]
    assert api("admin", "GET", "/employees").items == [
        replaced,
        {"user_id": "7", "name": "Jo", "emails": ["z@acme.example"], "population": None, "blocked": False},
    ]
    assert api("admin", "DELETE", "/employees/543457").status == 204
    assert (api("admin", "GET", "/employees/543457").status, api("admin", "DELETE", "/employees/543457").status) == (
        404,
        404,
    )
    assert at("zoë@xn--bcher-kva.example") == []


def test_fifty_addresses(api: Api) -> None:
    """Fifty other addresses do not fit one transaction, and are replaced nevertheless."""
    emails = [f"a{n}@acme.example" for n in range(50)]
    put(api, "/employees/1", {"name": "A", "emails": emails})
    put(api, "/employees/1", {"name": "A", "emails": [f"b{n}@acme.example" for n in range(50)]}, 200)
    assert (at("a0@acme.example"), at("b49@acme.example")) == ([], [("1", "A", "b49@acme.example", False)])
    assert api("admin", "PUT", "/employees/1", {"name": "A", "emails": [*emails, "c@acme.example"]}).wrong_fields == [
        "emails"
    ]


def test_wrong_employees(api: Api) -> None:
    body = {"name": "", "emails": ["a@b.example", "nobody", 5], "population": "", "blocked": "no", "x": 1}
    assert api("admin", "PUT", "/employees/1", body).wrong_fields == [
        "blocked",
        "emails.1",
        "emails.2",
        "name",
        "population",
        "x",
    ]
    for user_id in ("%20a", "a%0Ab", "x" * 129, "%ED%A0%80"):
        answer = api("admin", "PUT", f"/employees/{user_id}", {"name": "A"})
        assert answer.status == (201 if user_id == "%ED%A0%80" else 422), answer.text
    for user_id in ("imports", "a%2Ferasure"):
        assert api("admin", "PUT", f"/employees/{user_id}", {"name": "A"}).status == 405, "the path of another route"
    assert api("admin", "PUT", "/employees/1", {"name": "A", "user_id": "2"}).wrong_fields == ["user_id"]


def test_names_in_paths(api: Api) -> None:
    """Names with special characters are percent-encoded in paths."""
    for user_id, path in (
        ("a/b", "a%2Fb"),
        ("R&D #1 🎄", "R%26D%20%231%20%F0%9F%8E%84"),
        ("50%", "50%25"),
        ('"q"\\', "%22q%22%5C"),
    ):
        assert put(api, f"/employees/{path}", {"name": "A", "emails": []})["user_id"] == user_id
        assert api("admin", "GET", f"/employees/{path}").json["user_id"] == user_id
        assert api("admin", "DELETE", f"/employees/{path}").status == 204


def test_directory_pages(api: Api) -> None:
    for n in range(7):
        put(api, f"/employees/{n}", {"name": "A"})
    seen = []
    url = "/employees?limit=3"
    while url:
        page = api("admin", "GET", url).json
        seen.append([item["user_id"] for item in page["items"]])
        url = f"/employees?limit=3&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_concurrent_writes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers of one address at the same time lose nothing."""
    crossings = iter([True])

    def crossed(wanted: Any) -> Any:
        wanted = list(wanted)
        rows = read_rows(wanted)
        if keys.address("shared@acme.example") in wanted and next(crossings, False):
            DirectoryStore().put(Employee("other", "Other", ("shared@acme.example",)), an_act())
        return rows

    monkeypatch.setattr("email_channels.aws.stores.directory_store.read_rows", crossed)
    put(api, "/employees/1", {"name": "A", "emails": ["shared@acme.example"]})
    assert [user_id for user_id, *_ in at("shared@acme.example")] == ["1", "other"]


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
    probe, key = Probe("payroll@acme.example"), mailbox_key("payroll@acme.example")
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
    assert made == FORMS | {"address": "benefits@acme.example"}
    assert api("admin", "GET", "/mailboxes/benefits%40acme.example").json == made
    assert receiving("benefits@forms.example") == "benefits@acme.example"
    put(api, "/mailboxes/benefits@acme.example", {"receiving_address": "New@forms.example"}, 200)
    assert (receiving("benefits@forms.example"), receiving("new@forms.example")) == (None, "benefits@acme.example")
    assert api("admin", "GET", "/mailboxes/benefits@acme.example").json == FIRST_MAILBOX | {
        "address": "benefits@acme.example",
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


def test_own_addresses_as_alert_addresses(aws: Aws) -> None:
    """Alerts cannot go to an address of this system: each would come back as a new email."""
    api = Api(aws, AD_HOC_RECIPIENTS="answers@in.example,replies.example", AD_HOC_FROM_ADDRESS="agents@acme.example")
    put(api, "/mailboxes/new@acme.example", {"receiving_address": "new@forms.example"})
    for address in (
        "no-reply@acme.example",
        "Agents+x@acme.example",
        "answers@in.example",
        "any@replies.example",
        "cases@acme.example",
        "payroll@in.example",
        "any@forms.example",
        "PAYROLL@acme.example",
        "new+alerts@acme.example",
    ):
        answer = api("admin", "PUT", "/service-groups/pay", {"name": "Pay", "address": address})
        assert answer.wrong_fields == ["address"], address
    put(api, "/service-groups/pay", {"name": "Pay", "address": "ada@acme.example"})


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


def test_user_mapping(api: Api) -> None:
    """A user mapping is created, replaced and deleted, with its copy."""
    for user_id in ("1", "2", "3"):
        put(api, f"/employees/{user_id}", {"name": "A"})
    forms = put(
        api, "/user-mappings/forms", {"mailbox": "Payroll@acme.example", "from": "Robot@acme.example", "user_id": "1"}
    )
    assert forms == {"id": "forms", "mailbox": "payroll@acme.example", "from": "robot@acme.example", "user_id": "1"}
    anybody = put(api, "/user-mappings/all", {"mailbox": "payroll@acme.example", "user_id": "2"})
    assert anybody["from"] is None
    assert (slot("payroll@acme.example", "robot@acme.example"), slot("payroll@acme.example", None)) == ("1", "2")
    assert api("admin", "GET", "/user-mappings").items == [anybody, forms]
    assert api("admin", "GET", "/user-mappings/forms").json == forms

    for body in ({"from": "ROBOT@acme.example"}, {"from": None}):
        answer = api("admin", "PUT", "/user-mappings/x", {"mailbox": "payroll@acme.example", "user_id": "3"} | body)
        assert (answer.status, answer.problem) == (409, "conflict")
    moved = {"mailbox": "payroll@acme.example", "from": "other@acme.example", "user_id": "1"}
    put(api, "/user-mappings/forms", moved, 200)
    assert (slot("payroll@acme.example", "robot@acme.example"), slot("payroll@acme.example", "other@acme.example")) == (
        None,
        "1",
    )
    assert api("admin", "DELETE", "/user-mappings/forms").status == 204
    assert slot("payroll@acme.example", "other@acme.example") is None
    assert (
        api("admin", "GET", "/user-mappings/forms").status,
        api("admin", "DELETE", "/user-mappings/forms").status,
    ) == (404, 404)


def test_wrong_user_mappings(api: Api) -> None:
    put(api, "/employees/1", {"name": "A"})
    body = {"mailbox": "payroll@acme.example", "user_id": "2"}
    answer = api("admin", "PUT", "/user-mappings/x", body)
    assert answer.json["errors"] == [{"field": "user_id", "message": "no employee has this user id"}]
    assert api("admin", "PUT", "/user-mappings/x", {"mailbox": "no@acme.example", "user_id": "1"}).wrong_fields == [
        "mailbox"
    ]
    assert api("admin", "PUT", "/user-mappings/x", {"from": "x", "user_id": 1}).wrong_fields == [
        "from",
        "mailbox",
        "user_id",
    ]
    body = {"mailbox": "payroll@acme.example", "user_id": "1"}
    assert api("admin", "PUT", "/user-mappings/x", body | {"id": "y"}).wrong_fields == ["id"]
    assert api("admin", "PUT", "/user-mappings/%0A", body).wrong_fields == ["id"]


def test_default_service_group(api: Api) -> None:
    """The default service group comes from the parameters until it is replaced."""
    deployed = {"id": "default", "name": "default", "address": "hr@acme.example", "secured": True}
    assert api("admin", "GET", "/service-groups").items == [deployed]
    assert api("admin", "DELETE", "/service-groups/default").status == 409
    replaced = put(api, "/service-groups/default", {"name": "HR", "secured": False}, 200)
    assert replaced == {"id": "default", "name": "HR", "address": None, "secured": False}
    assert api("admin", "GET", "/service-groups").items == [replaced]
    assert api("admin", "DELETE", "/service-groups/default").status == 204
    assert api("admin", "GET", "/service-groups/default").json == deployed


def test_service_groups(api: Api, mail: MailBucket) -> None:
    pay = put(api, "/service-groups/pay", {"name": "Päy", "address": "pay@acme.example"})
    assert pay == {"id": "pay", "name": "Päy", "address": "pay@acme.example", "secured": True}
    assert [item["id"] for item in api("admin", "GET", "/service-groups?limit=1").items] == ["default"]
    put(api, "/service-groups/pay", pay | {"secured": False}, 200)
    put(api, "/topics/Payroll", {"service_group": None, "by_population": {"UK": "pay"}})
    used = api("admin", "DELETE", "/service-groups/pay")
    assert (used.status, "Payroll" in used.json["detail"]) == (409, True)
    assert api("admin", "DELETE", "/topics/payroll").status == 204
    case = record_case(mail, 1, service_group="pay")
    assert api("admin", "DELETE", "/service-groups/pay").status == 409
    api("agent", "PATCH", f"/cases/{case.case_id}", {"service_group": "default"}, headers={"If-Match": "*"})
    assert api("admin", "DELETE", "/service-groups/pay").status == 204
    assert (
        api("admin", "GET", "/service-groups/pay").status,
        api("admin", "DELETE", "/service-groups/pay").status,
    ) == (404, 404)
    for group_id in ("a%20b", "x" * 65, "%C3%A4"):
        assert api("admin", "PUT", f"/service-groups/{group_id}", {"name": "x"}).wrong_fields == ["id"]
    assert api("admin", "PUT", "/service-groups/x", {"name": "", "address": "x", "secured": 1}).wrong_fields == [
        "address",
        "name",
        "secured",
    ]


def test_group_of_many_cases(api: Api, mail: MailBucket) -> None:
    """Closed cases keep a group, too. An index that lags behind the cases does not."""
    put(api, "/service-groups/pay", {"name": "Pay"})
    case = record_case(mail, 1, service_group="pay", status=CaseStatus.CLOSED)
    refused = api("admin", "DELETE", "/service-groups/pay")
    assert (refused.status, case_number(case.case_id) in refused.json["detail"]) == (409, True)
    assert api("admin", "DELETE", "/service-groups/default").status == 409


def test_topic_of_mailboxes(api: Api) -> None:
    """The default topic of a mailbox is in use, also that of the deployment's mailbox."""
    for name in ("Payroll", "General"):
        put(api, f"/topics/{name}", {"service_group": None})
    put(api, "/mailboxes/new@acme.example", {"receiving_address": "new@forms.example", "default_topic": "payroll"})
    for name, mailbox in (("PAYROLL", "new@acme.example"), ("General", "payroll@acme.example")):
        refused = api("admin", "DELETE", f"/topics/{name}")
        assert (refused.status, mailbox in refused.json["detail"]) == (409, True)
    put(
        api,
        "/mailboxes/payroll@acme.example",
        {"receiving_address": "payroll@in.example", "default_topic": "Payroll"},
        200,
    )
    assert api("admin", "DELETE", "/topics/General").status == 204
    refused = api("admin", "DELETE", "/topics/Payroll")
    assert "new@acme.example, payroll@acme.example" in refused.json["detail"]


def test_topic_of_cases(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic of an open case is in use, whatever its group. A closed case keeps the topic when it is deleted."""
    put(api, "/service-groups/pay", {"name": "Pay"})
    put(api, "/topics/Tax", {"service_group": None})
    for n in range(120):
        record_case(mail, n, topic="Payroll")
    case = record_case(mail, 120, topic="tax", service_group="pay")
    refused = api("admin", "DELETE", "/topics/Tax")
    assert (refused.status, case_number(case.case_id) in refused.json["detail"]) == (409, True)
    closed = api("admin", "PATCH", f"/cases/{case.case_id}", {"status": "closed"}, headers={"If-Match": "*"})
    assert closed.json["topic"] == "tax"
    monkeypatch.setattr("functions.agent_api.configuration.in_use.MOST_OPEN_CASES", 119)
    assert "too many" in api("admin", "DELETE", "/topics/Tax").json["detail"]
    monkeypatch.setattr("functions.agent_api.configuration.in_use.MOST_OPEN_CASES", 120)
    with counted_calls() as calls:
        assert api("admin", "DELETE", "/topics/Tax").status == 204
    assert calls.count("BatchGetItem") <= 3
    assert api("admin", "GET", f"/cases/{case.case_id}").json["topic"] == "tax"
    again = api("admin", "PATCH", f"/cases/{case.case_id}", {"status": "open"}, headers={"If-Match": "*"})
    assert (again.status, again.json["topic"], again.json["service_group"]) == (200, "tax", "pay")


def test_employee_with_mappings(api: Api) -> None:
    """An employee whom user mappings name cannot be deleted: their emails would no longer make cases."""
    put(api, "/employees/1", {"name": "A"})
    for n in range(22):
        body = {"mailbox": "payroll@acme.example", "from": f"f{n}@acme.example", "user_id": "1"}
        put(api, f"/user-mappings/m{n:02}", body)
    refused = api("admin", "DELETE", "/employees/1")
    assert (refused.status, "m00, m01" in refused.json["detail"], "and 2 more" in refused.json["detail"]) == (
        409,
        True,
        True,
    )
    for n in range(22):
        assert api("admin", "DELETE", f"/user-mappings/m{n:02}").status == 204
    assert api("admin", "DELETE", "/employees/1").status == 204


def test_topics(api: Api) -> None:
    put(api, "/service-groups/pay", {"name": "Pay"})
    topic = put(api, "/topics/Employee%20Relations%20%2F%20UK", {"service_group": "pay"})
    assert topic == {"name": "Employee Relations / UK", "service_group": "pay", "by_population": {}}
    renamed = put(
        api,
        "/topics/employee%20%20relations%20%2F%20UK",
        {"service_group": "default", "by_population": {"UK": "pay"}},
        200,
    )
    assert api("admin", "GET", "/topics").items == [renamed]
    assert renamed["name"] == "employee relations / UK"
    assert api("admin", "GET", "/topics/EMPLOYEE%20RELATIONS%20%2F%20uk").json == renamed
    put(api, "/topics/Benefits", {"service_group": None})
    assert [item["name"] for item in api("admin", "GET", "/topics?limit=1").items] == ["Benefits"]
    assert (api("admin", "DELETE", "/topics/Benefits").status, api("admin", "DELETE", "/topics/Benefits").status) == (
        204,
        404,
    )


def test_wrong_topics(api: Api) -> None:
    body = {"service_group": "nothing", "by_population": {"UK": "nothing", "DE": "default"}}
    assert api("admin", "PUT", "/topics/x", body).wrong_fields == ["by_population.UK", "service_group"]
    assert api("admin", "PUT", "/topics/x", {"by_population": {"": "default", "x": 5}}).wrong_fields == [
        "by_population",
        "by_population.x",
        "service_group",
    ]
    for name in ("x" * 101, "a%0Ab", "%E2%80%A8b"):
        status = (
            201 if name == "%E2%80%A8b" or "%0A" in name else 422
        )  # white space becomes one blank, and is removed at both ends
        assert api("admin", "PUT", f"/topics/{name}", {"service_group": "default"}).status == status
    assert api("admin", "PUT", "/topics/x", {"service_group": "default", "name": "y"}).wrong_fields == ["name"]


def test_size_of_the_routing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The routing of a deployment has a maximum size."""
    monkeypatch.setattr("email_channels.aws.stores.routing_store.MAX_BYTES", 2_000)
    statuses = [api("admin", "PUT", f"/service-groups/g{n}", {"name": "x" * 200}).status for n in range(8)]
    assert statuses == sorted(statuses)
    assert set(statuses) == {201, 409}
    assert len(api("admin", "GET", "/service-groups").items) == statuses.count(201) + 1


def test_secured_group(api: Api, mail: MailBucket) -> None:
    """A list follows a change of the routing at once."""
    record_case(mail, 1, service_group="pay")
    assert api("agent", "GET", "/cases").items == []
    put(api, "/service-groups/pay", {"name": "Pay", "secured": False})
    assert len(api("agent", "GET", "/cases").items) == 1
    put(api, "/service-groups/pay", {"name": "Pay", "secured": True}, 200)
    assert api("agent", "GET", "/cases").items == []


def test_upload(api: Api) -> None:
    wanted = {"filename": "Lohn 📎.pdf", "content_type": "application/pdf", "size": 5}
    answer = api("agent", "POST", "/attachments", wanted)
    link = answer.json
    assert (answer.status, link["method"], link["headers"]["Content-Type"]) == (201, "PUT", "application/pdf")
    assert link["upload_id"] in link["url"]
    uploads = UploadStore.read([link["upload_id"], "UNKNOWN"], RECEIVED)
    assert [(row.filename, row.content_type, row.size, row.uploaded_by) for row in uploads.values()] == [
        ("Lohn 📎.pdf", "application/pdf", 5, "id-of-agent")
    ]
    (upload,) = uploads.values()
    assert UploadStore.read([link["upload_id"]], upload.expires_at) == {}
    for content_type in ("application/pdf; name=Lohn.pdf", "a/b;", "text/plain; charset=utf-8; x=~"):
        assert api("agent", "POST", "/attachments", wanted | {"content_type": content_type}).status == 201
    for content_type in ("application/pdf; name=Löhne.pdf", "text/plain;\u2028", "text/plain; x=📎", "text/plain;\x00"):
        assert api("agent", "POST", "/attachments", wanted | {"content_type": content_type}).wrong_fields == [
            "content_type"
        ]
    body = {"filename": "a\nb", "content_type": "pdf", "size": -1}
    assert api("agent", "POST", "/attachments", body).wrong_fields == ["content_type", "filename", "size"]
    body = {"filename": "", "content_type": "a/b\r\nX: y", "size": 41_943_041}
    assert api("agent", "POST", "/attachments", body).wrong_fields == ["content_type", "filename", "size"]
    assert api("agent", "POST", "/attachments", wanted | {"size": True}).wrong_fields == ["size"]


@pytest.mark.parametrize(("purpose", "most"), [("import", 52_428_800), ("try", 42_991_616)])
def test_upload_of_an_admin(api: Api, purpose: str, most: int) -> None:
    """Files that admins import or try have limits of their own, and may be of any type."""
    wanted = {"filename": "hr.bat", "content_type": "text/csv", "size": most, "purpose": purpose}
    link = api("admin", "POST", "/attachments", wanted)
    assert link.status == 201
    (upload,) = UploadStore.read([link.json["upload_id"]], RECEIVED).values()
    assert (upload.purpose, upload.size, upload.uploaded_by) == (purpose, most, "id-of-admin")
    assert api("agent", "POST", "/attachments", wanted).status == 403
    for size in (0, most + 1):
        assert api("admin", "POST", "/attachments", wanted | {"size": size}).wrong_fields == ["size"]


@pytest.mark.parametrize("purpose", ["", "Try", "send", 1, ["try"], {}])
def test_upload_of_unknown_purpose(api: Api, purpose: object) -> None:
    wanted = {"filename": "a.eml", "content_type": "message/rfc822", "size": 1, "purpose": purpose}
    assert api("admin", "POST", "/attachments", wanted).wrong_fields == ["purpose"]


def test_upload_without_ad_hoc(aws: Aws) -> None:
    """Without the ad hoc channel, nothing can be sent, but admins import and try."""
    api = Api(aws, AD_HOC_ENABLED="false", AD_HOC_RECIPIENTS="")
    wanted = {"filename": "a.eml", "content_type": "message/rfc822", "size": 1}
    for purpose, status in (("import", 201), ("try", 201), ("email", 409), (None, 409)):
        assert api("admin", "POST", "/attachments", wanted | {"purpose": purpose}).status == status


@pytest.mark.parametrize("name", ["setup.exe", "SETUP.Exe", "macro.js. ", "a.pdf.bat", ".vbs"])
def test_upload_of_refused_type(api: Api, name: str) -> None:
    """A file that can never be sent is refused before it is uploaded, and the answer says why."""
    answer = api("agent", "POST", "/attachments", {"filename": name.strip(), "content_type": "a/b", "size": 5})
    extension = name.strip(". ").rpartition(".")[2].lower()
    assert answer.json["errors"] == [
        {"field": "filename", "message": f"has a type that Amazon SES does not send: .{extension}"}
    ]


def test_purges(api: Api, mail: MailBucket) -> None:
    """Purges are shown with their proof."""
    notified = RECEIVED + timedelta(minutes=1)
    for n in range(3):
        item = record_unprocessed(mail, n, notified_at=notified, purge_after=notified)
        api.stores.purges.mark([item], RECEIVED + timedelta(days=n))
    first = api("admin", "GET", "/purges?limit=2").json
    second = api("admin", "GET", f"/purges?limit=2&cursor={first['next_cursor']}").json
    proofs = first["items"] + second["items"]
    assert [proof["at"] for proof in proofs] == [f"2026-11-{day}T10:00:00.000Z" for day in (25, 24, 23)]
    assert (len(first["items"]), second["next_cursor"]) == (2, None)
    stored, _ = api.stores.purges.proofs(1, None)
    assert proofs[0] == {
        "purge_id": stored[0].purge_id,
        "at": "2026-11-25T10:00:00.000Z",
        "count": 1,
        "items": [
            {
                "id": purged.id,
                "reason": "sender_not_found",
                "received_at": "2026-11-23T10:00:00.000Z",
                "notified_at": "2026-11-23T10:01:00.000Z",
            }
            for purged in stored[0].items
            if isinstance(purged, PurgedEmail)
        ],
    }


def test_settings(api: Api) -> None:
    """The settings are the effective parameters, without secrets."""
    settings = api("admin", "GET", "/settings").json
    assert settings["PurgeAfterDays"] == 30
    assert settings["AllowedIpRanges"] == ["192.0.2.0/24", "198.51.100.0/24"]
    assert (settings["CaseCreationEnabled"], settings["PlusAddressing"]) == (True, False)
    assert (settings["DefaultServiceGroup"], settings["JwtIssuer"], settings["TrustedSenders"]) == ("default", None, [])
    resources = {"ARRIVALS_QUEUE_URL", "JOBS_QUEUE_URL", "TAG_KEY_SECRET"}
    parameters = {name for name in api.environment if "_NAME" not in name} - resources
    assert set(settings) == {"".join(part.capitalize() for part in name.split("_")) for name in parameters} | {
        "NotificationFromName",
        "AdHocFromName",
        "ReceiptRuleSetName",
    }
