"""Whether SES knows the identities that the stack sends from and receives for.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html

An identity is an address or a domain. A domain stands for its subdomains, too.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from functions.setup.findings import Finding, refused

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def check(
    ses: "SESV2Client", senders: Iterable[str], recipients: Iterable[str], own: str, *, first: bool, creating: bool
) -> Iterator[Finding]:
    """What stands against these senders' addresses and receiving addresses (or domains).

    `own` is the domain for which the stack makes the identity itself ("": none). `first`: the stack is new here.
    `creating`: CloudFormation makes the whole stack, so that no resource of it exists yet.
    """
    if own and creating and _verified(ses, own) is not None:
        yield refused(
            f"SesIdentityDomain: SES has the identity {own} already in this account and region. Leave "
            "SesIdentityDomain empty: the stack uses the identity that is there."
        )
    for sender in dict.fromkeys(senders):
        verified = _covered(ses, sender, own)
        if verified is None:
            yield Finding(
                f"SES has no identity for {_domain(sender)}, from which the stack sends. Verify the domain in SES in "
                "this region, or set SesIdentityDomain.",
                refuses=first,
            )
        elif not verified:
            yield Finding(f"SES has not verified {_domain(sender)} yet: nothing can be sent from it until then.")
    for recipient in dict.fromkeys(_domain(recipient) for recipient in recipients):
        if not _covered(ses, recipient, own):
            yield Finding(f"SES has not verified {recipient}: it receives nothing for this domain until then.")


def _covered(ses: "SESV2Client", address: str, own: str) -> bool | None:
    """Whether the identity of the address is verified; None if there is none. The stack's own one counts as verified:
    it has its DNS records in the outputs."""
    domain = _domain(address)
    if own and (domain == own.lower() or domain.endswith(f".{own.lower()}")):
        return True
    labels = domain.split(".")
    parents = [".".join(labels[n:]) for n in range(len(labels) - 1)]
    found = None
    for identity in ([address] if "@" in address else []) + parents:
        verified = _verified(ses, identity)
        if verified:
            return True
        found = verified if found is None else found
    return found


def _verified(ses: "SESV2Client", identity: str) -> bool | None:
    try:
        return ses.get_email_identity(EmailIdentity=identity).get("VerificationStatus") == "SUCCESS"
    except ses.exceptions.NotFoundException:
        return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
