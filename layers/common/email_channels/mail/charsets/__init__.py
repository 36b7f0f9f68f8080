"""Charsets: what their names mean, and how bytes become text whatever the sender declared."""

from email_channels.mail.charsets.decoding import decode
from email_channels.mail.charsets.names import codec_name

__all__ = ["codec_name", "decode"]
