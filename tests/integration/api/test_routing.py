"""Topics and service groups are read as they were written, and are not deleted while they are in use."""

from __future__ import annotations

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.case import CaseStatus
from email_channels.cases.references import case_number

from tests.support.in_process.api_client import Api, counted_calls, put
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import record_case

DEPLOYED_TOPIC: dict[str, object] = {"name": "General", "service_group": None, "by_population": {}}


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


def test_default_topic(api: Api) -> None:
    """The default topic comes from the parameters until it is replaced. Agents see it, too."""
    assert api("agent", "GET", "/topics").items == [DEPLOYED_TOPIC]
    found = api("agent", "GET", "/topics/general")
    assert (found.json, found.headers["etag"][0]) == (DEPLOYED_TOPIC, '"')
    refused = api("admin", "DELETE", "/topics/General")
    assert (refused.status, "DefaultTopic" in refused.json["detail"]) == (409, True)
    assert api("admin", "PUT", "/topics/General", {"service_group": None}, headers={"If-None-Match": "*"}).status == 412
    put(api, "/service-groups/pay", {"name": "Pay"})
    headers = {"If-Match": found.headers["etag"]}
    replaced = api("admin", "PUT", "/topics/GENERAL", {"service_group": "pay"}, headers=headers)
    assert replaced.status == 200
    assert api("agent", "GET", "/topics").items == [replaced.json]
    assert replaced.json == {"name": "GENERAL", "service_group": "pay", "by_population": {}}


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


def test_group_of_many_cases(api: Api, mail: MailBucket) -> None:
    """Closed cases keep a group, too. An index that lags behind the cases does not."""
    put(api, "/service-groups/pay", {"name": "Pay"})
    case = record_case(mail, 1, service_group="pay", status=CaseStatus.CLOSED)
    refused = api("admin", "DELETE", "/service-groups/pay")
    assert (refused.status, case_number(case.case_id) in refused.json["detail"]) == (409, True)
    assert api("admin", "DELETE", "/service-groups/default").status == 409


def test_topic_of_mailboxes(api: Api) -> None:
    """The default topic of a mailbox is in use, also that of the deployment's mailbox."""
    for name, status in (("Payroll", 201), ("General", 200)):
        put(api, f"/topics/{name}", {"service_group": None}, status)
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
    assert api("admin", "GET", "/topics").items == [DEPLOYED_TOPIC, renamed]
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
