"""Notes are in the history of a case, and nowhere else."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.audit_rows import AuditRow
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.outbound_rows import IdempotencyRow
from email_channels.aws.rows.table import Row, read_row
from email_channels.aws.stores.history_counts import set_counts
from email_channels.cases import case as cases

from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.stored_emails import record_case


def write(api: Api, case_id: str, text: object = "She called.", key: str | None = None, user: str = "agent") -> Answer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api(user, "POST", f"/cases/{case_id}/notes", {"text": text}, headers=headers, claims={"name": "Alex"})


def history(api: Api, case_id: str) -> list[Any]:
    return api("agent", "GET", f"/cases/{case_id}/emails").items


def case_row(case_id: str) -> CaseRow:
    row = read_row(keys.record(case_id), CaseRow)
    assert row is not None
    return row


def test_note(api: Api, mail: MailBucket) -> None:
    case = record_case(mail, 1)
    before, row = api("agent", "GET", f"/cases/{case.case_id}"), case_row(case.case_id)
    answer = write(api, case.case_id, "  She called.\nAgain <b>tomorrow</b>.\n> no quote\n")
    entry = answer.json
    assert answer.status == 201, answer.text
    assert answer.headers["location"] == f"/cases/{case.case_id}/emails/{entry['email_id']}"
    listed = {
        "email_id": entry["email_id"],
        "direction": "internal",
        "kind": "note",
        "author": {"user": "id-of-agent", "name": "Alex"},
        "from": None,
        "reply_to": [],
        "to": [],
        "cc": [],
        "subject": "",
        "at": entry["at"],
        "preview": "She called. Again <b>tomorrow</b>. > no quote",
        "attachments": [],
        "warnings": [],
        "matched_by": None,
    }
    text = "She called.\nAgain <b>tomorrow</b>.\n> no quote"
    whole: dict[str, Any] = {"text": text, "visible": text, "quoted": "", "html": None, "headers": [], "trace": []}
    assert {name: value for name, value in entry.items() if name in listed} == listed
    assert {name: entry[name] for name in whole} == whole
    assert "recipients" not in entry
    assert history(api, case.case_id)[0] == listed
    assert api("agent", "GET", answer.headers["location"]).json == entry
    assert api("agent", "GET", f"{answer.headers['location']}/original").status == 404

    after = api("agent", "GET", f"/cases/{case.case_id}")
    assert after.headers["etag"] == before.headers["etag"]
    changed = {name for name, value in after.json.items() if value != before.json[name]}
    assert changed == {"updated_at"}
    assert after.json["updated_at"] == entry["at"]
    assert [one["case_id"] for one in api("admin", "GET", "/cases").items] == [case.case_id]
    counted = case_row(case.case_id)
    assert (counted.entries, counted.entry_bytes) == ((row.entries or 0) + 1, (row.entry_bytes or 0) + len(text))


def test_audit(api: Api, mail: MailBucket) -> None:
    """The audit says who wrote a note in which case, and not what."""
    case = record_case(mail, 1)
    entry = write(api, case.case_id, "Secret").json
    (record,) = [row for row in Row.scan() if isinstance(row, AuditRow)]
    assert (record.actor, record.action) == ("id-of-agent", "note.create")
    assert record.target == f"{case.case_id}/{entry['email_id']}"
    found = api("admin", "GET", f"/audit?target={case.case_id}").items
    assert [one["action"] for one in found] == ["note.create"]
    assert "Secret" not in str(record.attribute_values)


@pytest.mark.parametrize("text", ["", " \n\t", "\0", " \x1b\n", None, 5, ["a"], "x" * 50_001])
def test_wrong_note(api: Api, mail: MailBucket, text: object) -> None:
    case = record_case(mail, 1)
    assert write(api, case.case_id, text).wrong_fields == ["text"]
    assert write(api, case.case_id, key=" ").wrong_fields == ["Idempotency-Key"]
    assert write(api, case.case_id, user="other-agent").status == 404
    assert len(history(api, case.case_id)) == 1


def test_control_characters(api: Api, mail: MailBucket) -> None:
    """Control characters are removed, as from emails; tabs and line ends are kept."""
    answer = write(api, record_case(mail, 1).case_id, "\0She\x1b called.\n\tTomorrow\x07")
    assert answer.json["text"] == "She called.\n\tTomorrow"


def test_long_note(api: Api, mail: MailBucket) -> None:
    """A long text is in the bucket, and is shown whole."""
    case = record_case(mail, 1)
    text = "".join(chr(0x4E00 + n * 7 % 20_000) for n in range(50_000))
    answer = write(api, case.case_id, text)
    assert answer.status == 201, answer.text
    assert api("agent", "GET", answer.headers["location"]).json["text"] == text


def test_repeated(api: Api, mail: MailBucket) -> None:
    """The same key and text write one note; another text, or an email's key, is refused."""
    case = record_case(mail, 1)
    first = write(api, case.case_id, key="one")
    assert write(api, case.case_id, key="one").json == first.json
    assert write(api, case.case_id, "Other", key="one").status == 409
    assert write(api, case.case_id, key="two").json["email_id"] != first.json["email_id"]
    assert write(api, case.case_id).status == 201
    assert write(api, case.case_id).status == 201
    assert len(history(api, case.case_id)) == 5


