"""The parties over HTTP."""
