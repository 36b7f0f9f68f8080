"""The two channels through which emails come in, and their folders in the bucket."""

from __future__ import annotations

from enum import StrEnum

# SES writes all emails under this prefix of the bucket; the folder below it names the channel.
ORIGINALS = "raw/"

# SES writes an object of this name when a receipt rule is made. It is not an email.
SETUP_NOTIFICATION = "AMAZON_SES_SETUP_NOTIFICATION"


class Channel(StrEnum):
    """The two channels; the values are also the folders under ORIGINALS in the bucket."""

    CASE_CREATION = "case_creation"
    AD_HOC = "ad_hoc"
