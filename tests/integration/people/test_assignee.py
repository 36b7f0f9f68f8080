"""A case is assigned to somebody who sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.audit_rows import AuditRow
from email_channels.aws.rows.table import Row
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.cases.people.person import Person
from email_channels.errors import ConcurrentChange

from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.stored_emails import record_case

TODAY = datetime.now(UTC).date()
ALEX = {"user": "id-of-agent", "name": "Alex"}


def change(api: Api, case_id: str, user: str = "agent", match: str = "*", **body: Any) -> Answer:
    return api(user, "PATCH", f"/cases/{case_id}", body, headers={"If-Match": match}, claims={"name": "Alex"})


def test_assign_to_me(api: Api, mail: MailBucket) -> None:
    case = record_case(mail, 1)
    before = api("agent", "GET", f"/cases/{case.case_id}")
    assert before.json["assignee"] is None
    answer = change(api, case.case_id, assignee="me")
    assert (answer.status, answer.json["assignee"]) == (200, ALEX)
    assert answer.headers["etag"] != before.headers["etag"]
    assert api("admin", "GET", "/cases").items[0]["assignee"] == ALEX
    again = change(api, case.case_id, assignee="id-of-agent")
    assert again.headers["etag"] == answer.headers["etag"], "it is assigned already"
    assert change(api, case.case_id, status="closed").json["assignee"] == ALEX
    assert change(api, case.case_id, assignee=None).json["assignee"] is None
    fields = [row.fields for row in Row.scan() if isinstance(row, AuditRow)]
    assert fields.count(["assignee"]) == 2
    assert not [row for row in Row.scan() if isinstance(row, AuditRow) and "Alex" in str(row.attribute_values)]


def test_assign_to_others(api: Api, mail: MailBucket) -> None:
    """Only people who used the API lately, and see the case, can get it."""
    case = record_case(mail, 1)
    store = PersonStore()
    for user, groups, admin, days in (
        ("colleague", {"default", "x"}, False, 90),
        ("boss", set[str](), True, 0),
        ("stranger", {"other"}, False, 0),
        ("gone", {"default"}, False, 91),
    ):
        store.meet(Person(user, user.title(), user, frozenset(groups), admin, TODAY - timedelta(days=days)))
    for user in ("colleague", "boss"):
        expected = {"user": user, "name": user.title()}
        assert change(api, case.case_id, assignee=user).json["assignee"] == expected
    for user in ("stranger", "gone", "nobody-knows", "colleague ", "Colleague", "PERSON", "é"):
        assert change(api, case.case_id, assignee=user).wrong_fields == ["assignee"], user
    for wrong in ("", 5, ["me"], "x" * 256, {"user": "me"}):
        assert change(api, case.case_id, assignee=wrong).wrong_fields == ["assignee"], wrong
    both = change(api, case.case_id, assignee="stranger", service_group="nothing")
    assert both.wrong_fields == ["assignee", "service_group"]
    api("admin", "PUT", "/service-groups/default", {"name": "Open", "secured": False})
    assert change(api, case.case_id, assignee="stranger").json["assignee"]["user"] == "stranger"


def test_handover(api: Api, mail: MailBucket) -> None:
    """A case that moves to a group that its assignee does not see loses the assignee."""
    case = record_case(mail, 1)
    for group, secured in (("other", True), ("open", False)):
        api("admin", "PUT", f"/service-groups/{group}", {"name": "G", "secured": secured})
    change(api, case.case_id, assignee="me")
    assert change(api, case.case_id, service_group="open").json["assignee"] == ALEX
    assert change(api, case.case_id, service_group="default").json["assignee"] == ALEX
    assert change(api, case.case_id, assignee="me", service_group="other").wrong_fields == ["assignee"]
    assert change(api, case.case_id, service_group="other").json["assignee"] is None
    changed = change(api, case.case_id, "admin", service_group="other", assignee="me")
    assert changed.json["assignee"]["user"] == "id-of-admin"
    assert change(api, case.case_id, "admin", service_group="default").json["assignee"]["user"] == "id-of-admin"


def test_handover_of_somebody_who_is_gone(api: Api, mail: MailBucket) -> None:
    case = record_case(mail, 1)
    api("admin", "PUT", "/service-groups/open", {"name": "G", "secured": False})
    change(api, case.case_id, assignee="me")
    for row in [row for row in Row.scan() if row.pk == "PERSON#id-of-agent"]:
        row.delete()
    assert change(api.again(), case.case_id, "admin", service_group="open").json["assignee"] is None


def test_changed_in_between(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `*`, the assignee is checked for the case as it is when it is written."""
    case = record_case(mail, 1)
    api("admin", "PUT", "/service-groups/other", {"name": "Other"})
    write = CaseStore.change
    moved: list[str] = []

    def after_a_move(self: CaseStore, *args: Any) -> Any:
        if not moved:
            moved.append("now")
            assert change(api, case.case_id, "admin", service_group="other").status == 200
            raise ConcurrentChange("changed in between")
        return write(self, *args)

    monkeypatch.setattr(CaseStore, "change", after_a_move)
    answer = change(api, case.case_id, assignee="me")
    assert (moved, answer.status) == (["now"], 404), "the agent does not see it any more"
    assert api("admin", "GET", f"/cases/{case.case_id}").json["assignee"] is None
