"""Finds banners ("CAUTION: external sender") that gateways put above the text of an email."""

from email_channels.mail.banners.finding import banner_end

__all__ = ["banner_end"]
