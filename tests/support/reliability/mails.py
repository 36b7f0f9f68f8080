"""Inbound emails and their senders: two employees, a recipient of an agent's email, and a stranger."""

ZOE, MARCUS = "zoe.hartmann@acme.example", "marcus.webb@acme.example"
BOB, EVE = "bob@elsewhere.example", "eve@elsewhere.example"


def message(n: int = 1, sender: str = ZOE, subject: str = "Payslip", body: str = "Hello", **headers: str) -> str:
    """The n-th email. In the names of headers, write `_` for a hyphen. `To` replaces the address of the mailbox."""
    to = headers.pop("To", "payroll@acme.example")
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return (
        f"From: Somebody <{sender}>\nTo: {to}\nSubject: {subject}\nMessage-ID: <{n}@acme.example>\n"
        f"Date: Mon, 23 Nov 2026 19:43:00 +0100\nContent-Type: text/plain; charset=utf-8\n{more}\n{body}\n"
    )


def with_attachments(n: int = 1, sender: str = ZOE, subject: str = "Payslip", to: str = "payroll@acme.example") -> str:
    """The n-th email, with two attachments."""
    files = "".join(
        f'--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename="{name}.csv"\n\nday,{name}\n'
        for name in ("hours", "leave")
    )
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{n}@acme.example>\nMIME-Version: 1.0\n"
        f"Date: Mon, 23 Nov 2026 19:43:00 +0100\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\nSee below.\n{files}--b--\n"
    )


FORM = """
From: HR forms <hr@forms.example>
To: forms@acme.example
Subject: Complaint
Message-ID: <3@forms.example>
Auto-Submitted: auto-generated

[543457]
[Tax]
[Yes]
[874112]
The heating does not work.
"""
STRANGER = message(1, sender=EVE)
