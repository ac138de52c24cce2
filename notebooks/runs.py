"""What the notebooks share: the binary, a run of it, a picture written to a file."""

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import altair as alt

ROOT = Path(__file__).resolve().parent.parent


def find_mores() -> str:
    """The binary that runs the worlds."""
    built = ROOT / "target" / "release" / "mores"
    found = os.environ.get("MORES") or (str(built) if built.exists() else shutil.which("mores"))
    if not found:
        raise FileNotFoundError("no mores: build it with `cargo build --release`, or name it in the variable MORES")
    return found


def run(out: Path, *words: str) -> Path:
    """Runs a world into `out` and gives the folder back; what mores says in trouble is the error."""
    command = [find_mores(), "run", *words, "--out", str(out), "--force", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stderr}")
    return out


def save(chart: alt.TopLevelMixin, picture: Path) -> None:
    """Writes a picture; the ending of its name says as what."""
    if picture.suffix != ".png":
        return chart.save(picture)
    chart.save(picture, scale_factor=2)
    picture.write_bytes(packed(picture.read_bytes()))


def packed(png: bytes) -> bytes:
    """The same picture in fewer bytes: what draws it spares itself the packing."""
    head, rest, pixels, at = png[:8], [], b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            pixels += png[at + 8 : at + 8 + size]
        else:
            rest.append(png[at : at + 12 + size])
        at += 12 + size
    chunk = b"IDAT" + zlib.compress(zlib.decompress(pixels), 9)
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return head + b"".join(rest[:-1]) + whole + rest[-1]
