"""Documents come in whole or not at all: duplicates, bad files, full disks, kills, odd names, passwords."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from made_pdf import many_pages, one_page
from PIL import Image

from model.errors import InputRefused, OverLimit, PasswordNeeded, StorageFailed, UsageError
from storage import blobs, documents, ledger
from storage.limits import Limits
from storage.project import Project

ROOT = Path(__file__).resolve().parents[2]
LETTER = one_page(b"BT /F 20 Tf 72 700 Td (Hello) Tj ET")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path) as opened:
        yield opened


def files(project: Project) -> list[Path]:
    return [p for p in (project.path / "blobs").rglob("*") if p.is_file()]


def noise(seed: int, side: int = 400) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_a_document_is_kept_as_it_came(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(LETTER)
    document = documents.add(project, file, "letter.pdf", actor="anna", languages=["en", "de"])
    assert document.sha256 == hashlib.sha256(LETTER).hexdigest()
    assert (document.name, document.pages, document.size) == ("letter.pdf", 1, len(LETTER))
    assert (document.media_type, document.added_by) == ("application/pdf", "anna")
    assert document.languages == ("en", "de")
    assert not document.duplicate
    assert documents.get(project, document.id) == document
    assert documents.data(project, document.id) == LETTER
    with documents.source(project, document.id) as source:
        assert source.words(1)[0].text == "Hello"
        assert source.pages == documents.page_infos(project, document.id)
    (event,) = ledger.events(project, document.id)
    assert (event.kind, event.actor) == ("added", "anna")
    assert event.payload == {"sha256": document.sha256, "name": "letter.pdf", "pages": 1}


def test_the_same_file_twice_is_one_document(project: Project) -> None:
    first = documents.add(project, LETTER, "letter.pdf")
    again = documents.add(project, LETTER, "copy of letter.pdf", actor="ben")
    assert again.duplicate
    assert (again.id, again.name, again.added_by) == (first.id, "letter.pdf", "local")
    assert [d.id for d in documents.find(project)] == [first.id]
    assert len(files(project)) == 1
    assert len(ledger.events(project, first.id)) == 1


def test_newest_first_and_languages_can_be_changed(project: Project) -> None:
    added = [documents.add(project, one_page(b"%%%d" % n), f"{n}.pdf").id for n in range(3)]
    assert [d.id for d in documents.find(project)] == added[::-1]
    documents.set_languages(project, added[0], ["ja", "ja-vert"])
    documents.set_languages(project, added[0], ["ja"])
    assert documents.get(project, added[0]).languages == ("ja",)
    with pytest.raises(UsageError, match="no document nope"):
        documents.get(project, "nope")


BAD = {
    "empty.pdf": b"",
    "text.pdf": b"Dear Sir,\n" * 20,
    "cut.pdf": many_pages(5)[:1500],
    "cut.png": noise(1)[:5000],
    "nothing.bin": bytes(1000),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_leaves_nothing_behind(project: Project, name: str) -> None:
    with pytest.raises(InputRefused, match=name.replace(".", r"\.")) as caught:
        documents.add(project, BAD[name], name)
    assert caught.value.exit_code == 3
    assert files(project) == []
    assert documents.find(project) == []
    assert documents.add(project, LETTER, "good.pdf").pages == 1, "the rest of the batch goes on"


def test_limits(project: Project, tmp_path: Path) -> None:
    with pytest.raises(OverLimit, match=r"has 2 MB; at most 1 MB are taken"):
        documents.add(project, bytes(2_000_000), "big.pdf", limits=Limits(bytes=1_000_000))
    sparse = tmp_path / "sparse.pdf"
    with sparse.open("wb") as out:
        out.truncate(200_000_000)
    with pytest.raises(OverLimit, match=r"sparse.pdf has 200 MB; at most 100 MB"):
        documents.add(project, sparse, "sparse.pdf")
    with pytest.raises(UsageError, match="is no file"):
        documents.add(project, tmp_path, "folder")
    assert files(project) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\letter.pdf", "letter.pdf"),
        ("let\0ter\n\r\x1b[31m.pdf", "letter[31m.pdf"),
        ("\u202egnp.letter", "gnp.letter"),
        ("a" * 400 + ".pdf", "a" * 196 + ".pdf"),
        ("...", "document"),
        ("", "document"),
        ("日本語 手紙.pdf", "日本語 手紙.pdf"),
        ("Mu\u0308ller.pdf", "Müller.pdf"),
        ("bad\udc80surrogate.pdf", "bad?surrogate.pdf"),
        ("folder/", "folder"),
    ],
)
def test_names_are_made_safe(project: Project, given: str, kept: str) -> None:
    document = documents.add(project, LETTER, given)
    assert document.name == kept
    assert documents.get(project, document.id).name == kept
    assert all(project.path in p.parents for p in files(project))


def test_an_encrypted_document_needs_its_password_once(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="sesame", owner="boss"))
    data = out.getvalue()
    with Project.open(tmp_path) as project:
        for password in (None, "mellon"):
            with pytest.raises(PasswordNeeded):
                documents.add(project, data, "secret.pdf", password=password)
        assert files(project) == []
        document = documents.add(project, data, "secret.pdf", password="sesame")
        assert documents.data(project, document.id) == data
        history = ledger.events(project, document.id)
        assert "sesame" not in repr(history) + repr(document)
    with Project.open(tmp_path) as project, documents.source(project, document.id) as source:
        assert source.words(1)[0].text == "Hello", "after a restart as well"


def test_the_folder_is_for_its_owner_only(project: Project) -> None:
    document = documents.add(project, LETTER, "x.pdf")
    assert stat.S_IMODE(project.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(blobs.path(project, document.sha256).stat().st_mode) & 0o277 == 0


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b", ".hidden"])
def test_a_project_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Project.open(tmp_path / "data", name)


def test_a_blob_changed_on_the_disk_is_not_used(project: Project) -> None:
    document = documents.add(project, LETTER, "x.pdf")
    file = blobs.path(project, document.sha256)
    file.chmod(0o600)
    file.write_bytes(LETTER.replace(b"Hello", b"Hallo"))
    with pytest.raises(StorageFailed, match="changed on the disk"):
        documents.data(project, document.id)


FULL = """
import sys, resource
from pathlib import Path
from model.errors import StorageFailed
from storage import documents, ledger
from storage.project import Project

