"""Messages and texts that tests of several kinds use."""

# A system-generated email with four form lines.
FORM = """
From: HR forms <hr@forms.example>
To: forms@acme.example
Subject: Complaint
Message-ID: <2@forms.example>
Auto-Submitted: auto-generated

[543457]
[Employee Relations]
[Yes]
[874112]
The heating does not work.
"""
# A bounce; `%` inserts the Message-ID of the email that was not delivered.
BOUNCE = """
From: MAILER-DAEMON@elsewhere.example
To: answers@acme.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@elsewhere.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your message.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.elsewhere.example

Final-Recipient: rfc822; bob@elsewhere.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user
--b
Content-Type: message/rfc822

From: service@acme.example
Message-ID: <%s>
Subject: Your question

When was that?
--b--
"""
# A text that is too long for an item even when it is compressed.
LONG = "".join(f"{n * 2654435761 % 4294967296:x} " for n in range(60_000))
