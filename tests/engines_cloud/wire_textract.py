"""Amazon Textract on the wire: POST / with X-Amz-Target, signed by AWS Signature Version 4."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire

KEY_ID = "AKIDEXAMPLE0INVENTED"
REGION = "eu-central-1"
CODES = {401: "UnrecognizedClientException", 403: "AccessDeniedException", 429: "ThrottlingException",
         500: "InternalServerError", 503: "ServiceUnavailable"}  # fmt: skip


def signature(request: Request) -> tuple[str, str]:
    """The signature that a request has, and the one that it has to have."""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/textract/aws4_request, "
        r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
        request.headers["authorization"],
    )
    assert found is not None
    key_id, day, region, names, given = found.groups()
    assert (key_id, region) == (KEY_ID, REGION)
    assert {"host", "x-amz-date", "x-amz-target"} <= set(names.split(";"))
    headers = "".join(f"{n}:{request.headers[n].strip()}\n" for n in names.split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, "", headers, names, body])
    scope = f"{day}/{region}/textract/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, digest])
    key = f"AWS4{KEY}".encode()
    for part in (day, region, "textract", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return given, hmac.new(key, to_sign.encode(), "sha256").hexdigest()


def answer(words: list[Seen], width: int, height: int, *, factor: float = 1.0, polygon: bool = True) -> Any:
    """Blocks of a page: PAGE, its LINEs, their WORDs."""

    def block(kind: str, number: int, seen: Seen, ids: list[str]) -> dict[str, Any]:
        x0, x1 = (v / width * factor for v in seen.box[0::2])
        y0, y1 = (v / height * factor for v in seen.box[1::2])
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        place: dict[str, Any] = {
            "BoundingBox": {"Left": x0, "Top": y0, "Width": x1 - x0, "Height": y1 - y0},
            "Polygon": [{"X": x, "Y": y} for x, y in corners],
        }
        if not polygon:
            del place["Polygon"]
        said = {"Confidence": 97.3, "Text": seen.text} if seen.text else {}
        more = {"Relationships": [{"Type": "CHILD", "Ids": ids}]} if ids else {}
        kinds = {"TextType": "HANDWRITING"} if kind == "WORD" else {}
        return {"BlockType": kind, "Id": f"{kind}-{number}", "Geometry": place, **said, **kinds, **more}

    lines = lines_on(words)
    own = [[f"WORD-{n}" for n, w in enumerate(words) if w.line == line.line] for line in lines]
    page = block("PAGE", 0, Seen("", (0, 0, width, height), 0), [f"LINE-{n}" for n in range(len(lines))])
    return {
        "DetectDocumentTextModelVersion": "1.0",
        "DocumentMetadata": {"Pages": 1},
        "Blocks": [
            page,
            *(block("LINE", n, line, ids) for n, (line, ids) in enumerate(zip(lines, own, strict=True))),
            *(block("WORD", n, w, []) for n, w in reversed(list(enumerate(words)))),
        ],
    }


class TextractWire(Wire):
    """All errors of a client are 400, or 500 for a limit, and say which they are in __type."""

    engine = "textract"
    package = "boto3"
    absent = frozenset({"inside"})  # an error is never a 200

    def __init__(self, label: str = "", *, polygon: bool = True) -> None:
        self.label, self.polygon = label, polygon

    def environment(self, url: str) -> dict[str, str]:
        section = "INKVEIL_TEXTRACT"
        return {f"{section}_ENDPOINT": url, f"{section}_KEY": KEY, f"{section}_KEY_ID": KEY_ID,
                f"{section}_REGION": REGION}  # fmt: skip

    def image(self, request: Request) -> bytes:
        assert request.path == "/"
        assert request.headers["x-amz-target"] == "Textract.DetectDocumentText"
        given, right = signature(request)
        assert given == right
        assert "x-amz-security-token" not in request.headers
        assert list(request.json) == ["Document"]
        return base64.b64decode(request.json["Document"]["Bytes"])

    def said(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
        kind = {"Content-Type": "application/x-amz-json-1.1"}
        return Reply(json.dumps(body).encode(), status, {**kind, **(headers or {})})

    def ok(self, request: Request) -> Reply:
        return self.said(answer(*words_on(self.image(request)), polygon=self.polygon))

    def blank(self, request: Request) -> Reply:
        return self.said(answer([], 1000, 1400))

    def elsewhere(self, request: Request) -> Reply:
        return self.said(answer(*words_on(self.image(request)), factor=4.0))

    def huge(self, request: Request) -> Reply:
        return self.said(answer([Seen("much " * (2 << 20), (9, 9, 99, 99), 0)], 1000, 1400))

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        body = {"__type": CODES[status], "message": f"Refused. Key: {KEY}"}
        return self.said(body, status if status >= 500 else 400, headers)


WIRES = [TextractWire(), TextractWire("boxes", polygon=False)]
