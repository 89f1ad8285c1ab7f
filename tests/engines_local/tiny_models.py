"""Tiny models of real architectures with random weights, saved as their libraries save them; a sample page.

They read nothing right. They prove that a folder is loaded, a page handed over and the answer understood.
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.base import PageImage, fingerprint

LINES = ((40, 120, "Patient Peter Sample"), (40, 260, "born twelfth of May"), (60, 430, "Ward Seven"))
"""x, y and text of each line of the sample page; persons are invented."""


def sample(**more: Any) -> PageImage:
    image = Image.new("RGB", (500, 700), "white")
    draw = ImageDraw.Draw(image)
    for x, y, text in LINES:
        draw.text((x, y), text, fill="black", font=ImageFont.load_default(34))
    array = np.array(image)
    return PageImage(array, 100.0, ("en",), fingerprint(array), **more)


def tokenizer(*special: str) -> Any:
    """One token a character."""
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    tokens = ["<s>", "<pad>", "</s>", "<unk>", *special, *string.ascii_letters, *string.digits, *" .,:"]
    tok = Tokenizer(models.BPE({t: n for n, t in enumerate(tokens)}, [], unk_token="<unk>"))
    tok.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        additional_special_tokens=list(special),
    )  # fmt: skip


def trocr(folder: Path, *, ends: bool = True, processor: bool = True, published: bool = False) -> Path:
    """A VisionEncoderDecoderModel of a ViT and a TrOCR decoder; `ends`: it is made to end its lines.

    Without `processor` its two parts are saved apart; `published`: in files as Microsoft's checkpoints have.
    """
    import torch
    from transformers import (
        TrOCRConfig,
        TrOCRProcessor,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessor,
    )

    torch.manual_seed(0)
    tok = tokenizer()
    seen = ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32,
        patch_size=8,
    )  # fmt: skip
    said = TrOCRConfig(
        vocab_size=len(tok), d_model=16, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
        max_position_embeddings=64, cross_attention_hidden_size=16,
    )  # fmt: skip
    model = VisionEncoderDecoderModel(VisionEncoderDecoderConfig.from_encoder_decoder_configs(seen, said))
    for config in (model.config, model.generation_config):
        config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 0, 1, 2
    if ends:
        model.generation_config.forced_eos_token_id = 2
    model.save_pretrained(folder)
    images = ViTImageProcessor(size={"height": 32, "width": 32})
    if published:
        tok.save_pretrained(folder)
        how = {
            "do_normalize": True, "do_resize": True, "feature_extractor_type": "ViTFeatureExtractor",
            "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 2, "size": 32,
        }  # fmt: skip
        (folder / "preprocessor_config.json").write_text(json.dumps(how))
    elif processor:
        TrOCRProcessor(images, tok).save_pretrained(folder)
    else:
        images.save_pretrained(folder)
        tok.save_pretrained(folder)
    return folder


def git(folder: Path) -> Path:
    """A decoder of image patches and text in one row (GIT), the way of DTrOCR."""
    import torch
    from transformers import CLIPImageProcessor, GitConfig, GitForCausalLM, GitProcessor

    torch.manual_seed(0)
    tok = tokenizer()
    vision = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 32, "patch_size": 8,
    }  # fmt: skip
    model = GitForCausalLM(
        GitConfig(
            vision_config=vision, vocab_size=len(tok), hidden_size=16, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=16, max_position_embeddings=64, bos_token_id=0,
            pad_token_id=1, eos_token_id=2,
        )
    )  # fmt: skip
    model.generation_config.forced_eos_token_id = 2
    model.save_pretrained(folder)
    GitProcessor(
        CLIPImageProcessor(size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}), tok
    ).save_pretrained(folder)
    return folder


def llava(folder: Path) -> Path:
    """A chat model of images and text: its folder has a chat template, and is asked with the prompt."""
    import torch
    from transformers import CLIPImageProcessor, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    torch.manual_seed(0)
    tok = tokenizer("<image>")
    vision = {
        "model_type": "clip_vision_model", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 32, "patch_size": 8, "projection_dim": 16,
    }  # fmt: skip
    text = {
        "model_type": "llama", "vocab_size": len(tok), "hidden_size": 16, "intermediate_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "bos_token_id": 0,
        "pad_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=tok.convert_tokens_to_ids("<image>")
    )
    model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = 2, 1
    model.generation_config.forced_eos_token_id = 2
    model.save_pretrained(folder)
    template = (
        "{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>"
        "{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endfor %}"
    )
    size = {"height": 32, "width": 32}
    LlavaProcessor(
        CLIPImageProcessor(size=size, crop_size=size), tok, patch_size=8, chat_template=template,
        vision_feature_select_strategy="default", num_additional_image_tokens=1,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def got(folder: Path) -> Path:
    """A GotOcr2ForConditionalGeneration: 1024 x 1024 px in, as its processor wants, but hardly any width."""
    import torch
    from transformers import (
        GotOcr2Config,
        GotOcr2ForConditionalGeneration,
        GotOcr2ImageProcessor,
        GotOcr2Processor,
    )

    torch.manual_seed(0)
    tok = tokenizer("<|im_start|>", "<|im_end|>", "<img>", "</img>", "<imgpad>")
    vision = {
        "hidden_size": 8, "output_channels": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
        "mlp_dim": 8, "global_attn_indexes": [],
    }  # fmt: skip
    text = {
        "model_type": "qwen2", "vocab_size": len(tok), "hidden_size": 16, "intermediate_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2,
        "max_position_embeddings": 2048, "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    config = GotOcr2Config(
        vision_config=vision, text_config=text, image_token_index=tok.convert_tokens_to_ids("<imgpad>")
    )
    model = GotOcr2ForConditionalGeneration(config)
    for own in (model.config.text_config, model.generation_config):
        own.eos_token_id, own.pad_token_id = 2, 1
    model.generation_config.forced_eos_token_id = 2
    letters = set(tok.convert_tokens_to_ids([*string.ascii_letters]))
    model.generation_config.suppress_tokens = [n for n in range(len(tok)) if n not in letters and n != 2]
    model.save_pretrained(folder)
    GotOcr2Processor(GotOcr2ImageProcessor(size={"height": 1024, "width": 1024}), tok).save_pretrained(folder)
    return folder


def kraken(path: Path, page: PageImage | None = None) -> Path:
    """A recognition model of kraken's own language for networks; with `page`, trained on its lines."""
    import torch
    from kraken.lib.codec import PytorchCodec
    from kraken.models import write_safetensors
    from kraken.models.utils import create_model

    torch.manual_seed(0)
    codec = PytorchCodec(string.ascii_letters + " ")
    net = create_model(
        "TorchVGSLModel",
        vgsl=f"[1,48,0,1 Cr3,3,16 Mp2,2 Cr3,3,32 Mp2,2 S1(1x12)1,3 Cr1,7,64 O1c{codec.max_label + 1}]",
        model_type=["recognition"], codec=codec.c2l, one_channel_mode="1", seg_type="baselines",
    )  # fmt: skip
    if page is not None:
        train(net, codec, page)
    write_safetensors([net], path)
    return path


