"""Stands in for SES.

Sends emails and publishes events about them, and holds configuration sets, receipt filters and receipt rules. Adds the
header fields that SES adds to received emails.
"""
