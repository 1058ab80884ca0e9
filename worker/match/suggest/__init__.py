"""A query from examples: names, words and prefixes that tell a few articles from all others."""
