"""Signatures of exports: the finished PDF (PAdES) and the ledger's head, by certificate or local identity.

pyHanko makes the signatures (CMS, RFC 5652; PAdES, ETSI EN 319 142-1); here is who signs (identity, local,
token) and what is signed (seal). That a finished file is intact is redaction.attack.signature's business,
which shares no code with this.
"""

from redaction.signing.identity import Identity, from_files
from redaction.signing.local import local_identity
from redaction.signing.seal import Signing, sign_pdf, sign_statement

__all__ = ["Identity", "Signing", "from_files", "local_identity", "sign_pdf", "sign_statement"]
