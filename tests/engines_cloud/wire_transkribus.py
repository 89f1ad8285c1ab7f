"""Transkribus' processing API on the wire: sign in, POST /processes, ask until finished, fetch PAGE XML."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from fake_cloud import KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire

TOKEN = "invented-access-token"
SPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"


def page_xml(words: list[Seen], width: int, height: int, *, factor: float = 1.0, worded: bool = False) -> str:
    """PAGE XML of one region; `worded`: its lines have Word elements."""

    def element(name: str, seen: Seen, inner: str = "") -> str:
        x0, y0, x1, y1 = (round(v * factor) for v in seen.box)
        points = f"{x0},{y0} {x1},{y0} {x1},{y1} {x0},{y1}"
        said = f"<TextEquiv><Unicode>{escape(seen.text)}</Unicode></TextEquiv>"
        return f'<{name} id="i"><Coords points="{points}"/>{inner}{said}</{name}>'

    lines = [
        element(
            "TextLine", line, "".join(element("Word", w) for w in words if w.line == line.line and worded)
        )
        for line in lines_on(words)
    ]
    whole = "\n".join(escape(line.text) for line in lines_on(words))
    region = (
        f'<TextRegion id="r"><Coords points="0,0 {width},0 {width},{height} 0,{height}"/>{"".join(lines)}'
        f"<TextEquiv><Unicode>{whole}</Unicode></TextEquiv></TextRegion>"
        if lines
        else ""
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<PcGts xmlns="{SPACE}"><Metadata><Creator>invented</Creator></Metadata>'
        f'<Page imageFilename="p.jpg" imageWidth="{width}" imageHeight="{height}">{region}</Page></PcGts>'
    )


class TranskribusWire(Wire):
    """What a process came to is kept, and given at the second question."""

    engine = "transkribus"
    package = "requests"

    def __init__(self, label: str = "", *, worded: bool = False) -> None:
        self.label, self.worded, self.lines = label, worded, not worded
        self.due: dict[str, list[Reply]] = {}

    def environment(self, url: str) -> dict[str, str]:
        section = "INKVEIL_TRANSKRIBUS"
        return {f"{section}_ENDPOINT": f"{url}/processing/v1", f"{section}_LOGIN": f"{url}/auth/token",
                f"{section}_USER": "anna@example.com", f"{section}_KEY": KEY}  # fmt: skip

    def counts(self, request: Request) -> bool:
        return request.method == "POST" and request.path == "/processing/v1/processes"

    def poll(self, request: Request) -> Reply:
        if request.path == "/auth/token":
            said = {k: v[0] for k, v in parse_qs(request.body.decode()).items()}
            assert said == {"grant_type": "password", "client_id": "processing-api-client",
                            "username": "anna@example.com", "password": KEY}  # fmt: skip
            return Reply({"access_token": TOKEN, "expires_in": 300, "token_type": "Bearer"})
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        return self.due[request.path.split("/")[4]].pop(0)

    def image(self, request: Request) -> bytes:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.json["config"] == {"textRecognition": {"htrId": 51170}}
        return base64.b64decode(request.json["image"]["base64"])

    def accepted(self, last: str, body: bytes = b"") -> Reply:
        name = str(len(self.due) + 1)
        say = [
            Reply({"processId": int(name), "status": s}, 200, {"Retry-After": "0"}) for s in ("RUNNING", last)
        ]
        self.due[name] = [*say, Reply(body, 200, {"Content-Type": "application/xml"})]
        return Reply({"processId": int(name), "status": "CREATED"})

    def finished(self, found: str) -> Reply:
        return self.accepted("FINISHED", found.encode())

    def ok(self, request: Request) -> Reply:
        return self.finished(page_xml(*words_on(self.image(request)), worded=self.worded))

    def blank(self, request: Request) -> Reply:
        return self.finished(page_xml([], 1000, 1400))

    def elsewhere(self, request: Request) -> Reply:
        return self.finished(page_xml(*words_on(self.image(request)), factor=4.0))

    def huge(self, request: Request) -> Reply:
        return self.finished(page_xml([Seen("much " * (2 << 20), (9, 9, 99, 99), 0)], 1000, 1400))

    def inside(self, request: Request) -> Reply:
        return self.accepted("FAILED")

    def cut(self, request: Request) -> Reply:
        whole = page_xml(*words_on(self.image(request)))
        return self.finished(whole[: len(whole) // 2])

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers: dict[str, Any] = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return Reply({"error": "refused", "error_description": f"Refused. {KEY}"}, status, headers)


WIRES = [TranskribusWire(), TranskribusWire("words", worded=True)]
