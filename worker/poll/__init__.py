"""When a feed is due, and its bytes to entries. Pure."""
