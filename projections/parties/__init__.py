"""Questions about the parties."""
