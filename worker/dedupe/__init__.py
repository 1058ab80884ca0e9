"""Fingerprints of texts, and which text is a copy of which. Pure."""
