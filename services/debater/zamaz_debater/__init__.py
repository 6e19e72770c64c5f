"""The debater service."""
