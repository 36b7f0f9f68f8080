"""The topic: the default of the mailbox, or the one on line 2 if the mailbox lets senders choose."""

from email_channels.cases.case import CaseFlag
from email_channels.cases.routing import topic_key
from email_channels.intake.facts import Facts
from email_channels.intake.rulings import Ruling, noted, passed


def topic_of(facts: Facts) -> tuple[str, bool]:
    """The topic, and whether it is the default in place of an unknown topic on line 2."""
    default = facts.mailbox.default_topic if facts.mailbox else ""
    wanted = facts.form.topic
    if wanted is None or facts.mailbox is None or not facts.mailbox.variable_topic:
        return default, False
    known = facts.routing.topic(wanted)
    if known is not None:
        return known.name, False
    # The default topics of mailbox and deployment exist, even if no topic of that name is configured.
    exists = next(
        (name for name in (default, facts.settings.default_topic) if topic_key(name) == topic_key(wanted)), None
    )
    return exists or default, exists is None


def rule(facts: Facts) -> Ruling:
    """Never stops; flags `topic_defaulted`."""
    topic, defaulted = topic_of(facts)
    if defaulted:
        detail = "The topic on line 2 is not known, so the mailbox's default applies."
        return noted(detail, CaseFlag.TOPIC_DEFAULTED, topic=topic, asked_for=facts.form.topic)
    if facts.form.topic is not None and facts.mailbox is not None and not facts.mailbox.variable_topic:
        return noted("The mailbox does not let senders choose the topic, so line 2 is ignored.", topic=topic)
    if facts.form_believed and facts.form.topic is None:
        return noted("Line 2 is blank, so the mailbox's default topic applies.", topic=topic)
    return passed(topic=topic)
