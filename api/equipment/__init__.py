"""Equipment over HTTP."""
