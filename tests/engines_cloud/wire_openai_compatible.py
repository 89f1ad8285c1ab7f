"""Models behind an OpenAI-compatible server on the wire: POST /v1/chat/completions, one wire a profile."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable

from fake_cloud import KEY, Reply, Request, Seen, lines_on
from wire import PromptedWire

from engines import openai_compatible

Writing = Callable[[list[Seen], int, int], str]


class ProfileWire(PromptedWire):
    """`writing` is what the model writes; `boxed` and `regions` as wire.Wire says."""

    package = "openai"

    def __init__(
        self, engine: str, writing: Writing, *, boxed: bool, regions: bool = False, local: bool = False
    ) -> None:
        self.engine, self.writing, self.boxed, self.regions = engine, writing, boxed, regions
        self.lines = boxed
        self.local = local
        self.label = "local" if local else ""
        if not boxed and not regions:
            self.absent = frozenset({"elsewhere"})

    def environment(self, url: str) -> dict[str, str]:
        section = f"INKVEIL_{self.engine.upper()}"
        provider = {} if self.local else {f"{section}_PROVIDER": "Example Models Ltd"}
        return {f"{section}_URL": f"{url}/v1", f"{section}_KEY": KEY, **provider}

    def image(self, request: Request) -> bytes:
        assert request.path == "/v1/chat/completions"
        assert request.headers.get("authorization") == f"Bearer {KEY}"
        profile = openai_compatible.engine(self.engine).profile
        asked = request.json
        assert asked["model"] == profile.model
        assert all(asked[name] == value for name, value in profile.extra.items())
        roles = [m["role"] for m in asked["messages"]]
        assert roles == (["user"] if profile.system is None else ["system", "user"])
        content = asked["messages"][-1]["content"]
        assert [c["type"] for c in content] == (["image_url", "text"] if profile.prompt else ["image_url"])
        return base64.b64decode(content[0]["image_url"]["url"].split(",")[1])

    def written(self, words: list[Seen], width: int, height: int) -> str:
        return self.writing(words, width, height)

    def says(self, text: str, *, finished: bool = True) -> Reply:
        choice = {
            "index": 0,
            "finish_reason": "stop" if finished else "length",
            "message": {"role": "assistant", "content": text},
        }
        usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
        return Reply(
            {
                "id": "c1",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [choice],
                "usage": usage,
            }
        )

    def inside(self, request: Request) -> Reply:
        return Reply({"error": {"code": 400, "message": f"The image is broken. {KEY}", "type": "BadRequest"}})

    def error(self, status: int, retry_after: float | None) -> Reply:
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        error = {
            "message": f"Incorrect API key provided: {KEY}",
            "type": "error",
            "param": None,
            "code": status,
        }
        return Reply({"error": error}, status, headers)


def in_pixels(words: list[Seen], width: int, height: int) -> str:
    items = [{"bbox_2d": list(line.box), "text_content": line.text} for line in lines_on(words)]
    return "```json\n" + json.dumps(items) + "\n```"


def in_thousandths(words: list[Seen], width: int, height: int) -> str:
    def box(line: Seen) -> list[int]:
        x0, y0, x1, y1 = line.box
        return [
            round(v) for v in (x0 / width * 1000, y0 / height * 1000, x1 / width * 1000, y1 / height * 1000)
        ]

    return json.dumps([{"bbox_2d": box(line), "text_content": line.text} for line in lines_on(words)])


def grounded(words: list[Seen], width: int, height: int) -> str:
    def mark(line: Seen) -> str:
        x0, y0, x1, y1 = line.box
        box = [round(v) for v in (x0 / width * 999, y0 / height * 999, x1 / width * 999, y1 / height * 999)]
        return f"<|ref|>text<|/ref|><|det|>[{box}]<|/det|>\n{line.text}\n"

    return "\n".join(mark(line) for line in lines_on(words))


def markdown(words: list[Seen], width: int, height: int) -> str:
    return "\n\n".join(line.text for line in lines_on(words))


def with_front_matter(words: list[Seen], width: int, height: int) -> str:
    head = "primary_language: en\nis_rotation_valid: True\nrotation_correction: 0\nis_table: False"
    return f"---\n{head}\n---\n{markdown(words, width, height)}"


def thinking(words: list[Seen], width: int, height: int) -> str:
    said = in_thousandths(words, width, height)
    return f"<think>A [1, 2] list.</think><answer><|begin_of_box|>{said}<|end_of_box|></answer>"


def scaled(line: Seen, width: int, height: int, span: float) -> list[int]:
    x0, y0, x1, y1 = line.box
    return [round(v * span) for v in (x0 / width, y0 / height, x1 / width, y1 / height)]


def spotted(words: list[Seen], width: int, height: int) -> str:
    def mark(line: Seen) -> str:
        x0, y0, x1, y1 = scaled(line, width, height, 1000)
        return f"{line.text}({x0},{y0}),({x1},{y1})"

    return "\n".join(mark(line) for line in lines_on(words))


def ref_lists(words: list[Seen], width: int, height: int) -> str:
    return "\n".join(
        f"<ref>{line.text}</ref><box>[{scaled(line, width, height, 1000)}]</box>" for line in lines_on(words)
    )


def ref_numbers(words: list[Seen], width: int, height: int) -> str:
    def mark(line: Seen) -> str:
        numbers = " ".join(map(str, scaled(line, width, height, 1000)))
        return f"<ref>{line.text}</ref><box>{numbers}</box>"

    return "\n".join(mark(line) for line in lines_on(words))


def html_lists(words: list[Seen], width: int, height: int) -> str:
    return "\n".join(
        f'<div data-bbox="{scaled(line, width, height, 1024)}"><p>{html.escape(line.text)}</p></div>'
        for line in lines_on(words)
    )


def html_numbers(words: list[Seen], width: int, height: int) -> str:
    def mark(line: Seen) -> str:
        numbers = " ".join(map(str, scaled(line, width, height, 1000)))
        inner = f"<div><b>{html.escape(line.text)}</b></div>"
        return f'<div data-bbox="{numbers}" data-label="Section-Header">{inner}</div>'

    return "\n".join(mark(line) for line in lines_on(words))


WIRES = [
    ProfileWire("qwen2_5_vl", in_pixels, boxed=True),
    ProfileWire("qwen3_vl", in_thousandths, boxed=True),
    ProfileWire("qwen3_vl", in_thousandths, boxed=True, local=True),
    ProfileWire("qwen3_vl_4b", in_thousandths, boxed=True),
    ProfileWire("deepseek_ocr", grounded, boxed=False, regions=True),
    ProfileWire("olmocr2", with_front_matter, boxed=False),
    ProfileWire("nanonets_ocr_s", markdown, boxed=False),
    ProfileWire("glm_ocr", markdown, boxed=False),
    ProfileWire("sarashina2_2_ocr", markdown, boxed=False),
    ProfileWire("paddleocr_vl", markdown, boxed=False),
    ProfileWire("got_ocr2", markdown, boxed=False),
    ProfileWire("lfm2_vl", markdown, boxed=False),
    ProfileWire("qwen2_vl", in_thousandths, boxed=True),
    ProfileWire("glm4_1v", thinking, boxed=True),
    ProfileWire("hunyuan_ocr", spotted, boxed=True),
    ProfileWire("chandra", html_lists, boxed=False, regions=True),
    ProfileWire("chandra2", html_numbers, boxed=False, regions=True),
    ProfileWire("surya", html_numbers, boxed=False, regions=True),
    ProfileWire("internvl3", ref_lists, boxed=True),
    ProfileWire("minicpm_v", ref_numbers, boxed=True),
]
