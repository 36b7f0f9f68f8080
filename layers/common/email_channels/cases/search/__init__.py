"""How people find cases and employees by words."""
