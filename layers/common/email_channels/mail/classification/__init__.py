"""Classifies emails: normal, automatic reply or bounce. `classify` is the one public function."""

from email_channels.mail.classification.classifier import Classification, Kind, classify
from email_channels.mail.classification.delivery_reports import FailedRecipient

__all__ = ["Classification", "FailedRecipient", "Kind", "classify"]
