"""SendEmail of SES's API v2 with a raw message: the checks, the message that is sent, and its events.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

import base64
import binascii
import email.utils
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.embedded_aws import ACCOUNT_ID
from local.ses.configuration_sets import ConfigurationSets
from local.ses.errors import bad_request
from local.ses.events import SendDetails, events_of
from local.ses.outbox import SentMail
from local.ses.outgoing_message import OutgoingMessage, decoded, read_outgoing

_MOST_RECIPIENTS = 50
_MOST_TAGS = 50
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
# SES accepts ASCII only, in both parts. Internationalised domains must be in Punycode.
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
# SES's message ids begin with a code of the region, then the time in milliseconds.
_REGION_CODES = {"us-east-1": "0100", "us-west-2": "0101", "eu-west-1": "0102", "eu-central-1": "0107"}


@dataclass(frozen=True)
class SendResult:
    """The result of a call. `mail` is None if SES accepted the message and then found a virus in it."""

    message_id: str
    mail: SentMail | None
    events: list[dict[str, Any]]


def send_email(region: str, body: dict[str, Any], sets: ConfigurationSets) -> SendResult:
    """Sends the email of a request. `body` is its JSON. Raises SesError if SES would refuse the call."""
    message = read_outgoing(_raw_data(body))
    source, sender = _source(body, message)
    to, cc, bcc = _recipients(body, message)
    tags = _tags(body, message)
    set_name = str(body.get("ConfigurationSetName") or message.value("X-SES-CONFIGURATION-SET"))
    published = sets.published_types(region, set_name) if set_name else frozenset[str]()

    now = datetime.now(UTC)
    message_id = f"{_REGION_CODES.get(region, '0110')}{int(now.timestamp() * 1000):012x}-{uuid.uuid4()}-000000"
    mail = SentMail(
        id=message_id,
        from_=sender,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=message.subject(),
        sent_at=now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        raw=message.as_delivered(message_id, region, now),
    )
    sending = SendDetails(
        message_id=message_id,
        region=region,
        account=ACCOUNT_ID,
        configuration_set=set_name,
        sent_at=now,
        source=source,
        recipients=(*to, *cc, *bcc),
        headers=tuple((name, value) for name, value, _ in message.fields if name.lower() != "bcc"),
        common_headers=_common_headers(message, message_id),
        tags=tags,
        infected=message.infected,
    )
    return SendResult(message_id, None if message.infected else mail, events_of(sending, published))


def _raw_data(body: dict[str, Any]) -> bytes:
    content = body.get("Content")
    raw = content.get("Raw") if isinstance(content, dict) else None
    if not isinstance(raw, dict):
        raise bad_request("The local stack sends raw messages only: Content.Raw is missing.")
    try:
        return base64.b64decode(raw.get("Data") or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise bad_request("Content.Raw.Data is not base64.") from None


def _source(body: dict[str, Any], message: OutgoingMessage) -> tuple[str, str]:
    """The From as given, and its bare address. The parameter wins over the header, but both must be valid."""
    header = message.value("From")
    given = str(body.get("FromEmailAddress") or header)
    addresses = [address for value in (header, given) for address in _bare([value])]
    for address in addresses:
        _check_address(address)
    if len(addresses) < 2:
        raise bad_request("Missing final '@domain' in From.")
    return given, addresses[-1]


def _recipients(body: dict[str, Any], message: OutgoingMessage) -> tuple[tuple[str, ...], ...]:
    """To, Cc and Bcc that SES sends to: those of the call, or those of the header if the call names none.

    An address in the To or Cc of the message's header has this role, even if the call gives it another one.
    """
    named = body.get("Destination") or {}
    called = [_bare(named.get(f"{role}Addresses") or []) for role in ("To", "Cc", "Bcc")]
    header = [message.addresses(role) for role in ("To", "Cc", "Bcc")]
    roles: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    shown = {address.lower(): number for number in (1, 0) for address in header[number]}
    for number, addresses in enumerate(called if any(called) else header):
        for address in addresses:
            _check_address(address)
            role = shown.get(address.lower(), number)
            if not any(address.lower() in one for one in roles):
                roles[role][address.lower()] = address
    count = sum(map(len, roles))
    if not count:
        raise bad_request("Missing destination: no recipient in the call or in the message.")
    if count > _MOST_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {_MOST_RECIPIENTS}.")
    return tuple(tuple(one.values()) for one in roles)


def _tags(body: dict[str, Any], message: OutgoingMessage) -> dict[str, list[str]]:
    """The message tags, as events contain them. Those of the call win over those of the header."""
    pairs = [
        pair.strip().partition("=")[::2] for pair in message.value("X-SES-MESSAGE-TAGS").split(",") if pair.strip()
    ]
    pairs += [(str(tag.get("Name")), str(tag.get("Value"))) for tag in body.get("EmailTags") or []]
    for name, value in pairs:
        if not _TAG.fullmatch(name) or not _TAG.fullmatch(value):
            raise bad_request(f"Invalid tag: {name}={value}. Only ASCII letters, numbers, underscores and hyphens.")
    if len(pairs) > _MOST_TAGS:
        raise bad_request(f"Too many tags: at most {_MOST_TAGS}.")
    return {name: [value] for name, value in pairs}


def _common_headers(message: OutgoingMessage, message_id: str) -> dict[str, Any]:
    common: dict[str, Any] = {
        key: [decoded(one) for one in message.values(name)]
        for key, name in (("from", "From"), ("to", "To"), ("cc", "Cc"), ("replyTo", "Reply-To"))
        if message.values(name)
    }
    return common | {"messageId": message_id, "subject": message.subject()}


def _bare(values: Sequence[Any]) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise bad_request("Addresses are lists of strings.")
    if re.search(r"[\r\n\0]", "".join(values)):
        raise bad_request("Local address contains control or whitespace.")
    return [address for _, address in email.utils.getaddresses(values)]


def _check_address(address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise bad_request("Missing final '@domain', or a character that an address cannot have.")
