"""Hiding places in the file around its pages that hostile.py does not have: annotations, fields, structure.

Importing this registers them in corpus.MORE. One place a file; every name is invented.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

import hostile
import pikepdf
from hostile import Case, Draft, literal, place, width
from hostile_marks import _profile
from hostile_text import simple
from pikepdf import Array, Dictionary, Name, String


def _name() -> Any:
    return Name("/" + (hostile.TOKENS[0].encode("ascii", "ignore").decode() or "x"))


def _spec(draft: Draft, data: bytes | None = None, **more: Any) -> Any:
    text = String(hostile.SECRET)
    held = draft.stream(data if data is not None else hostile.SECRET.encode(), Type=Name.EmbeddedFile)
    return Dictionary(Type=Name.Filespec, F=text, UF=text, Desc=text, EF=Dictionary(F=held, UF=held), **more)


# -- annotations and fields ---------------------------------------------------------------------------


@place
def rare_annotations() -> Case:
    """3D, rich media, screen, movie, sound, redaction marks, watermarks, lines, measures, printer's marks."""
    draft = Draft().words()
    text = String(hostile.SECRET)
    script = Dictionary(S=Name.JavaScript, JS=text)
    media = Dictionary(
        Type=Name.Rendition, S=Name.MR, N=text, C=Dictionary(S=Name.MCD, N=text, D=_spec(draft))
    )
    kinds: dict[str, dict[str, Any]] = {
        "3D": {
            "3DD": draft.stream(
                hostile.SECRET.encode(),
                Type=Name("/3D"),
                Subtype=Name.U3D,
                OnInstantiate=draft.stream(hostile.SECRET.encode()),
            ),
            "3DV": Dictionary(XN=text, IN=text),
        },
        "RichMedia": {
            "RichMediaContent": Dictionary(
                Assets=Dictionary(Names=Array([text, _spec(draft)])),
                Configurations=Array([Dictionary(Name=text)]),
            )
        },
        "Screen": {"A": Dictionary(S=Name.Rendition, R=media, OP=0, JS=text), "MK": Dictionary(CA=text)},
        "Movie": {"Movie": Dictionary(F=_spec(draft)), "A": True},
        "Sound": {"Sound": draft.stream(hostile.SECRET.encode(), R=8000)},
        "Redact": {
            "OverlayText": text,
            "QuadPoints": Array([72, 90, 200, 90, 72, 80, 200, 80]),
            "RO": draft.form(b"BT /F1 8 Tf 1 1 Td %s Tj ET" % literal(hostile.SECRET), (0, 0, 200, 12)),
        },
        "Watermark": {
            "FixedPrint": Dictionary(Type=Name.FixedPrint),
            "AP": Dictionary(N=draft.form(b"BT /F1 8 Tf 1 1 Td (saddle water) Tj ET", (0, 0, 300, 20))),
        },
        "Line": {
            "L": Array([80, 100, 300, 100]),
            "Cap": True,
            "Measure": Dictionary(Type=Name.Measure, R=text),
        },
        "Polygon": {
            "Vertices": Array([80, 100, 120, 100, 100, 118]),
            "Measure": Dictionary(R=text),
            "IT": Name.PolygonDimension,
        },
        "TrapNet": {"LastModified": text, "Version": Array([])},
        "PrinterMark": {"MN": _name(), "AP": Dictionary(N=draft.form(b"0 0 4 4 re f", (0, 0, 300, 20)))},
        "Projection": {"ExData": Dictionary(Type=Name.ExData, Subtype=Name.Markup3D, MD5=text)},
        "Underline": {"QuadPoints": Array([72, 90, 200, 90, 72, 80, 200, 80]), "AA": Dictionary(E=script)},
    }
    found = []
    for index, (kind, more) in enumerate(kinds.items()):
        y = 40 + 24 * index
        annotation = Dictionary(
            Type=Name.Annot,
            Subtype=Name("/" + kind),
            Rect=Array([72, y, 372, y + 20]),
            Contents=text,
            T=text,
            NM=text,
            F=4,
            AF=Array([_spec(draft)]),
            IRT=Dictionary(Contents=text),
            Lang=text,
            BE=Dictionary(),
        )
        for key, value in more.items():
            annotation["/" + key] = value
        found.append(draft.pdf.make_indirect(annotation))
    draft.page.Annots = Array(found)
    return simple("rare_annotations", draft, icons=True)


