"""The topic: the mailbox's, or the one on line 2 where the mailbox lets senders choose."""

from email_channels.cases.case import CaseFlag
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed


def topic_of(facts: Facts) -> tuple[str, bool]:
    """The topic, and whether the one that the email asked for was not taken although it might have been."""
    default = facts.mailbox.default_topic if facts.mailbox else ""
    wanted = facts.form.topic
    if wanted is None or facts.mailbox is None or not facts.mailbox.variable_topic:
        return default, False
    known = facts.routing.topic(wanted)
    if known is not None:
        return known.name, False
    # The default need not be configured to be known.
    return default, " ".join(wanted.split()).casefold() != default.casefold()


def rule(facts: Facts) -> Ruling:
    """Never stops; flags `topic_defaulted`."""
    topic, defaulted = topic_of(facts)
    if defaulted:
        detail = "The topic on line 2 is not known: the mailbox's default."
        return noted(detail, CaseFlag.TOPIC_DEFAULTED, topic=topic, asked_for=facts.form.topic)
    if facts.form.topic is not None and facts.mailbox is not None and not facts.mailbox.variable_topic:
        return noted("The mailbox does not let senders choose the topic: line 2 is ignored.", topic=topic)
    if facts.form_believed and facts.form.topic is None:
        return noted("Line 2 is blank: the mailbox's default topic.", topic=topic)
    return passed(topic=topic)
