r"""presidio's pattern recognisers, run offline on the folded text.

The analyser gets an engine of its own that gives words and no more (without words presidio's context
words never fire, without an engine of its own it downloads a model and exits), its address checks use the
suffix list that comes with tldextract, and `\b` is ASCII so that numbers glued to Japanese are seen. Only
what is listed here can be found; people and places come from other files of this package.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from model.findings import TextFinding
from redaction.recognisers.base import Passage
from redaction.recognisers.identifiers import IBAN_LENGTHS
from redaction.recognisers.lexicon import words

LANGUAGE = "en"
"""Key of the one blank pipeline. The patterns are the same for every language."""

REGIONS = ("US", "GB", "FR", "DE", "ES", "IT", "JP")
"""Countries whose telephone numbers are known without a country code."""

THRESHOLDS: dict[str, float] = {
    "PhoneRecognizer": 0.35,
    "EmailRecognizer": 0.4,
    "UrlRecognizer": 0.55,
    "CreditCardRecognizer": 0.5,
    "IbanRecognizer": 0.5,
    "UsSsnRecognizer": 0.4,
    "UsItinRecognizer": 0.5,
    "UsBankRecognizer": 0.4,
    "UsLicenseRecognizer": 0.4,
    "UsPassportRecognizer": 0.4,
    "NhsRecognizer": 0.5,
    "UkNinoRecognizer": 0.5,
    "IpRecognizer": 0.55,
    "MacAddressRecognizer": 0.5,
    "CryptoRecognizer": 0.5,
    "EsNifRecognizer": 0.5,
    "EsNieRecognizer": 0.5,
    "ItFiscalCodeRecognizer": 0.4,
    "DeTaxIdRecognizer": 0.6,
    "DeSocialSecurityRecognizer": 0.6,
    "DeHealthInsuranceRecognizer": 0.6,
    "CaSinRecognizer": 0.6,
}
"""A hit of a recogniser counts from this score on (after context words were weighed)."""


_WORTH_IT = re.compile(
    r"(?:\d[^\d\n]*){4}|@|\w\.\w|(?:[0-9a-f]{2}[:-]){3}|(?<![A-Za-z0-9])(?:bc1|0x)", re.IGNORECASE
)
"""Four digits, an at sign or a point between letters: no pattern matches without one of them."""


_WORD = re.compile(r"\w+(?:['’](?!s\b)\w+)*|[^\w\s]")
_STOP = words(
    "a an and are as at be by for from in is it my of on or our please that the this to was with you your"
)


@cache
def _engine() -> Any:
    # presidio gives its decision logger a console handler at import; nothing read may reach a log.
    import presidio_analyzer as presidio
    import presidio_analyzer.predefined_recognizers as known
    import regex  # type: ignore[import-untyped]
    import tldextract
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    for name in ("presidio-analyzer", "decision_process"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

    class WordsOnly(NlpEngine):
        """Words and their small letters in place of lemmas: all that presidio's context words need.

        A blank pipeline of spaCy would say the same, but compiles a fifth of a second of patterns first.
        """

        def __init__(self) -> None:
            self.vocab = Vocab()

        def load(self) -> None:
            """Nothing to load."""

        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> Any:
            found = list(_WORD.finditer(text))
            words = [m.group() for m in found]
            lemmas = [w.lower() for w in words]
            starts = [m.start() for m in found]
            return NlpArtifacts([], Doc(self.vocab, words=words), starts, lemmas, self, language)

        def process_batch(self, texts: Iterable[str], language: str, *_: int, **__: Any) -> Iterator[Any]:
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002 - presidio's signature
            return word in _STOP

        def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002
            return not word[:1].isalnum()

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return [LANGUAGE]

    suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class OfflineEmail(known.EmailRecognizer):
        """presidio's recogniser asks the network for the list of domains on its first address."""

        def validate_result(self, pattern_text: str) -> bool:
            return bool(suffixes(pattern_text).suffix)

    recognisers = []
    for name in THRESHOLDS:
        cls = OfflineEmail if name == "EmailRecognizer" else getattr(known, name)
        options: dict[str, Any] = {"supported_language": LANGUAGE, "name": name}
        if name == "PhoneRecognizer":
            options["supported_regions"] = REGIONS
            options["context"] = [*known.PhoneRecognizer.CONTEXT, "tel", "fax", "téléphone", "telefon"]
        elif name == "UrlRecognizer":
            # Without those for addresses in quotation marks, which say the same and take as long to compile.
            options["patterns"] = [p for p in cls.PATTERNS if not p.name.startswith("Quoted")]
        recogniser = cls(**options)
        if hasattr(recogniser, "global_regex_flags"):
            recogniser.global_regex_flags |= regex.ASCII
        recognisers.append(recogniser)
    registry = presidio.RecognizerRegistry(
        recognizers=recognisers,
        supported_languages=[LANGUAGE],
        global_regex_flags=regex.DOTALL | regex.MULTILINE | regex.IGNORECASE | regex.ASCII,
    )
    return presidio.AnalyzerEngine(
        registry=registry,
        nlp_engine=WordsOnly(),
        supported_languages=[LANGUAGE],
        context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
        default_score_threshold=0.0,
        log_decision_process=False,
    )


