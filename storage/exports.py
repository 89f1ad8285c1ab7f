"""Finished files: written whole, listed with their report and the head of the ledger they came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.decisions import Decision
from storage import blobs, documents, ledger
from storage.project import Project, now, storage_errors


@dataclass(frozen=True, slots=True)
class Export:
    """A stored export. `ledger_seq` and `ledger_hash` are the head of the chain that it was made from."""

    id: int
    document: str
    name: str
    mode: str
    sha256: str
    path: Path
    certificate: Path | None
    report: Mapping[str, Any]
    ledger_seq: int
    ledger_hash: str
    actor: str
    at: str

    @property
    def folder(self) -> Path:
        """Where its transcripts and logs stand."""
        return self.path.parent / str(self.id)

    @property
    def version(self) -> str:
        """Which version of the review it is; "" where there is only one."""
        return str(self.report.get("version") or "")


def add(
    project: Project,
    document_id: str,
    data: bytes,
    *,
    name: str,
    mode: str,
    report: Mapping[str, Any],
    certificate: bytes | None = None,
    actor: str = "local",
) -> Export:
    """Keeps a finished PDF (only what was verified gets here), and closes the ledger with its hash.

    Raises StorageFailed, with nothing half-written.
    """
    name = documents.clean_name(name)
    sha256 = hashlib.sha256(data).hexdigest()
    folder = project.path / "exports" / document_id
    target = folder / f"{sha256[:16]}.pdf"
    beside = folder / f"{sha256[:16]}.certificate.pdf" if certificate is not None else None
    with storage_errors(project.path):
        blobs.write_atomic(target, data)
        if beside is not None and certificate is not None:
            blobs.write_atomic(beside, certificate)
    with project.writing() as db:
        seq, link = ledger.head(project, document_id)
        at = now()
        cursor = db.conn.execute(
            "INSERT INTO exports (document, name, mode, sha256, path, certificate, report, "
            "ledger_seq, ledger_hash, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document_id, name, mode, sha256, str(target.relative_to(project.path)),
                str(beside.relative_to(project.path)) if beside else None,
                json.dumps(dict(report), ensure_ascii=False), seq, link, actor, at,
            ),
        )  # fmt: skip
        number = int(cursor.lastrowid or 0)
        source = db.conn.execute("SELECT sha256 FROM documents WHERE id = ?", (document_id,)).fetchone()
        payload = {
            "mode": mode,
            **{key: report[key] for key in ("version", "profile") if report.get(key)},
            "source_sha256": source[0],
            "output_sha256": sha256,
            "checks": report.get("checks", []),
        }
        ledger.append(
            project, document_id, Decision("exported", None, payload, actor, f"exported:{number}:{sha256}")
        )
    return Export(number, document_id, name, mode, sha256, target, beside, dict(report), seq, link, actor, at)


def list(project: Project, document_id: str) -> Sequence[Export]:  # noqa: A001 - exports.list
    """The document's exports, newest first."""
    rows = project.db.conn.execute(
        "SELECT id, document, name, mode, sha256, path, certificate, report, ledger_seq, ledger_hash, "
        "actor, at FROM exports WHERE document = ? ORDER BY id DESC",
        (document_id,),
    )
    return [
        Export(
            row[0], row[1], row[2], row[3], row[4], project.path / row[5],
            project.path / row[6] if row[6] else None, json.loads(row[7]), *row[8:],
        )
        for row in rows
    ]  # fmt: skip
