"""A move of an email can be repeated, and both cases then know when they last got and sent an email."""

from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail

from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.histories import answer_to, outbound
from tests.support.in_process.stored_emails import RECEIVED, record_case

SES_ID = "0102@eu-central-1.amazonses.com"


def move(api: Api, case: Case, email: StoredEmail | None, to: Case | str, user: str = "agent") -> Answer:
    assert email
    to = to if isinstance(to, str) else to.case_id
    return api(user, "POST", f"/cases/{case.case_id}/emails/{email.email_id}/move", {"case_id": to})


def history(api: Api, case: Case) -> list[str]:
    return [entry["email_id"] for entry in api("admin", "GET", f"/cases/{case.case_id}/emails").items]


def test_repeated(api: Api, mail: MailBucket) -> None:
    """A repeat of a move whose answer was lost is answered as the first request, whatever the email is."""
    case, other, third = (record_case(mail, n) for n in (1, 2, 9))
    received = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    sent = outbound(mail, case, RECEIVED + timedelta(minutes=1), message_id=SES_ID)
    for email in (received, sent, case.email):
        first, again = move(api, case, email, other), move(api, case, email, other)
        assert (again.status, again.json, again.headers["location"]) == (200, first.json, first.headers["location"])
        # To another case, it is another move, of an email that the case does not have.
        assert move(api, case, email, third).status == 404
        assert move(api, case, email, other, "other-agent").status == 404
        assert move(api, case, email, "x").wrong_fields == ["case_id"]
    assert move(api, third, received, other).status == 404, "it was never there"
    moves = [one for one in api("admin", "GET", "/audit").items if one["action"] == "email.move"]
    assert len(moves) == 3


def test_at_the_same_time(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two moves at once, the slower one is answered as the faster one."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    email = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    unhindered, faster = MoveStore.move, []

    def overtaken(*given: Any) -> StoredEmail:
        monkeypatch.setattr(MoveStore, "move", unhindered)
        faster.append(move(api, case, email, other).json)
        return unhindered(*given)

    monkeypatch.setattr(MoveStore, "move", overtaken)
    assert [move(api, case, email, other).json] == faster
    assert history(api, other)[0] == email.email_id
