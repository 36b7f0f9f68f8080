"""Separates the parts of a message into body and attachments, and makes the text of the body."""

from email_channels.mail.bodies.content import Content
from email_channels.mail.bodies.selection import collect

__all__ = ["Content", "collect"]
