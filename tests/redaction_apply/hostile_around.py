"""Secrets around what a page paints: annotations, fields, the catalog, revisions, orphans, encryption."""

from __future__ import annotations

import io

import hostile as base
import pikepdf
from hostile import (
    KEEP,
    Case,
    Draft,
    case,
    copy,
    flate,
    literal,
    scan_picture,
    simple,
)
from pikepdf import Array, Dictionary, Name, String

# -- annotations and fields -----------------------------------------------------------------------


@case
def annotations() -> Case:
    draft = Draft().words()
    kinds = (
        "FreeText",
        "Text",
        "Square",
        "Highlight",
        "Stamp",
        "Ink",
        "Popup",
        "Link",
        "Caret",
        "FileAttachment",
    )
    found = []
    for index, kind in enumerate(kinds):
        y = 60 + 24 * index
        annotation = Dictionary(
            Type=Name.Annot,
            Subtype=Name(f"/{kind}"),
            Rect=Array([72, y, 372, y + 20]),
            Contents=String(base.SECRET),
            T=String(base.SECRET),
            NM=String(base.SECRET),
            Subj=String(base.SECRET),
            RC=String(f"<body>{base.SECRET}</body>"),
            F=4,
        )
        if kind == "FreeText":
            annotation.DA = String("/Helv 10 Tf 0 g")
        if kind == "Stamp":
            look = draft.form(b"BT /F1 10 Tf 2 5 Td %s Tj ET" % literal(base.SECRET), (0, 0, 300, 20))
            annotation.AP = Dictionary(N=look)
        if kind == "Ink":
            annotation.InkList = Array([Array([80, y, 100, y + 15, 120, y])])
        if kind == "Highlight":
            annotation.QuadPoints = Array([72, y + 20, 372, y + 20, 72, y, 372, y])
            annotation.C = Array([1, 1, 0])
        if kind == "Link":
            annotation.A = Dictionary(S=Name.URI, URI=String("https://example.org/?q=" + base.SECRET))
        if kind == "FileAttachment":
            annotation.FS = Dictionary(
                Type=Name.Filespec,
                F=String(base.SECRET),
                EF=Dictionary(F=draft.stream(base.SECRET.encode())),
            )
        found.append(draft.pdf.make_indirect(annotation))
    draft.page.Annots = Array(found)
    return simple("annotations", draft, icons=True)


@case
def form_fields() -> Case:
    draft = Draft().words()
    fields = []
    for index, value in enumerate((base.SECRET, "saddle field stays")):
        y = 300 - 40 * index
        look = draft.form(b"/Tx BMC BT /F1 10 Tf 2 5 Td %s Tj ET EMC" % literal(value), (0, 0, 300, 20))
        fields.append(
            draft.pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Widget,
                    FT=Name.Tx,
                    T=String(f"f{index}"),
                    V=String(value),
                    DV=String(value),
                    TU=String(base.SECRET),
                    DA=String("/F1 10 Tf 0 g"),
                    F=4,
                    Rect=Array([72, y, 372, y + 20]),
                    AP=Dictionary(N=look),
                    MK=Dictionary(CA=String(base.SECRET)),
                )
            )
        )
    draft.page.Annots = Array(fields)
    draft.pdf.Root.AcroForm = Dictionary(
        Fields=Array(fields),
        DR=Dictionary(Font=Dictionary(F1=draft.font)),
        DA=String("/F1 10 Tf 0 g"),
        XFA=Array([String("datasets"), draft.stream(f"<xfa><name>{base.SECRET}</name></xfa>".encode())]),
    )
    return simple("form_fields", draft, keep=(*KEEP, "saddle field stays"))


# -- the file around the page ---------------------------------------------------------------------


