"""Which reports tell of the same event, and how many sources are independent. Pure."""
