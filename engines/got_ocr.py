"""GOT-OCR 2.0 in transformers (GotOcr2ForConditionalGeneration), from a folder: a page's text, no places.

Its words are placed by the other engines' words. A language model writes the text, so it is checked as
theirs are. The same model behind a server is the profile got_ocr2. It was trained on English and Chinese;
other Latin languages lose accents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.library import Found, Library, Setup
from engines.line_model import CONFIG, kind
from engines.remote.untrusted import check_text, undecorated

STOP: Final = "<|im_end|>"


class GotOcr(Library):
    """The text of a whole page."""

    name = "got_ocr"
    title = "GOT-OCR 2.0"
    package = "transformers"
    distribution = "transformers"
    extra = "got-ocr"
    boxes = "none"
    confidence = False
    handwriting = True
    page_seconds = 60.0
    holds = (
        "the checkpoint stepfun-ai/GOT-OCR-2.0-hf: config.json, model.safetensors, processor and tokenizer"
    )
    options: ClassVar[Mapping[str, Any]] = {"most_tokens": 4096, "patches": False}
    """`patches`: the page is cut into parts besides, which shows small print larger and takes longer."""
    loggers = ("transformers",)

    def lacks(self, setup: Setup) -> str | None:
        lack = weights.lacking(setup.folder, CONFIG)
        if lack is None and kind(setup.folder) != "got_ocr2":
            return f"Its folder holds no GOT-OCR 2.0 of transformers (model_type got_ocr2): {setup.folder}."
        if lack is None and not any(p.suffix == ".safetensors" for p in weights.files(setup.folder)):
            return f"Its folder of weights has no .safetensors file: {setup.folder}."
        return lack

    def load(self, setup: Setup) -> Any:
        import transformers as t

        t.utils.logging.disable_progress_bar()
        way: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        model = t.GotOcr2ForConditionalGeneration.from_pretrained(setup.folder, use_safetensors=True, **way)
        processor = t.AutoProcessor.from_pretrained(setup.folder, **way)
        return model.to(setup.options["device"]).eval(), processor

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        import torch
        from PIL import Image

        model, processor = loaded
        image = Image.fromarray(page.array)
        inputs = processor(image, return_tensors="pt", crop_to_patches=bool(setup.options["patches"]))
        inputs = inputs.to(model.device)
        with torch.inference_mode():
            out = model.generate(
                **inputs, do_sample=False, max_new_tokens=int(setup.options["most_tokens"]),
                tokenizer=processor.tokenizer, stop_strings=STOP,
            )  # fmt: skip
        new = out[0, inputs["input_ids"].shape[1] :].tolist()
        whole = processor.tokenizer.decode(new, skip_special_tokens=False)
        ends = model.generation_config.eos_token_id
        over = {int(e) for e in (ends if isinstance(ends, list) else [ends]) if e is not None}
        return {
            "text": processor.tokenizer.decode(new, skip_special_tokens=True),
            "finished": STOP in whole or any(token in over for token in new),
        }

    def read(self, answer: Any, page: PageImage) -> Found:
        return parse(answer, page.languages)


def parse(answer: Mapping[str, Any], languages: Sequence[str] = ()) -> Found:
    """{"text", "finished"} -> a text without places. Raises Suspicious for what is no honest reading."""
    said = str(answer["text"]).replace(STOP, "")
    check_text(said, finished=bool(answer["finished"]))
    text, decorations = undecorated(said)
    check_text(text, languages=languages)
    return Found(text=text, noticed={"decoration": decorations})
