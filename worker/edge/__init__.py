"""The only code that touches the world: HTTP, Redis, rq, files, destinations."""
