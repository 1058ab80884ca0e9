"""The web process: what wirewatch knows, for people (pages) and for machines (health, readiness, metrics)."""
