"""Line models of transformers: any checkpoint that turns the image of one line into its text, from a folder.

Lines are found and cut out here (PP-OCR's detector, engines.lines), since such a model sees one line and says
no place; its line's words are cut in the gaps of their ink. What the folder's config.json says decides how it
is loaded: `vision-encoder-decoder` (TrOCR and its kin) or a model of images and text with one decoder
(GIT, Qwen-VL: the way of DTrOCR, of which there is no release). Code in a folder is never run.

It generates, so it may run on without end: such a line is no text (`loop` or `cut` in `noticed`), and where
most lines are like that, there is no reading.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from engines import weights
from engines.base import PageImage
from engines.library import Found, Library, Setup, share
from engines.placed import STANDING, Placed
from engines.rapidocr import FOUND, missing
from engines.remote.untrusted import Suspicious, looping, refusing
from model.geometry import Quad

ENCODER_DECODER: Final = "vision-encoder-decoder"
CONFIG: Final = "config.json"
MOST_BAD: Final = 0.5
"""Share of lines that run on from which on nothing of the page is believed."""


class LineModel(Library):
    """Any model of lines, by its folder."""

    name = "line_model"
    title = "Line model (transformers)"
    package = "transformers"
    distribution = "transformers"
    extra = "line-models"
    boxes = "line"
    vertical = True
    handwriting = True
    page_seconds = 60.0
    holds = "a checkpoint: config.json, model.safetensors, its processor and tokenizer"
    options: ClassVar[Mapping[str, Any]] = {
        "beams": 1, "batch": 8, "most_tokens": 256,
        "prompt": "Read the text of this line. Answer with the text alone.",
    }  # fmt: skip
    """`prompt`: for checkpoints with a chat template, which take none without one."""
    loggers = ("transformers",)

    def lacks(self, setup: Setup) -> str | None:
        lack = weights.lacking(setup.folder, CONFIG) or missing()
        if lack is not None:
            return lack
        if not any(p.suffix == ".safetensors" for p in weights.files(setup.folder)):
            return f"Its folder of weights has no .safetensors file: {setup.folder}."
        if kind(setup.folder) == "":
            return f"The config.json in its folder names no model_type: {setup.folder}."
        return None

    def load(self, setup: Setup) -> Any:
        import transformers as t

        t.utils.logging.disable_progress_bar()
        way: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        pair = kind(setup.folder) == ENCODER_DECODER
        maker = t.VisionEncoderDecoderModel if pair else t.AutoModelForImageTextToText
        model = maker.from_pretrained(setup.folder, use_safetensors=True, **way)
        model = model.to(setup.options["device"]).eval()
        try:
            processor = t.AutoProcessor.from_pretrained(setup.folder, **way)
            images, tokens = processor, processor.tokenizer
        except (ValueError, OSError, AttributeError):  # a folder that keeps both apart
            images = t.AutoImageProcessor.from_pretrained(setup.folder, **way)
            tokens = t.AutoTokenizer.from_pretrained(setup.folder, **way)
        return model, images, tokens

    def call(self, loaded: Any, page: PageImage, setup: Setup) -> Any:
        image, quads = detected(page)
        lines = []
        step = max(1, int(setup.options["batch"]))
        for start in range(0, len(quads), step):
            crops = [
                cropped(image, quad, "ja-vert" in page.languages) for quad in quads[start : start + step]
            ]
            lines += generated(loaded, crops, setup.options)
        places = [[[float(x), float(y)] for x, y in quad] for quad in quads]
        return {"lines": [{**line, "quad": quad} for line, quad in zip(lines, places, strict=True)]}

    def read(self, answer: Any, page: PageImage) -> Found:  # noqa: ARG002 - of all engines
        return parse(answer)


def kind(folder: Path) -> str:
    """The model_type of a checkpoint; empty where its config.json says none."""
    try:
        said = json.loads((folder / CONFIG).read_text("utf-8"))
    except ValueError:
        return ""
    return str(said.get("model_type") or "") if isinstance(said, dict) else ""


def detected(page: PageImage) -> Any:
    """The page as BGR, and the corners of its lines, found once however many engines ask."""
    import cv2
    import numpy as np

    from engines import lines

    if FOUND not in page.shared:
        image = np.asarray(cv2.cvtColor(page.array, cv2.COLOR_RGB2BGR), np.uint8)
        page.shared[FOUND] = (image, lines.reader().detect(image))
    return page.shared[FOUND]


def cropped(image: Any, quad: Any, upright: bool) -> Any:
    """One line as RGB; one that lies on its side is turned, a Japanese column stays as it stands."""
    import numpy as np

    from engines.lines import cut_out

    crop = cut_out(image, quad)
    if crop.shape[0] >= STANDING * crop.shape[1] and not upright:
        crop = np.rot90(crop)
    return np.ascontiguousarray(crop[:, :, ::-1])


def generated(loaded: Any, crops: Sequence[Any], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """[{text, confidence, finished}] of the lines; confidence is the geometric mean of its tokens' shares."""
    import torch
    from PIL import Image

    model, processor, tokenizer = loaded
    images = [Image.fromarray(crop) for crop in crops]
    given: dict[str, Any] = {"images": images, "return_tensors": "pt"}
    if getattr(processor, "chat_template", None):
        talk = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": options["prompt"]}]}]
        asked = processor.apply_chat_template(talk, add_generation_prompt=True)
        tokenizer.padding_side = "left"
        given |= {"images": [[image] for image in images], "text": [asked] * len(images), "padding": True}
    inputs = processor(**given).to(model.device)
    with torch.inference_mode():
        out = model.generate(
            **inputs, max_new_tokens=int(options["most_tokens"]), num_beams=int(options["beams"]),
            do_sample=False, output_scores=True, return_dict_in_generate=True,
        )  # fmt: skip
        beams = getattr(out, "beam_indices", None)
        scores = model.compute_transition_scores(
            out.sequences, out.scores, beams, normalize_logits=beams is None
        )
    ends = model.generation_config.eos_token_id
    over = {int(e) for e in (ends if isinstance(ends, list) else [ends]) if e is not None}
    special = over | {int(i) for i in tokenizer.all_special_ids}
    found = []
    for sequence, shares in zip(out.sequences.tolist(), scores.tolist(), strict=True):
        new = sequence[-len(shares) :] if shares else []
        kept = [p for token, p in zip(new, shares, strict=True) if token not in special and math.isfinite(p)]
        text = " ".join(tokenizer.decode(new, skip_special_tokens=True).split())
        found.append(
            {
                "text": text,
                "confidence": math.exp(sum(kept) / len(kept)) if kept else 0.0,
                "finished": any(token in over for token in new),
            }
        )
    return found


def parse(answer: Mapping[str, Any]) -> Found:
    """{"lines": [{text, quad, confidence, finished}]}, pixels of the page -> lines. Raises Suspicious.

    A line that runs on stays as a place in which nothing was read.
    """
    noticed: Counter[str] = Counter()
    found, listed = [], answer["lines"]
    for line in listed:
        text = str(line["text"])
        wrong = "loop" if looping(text) else "refusal" if refusing(text) else ""
        wrong = wrong or ("" if line["finished"] else "cut")
        if wrong:
            noticed[wrong] += 1
        found.append(Placed("" if wrong else text, Quad.of(line["quad"]), share(line["confidence"])))
    if noticed.total() > MOST_BAD * len(listed):
        raise Suspicious(noticed.most_common(1)[0][0])
    return Found(lines=tuple(found), noticed=noticed)
