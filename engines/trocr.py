"""TrOCR: Microsoft's line models for print and handwriting (engines.line_model), with a folder of their own.

The published checkpoints read English; those of other people other languages. Which language a checkpoint
reads is not in it, so none is left out.
"""

from __future__ import annotations

from engines.library import Setup
from engines.line_model import ENCODER_DECODER, LineModel, kind


class Trocr(LineModel):
    """An encoder of the line's image and a decoder of its text (transformers' VisionEncoderDecoderModel)."""

    name = "trocr"
    title = "TrOCR"
    vertical = False
    holds = "a TrOCR checkpoint: config.json, model.safetensors, preprocessor_config.json and tokenizer files"

    def lacks(self, setup: Setup) -> str | None:
        lack = super().lacks(setup)
        if lack is None and kind(setup.folder) != ENCODER_DECODER:
            return f"Its folder holds no TrOCR model, but {kind(setup.folder)}, which line_model reads."
        return lack
