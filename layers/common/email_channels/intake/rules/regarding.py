"""Line 4 can name the employee that the case is about (`regarding`), if that is not the employee who asks."""

from email_channels.cases.case import CaseFlag
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed


def rule(facts: Facts) -> Ruling:
    """Never stops; flags `regarding_not_found`, so that an agent finds out which employee is meant."""
    user_id = facts.form.regarding
    if user_id is None:
        return passed()
    if user_id not in facts.employees:
        detail = "The user id on line 4 is not in the directory."
        return noted(detail, CaseFlag.REGARDING_NOT_FOUND, asked_for=user_id)
    return passed(user_id=user_id)
