"""The audit: transactions that record who made a change, and the lists of the records."""
