"""Invents what stands on a page: persons, places, figures and sentences in six languages. Draws nothing.

Names, addresses and numbers come from Faker, seeded; the wording of letters, forms and bills is
vocabulary.json (a form's fields are `label|kind of answer`, the kind a method of Texts). Nobody in it exists.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

from faker import Faker

LOCALES = {
    "en": ("en_GB", "en_US"), "fr": ("fr_FR", "fr_CH"), "de": ("de_DE", "de_AT"), "es": ("es_ES", "es_CO"),
    "it": ("it_IT",), "ja": ("ja_JP",),
}  # fmt: skip
_WORDING: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8")
)
_LOREM = {"en": "en_US", "fr": "fr_FR", "de": "de_DE", "es": "es_ES", "it": "it_IT", "ja": "ja_JP"}
"""Locales whose made sentences are words of the language, not Latin."""
_MONEY = {
    "en": ("£ {}", "${}", "{} GBP", "€{}"),
    "fr": ("{} €", "{} francs", "{} F"),
    "de": ("{} €", "{} EUR", "{} DM"),
    "es": ("{} €", "{} ptas", "${}"),
    "it": ("{} €", "€ {}", "L. {}"),
    "ja": ("{}円", "¥{}", "金{}円"),
}


@cache
def _faker(locale: str) -> Any:
    return Faker(locale)


class Texts:
    """What may stand on one page in one language; deterministic by seed."""

    def __init__(self, language: str, seed: int, own: list[str] | None = None) -> None:
        self.language = language
        self.chance = random.Random(f"texts{language}{seed}")
        self.own = own or []
        """Whole texts to quote from besides the invented ones."""
        self.quoted = False
        self._fake = _faker(self.chance.choice(LOCALES[language]))
        self._fake.seed_instance(seed)
        self.words = _WORDING[language]
        self._unsaid = list(self.words["sentences"])

    def one(self, key: str) -> str:
        return self.chance.choice(self.words[key])

    def name(self) -> str:
        return str(self._fake.name())

    def surname(self) -> str:
        return str(self._fake.last_name())

    def company(self) -> str:
        return str(self._fake.company())

    def city(self) -> str:
        return str(self._fake.city())

    def street(self) -> str:
        return str(self._fake.street_address()).replace("\n", " ")

    def address(self) -> list[str]:
        """The lines of a postal address, without the name."""
        if self.language == "ja":
            return [f"〒{self._fake.postcode()}", str(self._fake.address()).split(" ")[0]]
        return [line for line in str(self._fake.address()).split("\n") if line]

    def phone(self) -> str:
        return str(self._fake.phone_number())

    def email(self) -> str:
        user = str(self._fake.user_name()) if self.language != "ja" else f"user{self.chance.randint(10, 999)}"
        return f"{user}@example.{self.chance.choice(('org', 'com', 'net'))}"

    def iban(self) -> str:
        """An account number in groups of four; of no real account."""
        country = {"en": "GB", "fr": "FR", "de": "DE", "es": "ES", "it": "IT", "ja": "JP"}[self.language]
        digits = f"{country}{self.chance.randint(10, 99)}" + "".join(self.chance.choices("0123456789", k=18))
        return " ".join(digits[n : n + 4] for n in range(0, len(digits), 4))

    def code(self) -> str:
        """A reference as offices give them."""
        letters = "".join(self.chance.choices("ABCDEFGHKLMNPRSTVWXZ", k=self.chance.randint(1, 3)))
        number = self.chance.randint(100, 99999)
        year = self.chance.randint(1958, 2025)
        return self.chance.choice(
            (
                f"{letters}-{number}",
                f"{letters}/{number}/{year % 100:02d}",
                f"{number}.{letters}",
                f"{year}-{number:05d}",
            )
        )

    def date(self) -> str:
        year, month, day = (
            self.chance.randint(1880, 2025),
            self.chance.randint(1, 12),
            self.chance.randint(1, 28),
        )
        if self.language == "ja":
            return self.chance.choice(
                (
                    f"{year}年{month}月{day}日",
                    f"令和{year % 7 + 1}年{month}月{day}日",
                    f"{year}/{month}/{day}",
                )
            )
        name = self.words["months"][month - 1]
        short = (
            f"{day}.{month}.{year}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day:02d}-{month:02d}-{year % 100:02d}",
        )
        long = {
            "en": (f"{day} {name} {year}", f"{name} {day}, {year}", f"{day}th {name[:3]}. {year}"),
            "de": (f"{day}. {name} {year}",),
            "es": (f"{day} de {name.lower()} de {year}",),
        }.get(self.language, (f"{day} {name.lower()} {year}",))
        return self.chance.choice(self.chance.choice((short, long)))

    def number(self, most: int = 9999) -> str:
        return str(self.chance.randint(1, most))

    def figure(self) -> str:
        """An amount without its currency."""
        value = self.chance.choice(
            (self.chance.uniform(1, 99), self.chance.uniform(100, 9999), self.chance.uniform(1e4, 9e5))
        )
        if self.language == "ja":
            return f"{int(value):,}"
        text = f"{value:,.2f}"
        if self.language in ("en", "ja"):
            return text
        separator = {"fr": " ", "de": ".", "es": ".", "it": "."}[self.language]
        return text.replace(",", "\0").replace(".", ",").replace("\0", separator).replace(" ", "")

    def money(self) -> str:
        return self.chance.choice(_MONEY[self.language]).format(self.figure())

    def item(self) -> str:
        return self.one("items")

    def sentence(self) -> str:
        """A sentence, with figures and names in it as letters have them; sometimes out of the given texts.

        No wording comes twice on a page before the others are used up: real pages do not repeat themselves.
        """
        if self.own and self.chance.random() < 0.5:
            return self._quote()
        if not self._unsaid or self.chance.random() < 0.25:
            filler = _faker(_LOREM[self.language])
            filler.seed_instance(self.chance.randrange(1 << 30))
            words = str(filler.sentence(nb_words=self.chance.randint(5, 14)))
            return f"{words.replace(' ', '').rstrip('.。')}。" if self.language == "ja" else words
        return self.fill(self._unsaid.pop(self.chance.randrange(len(self._unsaid))))

    def _quote(self) -> str:
        self.quoted = True
        joint = "" if self.language == "ja" else " "
        text = joint.join(self.chance.choice(self.own).split())
        size = self.chance.randint(40, 140) if joint else self.chance.randint(15, 50)
        start = self.chance.randint(0, max(0, len(text) - size))
        if joint:
            words = text[start : start + size].split(" ")
            return " ".join(words[1:-1]) or text[:size]
        return text[start : start + size]

    def fill(self, pattern: str) -> str:
        """The pattern with what its braces name: {name}, {date}, {money}, ..."""
        return pattern.format_map(_Fields(self))

    def paragraph(self, sentences: int) -> str:
        return ("" if self.language == "ja" else " ").join(self.sentence() for _ in range(sentences))


class _Fields(dict[str, str]):
    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, key: str) -> str:
        return str(getattr(self._texts, key)())


def own_texts(folder: Path | None) -> dict[str, list[tuple[str, str, str]]]:
    """By language: (id, text, licence) of the truth files `<id>.json` in the folder."""
    out: dict[str, list[tuple[str, str, str]]] = {}
    for path in sorted(folder.glob("*.json")) if folder else []:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("text") and data.get("language") in LOCALES:
            out.setdefault(data["language"], []).append(
                (path.stem, data["text"], data.get("licence", "unknown"))
            )
    return out
