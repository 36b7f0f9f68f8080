"""The audit: records of who changed what (`records`), and how they name it (`targets`)."""