@place
def hidden_annotations() -> Case:
    """Copies in annotations that no screen shows: hidden, for print only, off the page, in another state."""
    draft = Draft().words()
    found = []
    for index, (flags, rect) in enumerate(
        (
            (2, (72, 100, 372, 120)),
            (32, (72, 130, 372, 150)),
            (4, (72, -60, 372, -40)),
            (4, (72, 160, 72, 160)),
        )
    ):
        look = draft.form(b"BT /F1 10 Tf 2 5 Td %s Tj ET" % literal(hostile.SECRET), (0, 0, 300, 20))
        found.append(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Stamp,
                Rect=Array(list(rect)),
                F=flags,
                AP=Dictionary(N=look),
                NM=String(str(index)),
            )
        )
    states = Dictionary(
        Off=draft.form(b"", (0, 0, 300, 20)),
        On=draft.form(b"BT /F1 10 Tf 2 5 Td %s Tj ET" % literal(hostile.SECRET), (0, 0, 300, 20)),
    )
    down = draft.form(b"BT /F1 10 Tf 2 5 Td %s Tj ET" % literal(hostile.SECRET), (0, 0, 300, 20))
    found.append(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Stamp,
            Rect=Array([72, 200, 372, 220]),
            F=4,
            AS=Name.Off,
            AP=Dictionary(N=states, D=down, R=down),
        )
    )
    draft.page.Annots = Array([draft.pdf.make_indirect(a) for a in found])
    return simple("hidden_annotations", draft)


@place
def kinds_of_fields() -> Case:
    """Choices, buttons, rich text, a field without a look of its own; two innocent values stay."""
    draft = Draft().words()
    text, script = String(hostile.SECRET), Dictionary(S=Name.JavaScript, JS=String(hostile.SECRET))
    fields = []

    def look(shown: str) -> Any:
        return Dictionary(
            N=draft.form(b"/Tx BMC BT /F1 10 Tf 2 5 Td %s Tj ET EMC" % literal(shown), (0, 0, 300, 20))
        )

    kinds: list[dict[str, Any]] = [
        {
            "FT": Name.Ch,
            "Ff": 1 << 17,
            "Opt": Array([Array([text, String("saddle choice")]), Array([String("b"), text])]),
            "V": String("saddle choice"),
            "AP": look("saddle choice"),
            "TM": text,
        },
        {
            "FT": Name.Btn,
            "Ff": 1 << 16,
            "MK": Dictionary(CA=text, RC=text, AC=text),
            "AP": Dictionary(N=draft.form(b"0 0 300 20 re S", (0, 0, 300, 20))),
        },
        {
            "FT": Name.Btn,
            "AS": Name.Yes,
            "V": Name.Yes,
            "AP": Dictionary(
                N=Dictionary(
                    Yes=draft.form(b"BT /F1 10 Tf 2 5 Td (saddle ticked) Tj ET", (0, 0, 300, 20)),
                    Off=draft.form(b"", (0, 0, 300, 20)),
                )
            ),
            "Opt": Array([text]),
        },
        {
            "FT": Name.Tx,
            "Ff": 1 << 25,
            "RV": text,
            "DS": text,
            "V": text,
            "AP": look(hostile.SECRET),
            "AA": Dictionary(K=script, F=script, V=script, C=script),
        },
        {"FT": Name.Tx, "V": String("saddle plain"), "MaxLen": 30, "TU": text, "DV": text},
    ]
    for index, more in enumerate(kinds):
        y = 300 - 40 * index
        field = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            T=String(f"f{index}"),
            DA=String("/F1 10 Tf 0 g"),
            F=4,
            Rect=Array([72, y, 372, y + 20]),
        )
        for key, value in more.items():
            field["/" + key] = value
        fields.append(draft.pdf.make_indirect(field))
    draft.page.Annots = Array(fields)
    draft.pdf.Root.AcroForm = Dictionary(
        Fields=Array(fields),
        DR=Dictionary(Font=Dictionary(F1=draft.font)),
        DA=String("/F1 10 Tf 0 g"),
        CO=Array(fields[3:4]),
        XFA=draft.stream(b"<xdp>%s</xdp>" % hostile.SECRET.encode()),
    )
    return simple(
        "kinds_of_fields", draft, keep=(*hostile.KEEP, "saddle choice", "saddle ticked", "saddle plain")
    )


