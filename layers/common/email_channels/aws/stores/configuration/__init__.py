"""What people configure at run time."""
