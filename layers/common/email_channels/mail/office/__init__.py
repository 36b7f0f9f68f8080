"""What office programs send besides emails: answers to invitations, and recalls."""
