"""Commands on the wire: a real child process, JSON in a file and JSON out of one; behind it the cloud."""

from __future__ import annotations

import base64
import shlex
import sys
from pathlib import Path
from typing import Any

from fake_cloud import KEY, Reply, Request, Seen, lines_on, words_on
from wire import Wire

BRIDGE = Path(__file__).with_name("bridge_command.py")


class CommandWire(Wire):
    """`boxes` as the profile has them: word, line, block or none."""

    package = "json"
    one_call = 3.0  # a process has to start first

    def __init__(self, engine: str, boxes: str, *, local: bool = False) -> None:
        self.engine, self.local = engine, local
        self.label = "local" if local else ""
        self.boxed, self.lines, self.regions = boxes in ("word", "line"), boxes == "line", boxes == "block"
        if boxes == "none":
            self.absent = frozenset({"elsewhere"})

    def environment(self, url: str) -> dict[str, str]:
        section = f"INKVEIL_{self.engine.upper()}"
        return {
            f"{section}_COMMAND": shlex.join([sys.executable, "-I", "-S", str(BRIDGE), url]),
            f"{section}_PROVIDER": "Local" if self.local else "Example Models Ltd",
            f"{section}_KEY": KEY,
        }

    def image(self, request: Request) -> bytes:
        assert request.headers.get("authorization") == f"Bearer {KEY}"
        asked = request.json
        assert set(asked) == {"images", "language", "languages", "settings"}
        assert (asked["language"], asked["languages"]) == ("en", ["en"])
        (image,) = asked["images"]
        return base64.b64decode(image)

    def result(self, words: list[Seen]) -> Reply:
        text = "\n".join(line.text for line in lines_on(words))
        if not self.boxed and not self.regions:
            return Reply({"results": [text]})
        items = lines_on(words) if self.lines or self.regions else words
        rows: list[dict[str, Any]] = [
            {"text": w.text, "box": list(w.box), "confidence": 0.9, "line": w.line} for w in items
        ]
        return Reply({"results": [{"text": text, "words": rows}]})

    def ok(self, request: Request) -> Reply:
        return self.result(words_on(self.image(request))[0])

    def blank(self, request: Request) -> Reply:
        return self.result([])

    def inside(self, request: Request) -> Reply:
        return Reply({"results": [{"error": {"kind": "bad_input", "message": f"broken image {KEY}"}}]})

    def elsewhere(self, request: Request) -> Reply:
        words, _, _ = words_on(self.image(request))
        return self.result([Seen(w.text, tuple(7 * v for v in w.box), w.line) for w in words])  # type: ignore[arg-type]

    def huge(self, request: Request) -> Reply:
        return self.result([Seen(f"word{n} " * 700, (9, 9, 99, 99), n) for n in range(2000)])


WIRES = [
    CommandWire("command", "word"),
    CommandWire("command", "word", local=True),
    CommandWire("modal", "none"),
    CommandWire("mineru", "block"),
    CommandWire("ndlocr", "line"),
    CommandWire("ndlocr_lite", "line"),
    CommandWire("nemotron_ocr_v2", "word"),
]
