"""Processes an inbound email: reads it from the bucket, gathers facts, decides, and writes its one outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.aws.stores.record_store import AlreadyRecorded
from email_channels.cases.outcomes import Outcome
from email_channels.cases.probes.mark import ProbeMark
from email_channels.cases.references import SignedReference
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.errors import Fault, NotFound, Unreadable
from email_channels.intake.arrival import Arrival, channel_of
from email_channels.intake.deciding import DecidedEmail, decide_email
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.limited_reading import read_headers_within_limits, read_within_limits
from email_channels.intake.outcome_writing import IntakeResult, OutcomeWriter
from email_channels.intake.probe_returns import returned_probe
from email_channels.intake.receiving_channel import channel_of_copy
from email_channels.intake.resource_limits import Stalled
from email_channels.settings import InboundSettings


class Intake:
    """Processes inbound emails. `genuine` returns whether we signed a reference, `now` the aware current time.

    Raises what AWS raises; the email is then retried. Raises Unreadable for an email that cannot be read; only
    `record_failure` can record such an email.
    """

    def __init__(
        self,
        settings: InboundSettings,
        mail: MailBucket,
        genuine: Callable[[SignedReference], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._megabytes = settings.aws_lambda_function_memory_size
        self._mail = mail
        self._writer = OutcomeWriter(settings, mail, now)
        self._genuine = genuine
        self._now = now

    def process(self, object_key: str, try_reading: Callable[[bytes], None] | None = None) -> IntakeResult | None:
        """Processes the email in an object of the bucket; None if the object is not an email, or does not exist.

        If `try_reading` is given, it is called first, with the bytes of the object. Its errors are passed on.
        """
        channel = channel_of(object_key)
        if channel is None:
            return None
        try:
            raw, stored_at = self._mail.read_original(object_key)
        except NotFound:  # purged while its message waited for a retry
            return None
        if try_reading is not None:
            try_reading(raw)
        arrival = self._of_channel(
            read_within_limits(raw, object_key, channel, self._now(), self._megabytes), stored_at
        )
        del raw  # up to 40 MB; the parsed message holds what is needed
        if (mark := returned_probe(arrival, self._settings, self._genuine, self._now())) is not None:
            return self._take_probe(mark, arrival)
        # If another worker writes the record first, the second attempt finds that record.
        for _ in range(2):
            decided = self._decide(arrival)
            try:
                return replace(self._writer.write(decided), stored_at=stored_at)
            except AlreadyRecorded:
                continue
        raise Fault("the record was deleted while the email was processed")

    def record_failure(self, object_key: str, error: BaseException) -> IntakeResult | None:
        """Records an email that keeps failing as `processing_failed`. `error` is what the last attempt raised.

        It reads as little of the email as possible. If an earlier attempt has written a pointer, the email becomes the
        entry that the pointer announces, with its complete text if it can be read. Returns and raises as `process`. If
        it raises, the message goes to the dead-letter queue.
        """
        channel = channel_of(object_key)
        if channel is None:
            return None
        try:
            raw, stored_at = self._mail.read_original(object_key)
        except NotFound:
            return None
        headers = read_headers_within_limits(raw, object_key, channel, self._now(), self._megabytes)
        arrival = self._of_channel(headers, stored_at)
        if (mark := returned_probe(arrival, self._settings, self._genuine, self._now())) is not None:
            return self._take_probe(mark, arrival)

        def read_completely() -> Arrival:
            # The worker that wrote the pointer could read the email, and has written the attachments of the entry.
            if isinstance(error, Unreadable | Stalled):
                return arrival
            try:
                whole = read_within_limits(raw, object_key, channel, self._now(), self._megabytes)
                return self._of_channel(whole, stored_at)
            except Unreadable:
                return arrival

        return self._writer.write_failure(arrival, read_completely, (failure_row(error),))

    def _of_channel(self, read: Arrival, stored_at: datetime) -> Arrival:
        channel = channel_of_copy(read.channel, read.ses_headers.recipient, self._settings)
        return replace(read, channel=channel, stored_at=stored_at)

    def _take_probe(self, mark: ProbeMark, arrival: Arrival) -> IntakeResult:
        """Notes that a probe came back, and lets its original be deleted after a day, like a further copy."""
        ProbeStore.returned(mark, arrival.received_at)
        self._mail.mark_duplicate(arrival.object_key)
        return IntakeResult(Outcome.PROBE, None, None, arrival.identity.record_id(), ())

    def _decide(self, arrival: Arrival) -> DecidedEmail:
        return decide_email(FactGathering(arrival, self._settings, self._genuine))


def failure_row(error: BaseException) -> RuleResult:
    """The decision trace of an email that could not be processed has this one row."""
    if isinstance(error, Unreadable):
        return RuleResult("processing", RuleVerdict.STOP, "The email could not be read.", {"error": error.cause})
    evidence = {"error": type(error).__name__}
    return RuleResult("processing", RuleVerdict.STOP, "Processing failed several times.", evidence)
