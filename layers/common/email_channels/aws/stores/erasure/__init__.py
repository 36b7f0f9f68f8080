"""What erasure reads and deletes: cases, emails, and what is stored of a person elsewhere."""