@case
def catalog() -> Case:
    """Bookmarks, destinations, labels, metadata, attachments, scripts, structure, threads, piece info."""
    draft = Draft().words()
    pdf = draft.pdf
    packet = (
        b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><t>%s</t></x:xmpmeta>"
        % base.SECRET.encode()
    )
    pdf.docinfo["/Title"] = base.SECRET
    pdf.docinfo["/Custom"] = base.SECRET
    pdf.Root.Metadata = draft.stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    draft.page.Metadata = draft.stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    item = pdf.make_indirect(Dictionary(Title=String(base.SECRET), Dest=Array([draft.page, Name.Fit])))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(base.SECRET))]))
    spec = Dictionary(
        Type=Name.Filespec, F=String("a.txt"), EF=Dictionary(F=draft.stream(base.SECRET.encode()))
    )
    pdf.Root.Names = Dictionary(
        EmbeddedFiles=Dictionary(Names=Array([String(base.SECRET), spec])),
        JavaScript=Dictionary(
            Names=Array([String("s"), Dictionary(S=Name.JavaScript, JS=String(base.SECRET))])
        ),
        Dests=Dictionary(Names=Array([String(base.SECRET), Array([draft.page, Name.Fit])])),
    )
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=draft.stream(base.SECRET.encode()))
    draft.page.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String(base.SECRET)))
    draft.page.PieceInfo = Dictionary(App=Dictionary(Private=String(base.SECRET)))
    draft.page.Thumb = flate(draft, scan_picture(300, 300))
    leaf = Dictionary(
        Type=Name.StructElem,
        S=Name.P,
        ActualText=String(base.SECRET),
        Alt=String(base.SECRET),
        E=String(base.SECRET),
    )
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=Array([leaf]))
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    pdf.Root.Threads = Array([Dictionary(Type=Name.Thread, I=Dictionary(Title=String(base.SECRET)))])
    pdf.Root.Collection = Dictionary(Type=Name.Collection, D=String(base.SECRET))
    return simple("catalog", draft)


@case
def actual_text() -> Case:
    draft = (
        Draft()
        .words(b"/Span <</ActualText %s>> BDC %s Tj EMC" % (literal(base.SECRET), literal(base.SECRET)))
        .add(
            b"/Span <</ActualText %s>> BDC BT /F1 12 Tf 24 400 Td (marked words) Tj ET EMC"
            % literal(base.SECRET)
        )
    )
    return simple("actual_text", draft, keep=(*KEEP, "marked words"))


@case
def old_revision() -> Case:
    draft = Draft().words().add(copy(90, 72, 12))
    first = draft.bytes()
    import pymupdf

    doc = pymupdf.open(stream=first)
    xref = doc[0].get_contents()[0]
    doc.update_stream(xref, b"".join(Draft().words().parts))
    buffer = io.BytesIO()
    doc.save(buffer)
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.pdf"
        path.write_bytes(first)
        again = pymupdf.open(path)
        again.update_stream(again[0].get_contents()[0], b"".join(Draft().words().parts))
        again.saveIncr()
        again.close()
        data = path.read_bytes()
    return Case("old_revision", data, (Draft().box(),))


@case
def orphan_and_damaged() -> Case:
    data = Draft().words().bytes()
    orphan = b"99 0 obj\n<</Note %s>>\nendobj\n" % literal(base.SECRET)
    at = data.rfind(b"xref")
    broken = data[:at] + orphan + data[at:].replace(b"0000000", b"0000001", 3)
    return Case("orphan_and_damaged", broken + literal(base.SECRET), (Draft().box(),))


@case
def object_streams() -> Case:
    draft = Draft().words()
    draft.pdf.docinfo["/Keywords"] = base.SECRET
    data = draft.bytes(object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return Case("object_streams", data, (draft.box(),))


@case
def encrypted() -> Case:
    draft = Draft().words()
    data = draft.bytes(
        deterministic_id=False, encryption=pikepdf.Encryption(owner="owner", user="opensesame", R=6)
    )
    return Case("encrypted", data, (draft.box(),), password="opensesame")
