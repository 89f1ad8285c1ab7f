"""How a box is destroyed: the parts behind redaction.apply.

    job       one file's way through all of this
    progress  what is known about the file while its pages go by
    ways      the way that one page goes: scan, rebuild or flatten
    opened    the source as it came -> one canonical PDF that every reader here agrees about
    seen      the words of a page: where each letter stands; visible: whether a reader can see them
    overlap   which boxes meet a word, and whether one destroys a letter
    rendered  a page as pixels
    again     images that the file shows more than once
    copies    the redacted strings, and whether a text repeats them; copyboxes: where on a page it does
    remains   the words that stay, less the letters under boxes; given: those of a layer that was given
    order     the orders in which words can be read
    scan      a page that is nothing but its image: that image, burnt, at its own resolution
    flatten   a page that becomes one image, with its own words as a searchable layer
    interpret the marks of a born-digital page, one by one; refuses what it can't prove. Its operators:
              gstate (graphics state), marked (marked content, layers), paths, text
    run       letters that one operator shows; kept: which of them stay; gaps: what the others leave
    covered   what lies under the boxes, and what behind something painted later
    plane     boxes, lines and paths on the displayed page
    rebuild   those marks written again without what stands under the boxes
    emit      writes what the interpreter hands on
    faces     the source's fonts as they are read: codes, widths (also basefonts), text (tounicode)
    fonts     the fonts that kept text uses, and which of their letters stay
    fontout   those fonts written anew, cut down to these letters; so are, in outlines, cff, type1, programs
    images    images that no box touches: their samples and nothing else
    align     an invisible layer that stands beside its ink
    pictures  image files as documents
    raster    pixels painted and encoded
    layer     the invisible, searchable text
    pdfout    the new file, object by object

Nothing is ever copied as a whole from the source: what has no code here that writes it does not travel.
"""
