"""The local SMTP server obeys the receipt rules of the embedded SES."""

import re
import smtplib

import pytest

from tests.support.in_process.smtp_ingress import ANSWERS, JANE, MESSAGE, PAYROLL, Ingress, rule


def test_unknown_recipients(ingress: Ingress) -> None:
    """Unknown recipients are refused; the others get the email."""
    with ingress.starttls() as client:
        refused = client.sendmail(JANE, ["nobody@in.acme-cases.example", PAYROLL, "payroll@acme.example"], MESSAGE)
        unknown = (550, b"5.1.1 Requested action not taken: mailbox unavailable")
        assert refused == {"nobody@in.acme-cases.example": unknown, "payroll@acme.example": unknown}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(JANE, ["nobody@in.acme-cases.example"], MESSAGE)
    assert f"for {PAYROLL};".encode() in ingress.only_object()[1]


def test_one_object_per_rule(ingress: Ingress) -> None:
    """Each rule stores one object, however many recipients it covers."""
    with ingress.starttls() as client:
        client.sendmail(JANE, [ANSWERS, "payroll+7k3f92qdx0-h4q9w2@in.acme-cases.example", PAYROLL], MESSAGE)
    objects = ingress.objects()
    first, second = sorted(objects)
    assert (first[:11], second[:18]) == ("raw/ad_hoc/", "raw/case_creation/")
    assert first[11:] == second[18:]
    assert f" for {ANSWERS};\r\n".encode() in objects[first]
    assert b" for payroll+7k3f92qdx0-h4q9w2@in.acme-cases.example;\r\n" in objects[second]


def test_null_sender(ingress: Ingress) -> None:
    with ingress.starttls() as client:
        client.sendmail("", [PAYROLL], MESSAGE)
    assert ingress.only_object()[1].startswith(b"Return-Path: <>\r\n")


def test_no_rule_set(ingress: Ingress) -> None:
    """Without an active rule set every recipient is unknown."""
    with ingress.other_rules():
        ingress.ses.set_active_receipt_rule_set()
        with ingress.plain() as client:
            client.ehlo()
            assert client.mail(JANE)[0] == 250
            assert client.rcpt(PAYROLL)[0] == 550


def test_lenient_rules(ingress: Ingress) -> None:
    """A rule may allow plain text, and turn scanning off."""
    store = {"S3Action": {"BucketName": "mails"}}
    lax = rule("lax", Actions=[store], ScanEnabled=False, TlsPolicy="Optional")
    with ingress.other_rules(lax), ingress.plain() as client:
        client.sendmail(JANE, ["anybody@anywhere.example"], MESSAGE)
    key, content = ingress.only_object()
    assert re.fullmatch("[a-z0-9]{40}", key)
    assert b"Verdict" not in content


def test_disabled_rule(ingress: Ingress) -> None:
    """A disabled rule stores nothing."""
    with ingress.other_rules(rule("off", PAYROLL, Enabled=False)), ingress.starttls() as client:
        client.mail(JANE)
        assert client.rcpt(PAYROLL)[0] == 550


def test_missing_bucket(ingress: Ingress) -> None:
    """A missing bucket is a temporary error."""
    ingress.make_bucket("soon-gone")
    store = {"S3Action": {"BucketName": "soon-gone"}}
    with ingress.other_rules(rule("gone", PAYROLL, Actions=[store])), ingress.starttls() as client:
        ingress.s3.delete_bucket(Bucket="soon-gone")
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail(JANE, [PAYROLL], MESSAGE)
        assert refusal.value.smtp_code == 451


def test_unsupported_action(ingress: Ingress) -> None:
    """The error names the action."""
    header = {"AddHeaderAction": {"HeaderName": "a", "HeaderValue": "b"}}
    with ingress.other_rules(rule("odd", PAYROLL, Actions=[header])), ingress.starttls() as client:
        assert client.mail(JANE) == (
            451,
            b"4.3.5 Receipt rule odd has an action that the local stack does not support: AddHeaderAction",
        )
