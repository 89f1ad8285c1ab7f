"""HTTP for providers without a Python client that fits: one request, errors as requests raises them.

No retry and no redirect is followed (an image goes to the allowed address or nowhere), and no .netrc takes
the key's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engines.remote.failures import BadAnswer
from engines.remote.secrets import Secret


def ask(
    method: str,
    url: str,
    key: Secret | None,
    seconds: float,
    *,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """The requests.Response of one call, whose status is a success; `key` is its bearer token.

    `files` (name, content, media type of each field) and `form` together are multipart/form-data.

    Raises requests.RequestException, BadAnswer (a redirect).
    """
    import requests

    def sign(request: Any) -> Any:
        if key is not None:
            request.headers["Authorization"] = f"Bearer {key.reveal()}"
        return request

    with requests.Session() as session:
        answer = session.request(
            method, url, json=json, data=form, files=files, headers=headers, auth=sign,
            timeout=(min(seconds, 20.0), seconds), allow_redirects=False,
        )  # fmt: skip
    answer.raise_for_status()
    if answer.status_code >= 300:
        raise BadAnswer("it leads to another address", "unavailable", answer.status_code)
    return answer
