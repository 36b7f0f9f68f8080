"""Routes about the people who use the API: the caller, and the agents that they work with."""
