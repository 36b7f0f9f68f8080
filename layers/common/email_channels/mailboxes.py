"""A mailbox of the client's server that is redirected to us, and its properties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdentifySender(StrEnum):
    """Where a mailbox takes the employee from."""

    FROM_ADDRESS = "from_address"
    USER_ID_IN_BODY = "user_id_in_body"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`address` is what employees write to, `receiving_address` what it redirects to.

    `trusted_senders` are addresses or domains whose values in the body are believed.
    """

    address: str
    receiving_address: str
    default_topic: str = "General"
    default_subject: str = "(no subject)"
    identify_sender: IdentifySender = IdentifySender.FROM_ADDRESS
    variable_topic: bool = False
    variable_show: bool = False
    default_show: bool = False
    trusted_senders: tuple[str, ...] = ()
    trust_without_authentication: bool = False
    acknowledge_sender: bool = False
