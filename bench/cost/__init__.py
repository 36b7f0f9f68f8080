"""What the system costs at AWS's list prices: `make cost`."""
