"""Aftercare's domain: the facts, the rules and the log that keeps them."""
