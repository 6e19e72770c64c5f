"""The `zamaz` command."""
