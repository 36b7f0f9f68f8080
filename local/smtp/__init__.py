"""Stands in for SES's SMTP endpoint for receiving: STARTTLS, receipt filters and rules, 40 MB, storing in S3."""
