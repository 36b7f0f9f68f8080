"""Reads the original of an unprocessed email once more, because a person decides about it, or has it decided again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.replacement_store import UnprocessedRecord
from email_channels.cases.reasons import PERHAPS_UNREAD
from email_channels.cases.references import SignedReference
from email_channels.errors import NotFound
from email_channels.intake.arrival import Arrival
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.facts import Facts
from email_channels.intake.limited_reading import read_within_limits
from email_channels.intake.subprocess_reading import read_in_subprocess
from email_channels.settings import IntakeSettings
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class DecidingAgain:
    """What a retry and an assignment of an unprocessed email need.

    - `genuine` returns whether we signed a reference, `now` the aware current time.
    - `follow_up` asks `reconcile` to follow up an email 15 minutes later: the id of the case, and the email id of the
      entry (None for the case itself). It is called before the write, because the process may end.
    - `seconds` is the most time that reading an original may take. An email that could not be processed is read twice.
    """

    settings: IntakeSettings
    mail: MailBucket
    genuine: Callable[[SignedReference], bool]
    follow_up: Callable[[str, str | None], object]
    now: Callable[[], datetime]
    seconds: float

    def read(self, record: UnprocessedRecord) -> Arrival:
        """The email in the original. Its identity and time of arrival are those of the record, so all ids stay the
        same.

        Raises NotFound if there is no original any more, Unreadable if it cannot be read, and what AWS raises.
        """
        item, raw_key = record.item, record.item.email.raw_key
        if raw_key is None:
            raise NotFound("The email has no original.")
        raw, stored_at = self.mail.read_original(raw_key)
        megabytes = self.settings.aws_lambda_function_memory_size
        if item.reason in PERHAPS_UNREAD:
            # It may be an email that ends the process that reads it.
            read_in_subprocess(raw, self.seconds, megabytes)
        arrival = read_within_limits(raw, raw_key, item.channel, item.received_at, megabytes, self.seconds)
        return replace(arrival, identity=record.identity, received_at=item.received_at, stored_at=stored_at)

    def facts(self, arrival: Arrival, record_id: str, chosen: Iterable[str] = ()) -> Facts:
        """The facts about the email with this record id. `chosen` are ids of further cases, as for `FactGathering`."""
        facts, _ = FactGathering(arrival, self.settings, self.genuine).facts(record_id, chosen)
        return facts