def train(net: Any, codec: Any, page: PageImage) -> None:
    """Teaches a network without memory each column of the page's lines: the letter there, or nothing."""
    import torch
    from kraken.configs import RecognitionInferenceConfig, SegmentationInferenceConfig
    from kraken.tasks import RecognitionTaskModel, SegmentationTaskModel

    image = Image.fromarray(page.array)
    lines = SegmentationTaskModel.load_model().predict(image, SegmentationInferenceConfig(accelerator="cpu"))
    crops: list[Any] = []
    read = net._rec_predict
    net._rec_predict = lambda crop, lengths: crops.append(crop.clone()) or read(crop, lengths)
    how = RecognitionInferenceConfig(accelerator="cpu", num_line_workers=0, batch_size=1)
    list(RecognitionTaskModel([net]).predict(image, lines, how))
    del net._rec_predict
    targets = []
    for line, crop, (x, _, text) in zip(lines.lines, crops, LINES, strict=True):
        start, end = min(p[0] for p in line.boundary), max(p[0] for p in line.boundary)
        steps = crop.shape[3] // 4
        scale = (crop.shape[3] - 32) / (end - start) / 4  # kraken pads a line by 16 px at either end
        target = torch.zeros(steps, dtype=torch.long)
        for letter, left, right in letters(x, text):
            at, to = (int(4 + (v - start) * scale) for v in (left, right))
            target[at : max(at + 1, to - 1)] = int(codec.encode(letter)[0])
        targets.append(target[None])
    for weight in net.nn.parameters():
        weight.requires_grad_(True)
    net.nn.train()
    optimiser = torch.optim.Adam(net.nn.parameters(), lr=5e-3)
    with torch.inference_mode(False):
        crops = [crop.clone() for crop in crops]
        for _ in range(120):
            said = [net.nn(crop)[0].squeeze(2) for crop in crops]
            loss = sum(torch.nn.functional.cross_entropy(s, t) for s, t in zip(said, targets, strict=True))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    net.nn.eval()


def letters(x: float, text: str) -> list[tuple[str, float, float]]:
    """Each letter of a line of the sample page with where it begins and ends."""
    font = ImageFont.load_default(34)
    draw = ImageDraw.Draw(Image.new("L", (9, 9)))
    ends = [x + draw.textlength(text[:n], font=font) for n in range(len(text) + 1)]
    return [(letter, ends[n], ends[n + 1]) for n, letter in enumerate(text)]
