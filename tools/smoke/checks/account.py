"""SES lets a new account send to verified addresses only (the sandbox), and can stop an account from sending."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.findings import Finding
from tools.smoke.run import Run


def look(run: Run) -> Iterator[Finding]:
    account = run.clients.sesv2.get_account()
    if not account.get("ProductionAccessEnabled"):
        yield Finding(
            f"The account is in the sandbox of SES in {run.stack.region}: emails reach verified recipients only.",
            "Request production access: SES console, Account dashboard. AWS answers within a day.",
        )
    if not account.get("SendingEnabled"):
        yield Finding(
            "Sending is paused in this account and region.",
            "aws sesv2 put-account-sending-attributes --sending-enabled, after the cause is known.",
        )
    if account.get("EnforcementStatus", "HEALTHY") != "HEALTHY":
        yield Finding(
            f"SES has put the account under {account['EnforcementStatus']}.",
            "Read the reason in the SES console (Account dashboard), correct it, and answer AWS there.",
        )
    quota = account.get("SendQuota", {})
    most, sent = quota.get("Max24HourSend", -1.0), quota.get("SentLast24Hours", 0.0)
    if most > 0 and sent > 0.8 * most:
        yield Finding(
            f"{sent:.0f} of the {most:.0f} emails of a day are sent.", "Request a higher quota: Service Quotas, SES."
        )
