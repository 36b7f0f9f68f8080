"""Finding and importing employees."""
