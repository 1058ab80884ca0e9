"""The query language, and which topics an article satisfies. Pure."""
