"""A move of an email can be repeated, and both cases then know when they last got and sent an email."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.history_counts import set_counts
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.cases.case import Case
from email_channels.cases.history import EntryKind, StoredEmail
from email_channels.times import to_text

from functions.agent_api.work import moving
from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.histories import answer_to, history, outbound
from tests.support.in_process.stored_emails import RECEIVED, record_case

SES_ID = "0102@eu-central-1.amazonses.com"


def move(api: Api, case: Case, email: StoredEmail | None, to: Case | str, user: str = "agent") -> Answer:
    assert email
    to = to if isinstance(to, str) else to.case_id
    return api(user, "POST", f"/cases/{case.case_id}/emails/{email.email_id}/move", {"case_id": to})


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
    assert history(api, other.case_id)[0] == email.email_id


def test_there_and_back(api: Api, mail: MailBucket) -> None:
    """Nobody has read it in the other case, its place in the log of activity names that case, and it may come back."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    email = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    EntryRow.get(*keys.entry(case.case_id, email.email_id)).update(actions=[EntryRow.seen.set(1)])
    for source, target in ((case, other), (other, case)):
        assert move(api, source, email, target).status == 200
        row = EntryRow.get(*keys.entry(target.case_id, email.email_id))
        assert not row.seen
        assert row.gsi4sk.endswith(f"#{target.case_id}")
        assert history(api, source.case_id) == [source.email.email_id if source.email else ""]


def last(api: Api, case: Case) -> tuple[str | None, str | None]:
    """When the case last got an email, and when an agent last sent one."""
    shown = api("admin", "GET", f"/cases/{case.case_id}").json
    return shown["last_inbound_at"], shown["last_outbound_at"]


def seen(case: Case, received: datetime | None, sent: datetime | None) -> None:
    """The case has noted these emails, as `notify` and `adhoc_send` would have."""
    row = read_row(keys.record(case.case_id), CaseRow)
    assert row is not None
    times = ((CaseRow.last_inbound_at, received), (CaseRow.last_outbound_at, sent))
    row.update(actions=[known.set(to_text(at)) for known, at in times if at is not None])


def test_last_emails(api: Api, mail: MailBucket) -> None:
    """Both cases say when they last got and sent one of the emails that they have now."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    first, earlier, later = RECEIVED, RECEIVED + timedelta(minutes=5), RECEIVED + timedelta(minutes=9)
    received = [answer_to(mail, case, n, at) for n, at in ((3, earlier), (4, later))]
    sent = outbound(mail, case, earlier, message_id=SES_ID)
    outbound(mail, case, later + timedelta(hours=1), kind=EntryKind.ACKNOWLEDGEMENT)
    answer_to(mail, case, 5, later + timedelta(hours=1), kind=EntryKind.AUTOMATIC_REPLY)
    seen(case, later, earlier)
    seen(other, first, None)
    waiting = [api("admin", "GET", f"/cases/{one.case_id}").json["waiting_on"] for one in (case, other)]

    assert move(api, case, sent, other).status == 200
    assert (last(api, case), last(api, other)) == ((to_text(later), None), (to_text(first), to_text(earlier)))
    assert move(api, case, received[1], other).status == 200
    assert (last(api, case), last(api, other)) == ((to_text(earlier), None), (to_text(later), to_text(earlier)))
    assert move(api, case, received[0], other).status == 200
    assert last(api, other) == (to_text(later), to_text(earlier)), "an older one changes nothing"
    assert case.email
    assert last(api, case) == (to_text(case.email.at), None)
    assert move(api, case, case.email, other).status == 200
    assert last(api, case) == (None, None)
    assert [api("admin", "GET", f"/cases/{one.case_id}").json["waiting_on"] for one in (case, other)] == waiting


def test_last_emails_of_a_split_case(api: Api, mail: MailBucket) -> None:
    """The case from which an email is split says when it got the one before."""
    case = record_case(mail, 1)
    received = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    seen(case, received.at, None)
    path = f"/cases/{case.case_id}/emails/{received.email_id}/split"
    assert api("agent", "POST", path, {}).json["last_inbound_at"] == to_text(received.at)
    assert case.email
    assert last(api, case) == (to_text(case.email.at), None)


def test_crash_before_the_times(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move that ends before it has found out the times is made good by a repeat."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    received = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    seen(case, received.at, None)

    def crash(_: str) -> None:
        raise OSError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(moving, "note_departure", crash)
        assert move(api, case, received, other).status >= 500
    assert last(api, case) == (to_text(received.at), None)
    assert move(api, case, received, other).status == 200
    assert case.email
    assert last(api, case) == (to_text(case.email.at), None)


def test_last_emails_of_merged_cases(api: Api, mail: MailBucket) -> None:
    """The target of a merge says when the last of all emails came and was sent; the merged case has none."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    at = RECEIVED + timedelta(minutes=5)
    received, sent = answer_to(mail, case, 3, at), outbound(mail, case, at, message_id=SES_ID)
    row = read_row(keys.record(case.case_id), CaseRow)
    assert row is not None
    row.update(actions=set_counts(2, 0, max(received.email_id, sent.email_id)))
    seen(case, at, at)
    seen(target, RECEIVED, RECEIVED)
    assert api("agent", "POST", f"/cases/{case.case_id}/merge", {"into": target.case_id}).status == 200
    assert (last(api, case), last(api, target)) == ((None, None), (to_text(at), to_text(at)))
