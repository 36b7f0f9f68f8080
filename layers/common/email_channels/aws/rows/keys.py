"""Primary keys of all items. `docs/data-model.md` lists the keys with their reasons.

Each function returns (partition key, sort key). The functions at the end read the ids back from the keys; no other code
takes a key apart.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Final

from email_channels.cases.references import decode, encode
from email_channels.times import from_text, to_text

Key = tuple[str, str]
"""(partition key, sort key) of an item."""

# DynamoDB (naming rules) limits a sort key to 1,024 bytes and a partition key to 2,048. Names that people choose may be
# longer.
MAX_NAME_BYTES = 900

MAILBOXES = "MAILBOXES"
"""The partition of all mailboxes that were added at run time."""

USER_MAPPINGS = "USERMAPPINGS"
"""The partition of all user mappings."""

TEMPLATES = "TEMPLATES"
"""The partition of all templates."""

NOTIFICATIONS = "NOTIFICATIONS"
"""The partition of the counts of notifications."""

PURGES = "PURGES"
"""The partition of all proofs of purges."""

AUDIT = "AUDIT"
"""The partition of all audit records."""

JOBS = "JOBS"
"""The partition of all jobs."""

PARTICIPANTS = "PARTICIPANTS#"
"""The beginning of the sort keys of participants."""

CASE_WORDS = "W#"
"""The beginning of the partition keys of words of cases. A case has ten of them, so it is short."""

_TIME_CHARACTERS: Final = 9
_LAST_MILLISECOND: Final = 32**_TIME_CHARACTERS - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

FIRST_ENTRY = "EMAIL#"
AFTER_ENTRIES = "EMAIL$"
"""Sort keys of entries lie between these two."""


def record(record_id: str) -> Key:
    """The record of an inbound email; a case has the id of its record."""
    return f"CASE#{record_id}", "CASE"


def entry(case_id: str, email_id: str) -> Key:
    """An entry of a case's history."""
    return f"CASE#{case_id}", f"EMAIL#{email_id}"


def details(case_id: str) -> Key:
    """What is too long for the item of a case."""
    return f"CASE#{case_id}", "DETAILS"


def activity(case_id: str) -> Key:
    """The activity of a case that no email shows."""
    return f"CASE#{case_id}", "ACTIVITY"


def participants(case_id: str, participant: bytes) -> Key:
    """The participants of a case for whom its own item has no room; 16 items, by the first four bits of their keys."""
    return f"CASE#{case_id}", f"{PARTICIPANTS}{participant[0] >> 4:x}"


def presence(case_id: str, user: str) -> Key:
    """What a person is doing with a case. Without `user`, what the sort keys of all begin with."""
    return f"CASE#{case_id}", f"PRESENCE#{bounded(user)}"


def idempotency(case_id: str, user: str, key: str) -> Key:
    """The Idempotency-Key of a caller (a `sub`) within a case."""
    return f"CASE#{case_id}", f"IDEMPOTENCY#{hashlib.sha256(json.dumps([user, key]).encode()).hexdigest()}"


def shared_idempotency(case_id: str, key: str) -> Key:
    """An Idempotency-Key within a case, as the first release kept it: for all callers together."""
    return f"CASE#{case_id}", f"IDEMPOTENCY#{hashlib.sha256(key.encode()).hexdigest()}"


def new_case_key(user: str, key: str) -> Key:
    """The Idempotency-Key with which a caller (a `sub`) makes a case."""
    return f"NEWCASE#{hashlib.sha256(json.dumps([user, key]).encode()).hexdigest()}", "NEWCASE"


def sent(sent_key: str) -> Key:
    """An email that we sent, by the id that SES gave it (`identity.sent_message_id_key`)."""
    return f"SENT#{sent_key}", "SENT"


def notification(sent_key: str) -> Key:
    """The delivery states of a notification, by the id that SES gave it (`identity.sent_message_id_key`)."""
    return f"NOTIFICATION#{sent_key}", "NOTIFICATION"


def notification_minute(minute: str) -> Key:
    """The count of notifications that were asked for in a minute (its beginning, as `times.to_text` writes it)."""
    return NOTIFICATIONS, minute


def last_digest() -> Key:
    """The time of the last digest."""
    return "LAST_DIGEST", "LAST_DIGEST"


def automatic_hour(hour: str) -> Key:
    """The count of automatic emails to senders in an hour (its beginning, as `times.to_text` writes it)."""
    return "AUTOMATIC", hour


def rate(sender: str, hour: str) -> Key:
    """The cases that a sender (normalised address) opened in an hour (`2026-11-23T18`)."""
    return f"RATE#{bounded(sender)}", hour


def employee(user_id: str) -> Key:
    """An employee."""
    return f"EMPLOYEE#{bounded(user_id)}", "EMPLOYEE"


def employee_word(word: str, user_id: str) -> Key:
    """A word of an employee's name. Words with the same first character are one partition, sorted."""
    return f"EMPLOYEEWORDS#{word[0]}", f"{word}#{bounded(user_id)}"


def case_words(case_id: str) -> Key:
    """The words under which a case is found."""
    return f"CASE#{case_id}", "WORDS"


def case_word(word: str, made: str, case_id: str) -> Key:
    """A word of a case. Words with the same first character are one partition, sorted by word, the newest case first.

    `made` is the time at which the case was made, as `newest_first` writes it.
    """
    return f"{CASE_WORDS}{word[0]}", f"{word}#{made}{case_id}"


