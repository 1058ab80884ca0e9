"""Processes and commands: composition of the parts into scheduler, workers, web, supervisor and CLI."""
