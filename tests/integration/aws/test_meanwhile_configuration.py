"""Two writers of the directory, of the configuration or of words at once: neither loses what the other wrote."""

from __future__ import annotations

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.search_rows import CaseWordsRow, case_words_of
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.searching.word_store import WordStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.cases.case import Case
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.errors import Conflict

from tests.support.acts import an_act
from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.stored_emails import record_case


def row_of(case: Case) -> CaseRow:
    return CaseRow.get(*keys.record(case.case_id))


def test_employees_with_one_address(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are found by the address."""
    store, address = DirectoryStore(), "family@home.example"
    one, two = (Employee(n, "Jo", (address,)) for n in ("1", "2"))
    meanwhile(monkeypatch, "TransactWriteItems", lambda: store.put(two, an_act()))
    store.put(one, an_act())
    assert store.user_ids_at(address) == ("1", "2")
    store.delete("2", an_act())
    with monkeypatch.context() as patched:
        meanwhile(patched, "TransactWriteItems", lambda: store.put(two, an_act()))
        store.delete("1", an_act())
    assert store.user_ids_at(address) == ("2",)


def test_employee_and_change(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of an import, whose employee has just been deleted, makes them again, with all that belongs to them."""
    store = DirectoryStore()
    store.put(Employee("1", "Jo", ()), an_act())
    meanwhile(monkeypatch, "TransactWriteItems", lambda: store.delete("1", an_act()))
    assert store.put(Employee("1", "Jo", (), "UK"), an_act())


def test_mailboxes_with_one_receiving_address(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MailboxStore()
    one, two = (Mailbox(f"{name}@acme.example", "in@forms.example") for name in ("one", "two"))
    meanwhile(monkeypatch, "TransactWriteItems", lambda: store.put(two, an_act()))
    with pytest.raises(Conflict):
        store.put(one, an_act())


def test_mappings_of_one_sender(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    store = UserMappingStore()
    one, two = (UserMapping(name, "payroll@acme.example", None, "7") for name in ("one", "two"))
    meanwhile(monkeypatch, "TransactWriteItems", lambda: store.put(two, an_act()))
    with pytest.raises(Conflict):
        store.put(one, an_act())


def test_words_of_two_emails(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case is found by the words of both."""
    case = record_case(mail, 1)
    store, row = WordStore(), row_of(case)
    meanwhile(monkeypatch, "PutItem", lambda: store.add(row, None, "first", ("anna",)))
    assert store.add(row, None, "second", ("bob",))
    listed = read_row(keys.case_words(case.case_id), CaseWordsRow)
    assert listed is not None
    assert case_words_of(listed).by_source == {"first": ("anna",), "second": ("bob",)}


def test_words_due_again(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changed while the words were found anew makes them due once more."""
    case = record_case(mail, 1)
    row_of(case).update(actions=[CaseRow.words_due.set("case 2")])
    row = row_of(case)
    meanwhile(monkeypatch, "UpdateItem", lambda: row_of(case).update(actions=[CaseRow.words_due.set("case 3")]))
    WordStore().rebuild(row, None, {"case": ("anna",)}, lambda *_: ())
    assert row_of(case).words_due == "case 3"
