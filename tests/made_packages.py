"""Python packages with files of a test's own: installed into a folder, or as wheels for pip."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def package_files(
    name: str, version: str, files: Mapping[str, bytes], requires: Sequence[str] = ()
) -> dict[str, bytes]:
    """All files of a package, its record among them."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    lines += [f"Requires-Dist: {one}\n" for one in requires]
    whole = {
        **files,
        f"{folder}/METADATA": "".join(lines).encode(),
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},{record_hash(data)},{len(data)}\n" for path, data in whole.items()]
    return {**whole, f"{folder}/RECORD": "".join([*record, f"{folder}/RECORD,,\n"]).encode()}


def record_hash(data: bytes) -> str:
    """A hash as a package's record has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
    return f"sha256={digest.rstrip('=')}"


def install(site: Path, files: Mapping[str, bytes]) -> None:
    """Lay a package's files into a folder of packages."""
    for path, data in files.items():
        place = site / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def write_wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> Path:
    """Write a wheel that pip takes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, data in files.items():
            archive.writestr(inside, data)
    return path
