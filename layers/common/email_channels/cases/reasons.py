"""Why an email made no case: each reason with its explanation, and what an admin can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an email made no case."""

    CHANNEL_DISABLED = "channel_disabled"
    MAILBOX_NOT_FOUND = "mailbox_not_found"
    SENDER_NOT_FOUND = "sender_not_found"
    SENDER_MISMATCH = "sender_mismatch"
    SENDER_BLOCKED = "sender_blocked"
    SENDER_NOT_TRUSTED = "sender_not_trusted"
    EMPLOYEE_NOT_FOUND = "employee_not_found"
    CASE_REFERENCE_MISSING = "case_reference_missing"
    CASE_REFERENCE_UNVERIFIED = "case_reference_unverified"
    CASE_NOT_FOUND = "case_not_found"
    CASE_CLOSED = "case_closed"
    AUTOMATIC_REPLY = "automatic_reply"
    BOUNCE_UNMATCHED = "bounce_unmatched"
    MAIL_LOOP = "mail_loop"
    RATE_LIMITED = "rate_limited"
    SPAM = "spam"
    VIRUS = "virus"
    AUTHENTICATION_FAILED = "authentication_failed"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    PROCESSING_FAILED = "processing_failed"


@dataclass(frozen=True, slots=True)
class Advice:
    """A reason in plain words: what happened, and what an admin can do about it."""

    explanation: str
    what_to_do: str


ADVICE: dict[Reason, Advice] = {
    Reason.CHANNEL_DISABLED: Advice(
        "The email came in through a channel that is switched off.",
        "Switch the channel on (CaseCreationEnabled, AdHocEnabled), or stop redirecting this mailbox.",
    ),
    Reason.MAILBOX_NOT_FOUND: Advice(
        "No mailbox is configured for the address that the email was redirected to.",
        "Add the mailbox with this receiving address, or correct the redirect on the mail server.",
    ),
    Reason.SENDER_NOT_FOUND: Advice(
        "The sender's address belongs to no employee in the directory.",
        "Add the address to the employee, or add a user mapping for this mailbox and sender.",
    ),
    Reason.SENDER_MISMATCH: Advice(
        "The sender's address belongs to more than one employee.",
        "Add a user mapping that says which employee this sender stands for in this mailbox.",
    ),
    Reason.SENDER_BLOCKED: Advice(
        "The employee that the email stands for is blocked.",
        "Unblock the employee if they should be able to open cases.",
    ),
    Reason.SENDER_NOT_TRUSTED: Advice(
        "The mailbox takes the employee from the text of the email, and this sender is not trusted to say so, or the "
        "email's authentication (DKIM or DMARC) did not pass.",
        "If the sender is a system of yours, add it to the mailbox's trusted senders and let it sign its emails.",
    ),
    Reason.EMPLOYEE_NOT_FOUND: Advice(
        "The user id in the email is missing or belongs to no employee.",
        "Correct the system that sent the email, or add the employee to the directory.",
    ),
    Reason.CASE_REFERENCE_MISSING: Advice(
        "The email answers nothing that we sent and names no case.",
        "Assign it to its case, or make a case of it.",
    ),
    Reason.CASE_REFERENCE_UNVERIFIED: Advice(
        "The email names a case, but its sender does not take part in that case and the reference is not signed.",
        "If the sender may write to this case, assign the email to it.",
    ),
    Reason.CASE_NOT_FOUND: Advice(
        "The email names a case that does not exist.",
        "Ask the sender for the right case number, or make a case of it.",
    ),
    Reason.CASE_CLOSED: Advice(
        "The email answers a case that is closed, and closed cases take no emails (AcceptEmailsForClosedCases).",
        "Reopen the case and assign the email to it, or make a new case of it.",
    ),
    Reason.AUTOMATIC_REPLY: Advice(
        "The email is an automatic answer (for example, out of office) that belongs to no case.",
        "Usually nothing.",
    ),
    Reason.BOUNCE_UNMATCHED: Advice(
        "A mail server reports that an email could not be delivered, but not one that we know of.",
        "Usually nothing; if there are many, somebody may be sending in your name.",
    ),
    Reason.MAIL_LOOP: Advice(
        "The email was written by this system, or has been going round between mail servers.",
        "Look for a redirect that sends our own emails back to us.",
    ),
    Reason.RATE_LIMITED: Advice(
        "The sender opened more cases within an hour than MaxCasesPerSenderPerHour allows.",
        "If that is right for this sender, make it a trusted sender or raise the limit.",
    ),
    Reason.SPAM: Advice("Amazon SES takes the email for spam.", "If it is not, assign it to a case."),
    Reason.VIRUS: Advice(
        "Amazon SES found a virus in the email. The original is not attached to this message.",
        "Warn the sender if you know them. Do not open the attachments.",
    ),
    Reason.AUTHENTICATION_FAILED: Advice(
        "The email failed the authentication checks (SPF, DKIM, DMARC), so its sender may be forged.",
        "Ask the sender in another way whether they wrote it.",
    ),
    Reason.TOO_LARGE: Advice(
        "The email is larger, or has more parts, than we take.",
        "Ask the sender for a smaller email, or upload the files to the case.",
    ),
    Reason.MALFORMED: Advice(
        "The email cannot be read: it has no sender, or is not an email at all.",
        "Look at the original; usually the program that sent it is at fault.",
    ),
    Reason.PROCESSING_FAILED: Advice(
        "Processing the email failed several times for a technical reason.",
        "Look at the logs, mend what is broken, and try again. The original is kept.",
    ),
}
