"""Values are read from the table as they were written."""

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import ActivityRow
from email_channels.aws.rows.configuration_rows import (
    MailboxRow,
    ReceivingRow,
    RoutingRow,
    UserMappingRow,
    UserMappingSlotRow,
    mailbox_of,
    mailbox_row,
    receiving_row,
    routing_of,
    routing_row,
    user_mapping_of,
    user_mapping_row,
    user_mapping_slot_row,
)
from email_channels.aws.rows.directory_rows import (
    AddressRow,
    EmployeeRow,
    address_row,
    employee_of,
    employee_row,
    employees_at,
)
from email_channels.aws.rows.outbound_rows import SentRow, sent_row
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores import threads
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.routing import Routing, ServiceGroup, Topic
from email_channels.settings import IdentifySender

from tests.support.in_process.aws import Aws

ZOE = Employee("543457", "Zoë Hartmann", ("Zoe.Hartmann@ACME.example", "zoe@bücher.example"), "Germany")
MARCUS = Employee("874112", "Marcus Webb", ("zoe.hartmann@acme.example",), None, blocked=True)
FORMS = Mailbox(
    address="Payroll@acme.example",
    receiving_address="payroll@in.acme-cases.example",
    identify_sender=IdentifySender.USER_ID_IN_BODY,
    variable_topic=True,
    trusted_senders=("forms@acme.example", "hr.example"),
)
ROUTING = Routing(
    topics={"Payroll": Topic("Payroll", "pay", {"UK": "pay-uk"}), "General": Topic("General")},
    service_groups={"pay": ServiceGroup("pay", "Pay team", "pay@acme.example", secured=False)},
)


@pytest.mark.usefixtures("aws")
def test_directory() -> None:
    employee_row(ZOE).save()
    address_row("ZOE.hartmann@acme.example", [ZOE, MARCUS]).save()
    found = read_rows([keys.employee("543457"), keys.address("zoe.hartmann@acme.example")])
    employee, address = found[keys.employee("543457")], found[keys.address("zoe.hartmann@acme.example")]
    assert isinstance(employee, EmployeeRow)
    assert isinstance(address, AddressRow)
    assert employee_of(employee) == ZOE
    assert employees_at(address) == (
        Employee("543457", "Zoë Hartmann", ("Zoe.Hartmann@ACME.example",), "Germany"),
        Employee("874112", "Marcus Webb", ("zoe.hartmann@acme.example",), None, blocked=True),
    )


@pytest.mark.usefixtures("aws")
def test_mailboxes() -> None:
    """Mailboxes and their copies by receiving address."""
    mailbox_row(FORMS).save()
    receiving_row(mailbox_row(FORMS)).save()
    wanted = [keys.mailbox("payroll@acme.example"), keys.receiving("payroll@in.acme-cases.example")]
    mailbox, receiving = (read_rows(wanted)[key] for key in wanted)
    assert isinstance(mailbox, MailboxRow)
    assert isinstance(receiving, ReceivingRow)
    assert mailbox_of(mailbox) == mailbox_of(receiving) == FORMS


@pytest.mark.usefixtures("aws")
def test_user_mappings() -> None:
    """User mappings and their copies."""
    one = UserMapping("m1", "Payroll@acme.example", "Forms@acme.example", "543457")
    everybody = UserMapping("m2", "Payroll@acme.example", None, "874112")
    for mapping in (one, everybody):
        user_mapping_row(mapping).save()
        user_mapping_slot_row(user_mapping_row(mapping)).save()
    wanted = [
        keys.user_mapping("m1"),
        keys.user_mapping_slot("payroll@acme.example", "forms@acme.example"),
        keys.user_mapping_slot("payroll@acme.example", None),
    ]
    by_id, slot, any_sender = (read_rows(wanted)[key] for key in wanted)
    assert isinstance(by_id, UserMappingRow)
    assert isinstance(slot, UserMappingSlotRow)
    assert isinstance(any_sender, UserMappingSlotRow)
    assert user_mapping_of(by_id) == user_mapping_of(slot) == one
    assert user_mapping_of(any_sender) == everybody


@pytest.mark.usefixtures("aws")
def test_routing() -> None:
    routing_row(ROUTING).save()
    row = read_rows([keys.routing()])[keys.routing()]
    assert isinstance(row, RoutingRow)
    assert routing_of(row) == ROUTING
    assert routing_of(None) == Routing()


def test_sent_id(aws: Aws) -> None:
    """A sent id is found by its local part."""
    assert aws.table_name
    sent_row("0107018f@eu-central-1.amazonses.com", "7K3F92QDX0", "E1").save()
    key = (sent_row("0107018f", "", None).pk, "SENT")
    row = read_rows([key])[key]
    assert isinstance(row, SentRow)
    assert (row.case_id, row.email_id) == ("7K3F92QDX0", "E1")


def test_both_ends_of_a_thread(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many emails under one Message-ID, the first ones are found, which nobody can hide, and the last ones."""
    monkeypatch.setattr(threads, "MOST_FIRST", 2)
    monkeypatch.setattr(threads, "MOST_LAST", 2)
    found = []
    for n in range(5):
        ActivityRow(pk=f"CASE#{n}", sk="CASE", gsi3pk="T#1", gsi3sk=f"{n}").save()
        found.append([pk for pk, _ in threads.received_under("T#1")])
    assert found == [
        ["CASE#0"],
        ["CASE#0", "CASE#1"],
        ["CASE#0", "CASE#1", "CASE#2"],
        ["CASE#0", "CASE#1", "CASE#3", "CASE#2"],
        ["CASE#0", "CASE#1", "CASE#4", "CASE#3"],
    ]
