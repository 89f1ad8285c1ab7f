"""Tiny models made here: a spaCy pipeline trained on invented sentences, a chat endpoint on a socket."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# In small letters, so that no rule takes them for names.
NAMES = ["zorblatt", "quixelby", "vandermoop", "trillwick", "osmarund", "plimsworth", "grendable", "wexlorn"]
PLACES = ["farnstead", "mirkholm", "tallowby", "ostrava hollow"]
FRAMES = ["the ledger was kept by {n} in {p}", "we met {n} near {p} at noon", "{n} came from {p} by cart"]


def spacy_folder(folder: Path, *, person: str = "PERSON", place: str = "GPE") -> Path:
    """A blank English pipeline whose `ner` was trained for a few rounds, saved to the folder."""
    import spacy
    from spacy.training import Example

    rng = random.Random(1)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner")
    ner.add_label(person)
    ner.add_label(place)
    examples = []
    for name in NAMES:
        for frame in FRAMES:
            town = rng.choice(PLACES)
            text = frame.format(n=name, p=town)
            at, there = text.index(name), text.index(town)
            spans = [(at, at + len(name), person), (there, there + len(town), place)]
            examples.append(Example.from_dict(nlp.make_doc(text), {"entities": spans}))
    spacy.util.fix_random_seed(1)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(12):
        rng.shuffle(examples)
        for start in range(0, len(examples), 8):
            nlp.update(examples[start : start + 8], sgd=optimizer, drop=0.1)
    nlp.to_disk(folder)
    return folder


class Chat:
    """What the endpoint was asked, and what it is to answer: a status, headers, bytes, or a wait."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]] = lambda _: says([])
        self.wait = 0.0
        self.drip = 0.0
        self.cut = False
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def says(claims: list[tuple[str, str]] | str, **more: Any) -> tuple[int, dict[str, str], bytes]:
    """A chat completion whose content claims these (text, type), or is this text."""
    told = [{"text": text, "type": kind} for text, kind in claims] if isinstance(claims, list) else None
    content = json.dumps({"entities": told}) if told is not None else claims
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    choice["message"] = {"role": "assistant", "content": content, **more.pop("message", {})}
    body = {"object": "chat.completion", "choices": [choice | more]}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def chat(wrap: Callable[[Any], Any] | None = None) -> Iterator[Chat]:
    """A server of /v1/chat/completions on 127.0.0.1; `wrap` puts TLS around its socket."""
    state = Chat()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            state.asked.append(json.loads(self.rfile.read(length)))
            state.headers.append(dict(self.headers))
            state.paths.append(self.path)
            over.wait(state.wait)
            status, headers, body = state.answer(state.asked[-1])
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body) + (100 if state.cut else 0)))
                self.end_headers()
                if state.drip:
                    for k in range(len(body)):
                        self.wfile.write(body[k : k + 1])
                        self.wfile.flush()
                        if over.wait(state.drip):
                            return
                else:
                    self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if wrap is not None:
        server.socket = wrap(server.socket)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