@place
def signed_and_certified() -> Case:
    """A signature with names, reason, place, picture; certification, permissions, validation data."""
    draft = Draft().words()
    text = String(hostile.SECRET)
    look = draft.form(b"BT /F1 9 Tf 2 5 Td (saddle signed) Tj ET", (0, 0, 300, 20))
    signature = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/adbe.pkcs7.detached"),
            Name=text,
            Reason=text,
            Location=text,
            ContactInfo=text,
            M=String("D:20260101120000Z"),
            ByteRange=Array([0, 10, 20, 30]),
            Contents=String(b"0" * 200 + hostile.SECRET.encode()),
            Cert=text,
            Prop_Build=Dictionary(App=Dictionary(Name=_name(), REx=text)),
            Reference=Array(
                [
                    Dictionary(
                        Type=Name.SigRef,
                        TransformMethod=Name.DocMDP,
                        TransformParams=Dictionary(Type=Name.TransformParams, P=1),
                    )
                ]
            ),
        )
    )
    field = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=text,
            V=signature,
            F=132,
            Rect=Array([72, 100, 372, 120]),
            AP=Dictionary(N=look),
            Lock=Dictionary(Fields=Array([text])),
            SV=Dictionary(Reasons=Array([text])),
        )
    )
    draft.page.Annots = Array([field])
    draft.pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
    draft.pdf.Root.Perms = Dictionary(DocMDP=signature)
    draft.pdf.Root.DSS = Dictionary(Certs=Array([draft.stream(hostile.SECRET.encode())]), VRI=Dictionary())
    return simple("signed_and_certified", draft, keep=(*hostile.KEEP, "saddle signed"))


# -- the catalog ----------------------------------------------------------------------------------------


@place
def archive_file() -> Case:
    """PDF/A: XMP with extension schemas, output intents with profiles, associated files, a language."""
    draft = Draft().words()
    text = hostile.SECRET
    packet = (
        "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "  # noqa: E501
        "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
        "xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/' pdfaid:part='3' pdfaid:conformance='A' "
        f"xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>{text}</dc:title><dc:creator>{text}</dc:creator>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>" + " " * 2000 + "<?xpacket end='w'?>"
    ).encode()
    root = draft.pdf.Root
    root.Metadata = draft.stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    root.Lang = String("en-GB")
    root.MarkInfo = Dictionary(Marked=True, UserProperties=True)
    root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFA1,
                OutputConditionIdentifier=String(text),
                Info=String(text),
                OutputCondition=String(text),
                RegistryName=String(text),
                DestOutputProfile=draft.stream(_profile(text), N=3),
            )
        ]
    )
    root.AF = Array([draft.pdf.make_indirect(_spec(draft, AFRelationship=Name.Source))])
    draft.page.OutputIntents = root.OutputIntents
    draft.page.AF = root.AF
    return simple("archive_file", draft)


@place
def portfolio() -> Case:
    """A collection of files: a PDF, an archive, a schema of columns, folders with thumbnails."""
    draft = Draft().words()
    text = String(hostile.SECRET)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", hostile.SECRET)
    inner = Draft().words().bytes()
    specs = Array(
        [
            String("a"),
            _spec(draft, inner, CI=Dictionary(Who=text)),
            String("b"),
            _spec(draft, buffer.getvalue()),
        ]
    )
    root = draft.pdf.Root
    root.Names = Dictionary(
        EmbeddedFiles=Dictionary(
            Kids=Array([draft.pdf.make_indirect(Dictionary(Names=specs, Limits=Array([text, text])))])
        )
    )
    root.Collection = Dictionary(
        Type=Name.Collection,
        View=Name.D,
        D=text,
        Sort=Dictionary(S=Name.Who),
        Schema=Dictionary(Who=Dictionary(Subtype=Name.S, N=text)),
        Folders=draft.pdf.make_indirect(Dictionary(Name=text, Desc=text, ID=0)),
        Navigator=Dictionary(Name=text),
        Colors=Dictionary(),
    )
    return simple("portfolio", draft)


