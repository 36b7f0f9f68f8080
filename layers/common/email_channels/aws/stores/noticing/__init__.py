"""What the item of a case says about what agents have not seen yet."""
