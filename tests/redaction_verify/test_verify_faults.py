"""A mutation test of the verifier: clean files pass, and each planted fault is found, by the right check.

The details of the checks go into reports and onto screens: none may quote what was redacted.
"""

from __future__ import annotations

import base64
from functools import cache
from urllib.parse import quote

import pikepdf
import pytest
import verify_made as made
from pikepdf import Array, Dictionary, Name, String
from verify_made import (
    SECRET,
    added,
    annotation,
    before,
    by_pikepdf,
    in_font,
    in_image,
    in_page,
    in_root,
    on_page,
)

from model.findings import Check
from redaction.verify import Judge, verify

CASES = {"text": made.text_case, "scan": made.scan_case}


@cache
def judge(kind: str) -> Judge:
    """The source of a case, read once for all faults."""
    case = CASES[kind]()
    return Judge(case.source, case.redactions)


def failed(checks: list[Check]) -> set[str]:
    return {c.name for c in checks if not c.passed}


@pytest.mark.parametrize("kind", ["text", "scan"])
def test_clean_files_pass_every_check(kind: str) -> None:
    case = CASES[kind]()
    checks = verify(case.output, source=case.source, redactions=case.redactions)
    assert [c for c in checks if not c.passed] == []
    assert {"secrets_in_text", "innocent_text", "pixels_under_boxes"} <= {c.name for c in checks}


@pytest.mark.parametrize("kind", ["text", "scan"])
def test_clean_files_pass_without_their_source(kind: str) -> None:
    assert failed(verify(CASES[kind]().output)) == set()


@pytest.mark.parametrize("kind", ["text", "scan"])
def test_unredacted_sources_fail(kind: str) -> None:
    case = CASES[kind]()
    found = failed(verify(case.source, source=case.source, redactions=case.redactions))
    assert {"text_under_boxes", "pixels_under_boxes", "secrets_in_text"} <= found


def _info(pdf: pikepdf.Pdf, **entries: str) -> None:
    pdf.trailer.Info = pdf.make_indirect(Dictionary({"/" + k: String(v) for k, v in entries.items()}))


