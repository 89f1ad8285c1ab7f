"""What all engines over a network share: permission, secrets, limits, costs, retries, checks of answers.

gate.py       the only way out: permission of the project, the ledger's entry, costs, the cache
engine.py     Remote, the base of every such engine: one page from image to Reading
secrets.py    keys and addresses, from the environment or .streamlit/secrets.toml, never shown
patience.py   one retry budget and one deadline a page
failures.py   what SDKs and servers raise -> EngineFailed, in words of our own
sent.py       the image as it is sent, and the way back from its pixels
places.py     boxes in the coordinate systems of models -> quads; lines -> words
untrusted.py  loops, cut answers, refusals, pages of HTML, other languages, boxes elsewhere
samples.py    several answers to one page: agreement as confidence
"""
