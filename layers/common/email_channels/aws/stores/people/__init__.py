"""What is known of the people who use the API: who they are, and what they do at the moment."""