def _drop(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[1]


def _more(pdf: pikepdf.Pdf) -> None:
    pdf.add_blank_page(page_size=(612, 792))


def _separation(pdf: pikepdf.Pdf, page: pikepdf.Object) -> None:
    tint = Dictionary(FunctionType=2, Domain=Array([0, 1]), N=1, C0=Array([0]), C1=Array([1]))
    page.Resources.ColorSpace = Dictionary(
        CS0=Array([Name.Separation, Name("/Mxyzptlk"), Name.DeviceGray, pdf.make_indirect(tint)])
    )


def _rename(pdf: pikepdf.Pdf, page: pikepdf.Object) -> None:
    page.Resources.Font[Name("/Mxyzptlk")] = page.Resources.Font.F1


XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>'
BURNT = made.scan_picture
_B = made.SCAN_BOX
SCAN_COVER = f"0 g {_B.x0} {made.HEIGHT - _B.y1} {_B.width} {_B.height} re f"

FAULTS: list[tuple[str, str, made.Spoil, set[str]]] = [
    # the bytes of the file
    ("another revision", "text", made.another_revision, {"one_revision"}),
    ("bytes after the end", "text", lambda d: d + SECRET.encode(), {"one_revision", "secrets_in_streams"}),
    ("innocent bytes after the end", "text", lambda d: d + b"tail", {"one_revision"}),
    ("bytes before the head", "text", lambda d: b"junk\n" + d, {"one_revision"}),
    ("bytes between objects", "text", lambda d: made.before_xref(d, b"hidden bytes\n"), {"stray_bytes"}),
    ("a comment between objects", "text", lambda d: made.before_xref(d, b"% remark\n"), {"stray_bytes"}),
    ("an orphan", "text", made.orphan, {"orphans"}),
    ("a deleted page", "text", made.deleted_page, {"orphans"}),
    (
        "encrypted",
        "text",
        by_pikepdf(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="")),
        {"opens"},
    ),
    (
        "needs a password",
        "text",
        by_pikepdf(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u")),
        {"opens"},
    ),
    ("cut short", "text", lambda d: d[: len(d) * 2 // 3], {"opens"}),
    ("xref points nowhere", "text", lambda d: d.replace(b"startxref\n", b"startxref\n1"), {"opens"}),
    (
        "tail of a stream",
        "text",
        by_pikepdf(
            lambda p: made.with_tail(p, p.pages[0].obj),
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        ),
        {"stray_bytes", "secrets_in_streams"},
    ),
    # what only catalogues and dictionaries hold
    ("title", "text", by_pikepdf(lambda p: _info(p, Title="letter")), {"metadata"}),
    (
        "title with the secret",
        "text",
        by_pikepdf(lambda p: _info(p, Title=SECRET)),
        {"metadata", "secrets_in_objects"},
    ),
    ("author", "text", by_pikepdf(lambda p: _info(p, Author="x")), {"metadata"}),
    ("dates", "text", by_pikepdf(lambda p: _info(p, CreationDate="D:2026")), {"metadata"}),
    ("own Info key", "text", by_pikepdf(lambda p: _info(p, Case="12")), {"allowed_keys"}),
    (
        "secret as producer",
        "text",
        by_pikepdf(lambda p: _info(p, Producer="Mxyzptlk")),
        {"secrets_in_objects"},
    ),
    (
        "secret as producer, UTF-16",
        "text",
        by_pikepdf(lambda p: _info(p, Producer="Mxyzptlk \u4e00")),
        {"secrets_in_objects"},
    ),
    (
        "XMP",
        "text",
        in_root("Metadata", made.stream_of(XMP, Type=Name.Metadata, Subtype=Name.XML)),
        {"metadata"},
    ),
    ("XMP of a page", "text", in_page("Metadata", made.stream_of(XMP)), {"metadata"}),
    ("XMP of an image", "scan", in_image("Metadata", made.stream_of(XMP)), {"metadata"}),
    (
        "XMP with the secret",
        "text",
        in_root("Metadata", made.stream_of(XMP.replace("<rdf:RDF/>", f"<t>{SECRET}</t>"))),
        {"metadata", "secrets_in_streams"},
    ),
    (
        "PieceInfo",
        "text",
        in_page("PieceInfo", lambda _: Dictionary(App=Dictionary(Private=String("x")))),
        {"metadata"},
    ),
    ("LastModified", "text", in_page("LastModified", lambda _: String("D:2026")), {"metadata"}),
    (
        "thumbnail",
        "scan",
        in_page("Thumb", lambda p: made.image_stream(p, made.jpeg(BURNT(burnt=False)))),
        {"metadata"},
    ),
    (
        "bookmarks",
        "text",
        in_root("Outlines", lambda p: p.make_indirect(Dictionary(Type=Name.Outlines, Count=0))),
        {"outlines"},
    ),
    (
        "bookmark with the secret",
        "text",
        in_root(
            "Outlines",
            lambda p: p.make_indirect(Dictionary(First=p.make_indirect(Dictionary(Title=String(SECRET))))),
        ),
        {"secrets_in_objects"},
    ),
    ("destinations", "text", in_root("Dests", lambda _: Dictionary(here=Array([]))), {"outlines"}),
    (
        "page labels",
        "text",
        in_root("PageLabels", lambda _: Dictionary(Nums=Array([0, Dictionary(P=String("Exhibit 4"))]))),
        {"outlines"},
    ),
    ("threads", "text", in_root("Threads", lambda _: Array([])), {"outlines"}),
    (
        "attachment",
        "text",
        in_root(
            "Names",
            lambda p: Dictionary(
                EmbeddedFiles=Dictionary(
                    Names=Array([String("a"), Dictionary(EF=Dictionary(F=made.stream_of("x")(p)))])
                )
            ),
        ),
        {"attachments"},
    ),
    ("associated file", "text", in_root("AF", lambda _: Array([])), {"attachments"}),
    ("portfolio", "text", in_root("Collection", lambda _: Dictionary()), {"attachments"}),
    (
        "JavaScript on opening",
        "text",
        in_root("OpenAction", lambda _: Dictionary(S=Name.JavaScript, JS=String("1"))),
        {"scripts"},
    ),
    (
        "page action",
        "text",
        in_page("AA", lambda _: Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("1")))),
        {"scripts"},
    ),
    (
        "action of a link",
        "text",
        annotation("Link", A=Dictionary(S=Name.Launch, F=String("program"))),
        {"scripts"},
    ),
    (
        "link with the secret",
        "text",
        annotation("Link", A=Dictionary(S=Name.URI, URI=String(f"https://x.example/{SECRET}"))),
        {"secrets_in_objects"},
    ),
    (
        "link to a script",
        "text",
        annotation("Link", A=Dictionary(S=Name.URI, URI=String("javascript:alert(1)"))),
        {"annotations"},
    ),
    (
        "bookmark with an action",
        "text",
        in_root(
            "Outlines",
            lambda p: p.make_indirect(
                Dictionary(
                    First=p.make_indirect(
                        Dictionary(Title=String("a"), A=Dictionary(S=Name.JavaScript, JS=String("1")))
                    )
                )
            ),
        ),
        {"scripts"},
    ),
    ("note", "text", annotation("Text", Contents=String("remark")), {"annotations"}),
    (
        "note with the secret",
        "text",
        annotation("Text", Contents=String(SECRET)),
        {"annotations", "secrets_in_objects"},
    ),
    (
        "note with the secret in UTF-16",
        "text",
        annotation("Text", Contents=String(SECRET + " \u00b7 \u4e00")),
        {"annotations", "secrets_in_objects"},
    ),
    ("form field", "text", by_pikepdf(made.form_field), {"form_fields", "annotations", "secrets_in_objects"}),
    (
        "XFA",
        "text",
        in_root("AcroForm", lambda p: Dictionary(XFA=made.stream_of("<x/>")(p))),
        {"form_fields"},
    ),
    (
        "structure tree",
        "text",
        in_root(
            "StructTreeRoot",
            lambda p: p.make_indirect(Dictionary(K=Dictionary(S=Name.P, ActualText=String(SECRET)))),
        ),
        {"structure_tree", "secrets_in_objects"},
    ),
    ("MarkInfo", "text", in_root("MarkInfo", lambda _: Dictionary(Marked=True)), {"structure_tree"}),
    ("StructParents", "text", in_page("StructParents", lambda _: 0), {"structure_tree"}),
    (
        "inline ActualText",
        "text",
        added(f"/Span << /ActualText ({SECRET}) >> BDC EMC"),
        {"structure_tree", "secrets_in_text"},
    ),
    ("inline Alt", "text", added("/Span << /Alt (words) >> BDC EMC"), {"structure_tree"}),
    ("layer that is off", "text", on_page(made.hidden_layer), {"layers"}),
    ("unknown key of the catalog", "text", in_root("Zz", lambda _: 1), {"allowed_keys"}),
    ("unknown key of a page", "text", in_page("Zz", lambda _: String("x")), {"allowed_keys"}),
    ("unknown key of a font", "text", in_font("Zz", lambda _: String("x")), {"allowed_keys"}),
    ("unknown key of an image", "scan", in_image("Zz", lambda _: String("x")), {"allowed_keys"}),
    (
        "alternate image",
        "scan",
        in_image(
            "Alternates",
            lambda p: Array([Dictionary(Image=made.image_stream(p, made.jpeg(BURNT(burnt=False))))]),
        ),
        {"allowed_keys"},
    ),
    ("secret as language", "text", in_root("Lang", lambda _: String(SECRET)), {"secrets_in_objects"}),
    (
        "secret as font name",
        "text",
        in_font("BaseFont", lambda _: Name("/Mxyzptlk-Bold")),
        {"secrets_in_objects"},
    ),
    ("secret as resource name", "text", on_page(_rename), {"secrets_in_objects"}),
    ("secret as colour name", "text", on_page(_separation), {"secrets_in_objects"}),
    (
        "secret in the ID",
        "text",
        lambda d: made.by_pikepdf(lambda _: None)(d).replace(b"/ID [<", b"/ID [<" + (b"4d78797a70746c6b"), 1),
        {"secrets_in_objects"},
    ),
    # streams
    ("comment in a content", "text", added(f"% {SECRET}"), {"secrets_in_streams"}),
    ("comment in capitals", "text", added(f"% {SECRET.upper()}"), {"secrets_in_streams"}),
    (
        "comment in UTF-16",
        "text",
        added(b"% " + SECRET.encode("utf-16-be").replace(b"\n", b" ")),
        {"secrets_in_streams"},
    ),
    ("comment in UTF-16 LE", "text", added(b"% " + SECRET.encode("utf-16-le")), {"secrets_in_streams"}),
    ("comment in hex", "text", added("% " + SECRET.encode().hex()), {"secrets_in_streams"}),
    (
        "comment in base64",
        "text",
        added("% " + base64.b64encode(b"xy" + SECRET.encode() + b"z").decode()),
        {"secrets_in_streams"},
    ),
    ("comment percent-encoded", "text", added("% " + quote(SECRET)), {"secrets_in_streams"}),
    (
        "comment in entities",
        "text",
        added("% " + "".join(f"&#{ord(c)};" for c in SECRET)),
        {"secrets_in_streams"},
    ),
    ("comment without spaces", "text", added("% " + SECRET.replace(" ", "")), {"secrets_in_streams"}),
    ("one word in a comment", "text", added("% Mxyzptlk"), {"secrets_in_streams"}),
    (
        "ToUnicode with a remark",
        "text",
        in_font("ToUnicode", made.stream_of(f"% {SECRET}\nbegincmap endcmap")),
        {"secrets_in_streams"},
    ),
    ("form that nobody paints", "text", on_page(made.unpainted_form), {"secrets_in_streams"}),
    # text
    ("white text", "text", added(made.show("secret words", 72, 300, before="1 1 1 rg")), {"invisible_text"}),
    (
        "white copy",
        "text",
        added(made.show(SECRET, 72, 300, before="1 1 1 rg")),
        {"invisible_text", "secrets_in_text"},
    ),
    ("text off the page", "text", added(made.show("far words", 72, 5000)), {"invisible_text"}),
    ("text left of the page", "text", added(made.show("far words", -500, 300)), {"invisible_text"}),
    (
        "clipped text",
        "text",
        added("q 0 0 1 1 re W n " + made.show("clipped words", 72, 300) + " Q"),
        {"invisible_text"},
    ),
    (
        "invisible text on blank paper",
        "text",
        added(made.show("ghost words", 72, 300, before="3 Tr")),
        {"invisible_text"},
    ),
    (
        "invisible text on a scan's paper",
        "scan",
        added(made.show("ghost words", 72, 100, before="3 Tr")),
        {"invisible_text"},
    ),
    (
        "text in the colour of its ground",
        "text",
        added("q 0.2 0.4 0.7 rg 72 300 200 30 re f " + made.show("blue words", 80, 308) + " Q"),
        {"invisible_text"},
    ),
    (
        "text under a rectangle",
        "text",
        added(made.show("covered words", 72, 300) + "0.5 g 60 290 200 30 re f"),
        {"covered_text"},
    ),
    (
        "text under a white rectangle",
        "text",
        added(made.show("covered words", 72, 300) + "1 g 60 290 200 30 re f"),
        {"covered_text"},
    ),
    ("text behind the scan", "scan", before(made.show("behind words", 100, 680)), {"covered_text"}),
    ("visible copy on another page", "text", added(made.show(SECRET, 72, 300), 1), {"secrets_in_text"}),
    ("copy spaced out", "text", added(made.show(" ".join(SECRET), 72, 300, 8), 1), {"secrets_in_text"}),
    ("copy glyph by glyph", "text", added(made.glyphs(SECRET, 72, 300), 1), {"secrets_in_text"}),
    (
        "copy in octal",
        "text",
        added(f"BT /F1 12 Tf 72 300 Td {made.octal(SECRET)} Tj ET", 1),
        {"secrets_in_text"},
    ),
    (
        "copy in one array",
        "text",
        added("BT /F1 12 Tf 72 300 Td [" + " -20 ".join(f"({c})" for c in SECRET) + "] TJ ET", 1),
        {"secrets_in_text"},
    ),
    (
        "copy over two lines",
        "text",
        added(made.show("Ingrid Mxyzptlk", 72, 300) + made.show("998-85-1017", 72, 286), 1),
        {"secrets_in_text"},
    ),
    (
        "number with other separators",
        "text",
        added(made.show("998 85 1017", 72, 300), 1),
        {"secrets_in_text"},
    ),
    ("family name alone", "text", added(made.show("Mxyzptlk", 72, 300), 1), {"secrets_in_text"}),
    ("copy in a painted form", "text", on_page(made.painted_form, 1), {"secrets_in_text"}),
    ("font that lies", "text", on_page(made.lying_font, 1), {"secrets_in_text"}),
    ("codes that only ToUnicode explains", "text", on_page(made.scrambled_font, 1), {"secrets_in_text"}),
    # under the boxes
    (
        "live text under the box",
        "text",
        before(made.show(SECRET, made.SECRET_X, made.SECRET_Y)),
        {"text_under_boxes", "covered_text", "secrets_in_text", "secrets_in_streams", "second_reader"},
    ),
    (
        "other text under the box",
        "text",
        before(made.show("anything", made.SECRET_X, made.SECRET_Y)),
        {"text_under_boxes", "covered_text", "second_reader"},
    ),
    (
        "invisible text under the box",
        "text",
        added(made.show("anything", made.SECRET_X, made.SECRET_Y, before="3 Tr")),
        {"text_under_boxes"},
    ),
    ("first letter left", "text", before(made.show("I", made.SECRET_X, made.SECRET_Y)), {"text_under_boxes"}),
    (
        "text over the box",
        "text",
        added(made.show("on top", made.SECRET_X, made.SECRET_Y, before="1 1 1 rg")),
        {"text_under_boxes", "pixels_under_boxes"},
    ),
    ("half a box over outlines", "text", added("1 1 1 rg 218 680 100 6 re f"), {"pixels_under_boxes"}),
    ("a line in the box", "text", added("1 0 0 RG 0.5 w 225 684 m 380 684 l S"), {"pixels_under_boxes"}),
    ("a faint trace in the box", "text", added("0.04 g 240 682 60 5 re f"), {"pixels_under_boxes"}),
    (
        "untouched scan under a rectangle",
        "scan",
        lambda _: made.scan_file(
            made.jpeg(BURNT(burnt=False)),
            made.LAYER,
            SCAN_COVER,
        ),
        {"images_under_boxes", "covered_images"},
    ),
    (
        "untouched scan",
        "scan",
        made.other_image(lambda: made.jpeg(BURNT(burnt=False))),
        {"images_under_boxes", "pixels_under_boxes"},
    ),
    (
        "a trace in the scan",
        "scan",
        made.other_image(lambda: made.jpeg(made.faint_scan())),
        {"images_under_boxes"},
    ),
    (
        "strip of 60 % over the scan's words",
        "scan",
        made.other_image(lambda: made.jpeg(made.strip_scan())),
        {"images_under_boxes", "pixels_under_boxes"},
    ),
    (
        "box beside the words",
        "scan",
        made.other_image(lambda: made.jpeg(made.shifted_scan())),
        {"images_under_boxes", "pixels_under_boxes"},
    ),
    (
        "secret in the soft mask",
        "scan",
        in_image(
            "SMask",
            lambda p: made.image_stream(
                p, made.jpeg(BURNT(burnt=False).convert("L")), ColorSpace=Name.DeviceGray
            ),
        ),
        {"images_under_boxes"},
    ),
    (
        "OCR word under the box",
        "scan",
        added(made.show("Ingrid", 152, made.HEIGHT - 220, 20, "3 Tr")),
        {"text_under_boxes"},
    ),
    # images
    (
        "EXIF",
        "scan",
        made.other_image(lambda: made.jpeg(BURNT(burnt=True), exif=made.exif())),
        {"image_metadata", "secrets_in_streams"},
    ),
    (
        "comment in a JPEG",
        "scan",
        made.other_image(lambda: made.jpeg(BURNT(burnt=True), comment=b"scanner 3")),
        {"image_metadata"},
    ),
    (
        "bytes behind a JPEG",
        "scan",
        made.other_image(lambda: made.jpeg(BURNT(burnt=True)) + SECRET.encode()),
        {"image_metadata", "secrets_in_streams"},
    ),
    (
        "another JPEG behind a JPEG",
        "scan",
        made.other_image(lambda: made.jpeg(BURNT(burnt=True)) + made.jpeg(BURNT(burnt=False))),
        {"image_metadata"},
    ),
    ("bytes behind Flate pixels", "scan", made.flate_scan(after=SECRET.encode()), {"image_metadata"}),
    ("rows that are not shown", "scan", made.flate_scan(extra=SECRET.encode() * 40), {"image_metadata"}),
    # what has to be still there
    ("a word is missing", "text", made.replaced("meadow", "      "), {"innocent_text"}),
    ("a word is another", "text", made.replaced("meadow", "valley"), {"innocent_text"}),
    ("a line is missing", "text", made.replaced("(timber candle final ends here)", "()"), {"innocent_text"}),
    ("a line has moved", "text", made.replaced("72 640 Tm", "78 640 Tm"), {"innocent_text"}),
    ("a line has moved down", "text", made.replaced("72 640 Tm", "72 635 Tm"), {"innocent_text"}),
    (
        "a page's words are missing",
        "text",
        on_page(lambda _, page: page.Contents.write(b""), 1),
        {"innocent_text"},
    ),
    ("OCR words are missing", "scan", made.replaced("Lower line", "Lower"), {"innocent_text"}),
    ("a drawing is missing", "text", made.replaced("72 540 m 500 540 l S", ""), {"innocent_pixels"}),
    ("a shade is missing", "text", made.replaced("72 560 200 24 re f", ""), {"invisible_text"}),
    ("a mark is new", "text", added("0 g 72 300 40 40 re f"), {"innocent_pixels"}),
    (
        "a scan's line is painted over",
        "scan",
        made.other_image(lambda: made.jpeg(made.painted_scan())),
        {"innocent_pixels"},
    ),
    ("a page is missing", "text", by_pikepdf(_drop), {"page_geometry"}),
    ("a page is new", "text", by_pikepdf(_more), {"page_geometry"}),
    (
        "a page is turned",
        "text",
        on_page(lambda _, page: page.__setitem__(Name.Rotate, 90), 1),
        {"page_geometry"},
    ),
    (
        "a page is cropped",
        "text",
        on_page(lambda _, page: page.__setitem__(Name.CropBox, Array([0, 0, 400, 792])), 1),
        {"page_geometry"},
    ),
]


@pytest.mark.parametrize(("kind", "spoil", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_planted_fault_is_found(kind: str, spoil: made.Spoil, expected: set[str]) -> None:
    case = CASES[kind]()
    checks = judge(kind).attack(spoil(case.output), case.redactions)
    found = failed(checks)
    assert expected <= found, f"missed {expected - found}, found {found}"
    for check in checks:
        for word in (SECRET, *made.TOKENS):
            assert word.lower() not in check.detail.lower(), check.name


def test_the_deep_attack_asks_a_third_reader() -> None:
    case = made.text_case()
    clean = verify(case.output, source=case.source, redactions=case.redactions, deep=True)
    assert failed(clean) == set()
    leaking = added(made.show(SECRET, 72, 300), 1)(case.output)
    found = verify(leaking, source=case.source, redactions=case.redactions, deep=True)
    assert "pdfminer" in next(c.detail for c in found if c.name == "second_reader")


def test_there_are_enough_faults() -> None:
    assert len({name for name, *_ in FAULTS}) == len(FAULTS) >= 100