@place
def rest_of_the_catalog() -> Case:
    """Base addresses, legal statements, requirements, web capture, templates, presentations, parts."""
    draft = Draft().words()
    text, root = String(hostile.SECRET), draft.pdf.Root
    page = Dictionary(
        Type=Name.Template,
        MediaBox=Array([0, 0, 612, 792]),
        Contents=draft.stream(b"".join(draft.parts)),
        Resources=draft.page.Resources,
    )
    script = Dictionary(S=Name.JavaScript, JS=draft.stream(hostile.SECRET.encode()))
    root.URI = Dictionary(Base=text)
    root.Legal = Dictionary(Attestation=text)
    root.Requirements = Array(
        [Dictionary(Type=Name.Requirement, S=Name.EnableJavaScripts, RH=Dictionary(Script=text))]
    )
    root.SpiderInfo = Dictionary(V=1.0, C=Array([Dictionary(URL=text)]))
    root.Names = Dictionary(
        Pages=Dictionary(Names=Array([text, draft.pdf.make_indirect(page)])),
        Templates=Dictionary(Names=Array([text, draft.pdf.make_indirect(page)])),
        IDS=Dictionary(Names=Array([text, Dictionary(Type=Name.SpiderContentSet, T=text)])),
        URLS=Dictionary(Names=Array([text, Dictionary(SI=Dictionary(AU=text))])),
        Renditions=Dictionary(Names=Array([text, Dictionary(N=text)])),
        AlternatePresentations=Dictionary(Names=Array([text, Dictionary(Type=Name.SlideShow)])),
        AP=Dictionary(
            Names=Array([text, draft.form(b"BT /F1 8 Tf %s Tj ET" % literal(hostile.SECRET), (0, 0, 9, 9))])
        ),
    )
    root.AA = Dictionary(WC=script, DC=script, WS=script, DS=script, WP=script, DP=script)
    root.DPartRoot = Dictionary(
        DPartRootNode=Dictionary(DPM=Dictionary(Who=text)), NodeNameList=Array([_name()])
    )
    root.Extensions = Dictionary(ADBE=Dictionary(BaseVersion=Name("/1.7"), URL=text))
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True, ViewArea=_name())
    root.PieceInfo = Dictionary(App=Dictionary(Private=Dictionary(Deep=Array([Dictionary(Deeper=text)]))))
    root.Lang = text
    root[_name()] = text
    return simple("rest_of_the_catalog", draft)


@place
def rest_of_the_page() -> Case:
    """Viewports with measures, separations, boxes of colours, transitions, steps, groups, beads, ids."""
    draft = Draft().words()
    text, page = String(hostile.SECRET), draft.page
    bead = draft.pdf.make_indirect(Dictionary(Type=Name.Bead, R=Array([0, 0, 9, 9])))
    thread = draft.pdf.make_indirect(
        Dictionary(
            Type=Name.Thread,
            F=bead,
            I=Dictionary(Title=text, Author=text),
            Metadata=draft.stream(hostile.SECRET.encode()),
        )
    )
    bead.T = thread
    geo = Dictionary(
        Type=Name.Measure,
        Subtype=Name.GEO,
        GCS=Dictionary(WKT=text),
        DCS=Dictionary(WKT=text),
        PDU=Array([_name()]),
    )
    page.VP = Array(
        [
            Dictionary(
                Type=Name.Viewport,
                BBox=Array([0, 0, 612, 792]),
                Name=text,
                Measure=geo,
                PtData=Dictionary(Names=Array([text])),
            )
        ]
    )
    page.LGIDict = Dictionary(Type=Name.LGIDict, Description=text, Projection=Dictionary(ProjectionType=text))
    page.SeparationInfo = Dictionary(DeviceColorant=text, Pages=Array([]))
    page.BoxColorInfo = Dictionary(CropBox=Dictionary(S=_name()))
    page.Trans = Dictionary(S=_name())
    page.PresSteps = Dictionary(Type=Name.NavNode, NA=Dictionary(S=Name.JavaScript, JS=text))
    page.ID, page.TemplateInstantiated, page.DPart = text, _name(), Dictionary(DPM=Dictionary(Who=text))
    page.B, draft.pdf.Root.Threads = Array([bead]), Array([thread])
    page.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB, Note=text)
    page[_name()] = text
    return simple("rest_of_the_page", draft)


