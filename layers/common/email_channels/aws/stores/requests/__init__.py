"""Writes of people that a client may repeat with an Idempotency-Key."""
