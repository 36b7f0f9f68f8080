"""The tree of parts -> what is body and what is attached, and the text of the body."""

from email_channels.mail.bodies.content import Content
from email_channels.mail.bodies.selection import collect

__all__ = ["Content", "collect"]