@place
def structure_deep() -> Case:
    """Role maps, classes, attributes, identifiers, lexicons, objects, and alternative texts at every level."""  # noqa: E501
    draft = Draft().words(b"/P <</MCID 0>> BDC %s Tj EMC" % literal(hostile.SECRET))
    text, pdf = String(hostile.SECRET), draft.pdf
    leaf = pdf.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=_name(),
            K=Array([0, Dictionary(Type=Name.OBJR, Obj=pdf.make_indirect(Dictionary(Note=text)))]),
            Alt=text,
            ActualText=text,
            E=text,
            T=text,
            ID=text,
            Lang=text,
            Phoneme=text,
            C=_name(),
            AF=Array([_spec(draft)]),
            A=Array(
                [
                    Dictionary(O=Name.UserProperties, P=Array([Dictionary(N=text, V=text, F=text)])),
                    Dictionary(O=Name.Table, Summary=text, Headers=Array([text])),
                ]
            ),
        )
    )
    middle = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Sect, K=Array([leaf]), T=text))
    pdf.Root.StructTreeRoot = pdf.make_indirect(
        Dictionary(
            Type=Name.StructTreeRoot,
            K=Array([middle]),
            RoleMap=Dictionary({str(_name()): Name.P}),
            ClassMap=Dictionary({str(_name()): Dictionary(O=Name.Layout, Note=text)}),
            ParentTree=Dictionary(Nums=Array([0, Array([leaf])])),
            IDTree=Dictionary(Names=Array([text, leaf])),
            Namespaces=Array([Dictionary(NS=text)]),
            PronunciationLexicon=Array([_spec(draft)]),
        )
    )
    draft.page.StructParents = 0
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    return simple("structure_deep", draft)


@place
def links_that_tell() -> Case:
    """Addresses with the secret plain, escaped, in hex, in base64, as a domain; files, named places."""
    import base64
    from urllib.parse import quote

    draft = Draft().words()
    text = hostile.SECRET
    forms = [
        "https://example.org/" + quote(text),
        "https://example.org/?q=" + text.encode().hex(),
        "https://example.org/" + base64.b64encode(text.encode()).decode(),
        "mailto:" + re.sub(r"\W", ".", hostile.TOKENS[0]) + "@example.org",
        "tel:" + text,
        "https://" + re.sub(r"[^a-z0-9]", "", hostile.TOKENS[0].lower()) + ".example.org/",
        "https://user:" + quote(text) + "@example.org/",
    ]
    actions = [Dictionary(S=Name.URI, URI=String(f.encode("utf-8"))) for f in forms]
    actions += [
        Dictionary(S=Name.GoToR, F=String(text), D=String(text)),
        Dictionary(S=Name.Launch, F=String(text), Win=Dictionary(F=String(text), P=String(text))),
        Dictionary(S=Name.GoTo, D=String(text), Next=Dictionary(S=Name.JavaScript, JS=String(text))),
        Dictionary(S=Name.SubmitForm, F=String(text)),
        Dictionary(S=Name.Named, N=_name()),
        Dictionary(S=Name.Thread, D=String(text)),
        Dictionary(S=Name.ImportData, F=String(text)),
    ]
    draft.page.Annots = Array(
        [
            draft.pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Link,
                    Rect=Array([40, 40 + 14 * i, 200, 50 + 14 * i]),
                    A=a,
                    PA=a,
                    Contents=String(text),
                )
            )
            for i, a in enumerate(actions)
        ]
    )
    draft.pdf.Root.Dests = Dictionary({str(_name()): Array([draft.page, Name.Fit])})
    draft.pdf.Root.Names = Dictionary(
        Dests=Dictionary(
            Names=Array(
                [String(text), Dictionary(D=Array([draft.page, Name.Fit]), SD=Dictionary(ID=String(text)))]
            )
        )
    )
    return simple("links_that_tell", draft)


