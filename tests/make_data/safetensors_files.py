#!/usr/bin/env python3
"""A safetensors file of every element type, for t_safetensors.c, from the format's description: python3 safetensors_files.py ../data/io

Tensor i of type T holds 0, 1, 2, 3, 4, 5 as (2,3); negative where it can be. The data stand in another order than the header's.
"""
import json
import struct
import sys

import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else "."
TYPES = dict(F64="f8", F32="f4", F16="f2", I64="i8", I32="i4", I16="i2", I8="i1", U64="u8", U32="u4", U16="u2", U8="u1", BOOL="?", C64="c8")
header, bodies, place = {"__metadata__": {"format": "pt"}}, [], 0
content = {}
for name, kind in TYPES.items():
    i = np.arange(6).reshape(2, 3)
    i = i % 2 if kind == "?" else -i if kind[0] in "fic" else i
    content[name] = i.astype("<" + kind).tobytes()
# bfloat16: the upper half of a float; these are exact
content["BF16"] = (-np.arange(6, dtype="<f4")).view("<u4").__rshift__(16).astype("<u2").tobytes()
offsets = {}
for name in reversed(list(content)):
    offsets[name] = [place, place + len(content[name])]
    bodies.append(content[name])
    place += len(content[name])
for name in content:
    header[name.lower()] = {"dtype": name, "shape": [2, 3], "data_offsets": offsets[name]}
header["empty"] = {"dtype": "F32", "shape": [0, 3], "data_offsets": [place, place]}
header["scalar"] = {"dtype": "I32", "shape": [], "data_offsets": [place, place + 4]}
bodies.append(struct.pack("<i", -7))
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(f"{folder}/types.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + b"".join(bodies))
