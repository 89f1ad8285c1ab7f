"""Models behind an OpenAI-compatible server (vLLM, llama.cpp, Ollama, a provider's): one profile each.

A profile is a TOML file in engines/profiles, or in the folder that INKVEIL_PROFILES names; its file's name is
the engine's. It says what the model wants (prompt, largest image, sampling) and how it answers (form, boxes,
coordinate system). On this machine's own address the engine is local, unless INKVEIL_<NAME>_PROVIDER says who
sees the image behind it; any other address's owner sees it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from engines.base import BoxKind, PageImage, Price
from engines.profile_files import profiles
from engines.remote import secrets
from engines.remote.failures import BadAnswer, from_code
from engines.remote.parsed import Answer, Ask, Connection, Parsed, Question
from engines.remote.prompted import FORMS, Form, parse
from engines.remote.sent import Fit, send
from engines.remote.talk import Talker
from engines.remote.untrusted import Suspicious
from model.errors import UsageError
from storage.cloud import Limits

COMMON_SECTION: Final = "openai_compatible"


@dataclass(frozen=True)
class Profile:
    """One model: what it wants and how it answers."""

    name: str
    title: str
    model: str
    """As the server knows it; an option, since servers rename models."""
    prompt: str = ""
    system: str | None = None
    """A system message; "" sends an empty one, None none."""
    image_first: bool = True
    form: Form = field(default_factory=Form)
    fit: Fit = field(default_factory=Fit)
    temperature: float = 0.0
    max_tokens: int = 8192
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request: repetition_penalty, skip_special_tokens ..."""
    url: str = ""
    """A provider's address; empty for a model that one serves oneself."""
    provider: str = ""
    region: str = ""
    price: Price = field(default_factory=Price)
    limits: Limits = field(default_factory=Limits)
    licence: str = ""
    languages: tuple[str, ...] = ()
    vertical: bool = False
    handwriting: bool = True


class OpenAiCompatible(Talker):
    """One model by its profile."""

    package = "openai"
    extra = "openai"
    confidence = False
    native = False
    api = "chat/1"
    loggers = ("openai",)

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.name = self.section = profile.name
        self.title = profile.title
        self.boxes: BoxKind = profile.form.boxes
        self.fit = profile.fit
        self.limits = profile.limits
        self.languages, self.vertical = profile.languages, profile.vertical
        self.handwriting = profile.handwriting
        self.options = {
            "model": profile.model, "temperature": profile.temperature, "max_tokens": profile.max_tokens,
            "prompt": profile.prompt,
        }  # fmt: skip

    options: Mapping[str, Any] = {}  # type: ignore[misc]

    @property
    def provider(self) -> str:  # type: ignore[override]
        """Who sees the image: "local" for this machine's own address, else the provider or the host."""
        told = secrets.value(self.name, "provider")
        if told:  # a tunnel or a gateway on this machine that leads elsewhere
            return told
        url = self.connection().url
        if not url or secrets.loopback(url):
            return "local"
        return (
            self.profile.provider if url == self.profile.url and self.profile.provider else secrets.host(url)
        )

    def connection(self) -> Connection:
        url = secrets.value(self.name, "url") or self.profile.url
        url = url or secrets.value(COMMON_SECTION, "url")
        key = secrets.secret(self.name, "key")
        return Connection(url.rstrip("/"), key or secrets.secret(COMMON_SECTION, "key"))

    def missing(self, connection: Connection) -> str | None:
        if not connection.url:
            return f"No server: set INKVEIL_{self.name.upper()}_URL to its address, such as http://127.0.0.1:8000/v1."
        if not connection.key and not secrets.loopback(connection.url):
            return f"No key set: INKVEIL_{self.name.upper()}_KEY."
        return None

    def region(self) -> str:
        return self.profile.region if self.provider == self.profile.provider else ""

    def price(self) -> Price:
        return Price() if self.provider == "local" else self.profile.price

    def ask(self, page: PageImage, options: Mapping[str, Any]) -> Ask:
        settings = {
            **{name: options[name] for name in ("prompt", "temperature", "max_tokens")},
            "system": self.profile.system,
            "extra": dict(self.profile.extra),
        }
        return Ask(send(page, self.fit), str(options["model"]), settings, page.languages)

    def call(self, ask: Ask, connection: Connection, seconds: float) -> Answer:
        image = {"type": "image_url", "image_url": {"url": ask.image.data_uri}}
        text = [{"type": "text", "text": ask.settings["prompt"]}] if ask.settings["prompt"] else []
        content = [image, *text] if self.profile.image_first else [*text, image]
        messages: list[Any] = [{"role": "user", "content": content}]
        if ask.settings["system"] is not None:
            messages.insert(0, {"role": "system", "content": ask.settings["system"]})
        return self._complete(ask.model, messages, ask.settings, connection, seconds)

    def talk(self, question: Question, connection: Connection, seconds: float) -> Answer:
        messages = [
            {"role": "system", "content": question.system},
            {"role": "user", "content": question.text},
        ]
        settings = {**question.settings, "extra": dict(self.profile.extra)}
        return self._complete(question.model, messages, settings, connection, seconds)

    def _complete(
        self, model: str, messages: list[Any], settings: Mapping[str, Any], connection: Connection,
        seconds: float,
    ) -> Answer:  # fmt: skip
        from openai import OpenAI

        with OpenAI(
            base_url=connection.url, api_key=connection.key.reveal() or "none", max_retries=0, timeout=seconds
        ) as client:
            answer = client.chat.completions.create(
                model=model,
                messages=messages,
                temperature=settings["temperature"],
                max_tokens=settings["max_tokens"],
                extra_body=settings["extra"] or None,
            )
        if isinstance(answer, str):  # what the SDK returns for an answer that is no JSON
            raise Suspicious("html")
        raw = answer.model_dump(mode="json", exclude_none=True)
        usage = raw.get("usage") or {}
        return Answer(
            raw, int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0),
            str(raw.get("model") or ""),
        )  # fmt: skip

    def read(self, answer: Answer, ask: Ask) -> Parsed:
        text, finished = self.said(answer)
        size = (ask.image.width, ask.image.height)
        return parse(text, self.profile.form, size, finished=finished, languages=ask.languages)

    def said(self, answer: Answer) -> tuple[str, bool]:
        return said(answer.raw)