data, folder, limited = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), sys.argv[3] == "limit"
with Project.open(folder) as project:
    small = documents.add(project, Path(sys.argv[4]).read_bytes(), "small.pdf")
    if limited:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    try:
        documents.add(project, data, "large.png")
        sys.exit("was taken")
    except StorageFailed as error:
        print(error.exit_code, error)
    left = [p for p in (folder / "default" / "blobs").rglob("*") if p.is_file()]
    assert [p.name for p in left] == [small.sha256], left
    assert [d.id for d in documents.find(project)] == [small.id]
    assert ledger.verify(project, small.id).ok
    with documents.source(project, small.id) as source:
        assert source.words(1)[0].text == "Hello"
"""


def full(folder: Path, tmp_path: Path, how: str) -> None:
    (tmp_path / "large.png").write_bytes(noise(2, 800))
    (tmp_path / "small.pdf").write_bytes(LETTER)
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path / "large.png", folder, how, tmp_path / "small.pdf"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 The project folder can't be written")
    assert "Free some space" in done.stdout


def test_a_file_that_may_not_grow_leaves_nothing_half_written(tmp_path: Path) -> None:
    full(tmp_path / "data", tmp_path, "limit")


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only an administrator can make a small disk")
    try:
        full(disk / "data", tmp_path, "disk")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


ADDER = """
import sys, os
from pathlib import Path
from storage import documents
from storage.project import Project

project = Project.open(Path(sys.argv[1]))
whole = Path(sys.argv[2]).read_bytes()
print("ready", flush=True)
for number in range(100_000):
    # A PNG may be followed by anything: each is another file.
    document = documents.add(project, whole + b"%s %d" % (sys.argv[3].encode(), number), "scan.png")
    print(document.sha256, flush=True)
"""


def test_killed_at_any_moment_no_half_file_is_taken_for_a_whole_one(tmp_path: Path) -> None:
    picture = tmp_path / "scan.png"
    picture.write_bytes(noise(3, 500))
    generator = random.Random(11)
    acknowledged: set[str] = set()
    for round_number in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", ADDER, str(tmp_path / "data"), str(picture), f"r{round_number}"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(generator.randrange(0, 12)):
            acknowledged.add(process.stdout.readline().strip())
        process.kill()
        process.communicate()
        with Project.open(tmp_path / "data") as project:
            for file in files(project):
                if file.parent.name != "incoming":
                    assert hashlib.sha256(file.read_bytes()).hexdigest() == file.name
            known = {d.sha256: d for d in documents.find(project)}
            assert set(known) >= acknowledged
            for document in known.values():
                assert blobs.path(project, document.sha256).stat().st_size == document.size
                assert ledger.verify(project, document.id).ok
    with Project.open(tmp_path / "data") as project:
        documents.add(project, LETTER, "x.pdf")
        assert not list((project.path / "blobs" / "incoming").iterdir()), "what the killed left is swept"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A file of 90 MB by path: copied in pieces."""
    script = (
        "import sys, resource\n"
        "from pathlib import Path\n"
        "from storage import documents\n"
        "from storage.project import Project\n"
        "project = Project.open(Path(sys.argv[1]))\n"
        "documents.add(project, Path(sys.argv[2]), 'small.pdf')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "documents.add(project, Path(sys.argv[3]), 'large.pdf')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    small, large = tmp_path / "small.pdf", tmp_path / "large.pdf"
    small.write_bytes(LETTER)
    body = os.urandom(1 << 20) * 90
    from made_pdf import stream

    large.write_bytes(one_page(b"BT /F 20 Tf 72 700 Td (Hello) Tj ET", more=[stream(body)]))
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "data", small, large],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert int(done.stdout) < 120_000, "kilobytes"
