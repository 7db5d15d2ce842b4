"""The application: load, decide, append, answer."""
