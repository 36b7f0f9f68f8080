"""What AWS would say to a call that moto takes: whether the function's policy allows it, and no limit is broken."""
