"""Moves emails from one case to another: one email, or all of a case that is merged."""
