"""Google Cloud Vision on the wire: images:annotate over REST, BatchAnnotateImages over gRPC."""

from __future__ import annotations

import base64
import threading
from concurrent import futures
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, words_on
from wire import Wire

MUCH = 10 << 20


def _corners(box: tuple[float, float, float, float]) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    return {"vertices": [{"x": x0, "y": y0}, {"x": x1, "y": y0}, {"x": x1, "y": y1}, {"x": x0, "y": y1}]}


def answer(words: list[Seen], width: int, height: int, *, factor: float = 1.0) -> dict[str, Any]:
    """A BatchAnnotateImagesResponse in JSON; a line's last symbol says that the line ends."""
    if not words:
        return {"responses": [{}]}
    found = []
    for n, word in enumerate(words):
        last = n + 1 == len(words) or words[n + 1].line != word.line
        symbols: list[dict[str, Any]] = [
            {"text": c, "confidence": 0.9, "boundingBox": _corners(word.box)} for c in word.text
        ]
        symbols[-1]["property"] = {"detectedBreak": {"type": "EOL_SURE_SPACE" if last else "SPACE"}}
        box = tuple(int(v * factor) for v in word.box)
        found.append({"boundingBox": _corners(box), "confidence": 0.9, "symbols": symbols})  # type: ignore[arg-type]
    block = {"blockType": "TEXT", "confidence": 0.9, "paragraphs": [{"confidence": 0.9, "words": found}]}
    page = {"width": width, "height": height, "confidence": 0.9, "blocks": [block]}
    text = " ".join(w.text for w in words)
    return {"responses": [{"fullTextAnnotation": {"text": text, "pages": [page]}}]}


def much() -> dict[str, Any]:
    """10 MB of an answer in few, long symbols: the library takes seconds for a megabyte of short ones."""
    body = answer([Seen("x", (10, 10, 90, 90), n) for n in range(10)], 1000, 1400)
    (page,) = body["responses"][0]["fullTextAnnotation"]["pages"]
    for word in page["blocks"][0]["paragraphs"][0]["words"]:
        word["symbols"][0]["text"] = "many words " * (MUCH // 110)
    return body


class GoogleRest(Wire):
    engine = "google_vision"
    label = "rest"
    package = "google.cloud.vision_v1"
    transport = "rest"

    def environment(self, url: str) -> dict[str, str]:
        return {**super().environment(url), "INKVEIL_GOOGLE_VISION_TRANSPORT": self.transport}

    def image(self, request: Request) -> bytes:
        assert request.path.split("?")[0] == "/v1/images:annotate"
        (asked,) = request.json["requests"]
        (feature,) = asked["features"]
        assert feature["type"] in (11, "DOCUMENT_TEXT_DETECTION")
        assert KEY in request.headers.values()
        return base64.b64decode(asked["image"]["content"])

    def ok(self, request: Request) -> Reply:
        return Reply(answer(*words_on(self.image(request))))

    def blank(self, request: Request) -> Reply:
        return Reply(answer([], 0, 0))

    def inside(self, request: Request) -> Reply:
        return Reply({"responses": [{"error": {"code": 3, "message": f"Bad image data. {KEY}"}}]})

    def elsewhere(self, request: Request) -> Reply:
        return Reply(answer(*words_on(self.image(request)), factor=3.0))

    def huge(self, request: Request) -> Reply:
        return Reply(much())

    def error(self, status: int, retry_after: float | None) -> Reply:
        names = {
            401: "UNAUTHENTICATED",
            403: "PERMISSION_DENIED",
            429: "RESOURCE_EXHAUSTED",
            503: "UNAVAILABLE",
        }
        error: dict[str, Any] = {
            "code": status, "message": f"API key not valid: {KEY}", "status": names.get(status, "INTERNAL"),
        }  # fmt: skip
        if retry_after is not None:
            error["details"] = [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{retry_after:g}s"}
            ]
        return Reply({"error": error}, status)


class GrpcCloud:
    """The same server over gRPC: plan, counted, requests and close as fake_cloud.FakeCloud has them."""

    def __init__(self, wire: Any) -> None:
        import grpc
        from google.cloud import vision_v1 as vision

        self.wire = wire
        self.plan: list[Any] = []
        self.otherwise: Any = "ok"
        self.requests: list[Any] = []
        self.errors: list[Exception] = []
        self.counted = 0
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        method = grpc.unary_unary_rpc_method_handler(
            self._answer,
            request_deserializer=vision.BatchAnnotateImagesRequest.deserialize,
            response_serializer=vision.BatchAnnotateImagesResponse.serialize,
        )
        service = "google.cloud.vision.v1.ImageAnnotator"
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, {"BatchAnnotateImages": method}),)
        )
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        self.closing.set()
        self._server.stop(None).wait()

    def _answer(self, message: Any, context: Any) -> Any:
        import grpc
        from google.cloud import vision_v1 as vision
        from google.protobuf import json_format
        from google.protobuf.duration_pb2 import Duration
        from google.rpc import error_details_pb2, status_pb2

        assert KEY in dict(context.invocation_metadata()).values()
        (asked,) = message.requests
        assert asked.features[0].type_ == vision.Feature.Type.DOCUMENT_TEXT_DETECTION
        with self._lock:
            self.requests.append(message)
            self.counted += 1
            act = self.plan.pop(0) if self.plan else self.otherwise
        name, _, value = act.partition(":")
        if name == "hang":
            self.closing.wait(30)
            return vision.BatchAnnotateImagesResponse()
        if name == "status":
            code, _, after = value.partition(":")
            status = {
                401: grpc.StatusCode.UNAUTHENTICATED, 403: grpc.StatusCode.PERMISSION_DENIED,
                429: grpc.StatusCode.RESOURCE_EXHAUSTED, 500: grpc.StatusCode.INTERNAL,
                503: grpc.StatusCode.UNAVAILABLE,
            }[int(code)]  # fmt: skip
            if after:
                info = error_details_pb2.RetryInfo(retry_delay=Duration(seconds=int(float(after))))
                whole = status_pb2.Status(code=status.value[0], message=f"Refused: {KEY}")
                whole.details.add().Pack(info)
                context.set_trailing_metadata((("grpc-status-details-bin", whole.SerializeToString()),))
            context.abort(status, f"Refused: {KEY}")
        data = asked.image.content
        if name == "ok":
            body = answer(*words_on(data))
        elif name == "blank":
            body = answer([], 0, 0)
        elif name == "inside":
            body = {"responses": [{"error": {"code": 3, "message": f"Bad image data. {KEY}"}}]}
        elif name == "elsewhere":
            body = answer(*words_on(data), factor=3.0)
        else:
            body = much()
        pb = vision.BatchAnnotateImagesResponse.pb(vision.BatchAnnotateImagesResponse())
        json_format.ParseDict(body, pb)
        return vision.BatchAnnotateImagesResponse.wrap(pb)


class GoogleGrpc(GoogleRest):
    label = "grpc"
    transport = "grpc"
    cloud = GrpcCloud
    absent = frozenset({"html", "cut", "drip"})


WIRES = [GoogleRest(), GoogleGrpc()]
