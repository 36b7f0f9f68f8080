"""Audit records: what they show, and what they hide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from email_channels.cases.audit.records import SHOWN, AuditAction, begin_act, document_of
from email_channels.cases.audit.targets import person_target, person_targets
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import PROPERTIES
from email_channels.cases.references import SigningKeys

NOW = datetime(2026, 11, 2, 8, 15, 0, 123456, UTC)
ZOE = Employee("543457", "Zoe Hartmann", ("zoe@acme.example",), "UK")


def test_record() -> None:
    """All changed fields are named; only flags and codes have values."""
    act = begin_act("admin-1", NOW, 730)
    renamed = Employee("543457", "Zoe Webb", ("zoe@acme.example",), "UK", blocked=True)
    record = act.record(
        AuditAction.EMPLOYEE_PUT, "target", document_of(ZOE, "user_id"), document_of(renamed, "user_id")
    )
    assert (record.id, record.actor, record.action, record.target) == (act.id, "admin-1", "employee.put", "target")
    assert record.at == NOW.replace(microsecond=123000)
    assert record.kept_until == record.at + timedelta(days=730)
    assert (record.fields, record.before, record.after) == (("blocked", "name"), {"blocked": False}, {"blocked": True})


def test_made_and_deleted() -> None:
    """What did not exist, or does not exist any more, is None. The field that names the thing is left out."""
    mapping = document_of(UserMapping("one", "payroll@acme.example", None, "543457"), "id")
    act = begin_act("admin-1", NOW, 730)
    made = act.record(AuditAction.USER_MAPPING_PUT, "one", None, mapping)
    deleted = act.record(AuditAction.USER_MAPPING_DELETE, "one", mapping)
    assert made.fields == deleted.fields == ("from", "mailbox", "user_id")
    assert (made.before, made.after) == (None, {"mailbox": "payroll@acme.example"})
    assert (deleted.before, deleted.after) == (made.after, None)
    assert document_of(None, "id") is None


def test_nothing_changed() -> None:
    document = document_of(ZOE, "user_id")
    record = begin_act("admin-1", NOW, 730).record(AuditAction.EMPLOYEE_PUT, "target", document, document)
    assert (record.fields, record.before, record.after) == ((), {}, {})


def test_shown_properties_of_mailboxes() -> None:
    """A new property is only named, until somebody decides here that its values may be shown."""
    assert set(PROPERTIES) - SHOWN["mailbox"] == {"default_subject", "contact"}
    assert SHOWN["mailbox"] - set(PROPERTIES) == {"receiving_address"}


def test_every_kind_has_shown_fields() -> None:
    kinds = {action.partition(".")[0] for action in AuditAction}
    assert kinds - SHOWN.keys() == set()
    assert all(action.count(".") == 1 for action in AuditAction)


def test_ids_sort_by_time() -> None:
    ids = [begin_act("a", NOW + timedelta(milliseconds=n), 1).id for n in (0, 1, 31, 32, 10**6, 10**11)]
    assert ids == sorted(ids)
    assert len({len(one) for one in ids}) == 1
    assert begin_act("a", NOW, 1).id != begin_act("a", NOW, 1).id


def test_person() -> None:
    """Each key gives another target, which tells nothing without the key. Ids are compared exactly."""
    keys = SigningKeys("new", ("old",))
    target = person_target("543457", keys)
    assert len(target) == 32
    assert target == person_target("543457", SigningKeys("new"))
    assert person_targets("543457", keys) == (target, person_target("543457", SigningKeys("old")))
    assert len({target, person_target("543458", keys), person_target(" 543457", keys)}) == 3
    assert person_target("\ud800", keys)
