"""Originals and attachments of emails in which SES found a virus: who accepts the risk gets them, and is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.warnings import EmailWarning

from tests.support.in_process.api_client import Api
from tests.support.in_process.histories import answer_to
from tests.support.in_process.stored_emails import (
    RECEIVED,
    as_written,
    identity_of,
    record_case,
    stored_email,
    write_original,
)

VIRUS = (EmailWarning.NEW_SENDER, EmailWarning.VIRUS)


def paths(mail: MailBucket, warnings: tuple[EmailWarning, ...] = VIRUS) -> list[str]:
    """The original and the attachment of an answer with these warnings."""
    case = record_case(mail, 1)
    answer = answer_to(mail, case, 2, RECEIVED + timedelta(minutes=1), warnings=warnings)
    entry = f"/cases/{case.case_id}/emails/{answer.email_id}"
    return [f"{entry}/original", f"{entry}/attachments/1"]


def records(api: Api) -> list[Any]:
    return api("admin", "GET", "/audit?action=attachment.accept_risk").items


@pytest.mark.parametrize("n", [0, 1])
def test_risk_is_accepted(api: Api, mail: MailBucket, n: int) -> None:
    path = paths(mail)[n]
    for query in ("", "?accept_risk=false", "?accept_risk="):
        answer = api("agent", "GET", path + query)
        assert (answer.status, answer.problem) == (409, "infected")
        assert "accept_risk=true" in answer.json["detail"]
        assert "url" not in answer.json
    assert records(api) == []

    answer = api("agent", "GET", f"{path}?accept_risk=true")
    assert sorted(answer.json) == ["expires_at", "url"]
    _, _, case_id, _, email_id, *_ = path.split("/")
    [record] = records(api)
    assert (record["actor"], record["action"], record["target"]) == (
        "id-of-agent",
        "attachment.accept_risk",
        f"{case_id}/{email_id}",
    )
    assert (record["fields"], record["before"], record["after"]) == ([], None, None)
    assert api("admin", "GET", f"/audit?target={case_id}").items == [record]
    api("admin", "GET", f"{path}?accept_risk=true")
    assert [row["actor"] for row in records(api)] == ["id-of-admin", "id-of-agent"]


@pytest.mark.parametrize("value", ["1", "TRUE", "yes", "true%20", "true&accept_risk=true", "%00"])
def test_wrong_value(api: Api, mail: MailBucket, value: str) -> None:
    for path in paths(mail):
        assert api("agent", "GET", f"{path}?accept_risk={value}").wrong_fields == ["accept_risk"]
    assert records(api) == []


def test_other_warnings(api: Api, mail: MailBucket) -> None:
    """Without the warning, there is no risk to accept, and no record."""
    for path in paths(mail, (EmailWarning.SPAM, EmailWarning.AUTHENTICATION_FAILED)):
        for query in ("", "?accept_risk=true", "?accept_risk=false"):
            assert api("agent", "GET", path + query).status == 200
    assert records(api) == []


def test_nothing_is_recorded_for_nothing(api: Api, mail: MailBucket) -> None:
    """A file that does not exist, or that the caller may not see, needs no risk."""
    original, _ = paths(mail)
    missing = original.replace("original", "attachments/2")
    assert api("agent", "GET", f"{missing}?accept_risk=true").status == 404
    assert api("other-agent", "GET", f"{original}?accept_risk=true").status == 404
    assert api("other-agent", "GET", original).status == 404
    assert records(api) == []


def test_first_email_that_is_moved(api: Api, mail: MailBucket) -> None:
    """The warning stays with the email in whatever case it is."""
    email = as_written(mail, stored_email(identity_of(1).record_id(), write_original(mail, 1), 1))
    case, other = record_case(mail, 1, email=replace(email, warnings=VIRUS)), record_case(mail, 3)
    path = f"/cases/{{}}/emails/{email.email_id}"
    assert api("agent", "GET", path.format(case.case_id) + "/original").problem == "infected"
    body = {"case_id": other.case_id}
    assert api("agent", "POST", path.format(case.case_id) + "/move", body).status == 200
    for part in ("original", "attachments/1"):
        assert api("agent", "GET", f"{path.format(other.case_id)}/{part}").problem == "infected"
        assert api("agent", "GET", f"{path.format(other.case_id)}/{part}?accept_risk=true").status == 200
