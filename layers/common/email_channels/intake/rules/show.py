"""Whether to show the case to the employee: the mailbox's default, or line 3 if the mailbox lets senders choose."""

from email_channels.cases.case import CaseFlag
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed

_ANSWERS = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


def show_of(facts: Facts) -> tuple[bool, bool]:
    """Whether to show the case, and whether line 3 holds a value that is neither Yes nor No."""
    default = facts.mailbox is not None and facts.mailbox.default_show
    wanted = facts.form.show
    if wanted is None or facts.mailbox is None or not facts.mailbox.variable_show:
        return default, False
    answer = _ANSWERS.get(wanted.casefold())
    return (default, True) if answer is None else (answer, False)


def rule(facts: Facts) -> Ruling:
    """Never stops; flags `show_defaulted`."""
    show, defaulted = show_of(facts)
    if defaulted:
        detail = "Line 3 is neither Yes nor No, so the mailbox's default applies."
        return noted(detail, CaseFlag.SHOW_DEFAULTED, show=show, asked_for=facts.form.show)
    if facts.form.show is not None and facts.mailbox is not None and not facts.mailbox.variable_show:
        detail = "The mailbox does not let senders choose whether to show the case, so line 3 is ignored."
        return noted(detail, show=show)
    if facts.form_believed and facts.form.show is None:
        return noted("Line 3 is blank, so the mailbox's default applies.", show=show)
    return passed(show=show)
