"""Importing: files of others become commands."""
