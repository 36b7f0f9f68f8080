"""How the agents of a case notice what happens in it."""
