"""A command as engines.command calls it, run as a child: it hands the page to the server at argv[1]."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

KINDS = {401: "auth", 403: "auth", 429: "rate_limit"}


def main() -> None:
    url, given, out = sys.argv[1], sys.argv[3], sys.argv[5]
    assert (sys.argv[2], sys.argv[4]) == ("--input", "--output")
    key = os.environ["INKVEIL_ENGINE_KEY"]
    print("told to standard output:", key, file=sys.stdout)
    print("told to standard error:", key, file=sys.stderr)
    request = urllib.request.Request(  # noqa: S310 - on 127.0.0.1
        url, Path(given).read_bytes(), {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            answer = response.read()
    except urllib.error.HTTPError as error:
        told = {"kind": KINDS.get(error.code, "transient"), "message": f"refused {key}"}
        after = error.headers.get("Retry-After")
        answer = json.dumps({"error": told | ({"retry_after": float(after)} if after else {})}).encode()
    except OSError:
        answer = json.dumps({"error": {"kind": "transient", "message": f"not reached with {key}"}}).encode()
    Path(out).write_bytes(answer)


main()
