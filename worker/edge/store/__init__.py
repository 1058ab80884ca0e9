"""What wirewatch remembers, in Redis: feeds, articles, stories, the outbox, the published config, recent events."""
