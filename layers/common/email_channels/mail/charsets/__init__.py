"""Charsets: finds the codec for a charset name, and decodes bytes, even if the sender declared a wrong charset."""

from email_channels.mail.charsets.decoding import decode
from email_channels.mail.charsets.names import codec_name

__all__ = ["codec_name", "decode"]
