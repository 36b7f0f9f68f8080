"""Proofs of deletion say until when a restore could undo it."""

from datetime import UTC, datetime, timedelta

from email_channels.cases.purge_proof import RECOVERY_PERIOD, restorable_until

from tests.support.template import source


def test_recovery_period() -> None:
    """The proofs count with the days that the template sets."""
    recovery = source()["Resources"]["Table"]["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": RECOVERY_PERIOD.days}


def test_restorable_until() -> None:
    """The period counts from the end of the deletion, which may be a day after the proof."""
    proved = datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert restorable_until(proved) == proved + timedelta(days=36)
