"""Public warnings and their delivery: drafts, approval, outbox, message providers."""