@place
def bookmarks_nested() -> Case:
    """Bookmarks on three levels: titles with the secret, with half of it, with innocent words; actions."""
    draft = Draft().words()
    pdf = draft.pdf
    titles = [hostile.SECRET, "alpha copper north", hostile.TOKENS[-1], "about " + hostile.SECRET.upper()]
    items = [
        pdf.make_indirect(Dictionary(Title=String(t), Dest=Array([draft.page, Name.Fit]), C=Array([1, 0, 0])))
        for t in titles
    ]
    items[0].A = Dictionary(S=Name.JavaScript, JS=String(hostile.SECRET))
    for index, item in enumerate(items[1:3]):
        item.Parent = items[0]
        if index:
            item.Prev, items[1].Next = items[1], item
    items[0].First, items[0].Last, items[0].Count = items[1], items[2], 2
    items[0].Next, items[3].Prev = items[3], items[0]
    root = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=items[0], Last=items[3], Count=4))
    for item in (items[0], items[3]):
        item.Parent = root
    pdf.Root.Outlines = root
    pdf.Root.PageLabels = Dictionary(
        Kids=Array([Dictionary(Nums=Array([0, Dictionary(S=Name.D, P=String(hostile.TOKENS[0]), St=4471)]))])
    )
    return simple("bookmarks_nested", draft)


# -- how the file is put together -----------------------------------------------------------------------


def _encrypted(name: str, user: str, owner: str, given: str | None, **more: Any) -> Case:
    draft = Draft().words()
    draft.pdf.docinfo["/Title"] = hostile.SECRET
    data = draft.bytes(deterministic_id=False, encryption=pikepdf.Encryption(owner=owner, user=user, **more))
    return Case(name, data, (draft.box(),), password=given)


@place
def encrypted_for_its_owner() -> Case:
    """Everybody may open it; changing it needs a password that nobody gives."""
    return _encrypted("encrypted_for_its_owner", "", "owner", None, R=4, aes=True)


@place
def encrypted_old() -> Case:
    """RC4 with 128 bits; the owner's password is given."""
    return _encrypted("encrypted_old", "user", "owner", "owner", R=3, aes=False, metadata=False)


@place
def encrypted_older() -> Case:
    return _encrypted("encrypted_older", "user", "owner", "user", R=2, aes=False, metadata=False)


@place
def revisions_with_streams() -> Case:
    """Three revisions by cross-reference streams: copy on the page, in the title, then in neither."""
    data = (
        Draft()
        .words()
        .add(b"BT /F1 12 Tf 40 300 Td %s Tj ET" % literal(hostile.SECRET))
        .bytes(object_stream_mode=pikepdf.ObjectStreamMode.generate)
    )
    import pymupdf

    for step in range(2):
        with pymupdf.open(stream=data) as doc:
            xref = doc[0].get_contents()[0]
        body = zlib.compress(b"".join(Draft().words().parts))
        at = len(data) + 1
        new = (
            b"\n%d 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n" % (xref, len(body))
            + body
            + b"\nendstream endobj\n"
        )
        start = at - 1 + len(new)
        previous = int(data[data.rfind(b"startxref") + 9 :].split()[0])
        with pikepdf.open(io.BytesIO(data)) as pdf:
            size, root = int(pdf.trailer.Size), pdf.Root.objgen[0]
        table = bytes((1,)) + at.to_bytes(4) + bytes((0,)) + bytes((1,)) + start.to_bytes(4) + bytes((0,))
        new += (
            (
                b"%d 0 obj\n<</Type/XRef/Size %d/Root %d 0 R/Prev %d/W[1 4 1]/Index[%d 1 %d 1]/Length %d/Note(%d)>>stream\n"  # noqa: E501
                % (size, size + 1, root, previous, xref, size, len(table), step)
            )
            + table
            + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % start
        )
        data += new
    return Case("revisions_with_streams", data, (Draft().box(),))


