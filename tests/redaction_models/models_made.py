"""Tiny models made here: a spaCy pipeline trained on invented sentences, a chat endpoint on a socket."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# In small letters, so that no rule takes them for names.
ROOT = Path(__file__).resolve().parents[2]
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


TAGS = ["O", "B-PATIENT", "I-PATIENT", "L-PATIENT", "U-PATIENT", "U-HOSP", "U-OTHERPHI", "U-GENE"]
SENTENCE = "the ward was kept by zorblatt ann marchbanks in tallowby general hospital on room seven and then"


def classifier_folder(folder: Path, tags: list[str] = TAGS, *, window: int = 40) -> Path:
    """A RoBERTa of one layer with a byte-level tokeniser, trained for some steps on invented sentences."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForTokenClassification

    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    raw = Tokenizer(models.BPE(unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=marks, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    raw.train_from_iterator([SENTENCE] * 3, trainer)
    raw.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        cls_token="<s>", sep_token="</s>", mask_token="<mask>", model_max_length=window,
    )  # fmt: skip
    torch.manual_seed(3)
    config = RobertaConfig(
        vocab_size=raw.get_vocab_size(), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=window + 2, pad_token_id=1, type_vocab_size=1,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        id2label=dict(enumerate(tags)), label2id={tag: k for k, tag in enumerate(tags)},
    )  # fmt: skip
    model = RobertaForTokenClassification(config)
    gold = {"zorblatt": [4], "ann": [1], "marchbanks": [3], "tallowby": [5], "seven": [7]}
    rng = random.Random(5)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        words = rng.sample(SENTENCE.split(), 8)
        if rng.random() < 0.7:
            words[2:2] = ["ann", "marchbanks"]
        told = tokenizer(" ".join(words), return_offsets_mapping=True)
        ends, at = [], 0
        for word in words:
            ends.append((at, at + len(word), word))
            at += len(word) + 1
        labels = []
        for start, end in told["offset_mapping"]:
            word = next((w for a, b, w in ends if end > start and a < end <= b), "")
            labels.append(gold.get(word, [0])[0] if end > start else -100)
        loss = model(input_ids=torch.tensor([told["input_ids"]]), labels=torch.tensor([labels])).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def gliner_folder(folder: Path, *, encoder: Path | None = None) -> Path:
    """A GLiNER over a BERT of one layer, trained for some steps to know a "person" and a "city"."""
    import torch
    from gliner import GLiNER, GLiNERConfig
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    encoder = encoder or folder.with_name(f"{folder.name}-encoder")
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    texts = [frame.format(n=name, p=place) for frame in FRAMES for name in NAMES for place in PLACES]
    raw.train_from_iterator(
        [*texts, "person city email"], trainers.WordPieceTrainer(vocab_size=300, special_tokens=marks)
    )
    raw.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=128,
    )  # fmt: skip
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=300, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=512,
    )  # fmt: skip
    BertModel(config).save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)
    model = GLiNER.from_config(
        GLiNERConfig(model_name=str(encoder), hidden_size=32, max_width=3, max_len=300, dropout=0.0)
    )
    rng = random.Random(2)
    known = []
    for name in NAMES:
        for frame in FRAMES:
            place = rng.choice(PLACES)
            words = frame.format(n=name, p=place).split()
            at, there = words.index(name), words.index(place.split()[0])
            end = there + len(place.split()) - 1
            known.append({"tokenized_text": words, "ner": [[at, at, "person"], [there, end, "city"]]})
    collate = model.data_collator_class(
        model.config, data_processor=model.data_processor, prepare_labels=True
    )
    optimizer = torch.optim.Adam(model.model.parameters(), lr=0.003)
    model.model.train()
    for _ in range(350):
        model.model(**collate(rng.sample(known, 8))).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    model.save_pretrained(folder)
    return folder


OFFLINE = """
import socket, sys
def refuse(*a, **k):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
sys.path.insert(0, {root!r})
from redaction.detect import find_text
from redaction.recognisers.models import registry
from redaction.recognisers.models.base import parse
from redaction.recognisers.models.runner import Runner
runner = Runner(registry.models(parse({spec!r})))
hits = find_text({text!r}, models=runner)
assert not runner.failed, runner.failed
assert any(h.recogniser.startswith({kind!r}) for h in hits), hits
print("offline")
"""


def run_offline(spec: str, text: str, home: Path, **more: str) -> str:
    """Runs a search in a process of its own where any connection is an error."""
    told = OFFLINE.format(root=str(ROOT), spec=spec, text=text, kind=spec.partition(":")[0])
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", **more}
    result = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, env=environment, check=False
    )
    return result.stdout.strip() or result.stderr[-3000:]