def short_time(at: str) -> str:
    """A time (as `times.to_text` writes it) in nine characters that sort by it, as at the beginning of an email id."""
    return _nine_characters(_milliseconds(at))


def time_of_short(characters: str) -> str:
    """The inverse of `short_time`."""
    return to_text(_EPOCH + decode(characters) * _MILLISECOND)


def newest_first(at: str) -> str:
    """A time (as `times.to_text` writes it) in nine characters that sort newer times first."""
    return _nine_characters(_LAST_MILLISECOND - _milliseconds(at))


def _milliseconds(at: str) -> int:
    """Since 1970; for a time before that, or in a thousand years, the nearest that nine characters can say."""
    return min(max((from_text(at) - _EPOCH) // _MILLISECOND, 0), _LAST_MILLISECOND)


def _nine_characters(number: int) -> str:
    return encode((number << 3).to_bytes(6, "big"), _TIME_CHARACTERS)


def address(address: str) -> Key:
    """The employees that have an address (normalised)."""
    return f"ADDRESS#{bounded(address)}", "ADDRESS"


def mailbox(address: str) -> Key:
    """A mailbox by the address that employees write to (normalised)."""
    return MAILBOXES, bounded(address)


def receiving(address: str) -> Key:
    """A copy of the mailbox under its receiving address (normalised)."""
    return "RECEIVING", bounded(address)


def user_mapping(mapping_id: str) -> Key:
    """A user mapping by its id."""
    return USER_MAPPINGS, bounded(mapping_id)


def user_mapping_slot(mailbox: str, sender: str | None) -> Key:
    """A copy of the user mapping for a mailbox and sender (both normalised; None: any sender)."""
    return f"USERMAPPING#{bounded(mailbox)}", f"FROM#{bounded(sender)}" if sender else "ANY"


def template(template_id: str) -> Key:
    """A template by its id."""
    return TEMPLATES, bounded(template_id)


def routing() -> Key:
    """The item with all topics and service groups."""
    return "ROUTING", "ROUTING"


def cursor_key() -> Key:
    """The item of the key that seals places in cursors."""
    return "CURSOR_KEY", "CURSOR_KEY"


def probe(mailbox_key: str) -> Key:
    """The probes of a mailbox (`cases/probes/mark.py`)."""
    return "PROBES", mailbox_key


def probe_place() -> Key:
    """Where the next run of probes goes on."""
    return "PROBE_PLACE", "PROBE_PLACE"


def upload(upload_id: str) -> Key:
    """An upload that an agent announced."""
    return f"UPLOAD#{upload_id}", "UPLOAD"


def purge(at: str, purge_id: str) -> Key:
    """The proof of a purge (`at` as `times.to_text` writes it)."""
    return PURGES, f"{at}#{purge_id}"


def audit(audit_id: str) -> Key:
    """An audit record (its id sorts by time)."""
    return AUDIT, audit_id


def job(job_id: str) -> Key:
    """A job. Its id sorts by time."""
    return JOBS, bounded(job_id)


def job_selection(job_id: str, page: int) -> Key:
    """A page of the ids that a job selected."""
    return f"JOB#{job_id}", f"SELECTION#{page:05d}"


def job_findings(job_id: str) -> Key:
    """What a job rejected and found."""
    return f"JOB#{bounded(job_id)}", "FINDINGS"


def job_lock(kind: str) -> Key:
    """The only job of a kind that may run."""
    return "JOB_LOCKS", kind


def person(user: str) -> Key:
    """A person who uses the API, by the `sub` of their tokens."""
    return f"PERSON#{bounded(user)}", "PERSON"


def signature(user: str) -> Key:
    """The signature of a person."""
    return f"PERSON#{bounded(user)}", "SIGNATURE"


def bounded(name: str) -> str:
    """The name itself, or its hash if it is too long for a key."""
    encoded = name.encode("utf-8", "replace")
    if len(encoded) <= MAX_NAME_BYTES:
        return encoded.decode()
    return f"sha256:{hashlib.sha256(encoded).hexdigest()}"


def record_id_of(pk: str) -> str:
    """The id in the partition key of a record or an entry: the record id, which for a case is the case id."""
    return _after_prefix(pk)


def email_id_of(sk: str) -> str:
    """The email id in the sort key of an entry; "" for the sort key of a record."""
    return _after_prefix(sk)


def upload_id_of(pk: str) -> str:
    """The upload id in the partition key of an upload."""
    return _after_prefix(pk)


def employee_word_of(sk: str) -> str:
    """The word in a sort key that `employee_word` made."""
    return sk.partition("#")[0]


def case_word_of(sk: str) -> tuple[str, str]:
    """The word and the case id in a sort key that `case_word` made."""
    word, _, rest = sk.partition("#")
    return word, rest[_TIME_CHARACTERS:]


def purge_id_of(sk: str) -> str:
    """The purge id in the sort key of a proof."""
    return _after_prefix(sk)


def job_id_of(pk: str) -> str:
    """The job id in the partition key of what a job found."""
    return _after_prefix(pk)


def user_of(key: str) -> str:
    """The `sub` in the partition key of a person, or in the sort key of a presence (its hash if it is too long)."""
    return _after_prefix(key)


def _after_prefix(key: str) -> str:
    return key.partition("#")[2]
