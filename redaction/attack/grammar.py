"""The objects of the file against an allow-list: which keys each kind of object may have.

Walks everything that hangs on the trailer, knows at each step what kind of object it stands on
(ISO 32000-2, tables 15, 29-31, 87-93, 110-126) and names what does not belong there. On the way it
shows every string, name and stream to a visitor that searches them. A key that is not listed is a
finding even if nobody knows what it means: that is the point of an allow-list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from redaction.attack import navigation, tags
from redaction.attack.needles import Needles
from redaction.attack.report import Report
from redaction.attack.signature import Field
from redaction.attack.vocabulary import WORDS

_STREAM = "Length Filter DecodeParms DL"
KEYS: dict[str, dict[str, str]] = {}
"""Kind of dictionary -> key -> kind of its value ("" for plain values)."""


def _kind(name: str, plain: str, **nested: str) -> None:
    KEYS[name] = {**dict.fromkeys(plain.split(), ""), **nested}


_kind("trailer", "Size ID Type W Index Length Filter DecodeParms", Root="catalog", Info="info")
_kind("info", "Producer Creator")
_kind("catalog", "Type Version Lang", Pages="pages", Outlines="outlines", PageLabels="labels",
      StructTreeRoot="tree", MarkInfo="markinfo")  # fmt: skip
_kind("markinfo", "Marked")
_kind("tree", "Type", K="element", ParentTree="parents")
_kind("parents", "", Nums="element")
_kind("element", "Type S Lang", P="element", Pg="up", K="element", A="attributes")
_kind("mcr", "Type MCID", Pg="up")
_kind("attributes", "O RowSpan ColSpan Scope ListNumbering")
_kind("outlines", "Type Count Title", First="outlines", Last="outlines", Next="outlines", Prev="outlines",
      Parent="outlines", Dest="up")  # fmt: skip
_kind("labels", "", Nums="label")
_kind("label", "S P St")
_kind("link", "Type Subtype Rect Border", A="address", Dest="up")
_kind("address", "S URI")
_kind("pages", "Type Count MediaBox CropBox Rotate", Kids="pages", Parent="up", Resources="resources")
_kind("page", "Type MediaBox CropBox Rotate UserUnit StructParents", Parent="up", Resources="resources",
      Contents="content", Group="group", Annots="link")  # fmt: skip
_kind("content", _STREAM)
_kind("group", "Type S I K", CS="colour")
_kind("resources", "ProcSet", Font="fonts", XObject="xobjects", ColorSpace="colours", ExtGState="states",
      Pattern="patterns", Shading="shadings")  # fmt: skip
_kind("font", "Type Subtype Name BaseFont FirstChar LastChar Widths FontBBox FontMatrix W DW W2 DW2",
      Encoding="encoding", FontDescriptor="descriptor", ToUnicode="cmap", DescendantFonts="font",
      CharProcs="glyphs", Resources="resources", CIDSystemInfo="cidinfo",
      CIDToGIDMap="data")  # fmt: skip
_kind("cidinfo", "Registry Ordering Supplement")
_kind("encoding", f"Type BaseEncoding Differences CMapName WMode {_STREAM}", CIDSystemInfo="cidinfo",
      UseCMap="cmap")  # fmt: skip
_kind("cmap", f"Type CMapName WMode {_STREAM}", CIDSystemInfo="cidinfo", UseCMap="cmap")
_kind("descriptor", "Type FontName FontFamily FontStretch FontWeight Flags FontBBox ItalicAngle Ascent "
      "Descent Leading CapHeight XHeight StemV StemH AvgWidth MaxWidth MissingWidth CharSet Lang",
      FontFile="fontfile", FontFile2="fontfile", FontFile3="fontfile", CIDSet="data",
      Style="style")  # fmt: skip
_kind("style", "Panose")
_kind("fontfile", f"Length1 Length2 Length3 Subtype {_STREAM}")
_kind("data", _STREAM)
_kind("image", f"Type Subtype Name Width Height BitsPerComponent Decode Interpolate ImageMask Intent "
      f"SMaskInData Matte {_STREAM}", ColorSpace="colour", Mask="image", SMask="image")  # fmt: skip
_kind("form", f"Type Subtype Name FormType BBox Matrix {_STREAM}", Resources="resources", Group="group")
_kind("state", "Type LW LC LJ ML D RI OP op OPM FL SM SA BM CA ca AIS TK UseBlackPtComp HTP", Font="font",
      SMask="softmask", BG="function", BG2="function", UCR="function", UCR2="function", TR="function",
      TR2="function", HT="halftone")  # fmt: skip
_kind("halftone", f"Type HalftoneType Frequency Angle AccurateScreens Width Height Xsquare Ysquare "
      f"Width2 Height2 {_STREAM}", SpotFunction="function", TransferFunction="function")  # fmt: skip
_kind("softmask", "Type S BC", G="form", TR="function")
_kind("pattern", f"Type PatternType PaintType TilingType BBox XStep YStep Matrix {_STREAM}",
      Resources="resources", Shading="shading", ExtGState="state")  # fmt: skip
_kind("shading", f"ShadingType Background BBox AntiAlias Coords Domain Extend Matrix BitsPerCoordinate "
      f"BitsPerComponent BitsPerFlag Decode VerticesPerRow {_STREAM}", ColorSpace="colour",
      Function="function")  # fmt: skip
_kind("function", f"FunctionType Domain Range C0 C1 N Bounds Encode Size BitsPerSample Order "
      f"Decode {_STREAM}",
      Functions="function")  # fmt: skip
_kind("colour", f"N Range WhitePoint BlackPoint Gamma Matrix Subtype Components MixingHints Solidities "
      f"PrintingOrder DotGain {_STREAM}", Alternate="colour", Colorants="colours", Process="colour",
      ColorSpace="colour")  # fmt: skip
_kind("parms", "Predictor Colors BitsPerComponent Columns EarlyChange K EndOfLine EncodedByteAlign Rows "
      "EndOfBlock BlackIs1 DamagedRowsBeforeError ColorTransform", JBIG2Globals="data")  # fmt: skip

WORDS.update(key for keys in KEYS.values() for key in keys)
WORDS.update(tags.TYPES | tags.VALUES)

NAMED = {"fonts": "font", "xobjects": "xobject", "colours": "colour", "states": "state",
         "patterns": "pattern", "shadings": "shading", "glyphs": "content"}  # fmt: skip
"""Dictionaries whose keys are names given by the file, and the kind of what they hold."""

_GROUPS = {
    "annotations": "Annots Popup IRT",
    "form_fields": "AcroForm XFA Fields",
    "scripts": "JS JavaScript AA OpenAction A URI Launch Next",
    "attachments": "AF EF EmbeddedFiles Collection FS",
    "metadata": "Metadata PieceInfo LastModified Thumb Author Title Subject Keywords CreationDate ModDate "
    "Trapped SpiderInfo Legal Perms DSS",
    "outlines": "Outlines Dests Names PageLabels Threads B",
    "structure_tree": "StructTreeRoot StructParents StructParent MarkInfo ActualText Alt E ParentTree",
    "layers": "OCProperties OC OCGs",
}
KEY_CHECK = {key: check for check, keys in _GROUPS.items() for key in keys.split()}
_SAID = {
    "annotations": "annotations",
    "form_fields": "form fields",
    "scripts": "a script or an action",
    "attachments": "attached files",
    "metadata": "metadata",
    "outlines": "bookmarks or destinations",
    "structure_tree": "a structure or replacement texts",
    "layers": "optional layers",
    "allowed_keys": "a key that no visible mark needs",
}


def code(value: Any) -> Any:
    """Pikepdf's type of an object (None for plain numbers): one look instead of a chain of isinstance."""
    return getattr(value, "_type_code", None)


