"""What admins look after: unprocessed emails, tries, jobs, the audit."""
