"""All checks, in their order: first what others rest on, then what only looks, then what changes something."""

from __future__ import annotations

from tools.smoke.checks import (
    account,
    alarms,
    dead_letters,
    identities,
    links,
    mx_records,
    receipt_filters,
    rule_set,
    sending,
    stack_state,
    synthetic_case,
    web_addresses,
)
from tools.smoke.run import Check

_MAKES_A_CASE = (
    "It makes a service group, a topic, an employee and a mailbox, for itself alone.",
    "It puts an original into the bucket, which becomes a case.",
    "If EventBusName is set, the domain events of that case go to the bus.",
    "It takes all of this back at the end. Only the audit keeps its records.",
)
_RINGS = (
    "It sets one quiet alarm to ALARM for some seconds.",
    "Those who get the alarms are told, with the reason: A smoke test rings this alarm.",
)

CHECKS: tuple[Check, ...] = (
    Check("stack", "the stack is deployed completely", stack_state.look),
    Check("rule-set", "the active receipt rule set holds the stack's rules", rule_set.look),
    Check("receipt-filters", "only the client's servers may deliver", receipt_filters.look),
    Check("ipv6", "nobody else may deliver by IPv6", receipt_filters.look_at_ipv6),
    Check("identities", "the domains are verified, and emails are signed", identities.look),
    Check("mx", "the receiving domains lead to SES", mx_records.look),
    Check("account", "SES lets the account send to everybody", account.look),
    Check("alarms", "the alarms exist, can act, and are quiet", alarms.look),
    Check("subscription", "somebody has confirmed that they get the alarms", alarms.look_at_subscription),
    Check("dead-letters", "nothing was given up", dead_letters.look),
    Check("web", "the API and the console answer", web_addresses.look),
    Check("alarm-rings", "an alarm reaches its topic", alarms.ring, _RINGS),
    Check("original", "an original becomes a case", synthetic_case.look, _MAKES_A_CASE),
    Check("links", "signed links work", links.look, (*_MAKES_A_CASE, "It uploads a small file, and deletes it.")),
    Check(
        "sending",
        "emails are sent, and their events come back",
        sending.look,
        (*_MAKES_A_CASE, "It sends one email to two addresses of SES's mailbox simulator."),
    ),
    # The last one: the others use the case.
    Check("erasure", "a case is erased with its original", synthetic_case.erase, _MAKES_A_CASE),
)
