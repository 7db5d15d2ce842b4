"""The OpenAPI document as it is kept beside the tests: `python -m tests.api.document` writes it anew."""

from pathlib import Path

from flask import Flask

from api.endpoints import register
from api.openapi import text_of

KEPT = Path(__file__).with_name("openapi.json")


def made() -> bytes:
    """Return the document as the endpoints make it."""
    return text_of(register(Flask("aftercare", static_folder=None)))


if __name__ == "__main__":
    KEPT.write_bytes(made())
