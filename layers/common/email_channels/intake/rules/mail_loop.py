"""Stops mail loops: emails of ours that came back, and emails that go from server to server without end."""

from email_channels.addresses import normalise
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected
from email_channels.outbound.loop_marks import LOOP_MARK_HEADER, claimed_kind

# RFC 5321, section 6.3, lets servers stop at 100 hops; Postfix stops at 50. Ordinary emails have fewer than fifteen.
MAX_HOPS = 50

_KINDS = {
    OutgoingKind.AD_HOC: "an agent's email",
    OutgoingKind.NOTIFICATION: "a notification to the admins",
    OutgoingKind.ALERT: "an alert to a service group",
    OutgoingKind.ACKNOWLEDGEMENT: "an acknowledgement",
    OutgoingKind.SENDER_COPY: "a sender's copy",
    OutgoingKind.PROBE: "a test of a redirect",
}


def rule(facts: Facts) -> Ruling:
    """Stops with `mail_loop`."""
    message, settings = facts.arrival.message, facts.settings
    ours = (settings.ad_hoc_from_address, settings.notification_from_address)
    if facts.sender in {normalise(address) for address in ours if address}:
        return rejected(Reason.MAIL_LOOP, "It comes from an address that this system sends from.")
    if (value := message.header(LOOP_MARK_HEADER)) is not None:
        says = claimed_kind(value)
        kind = f", as {_KINDS[says]} does" if says else ""
        return rejected(Reason.MAIL_LOOP, f"It carries this system's loop mark ({LOOP_MARK_HEADER}){kind}.")
    hops = len(message.all_headers("received"))
    if hops > MAX_HOPS:
        return rejected(Reason.MAIL_LOOP, f"It went through more than {MAX_HOPS} mail servers.", hops=hops)
    return passed()
