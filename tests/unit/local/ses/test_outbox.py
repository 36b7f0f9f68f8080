"""The outbox keeps the emails that the emulated SES sent."""

import json

from local.ses.outbox import Outbox, SentMail


def mail(id_: str) -> SentMail:
    return SentMail(
        id=id_,
        from_="service@acme-cases.example",
        to=("jane.doe@acme.example",),
        cc=(),
        bcc=("boss@acme.example",),
        subject="Re: Überstunden [#7K3F92QDX0-h4q9w2]",
        sent_at="2026-11-23T18:57:19.512Z",
        raw=b"From: service@acme-cases.example\r\n\r\n\x00\xff",
    )


def test_items() -> None:
    """Items are oldest first, in the format of the route."""
    outbox = Outbox()
    outbox.add(mail("b-000000"))
    outbox.add(mail("a-000000"))
    shape = {
        "from": "service@acme-cases.example",
        "to": ["jane.doe@acme.example"],
        "cc": [],
        "bcc": ["boss@acme.example"],
        "subject": "Re: Überstunden [#7K3F92QDX0-h4q9w2]",
        "sent_at": "2026-11-23T18:57:19.512Z",
    }
    assert outbox.items() == [{"id": "b-000000"} | shape, {"id": "a-000000"} | shape]


def test_raw_message() -> None:
    """A message is returned byte for byte."""
    outbox = Outbox()
    outbox.add(mail("a-000000"))
    assert outbox.raw("a-000000") == b"From: service@acme-cases.example\r\n\r\n\x00\xff"
    assert outbox.raw("b-000000") is None


def test_dump_and_load() -> None:
    outbox = Outbox()
    outbox.add(mail("a-000000"))
    again = Outbox()
    again.add(mail("c-000000"))
    again.load(json.loads(json.dumps(outbox.dump())))
    assert again.items() == outbox.items()
    assert again.raw("a-000000") == outbox.raw("a-000000")
