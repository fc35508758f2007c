"""Writes the header with the table of CRC-32 (IEEE 802.3), one entry for each byte."""

import pathlib
import sys

POLYNOMIAL = 0xEDB88320


def entry(byte: int) -> int:
    """What a byte does to the checksum."""
    for _ in range(8):
        byte = (byte >> 1) ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


rows = [", ".join(f"0x{entry(byte):08x}u" for byte in range(start, start + 8)) for start in range(0, 256, 8)]
text = "static const uint32_t crc_table[256] = {\n    " + ",\n    ".join(rows) + ",\n};\n"
header = pathlib.Path(sys.argv[1])
header.parent.mkdir(parents=True, exist_ok=True)
header.write_text(text)