@place
def archive_appended() -> Case:
    """Something before the header, an archive behind the end, a wrong length, a comment between objects."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", hostile.SECRET)
    data = Draft().words().bytes()
    data = (
        b"junk "
        + hostile.SECRET.encode()
        + b"\n"
        + data
        + b"\n% "
        + hostile.SECRET.encode()
        + b"\n"
        + buffer.getvalue()
    )
    return Case("archive_appended", data, (Draft().box(),))


@place
def no_table() -> Case:
    """The cross-reference table is gone; what points to it points nowhere."""
    data = Draft().words().bytes(compress_streams=False)
    return Case(
        "no_table", data[: data.rfind(b"xref\n0")] + b"startxref\n99999999\n%%EOF\n", (Draft().box(),)
    )


@place
def trailer_of_secrets() -> Case:
    """Unknown keys in the trailer, the document's information with keys of its own, external streams."""
    draft = Draft().words()
    for key in ("/Title", "/Author", "/Subject", "/Keywords", "/Creator", "/Producer", "/Who", "/Trapped"):
        draft.pdf.docinfo[key] = hostile.SECRET
    draft.pdf.trailer.Note = String(hostile.SECRET)
    draft.pdf.trailer.ID = Array([String(hostile.SECRET), String(hostile.SECRET)])
    draft.pdf.Root.Extra = draft.pdf.make_indirect(
        draft.stream(b"x", F=String(hostile.SECRET), FFilter=_name())
    )
    return simple("trailer_of_secrets", draft)


@place
def page_tree() -> Case:
    """Everything inherited over three levels; one page object shown twice; contents in odd pieces."""
    draft = Draft().words()
    pdf, page = draft.pdf, draft.page
    body = b"".join(draft.parts)
    half = body.index(b" Tj") + 3
    page.Contents = Array(
        [
            draft.stream(body[:half]),
            draft.stream(b"% " + hostile.SECRET.encode() + b"\n"),
            draft.stream(body[half:]),
        ]
    )
    top = pdf.Root.Pages
    inner = pdf.make_indirect(
        Dictionary(
            Type=Name.Pages, Kids=Array([page]), Count=1, Parent=top, Rotate=0, Note=String(hostile.SECRET)
        )
    )
    top.Kids, top.Count = Array([inner]), 1
    top.MediaBox, inner.Resources = Array([0, 0, 612, 792]), page.Resources
    top.Metadata = draft.stream(hostile.SECRET.encode())
    del page.MediaBox, page.Resources
    page.Parent = inner
    page.Annots = Array([])
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return Case("page_tree", out.getvalue(), (draft.box(),))


@place
def odd_frames() -> Case:
    """A media box named from its other corners, a crop that reaches beyond it, a turn of minus 270."""
    draft = Draft().words()
    draft.page.MediaBox = Array([612, 792, 0, 0])
    draft.page.CropBox = Array([-50, -50, 700, 900])
    draft.page.Rotate = -270
    _, (x0, y0, x1, y1) = draft.box()
    return Case("odd_frames", draft.bytes(), ((1, (792 - y1, x0, 792 - y0, x1)),))


@place
def small_units() -> Case:
    """Units of half a point, an offset media box, text far from the origin."""
    draft = Draft().words(x=1024, y=1616)
    draft.page.MediaBox = Array([1000, 1000, 1612, 1792])
    draft.page.UserUnit = 0.5
    x0 = 24 + width(hostile.LEAD)
    base = 792 - 600
    box = (x0 / 2, (base - 9.12) / 2, (x0 + width(hostile.SECRET)) / 2, (base + 2.64) / 2)
    return Case("small_units", draft.bytes(), ((1, box),))
