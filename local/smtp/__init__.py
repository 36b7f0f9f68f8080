"""Stands in for the SMTP endpoint where SES receives emails.

It has STARTTLS, receipt filters, receipt rules and the limit of 40 MB, and stores emails in S3.
"""
