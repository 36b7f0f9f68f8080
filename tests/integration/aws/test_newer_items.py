"""Old code beside new code: what newer code has written is kept if it can be ignored, and refused if it cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import READABLE_SCHEMAS, Row, read_row, read_rows
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.configuration.template_store import TemplateStore
from email_channels.aws.stores.cursor_key_store import CursorKeyStore
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.intake_lookup import IntakeLookup
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.jobs.recent_emails import recorded_email
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.moving.merged_cases import last_target
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.aws.stores.noticing.read_marks import ReadMarks
from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.aws.stores.people.signature_store import SignatureStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.aws.stores.replacement_store import ReplacementStore
from email_channels.aws.stores.requests.new_case_keys import NewCaseKey, first_case
from email_channels.aws.stores.requests.request_keys import RequestKey, first_request
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.aws.stores.searching.word_store import WordStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.cases.audit.records import AuditAction, AuditRecord
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.mailboxes import Mailbox, mailbox_id
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.routing import Routing, ServiceGroup, Topic
from email_channels.errors import Fault
from email_channels.followup.publishing import read_cases

from tests.support.acts import an_act
from tests.support.reliability.simulation import open_simulation
from tests.support.reliability.starting_states import an_email_to_move

ZOE = Employee("543457", "Zoe Hartmann", ("zoe@acme.example",))
FORMS = Mailbox(address="forms@acme.example", receiving_address="forms@in.example")
MAPPING = UserMapping("one", "forms@acme.example", "bob@elsewhere.example", "543457")
ROUTING = Routing(topics={"Tax": Topic("Tax", "tax")}, service_groups={"tax": ServiceGroup("tax", "Tax")})
TAG = {"S": "newer"}
AT = datetime(2026, 11, 23, tzinfo=UTC)
ID, EMAIL, SES_ID = "7K3F92QDX0", "06H0B3N8R7K3F92QDX0", "0102@eu-central-1.amazonses.com"
RECORD = keys.record(ID)
POINTER = Pointer(ID, Outcome.ENTRY, ID, EMAIL, "raw/case_creation/1", None)


@pytest.mark.usefixtures("aws")
def test_replaced_items_keep_what_is_unknown() -> None:
    """Attributes of the item and fields of its documents, in the items and in their copies."""
    directory, mailboxes, mappings, routing = DirectoryStore(), MailboxStore(), UserMappingStore(), RoutingStore()
    directory.put(ZOE, an_act())
    mailboxes.put(FORMS, an_act())
    mappings.put(MAPPING, an_act())
    routing.change(lambda _: (ROUTING, _record()))
    before = {key: row.serialize() for key, row in _rows().items()}
    for item in before.values():
        item |= {"newer": TAG}
        for name in ("employee", "mailbox", "mapping"):
            if name in item:
                item[name] = {"S": item[name]["S"][:-1] + ', "newer": [1]}'}
        for name in ("employees", "topics", "service_groups"):
            if name in item:
                item[name] = {"S": item[name]["S"].replace('": {', '": {"newer": [1], ', 1)}
        Row._get_connection().put_item(item["pk"]["S"], item["sk"]["S"], attributes=item)

    assert directory.get("543457") == ZOE
    assert mailboxes.get("forms@acme.example") == FORMS
    assert mappings.get("one") == MAPPING
    assert routing.read() == ROUTING
    directory.put(Employee("543457", "Zoe Webb", ("zoe@acme.example",)), an_act())
    changed = Mailbox(address="forms@acme.example", receiving_address="forms@in.example", default_topic="Tax")
    mailboxes.put(changed, an_act())
    mappings.put(UserMapping("one", "forms@acme.example", "bob@elsewhere.example", "874112"), an_act())
    routing.change(lambda old: (Routing(old.topics, {"tax": ServiceGroup("tax", "Taxes")}), _record()))

    for key, row in _rows().items():
        assert int(row.version) == 2, key
        assert row.unknown_attributes == {"newer": TAG}, key
        for name in ("employee", "mailbox", "mapping"):
            if name in row.attribute_values:
                assert row.attribute_values[name]["newer"] == [1], (key, name)
        for name in ("employees", "topics", "service_groups"):
            for one in row.attribute_values.get(name, {}).values():
                assert one["newer"] == [1], (key, name)


def test_moved_entries_keep_what_is_unknown() -> None:
    with open_simulation() as simulation:
        an_email_to_move(simulation)
        notes = simulation.notes
        key = keys.entry(notes["case"], notes["answer"])
        (item,) = (one for one in simulation.storage.items() if (one["pk"]["S"], one["sk"]["S"]) == key)
        simulation.storage.put_item(item | {"newer": TAG})
        path = f"/cases/{notes['case']}/emails/{notes['answer']}/move"
        assert simulation.request("admin", "POST", path, {"case_id": notes["other"]}).status == 200
        moved = read_row(keys.entry(notes["other"], notes["answer"]), EntryRow)
        assert moved is not None
        assert moved.unknown_attributes == {"newer": TAG}


@pytest.mark.parametrize(
    "newer",
    [
        pytest.param({"schema": {"N": str(max(READABLE_SCHEMAS) + 1)}}, id="newer schema"),
        pytest.param({"kind": {"S": "newer"}}, id="unknown kind"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_unknown_layouts(newer: dict[str, Any]) -> None:
    """An item that this code cannot read is not taken for one that is absent: the event is retried."""
    directory = DirectoryStore()
    directory.put(ZOE, an_act())
    key = keys.employee("543457")
    Row._get_connection().put_item(*key, attributes=read_rows([key])[key].serialize() | newer)
    with pytest.raises(Fault, match="unknown"):
        directory.get("543457")
    with pytest.raises(Fault, match="unknown"):
        directory.put(ZOE, an_act())


# What a store would say of an item that is absent: there is none, so a worker may make one, or has nothing to do.
READS: list[tuple[Key, str, Callable[[MailBucket], object]]] = [
    (RECORD, "pointer", lambda _: IntakeLookup().fetch([RECORD])),
    (RECORD, "pointer", lambda mail: ReplacementStore(mail).record(ID)),
    (RECORD, "pointer", lambda _: recorded_email(ID)),
    (RECORD, "tombstone", lambda _: RecordErasureStore().tombstone(ID)),
    (RECORD, "unprocessed", lambda _: ReconcileStore.exists(ID)),
    (RECORD, "unprocessed", lambda mail: UnprocessedStore(mail).get(ID)),
    (RECORD, "unprocessed", lambda _: UnprocessedStore.read_listed([ID])),
    (RECORD, "unprocessed", lambda mail: NotificationStore(mail).read(ID)),
    (RECORD, "unprocessed", lambda _: NotificationDeliveryStore.withdraw(ID, SES_ID, AT)),
    (RECORD, "unprocessed", lambda _: RecordErasureStore().bury_unprocessed(ID, AT)),
    (RECORD, "case", lambda _: RecordErasureStore().bury_case(ID, AT)),
    (RECORD, "case", lambda mail: CaseStore(mail, RoutingStore()).get(ID)),
    (RECORD, "case", lambda mail: FollowUpStore(mail).new_case(ID)),
    (RECORD, "case", lambda mail: MergeStore(mail).finish(ID, AT)),
    (RECORD, "case", lambda _: last_target(ID)),
    (RECORD, "case", lambda _: ReadMarks.mark(ID)),
    (RECORD, "case", lambda _: note_departure(ID)),
    (RECORD, "case", lambda _: read_cases([ID])),
    (keys.entry(ID, EMAIL), "entry", lambda mail: FollowUpStore(mail).new_entry(ID, EMAIL)),
    (keys.entry(ID, EMAIL), "entry", lambda mail: MoveStore(mail).has_entry(ID, EMAIL)),
    (keys.entry(ID, EMAIL), "entry", lambda mail: RecordStore(mail).has_entry(POINTER)),
    (keys.entry(ID, EMAIL), "entry", lambda _: OutboundStore().entry(ID, EMAIL)),
    (keys.case_words(ID), "case_words", lambda _: WordStore.forget(ID, EMAIL)),
    (keys.idempotency(ID, "kim", "k"), "idempotency", lambda _: first_request(ID, RequestKey("kim", "k", ""), AT)),
    (keys.new_case_key("kim", "k"), "new_case_key", lambda _: first_case(NewCaseKey("kim", "k", "", AT))),
    (keys.sent(sent_message_id_key(SES_ID)), "sent", lambda _: OutboundStore().sent_as(SES_ID)),
    (
        keys.notification(sent_message_id_key(SES_ID)),
        "notification",
        lambda _: NotificationDeliveryStore.digest_records(SES_ID),
    ),
    (keys.employee("1"), "employee", lambda _: DirectoryStore().get("1")),
    (keys.address("a@b.example"), "address", lambda _: DirectoryStore().user_ids_at("a@b.example")),
    (keys.mailbox("a@b.example"), "mailbox", lambda _: MailboxStore().get("a@b.example")),
    (keys.user_mapping("one"), "user_mapping", lambda _: UserMappingStore().get("one")),
    (keys.routing(), "routing", lambda _: RoutingStore().read()),
    (keys.template("one"), "template", lambda _: TemplateStore.get("one")),
    (keys.cursor_key(), "cursor_key", lambda _: CursorKeyStore().key()),
    (keys.upload("one"), "upload", lambda _: UploadStore.read(["one"], AT)),
    (keys.person("kim"), "person", lambda _: PersonStore.get("kim", AT.date())),
    (keys.signature("kim"), "signature", lambda _: SignatureStore.get("kim", AT)),
    (keys.job("one"), "job", lambda _: JobStore.get("one")),
    (keys.job_selection("one", 0), "job_selection", lambda _: JobStore.selected("one", 0)),
    (keys.job_findings("one"), "job_findings", lambda _: JobStore.findings(["one"])),
    (keys.probe(mailbox_id("a@b.example")), "probe", lambda _: ProbeStore.read(["a@b.example"])),
    (keys.probe_place(), "probe_place", lambda _: ProbeStore.place()),
]


def test_newer_items_are_not_absent(mail: MailBucket) -> None:
    """Each store that reads a single item refuses one of a newer schema."""
    connection, taken_for_absent = Row._get_connection(), []
    for number, (key, kind, read) in enumerate(READS):
        newer = {"kind": {"S": kind}, "schema": {"N": str(max(READABLE_SCHEMAS) + 1)}}
        connection.put_item(*key, attributes=newer)
        try:
            read(mail)
        except Fault:
            pass
        else:
            taken_for_absent.append((number, kind))
        connection.delete_item(*key)
    assert taken_for_absent == []


@pytest.mark.usefixtures("aws")
def test_no_layout() -> None:
    """Every item has a schema. One without it is from code older than schemas, which nobody migrates."""
    DirectoryStore().put(ZOE, an_act())
    key = keys.employee("543457")
    item = read_rows([key])[key].serialize()
    del item["schema"]
    Row._get_connection().put_item(*key, attributes=item)
    with pytest.raises(Fault, match="unknown layout"):
        DirectoryStore().get("543457")


def _record() -> AuditRecord:
    return an_act().record(AuditAction.TOPIC_PUT, "Tax")


def _rows() -> dict[keys.Key, Row]:
    wanted = [
        keys.employee("543457"),
        keys.address("zoe@acme.example"),
        keys.mailbox("forms@acme.example"),
        keys.receiving("forms@in.example"),
        keys.user_mapping("one"),
        keys.user_mapping_slot("forms@acme.example", "bob@elsewhere.example"),
        keys.routing(),
    ]
    rows = read_rows(wanted)
    assert set(rows) == set(wanted)
    return rows
