"""Jobs: their progress, what they select, and what they find."""
