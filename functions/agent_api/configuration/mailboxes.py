"""`/mailboxes`: the mailboxes and their properties. The deployment's parameters define the first one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from email_channels.address_roles import roles_of
from email_channels.addresses import normalise, tag_of, without_tag
from email_channels.api.address_grammar import is_address
from email_channels.api.case_views import Document
from email_channels.api.configuration_views import mailbox_json, probe_json
from email_channels.api.paging import page_response
from email_channels.api.preconditions import etag_of
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.cases.mailboxes import PROPERTIES, Mailbox, first_mailbox
from email_channels.errors import Conflict
from email_channels.settings import IdentifySender, Language

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.known_routing import NO_TOPIC, known_topic


def find_mailbox(call: ApiCall, address: str) -> Mailbox | None:
    """The mailbox with this address: as an admin configured it, else as the deployment defines it."""
    first = first_mailbox(call.settings)
    wanted = normalise(address)
    return call.stores.mailboxes.get(wanted) or (first if first is not None and first.address == wanted else None)


def list_mailboxes(call: ApiCall) -> Response:
    """All mailboxes by address, with the one that the deployment defines."""
    paging = call.paging()
    found, more = call.stores.mailboxes.page(paging.limit, paging.place)
    first = first_mailbox(call.settings)
    if first is not None and _belongs(first.address, [mailbox.address for mailbox in found], paging.place, more=more):
        found = sorted([*found, first], key=lambda mailbox: mailbox.address)
        more = more or len(found) > paging.limit
        found = found[: paging.limit]
    place = found[-1].address if found and more else None
    return page_response(paging, ((shown, shown["address"]) for shown in _shown(call, found)), place)


def get(call: ApiCall) -> Response:
    """One mailbox."""
    mailbox = find_mailbox(call, call.path["address"])
    if mailbox is None:
        raise no_such("mailbox")
    return _answer(call, mailbox)


def put(call: ApiCall) -> Response:
    """Creates or replaces a mailbox. If its address is that of the deployment's own mailbox, it replaces that one."""
    address = normalise(call.path["address"])
    mailbox = mailbox_from(call, call.body("NewMailbox"), address)
    first = first_mailbox(call.settings)
    is_first = first is not None and first.address == mailbox.address
    if first is not None and not is_first and first.receiving_address == mailbox.receiving_address:
        raise Conflict(f"The receiving address {mailbox.receiving_address} belongs to the mailbox {first.address}.")
    made = call.stores.mailboxes.put(
        mailbox, call.act(), lambda stored: call.require_match(stored or (first if is_first else None))
    )
    return _answer(call, mailbox, 201 if made and not is_first else 200)


def mailbox_from(call: ApiCall, body: Body, address: str) -> Mailbox:
    """The mailbox with this normalised address that a body (`NewMailbox`) describes. Raises Invalid."""
    _check(body, address)
    topic = _check_against_others(call, body, address)
    wanted = body.accepted() | {"default_topic": topic}
    properties = {name: wanted[name] for name in PROPERTIES} | {
        "identify_sender": IdentifySender(wanted["identify_sender"]),
        "trusted_senders": tuple(dict.fromkeys(wanted["trusted_senders"])),
        "language": Language(wanted["language"]) if wanted["language"] else None,
    }
    return Mailbox(address=address, receiving_address=normalise(wanted["receiving_address"]), **properties)


def delete(call: ApiCall) -> Response:
    """Deletes a mailbox: emails to it no longer make cases. If it replaced the deployment's own one, that one applies
    again."""
    address = normalise(call.path["address"])
    if call.stores.mailboxes.delete(address, call.act(), call.require_match):
        return Response(204)
    if find_mailbox(call, address) is not None:
        raise Conflict("This mailbox is defined by the deployment (MailboxAddress) and cannot be deleted here.")
    raise no_such("mailbox")


def _answer(call: ApiCall, mailbox: Mailbox, status: int = 200) -> Response:
    (shown,) = _shown(call, [mailbox])
    return json_response(shown, status, {"etag": etag_of(mailbox)})


def mailbox_views(call: ApiCall, mailboxes: Iterable[Mailbox]) -> list[Document]:
    """The mailboxes as the API shows them, without their probes."""
    roles = roles_of(asdict(call.settings))
    return [mailbox_json(mailbox, receiving=roles.receives(mailbox.receiving_address)) for mailbox in mailboxes]


def _shown(call: ApiCall, mailboxes: Sequence[Mailbox]) -> list[Document]:
    """The mailboxes, each with what its probes show."""
    probed = call.settings.probe_minutes > 0
    probes = ProbeStore.read([mailbox.address for mailbox in mailboxes]) if probed else {}
    views = mailbox_views(call, mailboxes)
    return [view | {"probe": probe_json(probes.get(view["address"]))} for view in views]


def _belongs(address: str, others: list[str], after: str | None, *, more: bool) -> bool:
    """Whether an address that is not stored belongs on the page that holds `others`, after the place `after`."""
    if address in others or (after is not None and address <= after):
        return False
    return not more or address < others[-1]


def _check(body: Body, address: str) -> None:
    """Refuses wrong values that the schema cannot find, because it looks at each field alone."""
    if not is_address(address):
        body.refuse("address", "must be an email address")
    elif tag_of(address):
        body.refuse("address", "must not have a +tag: the mailbox receives emails to every +tag of its address")
    if normalise(body.get("address") or address) != address:
        body.refuse("address", "must be the same as in the path")
    receiving = normalise(body.get("receiving_address") or "")
    if tag_of(receiving):
        body.refuse("receiving_address", "must not have a +tag")
    believes = {
        "identify_sender": body.get("identify_sender") == IdentifySender.USER_ID_IN_BODY.value,
        "variable_topic": body.get("variable_topic"),
        "variable_show": body.get("variable_show"),
    }
    if not body.get("trusted_senders") and any(believes.values()):
        because = ", ".join(name for name, value in believes.items() if value)
        body.refuse("trusted_senders", f"are required because values from the body are believed: {because}")


def _check_against_others(call: ApiCall, body: Body, address: str) -> str | None:
    """Refuses what contradicts the rest of the configuration. Returns the default topic as it is configured.

    An address that this system sends from, or sends alerts and notifications to, cannot be a mailbox: its own emails
    would come back as new ones.
    """
    roles, routing = roles_of(asdict(call.settings)), call.stores.routing.read()
    alerted = {without_tag(group.address): group.id for group in routing.service_groups.values() if group.address}
    if (problem := roles.mailbox_problem(address)) is not None:
        body.refuse("address", problem)
    elif (group := alerted.get(address)) is not None:
        body.refuse("address", f"cannot be this address: alerts of the service group {group} go to it")
    receiving = body.get("receiving_address") or ""
    if receiving and (problem := roles.receiving_problem(receiving)) is not None:
        body.refuse("receiving_address", problem)
    for n, sender in enumerate(body.get("trusted_senders") or ()):
        if (problem := roles.trusted_problem(sender)) is not None:
            body.refuse(f"trusted_senders.{n}", problem)
    topic = known_topic(routing, body.get("default_topic") or call.settings.default_topic, call.settings)
    if topic is None:
        body.refuse("default_topic", NO_TOPIC)
    return topic
