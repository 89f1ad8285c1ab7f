"""What the shared suite has to know about one engine's wire format: the base of every wire_*.py."""

from __future__ import annotations

from typing import Any, ClassVar

from fake_cloud import KEY, FakeCloud, Reply, Request, Seen, words_on


class Wire:
    """One engine on the wire. A wire_*.py has WIRES, a list of instances; the suite finds them by itself.

    Acts (`ok`, `blank`, `cut`, `inside`, `elsewhere`, `huge`) get the request and give the reply of a
    server that ... reads the page; finds nothing on it; stops in the middle; reports an error inside a
    200; answers in another coordinate system; answers with 10 MB.
    """

    engine: str
    label: str = ""
    """Told apart where an engine has several ways to its server."""
    package: str
    """The suite skips a wire whose package is not installed; `make setup` installs all of them."""
    cloud: type = FakeCloud
    absent: ClassVar[frozenset[str]] = frozenset()
    """Acts that this wire format cannot have (a gRPC message is never HTML)."""
    one_call = 1.0
    """Seconds that a call may take where the server hangs: enough for a request to get there."""
    inside_kind = "bad_input"
    boxed = True
    """Whether the reading has words with boxes (else a text, and perhaps regions)."""
    lines = False
    """Whether its words are cut from lines: their boxes then have the line's height."""
    regions = False
    """Whether a reading without placed words has regions (lines or blocks)."""
    options: ClassVar[dict[str, Any]] = {}
    """Of the allowance, where the engine needs some."""

    @property
    def name(self) -> str:
        return f"{self.engine}-{self.label}" if self.label else self.engine

    def environment(self, url: str) -> dict[str, str]:
        """Variables that lead the engine to `url` with KEY."""
        section = self.engine.upper()
        return {f"INKVEIL_{section}_ENDPOINT": url, f"INKVEIL_{section}_KEY": KEY}

    def counts(self, request: Request) -> bool:
        """Whether the request is one that asks for a page to be read."""
        return request.method == "POST"

    def poll(self, request: Request) -> Reply:
        """The reply to one that does not."""
        raise NotImplementedError

    def ok(self, request: Request) -> Reply:
        raise NotImplementedError

    def blank(self, request: Request) -> Reply:
        raise NotImplementedError

    def inside(self, request: Request) -> Reply:
        raise NotImplementedError

    def elsewhere(self, request: Request) -> Reply:
        raise NotImplementedError

    def huge(self, request: Request) -> Reply:
        raise NotImplementedError

    def error(self, status: int, retry_after: float | None) -> Reply:
        """The vendor's body for an HTTP error."""
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return Reply({"error": {"code": status, "message": f"Refused. Key: {KEY}"}}, status, headers)

    def cut(self, request: Request) -> Reply:
        whole = self.ok(request).encoded()
        return Reply(whole[: len(whole) // 2])

    def drip(self, request: Request) -> Reply:
        return Reply("drip")


class PromptedWire(Wire):
    """A language model: what it writes, and the envelope of its provider around it."""

    def image(self, request: Request) -> bytes:
        """The image of a request."""
        raise NotImplementedError

    def written(self, words: list[Seen], width: int, height: int) -> str:
        """What the model writes about words on an image of this size."""
        raise NotImplementedError

    def says(self, text: str, *, finished: bool = True) -> Reply:
        """The provider's answer that holds this text; not `finished`: it ran into its limit."""
        raise NotImplementedError

    def ok(self, request: Request) -> Reply:
        return self.says(self.written(*words_on(self.image(request))))

    def blank(self, request: Request) -> Reply:
        return self.says(self.written([], 1000, 1400))

    def elsewhere(self, request: Request) -> Reply:
        """The words at seven times their place."""
        words, width, height = words_on(self.image(request))
        far = [Seen(w.text, (w.box[0] * 7, w.box[1] * 7, w.box[2] * 7, w.box[3] * 7), w.line) for w in words]
        return self.says(self.written(far, width, height))

    def huge(self, request: Request) -> Reply:
        many = [Seen(f"word{n} " * 700, (9, 9, 99, 99), n) for n in range(2000)]
        return self.says(self.written(many, 1000, 1400))
