"""Decides about an email that was read, without writing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from email_channels.aws.stores.intake_lookup import ExistingRecord
from email_channels.cases.identity import MAX_SALTS
from email_channels.errors import Fault
from email_channels.intake import policy
from email_channels.intake.decision import Decision
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.facts import Facts
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class DecidedEmail:
    """An email and the decision about it.

    `record_id` is the id that its record has or will have. `existing_record` is None if there is no record yet.
    """

    decision: Decision
    facts: Facts
    record_id: str
    existing_record: ExistingRecord | None


def decide_email(
    gathering: FactGathering, *, limited: bool = True, decide: Callable[[Facts], Decision] | None = None
) -> DecidedEmail:
    """Gathers the facts about an email, and decides (by the policy, or as `decide` does). `limited`: the limit of cases
    in an hour applies.

    Raises Fault if too many emails have the same short id, and what AWS raises.
    """
    identity = gathering.arrival.identity
    for salt in range(MAX_SALTS):
        record_id = identity.record_id(salt)
        facts, existing = gathering.facts(record_id)
        if existing is None or existing.identity == identity.key:
            facts = facts if limited else replace(facts, limited=False)
            return DecidedEmail((decide or policy.decide)(facts), facts, record_id, existing)
    raise Fault("too many emails with the same short id")


def decide_at_limit(decided: DecidedEmail) -> DecidedEmail:
    """Decides again, as the sender has reached the limit of cases in an hour."""
    most = decided.facts.settings.max_cases_per_sender_per_hour
    at_limit = replace(decided.facts, opened_this_hour=most)
    return replace(decided, decision=policy.decide(at_limit), facts=at_limit)


def replaces(decided: DecidedEmail, existing: ExistingRecord) -> bool:
    """Whether a further copy of an unprocessed email becomes a case or an entry, and so replaces the record.

    The same object again replaces nothing: only a person decides it again.
    """
    if existing.unprocessed is None or existing.raw_key == decided.facts.arrival.object_key:
        return False
    return decided.decision.case is not None or decided.decision.entry is not None
