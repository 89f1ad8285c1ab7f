"""Made pages: printed and handwritten documents with exact truth, to train and to measure on.

fonts finds faces, texts invents what stands on a page, sheet writes it and keeps the truth, layouts arranges
it, wear prints, folds and scans it. `bench/make_pages.py` is the command. Nothing here reads the engines.
"""