def test_key_of_another_agent(api: Api, mail: MailBucket) -> None:
    """Two agents may use the same key: each writes a note of their own."""
    case = record_case(mail, 1)
    notes = [write(api, case.case_id, key="one", user=user).json for user in ("agent", "admin", "agent", "admin")]
    assert notes[:2] == notes[2:]
    assert [note["author"]["user"] for note in notes[:2]] == ["id-of-agent", "id-of-admin"]
    assert len(history(api, case.case_id)) == 3


def test_at_the_same_time(api: Api, mail: MailBucket) -> None:
    """Of several requests with one key, one writes the note, and all get it."""
    case = record_case(mail, 1)
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(write(api, case.case_id, key="one"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [answer for answer in answers if answer.status == 201]
    assert {answer.status for answer in answers} <= {201, 503}
    assert len({answer.json["email_id"] for answer in done}) == 1
    assert len(history(api, case.case_id)) == 2


def test_same_key_meanwhile(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that came first writes its note between the look at the key and the write: there is one note."""
    case = record_case(mail, 1)
    first: list[Answer] = []
    assert not meanwhile(monkeypatch, "TransactWriteItems", lambda: first.append(write(api, case.case_id, key="one")))
    second = write(api, case.case_id, key="one")
    assert (second.status, second.json) == (201, first[0].json)
    assert len(history(api, case.case_id)) == 2


def test_counted_meanwhile(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that comes at the same time is counted, too."""
    case = record_case(mail, 1)
    meanwhile(monkeypatch, "TransactWriteItems", lambda: case_row(case.case_id).update(actions=set_counts(1, 10, "0")))
    assert write(api, case.case_id).status == 201
    assert case_row(case.case_id).entries == 2


def test_merged_meanwhile(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that has just been merged takes no note."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    merged = [CaseRow.merged_into.set(other.case_id)]
    meanwhile(monkeypatch, "TransactWriteItems", lambda: case_row(case.case_id).update(actions=[*merged]))
    assert write(api, case.case_id).problem == "case_merged"
    assert len(history(api, case.case_id)) == 1


def test_expired_key(api: Api, mail: MailBucket) -> None:
    """After a day, the key is new, even if DynamoDB has not deleted the item."""
    case = record_case(mail, 1)
    first = write(api, case.case_id, key="one").json
    (row,) = [row for row in Row.scan() if isinstance(row, IdempotencyRow)]
    row.update(actions=[Row.expires_at.set(1)])
    again = write(api, case.case_id, key="one")
    assert (again.status, again.json["email_id"] == first["email_id"]) == (201, False)
    assert write(api, case.case_id, key="one").json == again.json


def test_full_case(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full case takes no notes."""
    monkeypatch.setattr(cases, "MAX_CASE_EMAILS", 3)
    case = record_case(mail, 1)
    assert [write(api, case.case_id).status for _ in range(3)] == [201, 201, 409]
    assert len(history(api, case.case_id)) == 3


def test_moved_note(api: Api, mail: MailBucket) -> None:
    """A note can be moved as an email can; the key then says so."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    note = write(api, case.case_id, key="one")
    moved = api("agent", "POST", f"{note.headers['location']}/move", {"case_id": other.case_id})
    assert (moved.status, moved.json["author"]) == (200, {"user": "id-of-agent", "name": "Alex"})
    assert [one["kind"] for one in history(api, other.case_id)] == ["note", "normal"]
    assert write(api, case.case_id, key="one").status == 409
