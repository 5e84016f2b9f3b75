#!/usr/bin/env python3
"""Small PNG files of every kind, for t_png.c, written from the specification with zlib alone: python3 png_files.py ../data/io

All are 4 rows by 5 columns. Sample c of pixel (i,j) is (7i + 3j + 5c) * step mod 2^bits, step 2731 for 16 bits and 1 otherwise; a palette's
colour k is (37k, 101k, 11k) mod 256 and pixel (i,j) has the colour (7i + 3j) mod 2^bits.
"""
import struct
import sys
import zlib

folder = sys.argv[1] if len(sys.argv) > 1 else "."
ROWS, COLUMNS = 4, 5
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type: samples of a pixel


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def sample(i, j, c, bits):
    return (7 * i + 3 * j + 5 * c) * (2731 if bits == 16 else 1) % 2**bits


def scan(colour, bits, rows, columns):
    """The bytes of the rows, each behind its filter (none)."""
    out = b""
    for i in rows:
        number, width = 0, 0
        for j in columns:
            for c in range(SAMPLES[colour]):
                number = number << bits | sample(i, j, c, bits)
                width += bits
        fill = -width % 8
        out += b"\0" + (number << fill).to_bytes((width + fill) // 8, "big")
    return out


def png(colour, bits, palette=None, transparent=None, interlaced=False):
    if interlaced:  # Adam7: first row, row step, first column, column step
        passes = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]
    else:
        passes = [(0, 1, 0, 1)]
    raw = b""
    for i0, di, j0, dj in passes:
        rows, columns = range(i0, ROWS, di), range(j0, COLUMNS, dj)
        if len(rows) and len(columns):
            raw += scan(colour, bits, rows, columns)
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", COLUMNS, ROWS, bits, colour, 0, 0, int(interlaced)))
    if palette:
        out += chunk(b"PLTE", bytes(v * k % 256 for k in range(palette) for v in (37, 101, 11)))
    if transparent is not None:
        out += chunk(b"tRNS", transparent)
    return out + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def write(name, *args, **more):
    with open(f"{folder}/{name}.png", "wb") as f:
        f.write(png(*args, **more))


for bits in (1, 2, 4, 8, 16):
    write(f"grey{bits}", 0, bits)
for bits in (1, 2, 4, 8):
    write(f"palette{bits}", 3, bits, palette=2**bits if bits < 8 else 40)
for bits in (8, 16):
    write(f"rgb{bits}", 2, bits)
    write(f"grey_alpha{bits}", 4, bits)
    write(f"rgba{bits}", 6, bits)
write("rgb8_interlaced", 2, 8, interlaced=True)
write("palette4_transparent", 3, 4, palette=16, transparent=bytes([0, 128]))
write("grey16_transparent", 0, 16, transparent=b"\0\7")
write("palette_too_short", 3, 4, palette=3)
