"""The facts on which the rules decide: the email, the settings, and the stored items that the email refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from email_channels.addresses import domain_of, normalise
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.matches import Match, MatchMethod, Mismatch
from email_channels.cases.referenced import ReferencedCase, ReferencedEntry
from email_channels.cases.references import BareReference
from email_channels.cases.routing import Routing
from email_channels.intake.arrival import Arrival
from email_channels.mail.form_lines import Form
from email_channels.mail.ses_headers import Verdict
from email_channels.settings import IntakeSettings
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class CaseReference:
    """A signed reference that the email carries. `genuine` is true if we signed it.

    `method` says where it was found: in a plus address (`PLUS_ADDRESS`) or in the subject (`CASE_REFERENCE`).
    """

    method: MatchMethod
    case_id: str
    genuine: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the rules know about one email.

    - `mailbox`: the mailbox that the email is for; `other_mailboxes`: addresses of other mailboxes that it was sent to
    - `sender_employees`: the employees with the From address, including blocked ones
    - `mapping`: the most specific user mapping for mailbox and sender
    - `employees`: the employees that the user mapping and the form lines name, by user id
    - `references`: the signed case references that the email carries; `numbers`: text that reads like a case number
    - `sent`, `received`: emails that we sent, or received, whose Message-IDs this email names; the likeliest first
    - `cases`: the cases that exist among all those that the email refers to, by case id; a merged case stands for the
      one that got its emails
    - `opened_this_hour`: how many other cases the sender opened in this hour
    - `match`: the case that the email belongs to, or why it belongs to none; None if the ad hoc channel is off
    - `system_sender`: From is the address of a mailbox, a trusted sender, an admin or a service group, so it takes part
      in no case; only known if the match depends on it
    - `server_assumed`: SES has not seen the email, which a person tries; it counts as one from an allowed server
    - `limited`: whether the limit of cases in an hour applies; not if a person asked for the decision
    """

    arrival: Arrival
    settings: IntakeSettings
    mailbox: Mailbox | None = None
    other_mailboxes: tuple[str, ...] = ()
    routing: Routing = field(default_factory=Routing)
    sender_employees: tuple[Employee, ...] = ()
    mapping: UserMapping | None = None
    employees: Mapping[str, Employee] = field(default_factory=dict)
    references: tuple[CaseReference, ...] = ()
    numbers: tuple[BareReference, ...] = ()
    sent: tuple[ReferencedEntry, ...] = ()
    received: tuple[ReferencedEntry, ...] = ()
    cases: Mapping[str, ReferencedCase] = field(default_factory=dict)
    opened_this_hour: int = 0
    match: Match | Mismatch | None = None
    limited: bool = True
    system_sender: bool = False
    server_assumed: bool = False

    @property
    def sender(self) -> str:
        """The normalised From address; "" if there is none."""
        return self.arrival.sender

    @property
    def authenticated(self) -> bool:
        """Whether SES proved the From address, by an aligned DKIM signature."""
        return self.arrival.proven

    @property
    def authentication_failed(self) -> bool:
        """Whether DKIM or DMARC failed, and nothing else proves the From address.

        A failed SPF check alone does not count, because a redirect breaks SPF for nearly everyone. A domain that has
        neither a DKIM signature nor a DMARC policy does not fail. If an email names several authors, SES may not check
        the policy of any of them. That counts as a failure too, or a second author would get a forged email past DMARC.
        So does a signed email to which somebody may have added fields.
        """
        ses_headers = self.arrival.ses_headers
        failed = Verdict.FAIL in (ses_headers.dmarc, ses_headers.dkim)
        unchecked = self.arrival.authors > 1 and ses_headers.dmarc is Verdict.PROCESSING_FAILED
        return not self.authenticated and (failed or unchecked or self.arrival.changed_since_signed)

    @property
    def listed(self) -> bool:
        """Whether the mailbox lists the From address, or its domain, among its trusted senders."""
        if self.mailbox is None or not self.sender:
            return False
        # An entry without a local part is a domain. Its subdomains are not included.
        entries = (normalise(entry if "@" in entry else f"@{entry}") for entry in self.mailbox.trusted_senders)
        return any(entry in (self.sender, f"@{domain_of(self.sender)}") for entry in entries)

    @property
    def trusted(self) -> bool:
        """Whether form lines are believed: the sender is listed, and either proven or exempt from authentication."""
        waived = self.mailbox is not None and self.mailbox.trust_without_authentication
        return self.listed and (waived or self.authenticated)

    def is_in(self, entry: ReferencedEntry, case: ReferencedCase) -> bool:
        """Whether an entry is in a case now. It may have been in one that was merged into this case."""
        now_in = self.cases.get(entry.case_id)
        return now_in is not None and now_in.case_id == case.case_id

    @property
    def form_believed(self) -> bool:
        """Whether the body begins with the four form lines, and the sender is trusted to fill them in."""
        return self.arrival.form_lines.lines is not None and self.trusted

    @property
    def form(self) -> Form:
        """The values on the form lines; each is None where it is blank or not believed."""
        return self.arrival.form_lines.form if self.form_believed else Form()
