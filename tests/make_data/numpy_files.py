#!/usr/bin/env python3
"""Files as numpy writes them, for t_npy.c and t_npz.c: python3 numpy_files.py ../data/io

Every array is small and follows a formula that the tests repeat.
"""
import io
import struct
import sys
import warnings
import zipfile
import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else "."
TYPES = "f4 f8 c8 c16 i1 i2 i4 i8 u1 u2 u4 u8 b1 f2".split()


def sample(kind):
    """(2,3): element i is i for numbers, i - i/2 j for complex ones, odd(i) for truth values; negative where it can be."""
    i = np.arange(6).reshape(2, 3)
    if kind[0] == "c":
        return (i - 0.5j * i).astype(kind)
    if kind[0] == "b":
        return (i % 2).astype(bool)
    return (-i if kind[0] in "fi" else i).astype(kind)


members = {}
for kind in TYPES:
    for order, name in (("<", "little"), (">", "big")):
        members[f"{kind}_{name}"] = sample(kind).astype(order + kind)
members["fortran"] = np.asfortranarray(sample("f8").reshape(3, 2))
np.savez(f"{folder}/numpy.npz", **members)
np.savez_compressed(f"{folder}/numpy_deflated.npz", **members)

cube = np.arange(24, dtype="<f8").reshape(2, 3, 4)
np.save(f"{folder}/cube.npy", cube)
np.save(f"{folder}/cube_fortran_big.npy", np.asfortranarray(cube.astype(">f8")))
np.save(f"{folder}/scalar.npy", np.float32(2.5))
np.save(f"{folder}/empty.npy", np.zeros((3, 0, 2)))
for version in (2, 3):
    with open(f"{folder}/version_{version}.npy", "wb") as f:
        np.lib.format.write_array(f, np.arange(4, dtype="<i4"), version=(version, 0))
np.save(f"{folder}/object.npy", np.array([1, "a"], dtype=object), allow_pickle=True)
np.save(f"{folder}/fields.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]))
np.save(f"{folder}/words.npy", np.array(["one", "two"]))
half = np.array([0, 0x8000, 1, 0x3FF, 0x400, 0x3C00, 0xC000, 0x7BFF, 0x7C00, 0xFC00, 0x7E00], dtype="<u2").view("<f2")
np.savez(f"{folder}/half.npz", half=half, double=half.astype("<f8"))

# zips that lie: fewer elements than the header promises; a name twice; a packing that is neither stored nor deflated
long, short = io.BytesIO(), io.BytesIO()
np.save(long, np.zeros(100))
np.save(short, np.zeros(2))
for name, packing, parts in (
    ("short_member", zipfile.ZIP_STORED, [("x.npy", long.getvalue()[:-160])]),
    ("twice", zipfile.ZIP_STORED, [("x.npy", short.getvalue()), ("x.npy", short.getvalue())]),
    ("bzip2", zipfile.ZIP_BZIP2, [("x.npy", short.getvalue())]),
):
    with warnings.catch_warnings(), zipfile.ZipFile(f"{folder}/{name}.npz", "w", packing) as z:
        warnings.simplefilter("ignore")
        for member, content in parts:
            z.writestr(zipfile.ZipInfo(member), content, packing)

# and one that promises 2 GB in a few bytes: the size stands at 22 in the member's header and at 24 in the directory's
with zipfile.ZipFile(f"{folder}/bomb.npz", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("x.npy"), short.getvalue(), zipfile.ZIP_DEFLATED)
with open(f"{folder}/bomb.npz", "r+b") as f:
    content = bytearray(f.read())
    entry = content.rindex(b"PK\1\2")
    content[22:26] = content[entry + 24 : entry + 28] = struct.pack("<I", 2**31)
    f.seek(0)
    f.write(content)
