"""Which mail server delivered the email, in accounts whose receipt filters are not ours (ManageReceiptFilters).

With receipt filters, SES refuses other servers before it takes the email. Without, this rule does it afterwards, by the
address that SES recorded. Without such an address, nobody knows where the email came from.
"""

from ipaddress import ip_address, ip_network

from email_channels.cases.reasons import Reason
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, passed, rejected


def rule(facts: Facts) -> Ruling:
    """Stops with `server_not_allowed`. The policy asks it only if the filters are not ours."""
    if facts.server_assumed:
        return passed("Assumed to come from an allowed server.", server="assumed")
    recorded = facts.arrival.ses_headers.client_ip
    try:
        address = ip_address(recorded or "")
    except ValueError:
        return rejected(Reason.SERVER_NOT_ALLOWED, "Amazon SES recorded no address of the mail server.")
    # A server may connect by IPv6 with its IPv4 address.
    address = getattr(address, "ipv4_mapped", None) or address
    if any(address in ip_network(each) for each in facts.settings.allowed_ip_ranges):
        return passed("The mail server is allowed.", server=str(address))
    return rejected(Reason.SERVER_NOT_ALLOWED, "The mail server is not in AllowedIpRanges.", server=str(address))
