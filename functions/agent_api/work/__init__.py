"""What agents work on: cases, their history, attachments."""