def find(passage: Passage) -> Iterator[TextFinding]:
    """Hits of presidio on the text as read and, where that differs, with numbers folded.

    Line by line: most lines hold nothing that a pattern could match, and the lines of two readings of a
    page are mostly the same, so that what was found in one is kept. A short line without digits is read
    with the line after it, since it may be its label.
    """
    before = ""
    start = 0
    for line, folded in zip(passage.plain.split("\n"), passage.digits.split("\n"), strict=True):
        if _WORTH_IT.search(line) or _WORTH_IT.search(folded):
            for text in dict.fromkeys((line, folded)):
                for kind, low, high, score, name in line_hits(f"{before}\n{text}" if before else text):
                    shift = start - len(before) - 1 if before else start
                    if low + shift >= start:
                        yield TextFinding(kind, low + shift, high + shift, score, f"presidio:{name}")
        before = line.strip() if 0 < len(line) <= _LABEL and not any(c.isdigit() for c in line) else ""
        start += len(line) + 1


_DOMAIN = re.compile(r"[\w-]\.[^\W\d_]{2}")
_LABEL = 40
"""Characters of a line that may be the label of the next."""


@lru_cache(maxsize=4096)
def line_hits(text: str) -> tuple[tuple[str, int, int, float, str], ...]:
    """Presidio's hits in a line: type, start, end, score, recogniser."""
    found = []
    engine = _engine()
    # The web's domains are a long pattern: it is compiled when a text first holds a point like theirs.
    looked_for = [e for e in engine.get_supported_entities(LANGUAGE) if e != "URL" or _DOMAIN.search(text)]
    for hit in engine.analyze(text=text, language=LANGUAGE, entities=looked_for):
        name = str(hit.recognition_metadata["recognizer_name"])
        if hit.score < THRESHOLDS.get(name, 0.5):
            continue
        kind = str(hit.entity_type)
        if kind == "PHONE_NUMBER" and not _phone_like(text[hit.start : hit.end]):
            continue
        end = _iban_end(text, hit.start, hit.end) if kind == "IBAN_CODE" else hit.end
        found.append((kind, hit.start, end, round(float(hit.score), 4), name))
    return tuple(found)


def _iban_end(text: str, start: int, end: int) -> int:
    """Where the country's number of characters is reached: presidio takes the words that follow as well."""
    length = IBAN_LENGTHS.get(text[start : start + 2].upper(), end)
    for i in range(start, end):
        length -= text[i].isalnum()
        if length == 0:
            return i + 1
    return end


def _phone_like(text: str) -> bool:
    """Not a date, not an amount: leniency 1 of phonenumbers takes both now and then."""
    count = sum(c.isdigit() for c in text)
    if count < 7 or re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text.strip()):
        return False
    return not (text.isdigit() and count > 11)
