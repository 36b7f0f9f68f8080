"""What stored items mean: the values that readers make of them, as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, cast

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.audit_rows import AuditRow, audit_record_of
from email_channels.aws.rows.case_rows import CaseRow, DetailsRow, case_of, with_details
from email_channels.aws.rows.codec import recipients_from_json
from email_channels.aws.rows.compression import unpack_email
from email_channels.aws.rows.configuration_rows import (
    MailboxRow,
    ReceivingRow,
    RoutingRow,
    UserMappingRow,
    UserMappingSlotRow,
    mailbox_of,
    routing_of,
    user_mapping_of,
)
from email_channels.aws.rows.directory_rows import AddressRow, EmployeeRow, employee_of, employees_at
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_of, pointer_of
from email_channels.aws.rows.job_rows import (
    JobFindingsRow,
    JobRow,
    JobSelectionRow,
    findings_of,
    job_of,
    selected_in,
)
from email_channels.aws.rows.keys import Key, details, record_id_of
from email_channels.aws.rows.notification_rows import NotificationRow
from email_channels.aws.rows.outbound_rows import UploadRow, upload_of
from email_channels.aws.rows.people_rows import (
    PersonRow,
    PresenceRow,
    SignatureRow,
    person_of,
    presence_of,
    signature_of,
)
from email_channels.aws.rows.purge_rows import PurgeRow, proof_of
from email_channels.aws.rows.table import Row
from email_channels.aws.rows.template_rows import TemplateRow, template_of
from email_channels.aws.rows.tombstone_rows import TombstoneRow
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, unprocessed_of

from tests.support.stored_items.kinds import WORD, kind

# Of a longer text, only length and hash are kept.
_LONG_TEXT = 300


class _Objects:
    """Stands in for the bucket."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self._objects = objects

    def read(self, key: str) -> bytes:
        return self._objects[key]


def values_of(items: Sequence[Mapping[str, Any]], objects: Mapping[str, bytes]) -> dict[str, Any]:
    """The value of each item, by partition key and sort key."""
    found = [Row.from_raw_data(dict(item)) for item in items if kind(item) != WORD]
    rows = {(row.pk, row.sk): row for row in found}
    mail = cast("MailBucket", _Objects(objects))
    return {" ".join(key): plain(_value(row, rows, mail)) for key, row in rows.items()}


def _value(row: Row, rows: Mapping[Key, Row], mail: MailBucket) -> object:
    match row:
        case CaseRow():
            apart = rows.get(details(record_id_of(row.pk)))
            return [case_of(with_details(row, apart), mail), row.last_activity or row.gsi4sk, row.counted_to]
        case DetailsRow():
            return unpack_email(row.email)
        case EntryRow():
            return entry_of(row, mail)
        case PointerRow():
            return [pointer_of(row), row.identity]
        case UnprocessedRow():
            return [unprocessed_of(row, mail), row.identity, row.content_identity]
        case TombstoneRow():
            return [row.identity, row.objects, row.expires_at]
        case UploadRow():
            return upload_of(row)
        case NotificationRow():
            return [recipients_from_json(row.recipients), row.records, row.expires_at]
        case EmployeeRow():
            return employee_of(row)
        case AddressRow():
            return employees_at(row)
        case MailboxRow() | ReceivingRow():
            return mailbox_of(row)
        case UserMappingRow() | UserMappingSlotRow():
            return user_mapping_of(row)
        case RoutingRow():
            return routing_of(row)
        case AuditRow():
            return audit_record_of(row)
        case TemplateRow():
            return template_of(row)
        case PersonRow():
            return person_of(row)
        case PresenceRow():
            return [presence_of(row), row.expires_at]
        case SignatureRow():
            return [signature_of(row), row.expires_at]
        case PurgeRow():
            return proof_of(row)
        case JobRow():
            return job_of(row)
        case JobFindingsRow():
            return findings_of(row)
        case JobSelectionRow():
            return selected_in(row)
        case _:  # the attributes are the value
            return {name: value for name, value in row.attribute_values.items() if name not in {"kind", "schema"}}


def plain(value: object) -> Any:
    """A value as JSON."""
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case str() if len(value) > _LONG_TEXT:
            return {"characters": len(value), "sha256": hashlib.sha256(value.encode()).hexdigest()}
        case Mapping():
            return {str(name): plain(one) for name, one in sorted(value.items())}
        case set() | frozenset():
            return sorted(plain(one) for one in value)
        case list() | tuple():
            return [plain(one) for one in value]
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def differences(expected: object, found: object, at: str = "") -> list[str]:
    """Where a value is not as expected. Fields that were added since are no difference."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            one
            for name, value in expected.items()
            for one in (
                differences(value, found[name], f"{at}.{name}") if name in found else [f"{at}.{name} is missing"]
            )
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [one for n, pair in pairs for one in differences(*pair, f"{at}[{n}]")]
    return [] if expected == found else [f"{at} is {found}, not {expected}"]
