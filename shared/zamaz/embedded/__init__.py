"""The embedded way: a NATS server, a small model and every installed service, in processes of their own."""
