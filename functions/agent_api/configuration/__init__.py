"""What admins configure: mailboxes, mappings, topics, service groups, templates."""
