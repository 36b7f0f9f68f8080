"""Jobs: their state and progress, and the values that their steps return."""
