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
# 1.3 KB of text that compresses like prose.
PROSE = (
    "I compared the payslip for October with the one for September, and I do not see why the amount that reached my "
    "account is smaller. My hours have not changed since spring. In the column for deductions stands a code that I "
    "could not find in the handbook, and the person at the front desk did not know it either. Could it be that the "
    "new travel allowance was taken off instead of being added? My manager, Katharina, remembers that two of her team "
    "had something like it when they moved to the other building in August; theirs was put right within a week.\n\n"
    "I attach nothing because the payslips are in the portal anyway. If you need to talk to me, I am at my desk from "
    "eight to three, but not on Thursday, when we have the fire drill and then the meeting with the works council. "
    "Otherwise write to me here. One more thing: the portal shows my old address, Lindenweg 14, although I changed it "
    "twice. Is that another department, or can you pass it on? I should like to have the certificate for the tax "
    "office sent to the right place this time, since last year it came back to you and took until June. Thank you "
    "very much for looking into this, and for the quick answer to my last question, which helped a lot.\n"
)
# A typical email that makes a case: 1.8 KB of plain text with its headers.
TYPICAL_EMAIL = f"""
From: Zoe Hartmann <zoe.hartmann@acme.example>
To: payroll@acme.example
Subject: A question about my payslip for October
Message-ID: <CAF+8xk0Qm2v7Zq9w1J5r3T6yU8iO0pA2sD4fG6hJ8kL@mail.acme.example>
Date: Mon, 23 Nov 2026 19:43:00 +0100
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
Content-Type: text/plain; charset=UTF-8

Hello,

{PROSE}

Kind regards
Zoe
"""
