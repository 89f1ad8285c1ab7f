"""The attacker: everything redaction.verify tries on a finished file, one kind of attack a module.

Nothing here is shared with redaction.apply: what destroys must not judge itself. No detail that is
written here may quote what was redacted; places are named instead.

    report      collects findings, one Check a name
    needles     what must not be found, and every form in which to look for it
    vocabulary  the format's own words, which are no secrets
    structure   the bytes: revisions, bytes between objects, orphans, tails of streams
    grammar     the objects: an allow-list of keys for each kind of object
    content     content streams: operators, strings as shown, where images are drawn
    sheet       one page opened by MuPDF: render, words, characters, in displayed points
    visibility  text that nobody sees, rectangles over live content
    under       text and pixels under the boxes
    images      embedded images: metadata, tails, pixels under boxes, content below rectangles
    innocent    what has to be still there: words, pixels, page sizes
    others      extractors of others: poppler, pdfminer
"""
