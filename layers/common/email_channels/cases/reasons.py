"""Why an email is unprocessed: each reason with an explanation, and what an admin can do about it.

Admins read the texts of ADVICE in notifications, in the API and in the console.
"""

from __future__ import annotations

from enum import StrEnum

from email_channels.values import dataclass


class Reason(StrEnum):
    """Why an email became neither a case nor an entry of one. The values are those of the API."""

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
    CASE_FULL = "case_full"
    AUTOMATIC_REPLY = "automatic_reply"
    BOUNCE_UNMATCHED = "bounce_unmatched"
    MAIL_LOOP = "mail_loop"
    RATE_LIMITED = "rate_limited"
    SERVER_NOT_ALLOWED = "server_not_allowed"
    SPAM = "spam"
    VIRUS = "virus"
    AUTHENTICATION_FAILED = "authentication_failed"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    PROCESSING_FAILED = "processing_failed"


NAMED_ONCE_A_DAY = frozenset({Reason.SERVER_NOT_ALLOWED})
"""Emails that admins hear of in one digest a day, and never singly: anybody in the world can send them."""

PERHAPS_UNREAD = frozenset({Reason.PROCESSING_FAILED, Reason.SERVER_NOT_ALLOWED})
"""Emails that nobody may have been able to read: their record may not know the attachments, and it may be dangerous to
read them."""


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
        "Add a mailbox with this receiving address, or correct the redirect on the mail server.",
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
        "Unblock the employee if they may open cases.",
    ),
    Reason.SENDER_NOT_TRUSTED: Advice(
        "The mailbox reads the employee's user id from the text of the email. It does so only for trusted senders. "
        "Either this sender is not on the mailbox's list, or no DKIM signature proved the sender's address.",
        "If the sender is one of your systems, add it to the mailbox's trusted senders and make it sign its emails "
        "with DKIM.",
    ),
    Reason.EMPLOYEE_NOT_FOUND: Advice(
        "The user id in the email is missing, or belongs to no employee.",
        "Correct the system that sent the email, or add the employee to the directory.",
    ),
    Reason.CASE_REFERENCE_MISSING: Advice(
        "The email is not a reply to an email that we sent or received, and it names no case.",
        "Assign the email to its case, or make a new case from it.",
    ),
    Reason.CASE_REFERENCE_UNVERIFIED: Advice(
        "The email names a case, but without a valid signature, and its sender does not take part in that case.",
        "If the sender may write to this case, assign the email to the case.",
    ),
    Reason.CASE_NOT_FOUND: Advice(
        "The email names a case that does not exist.",
        "Ask the sender for the right case number, or make a new case from the email.",
    ),
    Reason.CASE_CLOSED: Advice(
        "The email is a reply to a closed case, and closed cases accept no emails (AcceptEmailsForClosedCases).",
        "Reopen the case and assign the email to it, or make a new case from the email.",
    ),
    Reason.CASE_FULL: Advice(
        "The email belongs to a case that is full: it has 1,000 emails, or emails of 2 GB together.",
        "Make a new case from the email. If a loop of automatic emails filled the case, stop the loop.",
    ),
    Reason.AUTOMATIC_REPLY: Advice(
        "The email is an automatic reply (for example, an out-of-office note) that belongs to no case.",
        "Usually, nothing needs to be done.",
    ),
    Reason.BOUNCE_UNMATCHED: Advice(
        "A mail server reports that it could not deliver an email. The report matches no email that we sent.",
        "Usually, nothing needs to be done. If there are many such reports, somebody may be sending emails in your "
        "name.",
    ),
    Reason.MAIL_LOOP: Advice(
        "The email was sent by this system, or is in a loop between mail servers.",
        "Look for a redirect that sends our own emails back to us.",
    ),
    Reason.RATE_LIMITED: Advice(
        "The sender opened more cases within one hour than MaxCasesPerSenderPerHour allows.",
        "If this sender may open so many cases, add it to the trusted senders or raise the limit.",
    ),
    Reason.SERVER_NOT_ALLOWED: Advice(
        "The email came from a mail server that is not in AllowedIpRanges.",
        "If it is a server of yours, add its address to AllowedIpRanges, then try again. Otherwise, nothing needs to "
        "be done.",
    ),
    Reason.SPAM: Advice("Amazon SES classified the email as spam.", "If it is not spam, assign it to a case."),
    Reason.VIRUS: Advice(
        "Amazon SES found a virus in the email. The original is not attached to this message.",
        "Do not open the attachments. If you know the sender, warn them.",
    ),
    Reason.AUTHENTICATION_FAILED: Advice(
        "The email failed the authentication checks (SPF, DKIM, DMARC). The sender's address may be forged.",
        "Ask the sender, but not by replying to this email, whether they wrote it.",
    ),
    Reason.TOO_LARGE: Advice(
        "The email is too large, or has too many attachments.",
        "Ask the sender for a smaller email, or upload the files to the case.",
    ),
    Reason.MALFORMED: Advice(
        "The email cannot be read: it has no sender, or it is not an email.",
        "Look at the original. Usually, the program that sent it made a mistake.",
    ),
    Reason.PROCESSING_FAILED: Advice(
        "Processing the email failed several times for a technical reason. The original is kept.",
        "Find the error in the logs, correct its cause, and try again.",
    ),
}
