"""What rules and models of this service are worth, measured on files that hold the right answers."""
