"""Whether to tell somebody, with the reason, and how it reads at each destination. Pure."""
