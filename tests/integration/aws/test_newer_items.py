"""Old code beside new code: what newer code has written is kept if it can be ignored, and refused if it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import READABLE_SCHEMAS, Row, read_row, read_rows
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.aws.stores.user_mapping_store import UserMappingStore
from email_channels.cases.audit.records import AuditAction, AuditRecord
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.routing import Routing, ServiceGroup, Topic
from email_channels.errors import Fault

from tests.support.acts import an_act
from tests.support.reliability.simulation import open_simulation
from tests.support.reliability.starting_states import an_email_to_move

ZOE = Employee("543457", "Zoe Hartmann", ("zoe@acme.example",))
FORMS = Mailbox(address="forms@acme.example", receiving_address="forms@in.example")
MAPPING = UserMapping("one", "forms@acme.example", "bob@elsewhere.example", "543457")
ROUTING = Routing(topics={"Tax": Topic("Tax", "tax")}, service_groups={"tax": ServiceGroup("tax", "Tax")})
TAG = {"S": "newer"}


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
