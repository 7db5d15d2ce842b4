"""The API: HTTP and the command line, thin."""
