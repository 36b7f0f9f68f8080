"""The local SMTP server in front of an embedded AWS, and real clients for it."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.embedded_aws import EmbeddedAws
from local.ses.emulation import SesEmulation
from local.smtp.certificates import Certificates
from local.smtp.server import SmtpServer

PAYROLL = "payroll@in.acme-cases.example"
ANSWERS = "answers@in.acme-cases.example"
JANE = "jane.doe@acme.example"
MESSAGE = b"From: Jane Doe <jane.doe@acme.example>\r\nTo: payroll@acme.example\r\nSubject: Pay\r\n\r\nHello\r\n"


def rule(name: str, *recipients: str, **different: Any) -> dict[str, Any]:
    """A receipt rule as the template makes them."""
    store = {"S3Action": {"BucketName": "mails", "ObjectKeyPrefix": f"raw/{name}/"}}
    usual = {"Name": name, "Enabled": True, "ScanEnabled": True, "TlsPolicy": "Require", "Actions": [store]}
    return usual | {"Recipients": list(recipients)} | different


class Ingress:
    """The SMTP server on free ports in front of an embedded AWS with the rules of both channels."""

    def __init__(self, certificates: Certificates) -> None:
        self.aws = EmbeddedAws(wrap=lambda app: SesEmulation(app, lambda _: None))
        self.aws.start()
        self.s3 = self.aws.client("s3")
        self.ses = self.aws.client("ses")
        self.certificates = certificates
        self.make_bucket("mails")
        self.add_filter("block-all", "Block", "0.0.0.0/0")
        self.add_filter("allow-local", "Allow", "127.0.0.0/8")
        self.add_filter("allow-client", "Allow", "198.51.100.0/24")
        self.activate("main", rule("case_creation", PAYROLL), rule("ad_hoc", ANSWERS))
        self.smtp = self.start()

    def start(self, **ports: int) -> SmtpServer:
        ingress = SmtpServer(s3=self.s3, ses=self.ses, region=self.aws.region, certificates=self.certificates, **ports)
        ingress.start()
        return ingress

    def make_bucket(self, name: str) -> None:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.aws.region})

    def add_filter(self, name: str, policy: str, cidr: str) -> None:
        self.ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})

    def activate(self, name: str, *rules: dict[str, Any]) -> None:
        self.ses.create_receipt_rule_set(RuleSetName=name)
        for each in rules:
            self.ses.create_receipt_rule(RuleSetName=name, Rule=each)
        self.ses.set_active_receipt_rule_set(RuleSetName=name)

    @contextmanager
    def other_rules(self, *rules: dict[str, Any]) -> Iterator[None]:
        """Within the block, another server receives by these rules."""
        self.activate("other", *rules)
        usual, self.smtp = self.smtp, self.start()
        try:
            yield
        finally:
            self.smtp.stop()
            self.smtp = usual
            self.ses.set_active_receipt_rule_set(RuleSetName="main")
            self.ses.delete_receipt_rule_set(RuleSetName="other")

    def plain(self) -> smtplib.SMTP:
        return smtplib.SMTP("localhost", self.smtp.smtp_port, local_hostname="mail.acme.example", timeout=30)

    def starttls(self) -> smtplib.SMTP:
        client = self.plain()
        client.starttls(context=self.trust())
        client.ehlo()
        return client

    def implicit_tls(self) -> smtplib.SMTP_SSL:
        client = smtplib.SMTP_SSL("localhost", self.smtp.smtps_port, context=self.trust(), timeout=30)
        client.ehlo()
        return client

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificates.ca_file))

    def objects(self) -> dict[str, bytes]:
        keys = [row["Key"] for row in self.s3.list_objects_v2(Bucket="mails").get("Contents", [])]
        return {key: self.s3.get_object(Bucket="mails", Key=key)["Body"].read() for key in keys}

    def only_object(self) -> tuple[str, bytes]:
        [(key, content)] = self.objects().items()
        return key, content

    def sent_below_the_block(self) -> bytes:
        """The part of the only object below the header block of SES."""
        content = self.only_object()[1]
        return content[re.search(rb"X-SES-DKIM-SIGNATURE: [^\r\n]+\r\n", content).end() :]  # type: ignore[union-attr] # else it fails, rightly

    def forget_objects(self) -> None:
        for key in self.objects():
            self.s3.delete_object(Bucket="mails", Key=key)

    def stop(self) -> None:
        self.smtp.stop()
        self.aws.stop()