def said(raw: Mapping[str, Any]) -> tuple[str, bool]:
    """The text of a chat completion, and whether it is complete. Raises BadAnswer, Suspicious."""
    choices = raw.get("choices") or []
    if not choices:
        error = raw.get("error")
        if isinstance(error, Mapping):
            raise from_code(error.get("code") or error.get("status"))
        raise BadAnswer("its answer is empty")
    reason = choices[0].get("finish_reason") or "stop"
    message = choices[0].get("message") or {}
    if reason == "content_filter" or message.get("refusal"):
        raise Suspicious("refusal")
    return str(message.get("content") or ""), reason == "stop"


# -- profiles -----------------------------------------------------------------------------------------------


def engine(name: str) -> OpenAiCompatible:
    """The engine of a profile. Raises UsageError where its file does not fit."""
    path = profiles()[name]
    try:
        return OpenAiCompatible(profile_of(name, _whole(path)))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(f"The profile {path.name} does not fit: {error}.", file=str(path)) from None


def _whole(path: Path) -> dict[str, Any]:
    """A profile's table; what it does not say itself is as in the profile that it names with `like`."""
    data = tomllib.loads(path.read_text("utf-8"))
    name = data.pop("like", None)
    if name is None:
        return data
    if name not in profiles() or "like" in (base := tomllib.loads(profiles()[name].read_text("utf-8"))):
        raise ValueError(f"it is like {name}, which is no profile of its own")
    tables = {key: {**base[key], **value} for key, value in data.items() if key in TABLES and key in base}
    return {**base, **data, **tables}


TABLES: Final[Mapping[str, type]] = {"form": Form, "fit": Fit, "price": Price, "limits": Limits}


def profile_of(name: str, data: Mapping[str, Any]) -> Profile:
    """A profile from its TOML table. Raises ValueError, TypeError that name what does not fit."""
    known = {f.name for f in fields(Profile)} - {"name"}
    unknown = set(data) - known
    if unknown:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}")
    values = {
        key: TABLES[key](**_tuples(value)) if key in TABLES else value for key, value in _tuples(data).items()
    }
    profile = Profile(name=name, **values)
    if profile.form.name not in FORMS:
        raise ValueError(f"there is no form {profile.form.name}")
    return profile


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
