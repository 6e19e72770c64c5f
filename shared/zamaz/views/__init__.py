"""What readers keep of the log in a database of their own: SQLite by default, PostgreSQL by URL."""
