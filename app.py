"""The composition root: the only place that knows every part. Importing it does nothing."""


def main() -> None:
    """Run the command line."""