@dataclass(frozen=True)
class Place:
    """Where an object stands, as a person would say it."""

    words: str
    page: int | None = None


@dataclass
class Walk:
    """The result: what was reached, and which streams are what."""

    reached: set[tuple[int, int]] = field(default_factory=set)
    streams: dict[tuple[int, int], tuple[str, Place]] = field(default_factory=dict)
    """Stream -> (kind, place). Forms and images included."""


def walk(pdf: Any, report: Report, needles: Needles, signed: Field | None = None) -> Walk:
    """Visits every object that hangs on the trailer; findings go to the report.

    `signed`: the file's signature, whose field and dictionary may be there, just as they are.
    """
    walker = _Walker(pdf, report, needles, signed)
    for name in ("allowed_keys", *_GROUPS):
        report.carried_out(name)
    if needles:
        report.carried_out("secrets_in_objects")
    walker.dictionary(pdf.trailer, "trailer", Place("the file's trailer"))
    walker.finish()
    return walker.result


class _Walker:
    def __init__(self, pdf: Any, report: Report, needles: Needles, signed: Field | None) -> None:
        import pikepdf

        self.signed = signed

        self.pdf = pdf
        self.report = report
        self.needles = needles
        self.result = Walk()
        self.known_names: set[str] = set()
        self.pending: list[tuple[Any, str, Place]] = []
        self.pages = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        self.types = pikepdf.ObjectType
        self.type_code = {
            self.types.dictionary: self.dictionary,
            self.types.stream: self.dictionary,
            self.types.array: self.array,
            self.types.string: self.string,
            self.types.name_: self.name,
        }

    def finish(self) -> None:
        """Works the queue off: recursion would follow a hostile file too deep."""
        while self.pending:
            value, kind, place = self.pending.pop()
            self.value(value, kind, place)

    def value(self, value: Any, kind: str, place: Place) -> None:
        handler = self.type_code.get(code(value))
        if handler is not None:
            handler(value, kind, place)

    def later(self, value: Any, kind: str, place: Place) -> None:
        if code(value) in self.type_code:
            self.pending.append((value, kind, place))

    def new(self, value: Any) -> bool:
        """True the first time an indirect object is met; direct ones are always new."""
        key = tuple(value.objgen)
        if key == (0, 0):
            return True
        if key in self.result.reached:
            return False
        self.result.reached.add(key)
        return True

    def array(self, value: Any, kind: str, place: Place) -> None:
        if not self.new(value):
            return
        for item in value:
            self.later(item, kind, place)

    def string(self, value: Any, kind: str, place: Place) -> None:
        if self.new(value):
            self.search(bytes(value), place.words if kind == "foreign" else f"a text of {place.words}", place)

    def name(self, value: Any, _kind: str, place: Place) -> None:
        text = str(value)[1:]
        if text not in self.known_names:
            self.known_names.add(text)
            self.search(text.encode("utf-8", "surrogateescape"), f"a name in {place.words}", place)

    def search(self, data: bytes, what: str, place: Place) -> None:
        if not self.needles or len(data) < 2 or data.decode("latin-1") in WORDS:
            return
        needle = self.needles.in_string(data)
        if needle is not None:
            self.report.fail(
                "secrets_in_objects",
                f"{needle.origin} can still be read in {what}",
                place.page or needle.page,
            )

    def dictionary(self, value: Any, kind: str, place: Place) -> None:
        if not self.new(value) and kind != "trailer":
            return
        kind, place = self.settle(value, kind, place)
        navigation.attack(kind, value, place, self.report)
        tags.attack(kind, value, self.report)
        stream = code(value) == self.types.stream
        if stream:
            self.result.streams[tuple(value.objgen)] = (kind, place)
        named = NAMED.get(kind)
        allowed = KEYS.get(kind)
        for key, item in (value.stream_dict if stream else value).items():
            bare = key[1:]
            self.name(key, kind, place)
            if self.signed is not None and self.signed.holds(kind, bare, value, pdf=self.pdf):
                self.result.reached |= self.signed.objects
                if bare == "AcroForm":
                    continue
            if kind == "page" and bare == "Annots":
                self.annotations(item, place)
                continue
            if named is not None:
                self.later(item, named, Place(self.called(named, bare, place), place.page))
            elif allowed is not None and bare in allowed and bare != "DecodeParms":
                self.later(item, allowed[bare], place)
            elif bare == "DecodeParms":
                self.later(item, "parms", place)
            else:
                self.foreign(bare, item, kind, place)

    def annotations(self, items: Any, place: Place) -> None:
        """Links, each looked at; anything else does not belong."""
        own = self.signed.field.objgen if self.signed is not None else None
        for item in items if code(items) == self.types.array else [items]:
            if code(item) == self.types.dictionary and str(item.get("/Subtype", "")) == "/Link":
                self.later(item, "link", place)
            elif own is None or item.objgen != own:
                self.foreign("Annots", item, "page", place)

    def settle(self, value: Any, kind: str, place: Place) -> tuple[str, Place]:
        """The kind of object where its own entries decide, and the words for its place."""
        if kind == "up":
            kind = "pages"
        if kind == "pages" and str(value.get("/Type", "")) == "/Page":
            number = self.pages.get(value.objgen)
            return "page", Place(f"page {number}" if number else "a page that is not shown", number)
        if kind == "xobject":
            return ("image" if str(value.get("/Subtype", "")) == "/Image" else "form"), place
        if kind == "content" and place.words.startswith("page "):
            return kind, Place(f"the content of {place.words}", place.page)
        if kind == "element" and str(value.get("/Type", "")) == "/MCR":
            return "mcr", place
        if kind == "colour" and "/FunctionType" in value:
            return "function", place
        if kind == "foreign":
            return kind, self.inside(value, place)
        return kind, place

    def inside(self, value: Any, place: Place) -> Place:
        """The place of something that should not be there: fields and notes are called by their name."""
        page = place.page
        if code(value) == self.types.dictionary:
            page = self.pages.get(getattr(value.get("/P"), "objgen", None), page)
            title = value.get("/T")
            if title is not None and code(title) == self.types.string and "/FT" in value:
                return Place(f"a form field (field '{self.needles.masked(str(title))}')", page)
            if str(value.get("/Subtype", "")) == "/Widget":
                return Place("a form field", page)
        return Place(place.words, page)

    def called(self, kind: str, name: str, place: Place) -> str:
        noun = {"xobject": "image or form", "colour": "colour space", "state": "graphics state"}.get(
            kind, kind
        )
        return f"{noun} '{self.needles.masked(name)}'" + (f" of page {place.page}" if place.page else "")

    def foreign(self, key: str, item: Any, kind: str, place: Place) -> None:
        """A key that does not belong: reported once, and what hangs on it is searched."""
        check = KEY_CHECK.get(key, "allowed_keys")
        if kind == "foreign" and (check == "allowed_keys" or _SAID[check] in place.words):
            self.later(item, "foreign", place)
            return
        where = f" of page {place.page}" if place.page else ""
        self.report.fail(
            check, f"{place.words} holds {_SAID[check]} (/{self.needles.masked(key)})", place.page
        )
        noun = {"annotations": "an annotation", "form_fields": "a form field"}.get(check, _SAID[check])
        self.later(item, "foreign", Place(noun + where, place.page))
