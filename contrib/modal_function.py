"""A deployed function on Modal as a command of Inkveil (docs/own-engine.md). The page's image goes to Modal.

Needs the package modal, a token (`modal setup`, or MODAL_TOKEN_ID and MODAL_TOKEN_SECRET), and a function of
one's own that has been put there with `modal deploy`, takes a PNG's bytes, and returns a text:

    INKVEIL_MODAL_APP        the app's name
    INKVEIL_MODAL_FUNCTION   the function's name in it
    INKVEIL_MODAL_COMMAND    "python contrib/modal_function.py"

A script of one's own that takes --input and --output needs none of this: INKVEIL_MODAL_COMMAND is then
"modal run SCRIPT.py".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from contract import Failure, serve


def read(image: Path, _: dict[str, Any]) -> str:
    """One page: `modal.Function.from_name(app, function).remote(image)`."""
    app, function = (os.environ.get(f"INKVEIL_MODAL_{n}", "") for n in ("APP", "FUNCTION"))
    if not app or not function:
        raise Failure(
            "unavailable", "INKVEIL_MODAL_APP and INKVEIL_MODAL_FUNCTION have to name a deployed function"
        )
    try:
        import modal
    except ImportError:
        raise Failure(
            "unavailable", "the package modal is not installed in this Python: pip install modal"
        ) from None
    try:
        said = modal.Function.from_name(app, function).remote(image.read_bytes())
    except modal.exception.AuthError:
        raise Failure("auth", "Modal refused the token") from None
    except modal.exception.NotFoundError:
        raise Failure(
            "unavailable", "Modal has no such app or function; deploy it with modal deploy"
        ) from None
    except modal.exception.ConnectionError:
        raise Failure("transient", "Modal was not reached") from None
    if not isinstance(said, str):
        raise Failure("bad_output", "the function returned no text")
    return said


if __name__ == "__main__":
    serve(read)
