"""What other systems are told: events with ids and codes only."""
