"""Views: tables that a reader keeps for itself, each row and the position in the log in one transaction."""
