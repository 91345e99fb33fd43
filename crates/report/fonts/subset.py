#!/usr/bin/env python3
"""Makes the fonts of the PDF reports anew.

Needs fonttools (pip install fonttools) and the three fonts as their makers publish them; on Debian:
    apt-get install fonts-dejavu-extra fonts-droid-fallback
Then:
    python3 subset.py [FOLDER WITH TRUETYPE FONTS, default /usr/share/fonts]

DejaVu Sans Condensed keeps Latin, Greek, Cyrillic, punctuation, arrows, mathematical and geometric signs.
Droid Sans Fallback keeps the 6763 characters of GB 2312 and the punctuation of Chinese text; it has no ASCII.
Hinting, kerning and everything else that a page at rest does not need is left out. The same fonts and the same
version of fonttools give the same bytes.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

RANGES = [
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x024F),  # Latin of Europe
    (0x02C6, 0x02DD),  # accents that stand alone
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x0490, 0x0491),
    (0x1E80, 0x1E85),
    (0x1EA0, 0x1EF9),  # Vietnamese
    (0x2010, 0x2027),  # dashes, quotes, dots
    (0x2030, 0x203A),
    (0x2070, 0x209C),  # raised and lowered figures
    (0x20AC, 0x20AC),
    (0x2100, 0x2138),  # letters as signs
    (0x2150, 0x215F),  # fractions
    (0x2190, 0x21D5),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2300, 0x2300),
    (0x2460, 0x2473),  # numbers in circles
    (0x25A0, 0x25FF),  # geometry
    (0x2713, 0x2717),
    (0xFFFD, 0xFFFD),  # what stands for a character that no font has
]


def latin():
    """Characters that DejaVu keeps."""
    return [c for first, last in RANGES for c in range(first, last + 1)]


def chinese():
    """Characters of GB 2312, and the marks of Chinese text."""
    kept = set(range(0x3000, 0x3018)) | set(range(0xFF01, 0xFF5F)) | {0xFFE5}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                kept.add(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    return sorted(kept - set(latin()))


def subset(source, target, characters):
    """Writes the part of `source` that `characters` need."""
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["FFTM", "GPOS", "GSUB", "GDEF", "kern", "gasp", "vhea", "vmtx"]
    font = load_font(str(source), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    save_font(font, str(target), options)
    print(f"{target.name}: {target.stat().st_size} bytes, {len(font.getBestCmap())} characters")


def main():
    """Makes all three."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts")
    here = Path(__file__).parent
    for source, target, characters in [
        ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed.ttf", latin()),
        ("DejaVuSansCondensed-Bold.ttf", "DejaVuSansCondensed-Bold.ttf", latin()),
        ("DroidSansFallbackFull.ttf", "DroidSansFallback-GB2312.ttf", chinese()),
    ]:
        found = sorted(root.rglob(source))
        if not found:
            sys.exit(f"{source} is not in {root}: install the fonts named at the head of this file, or name their folder")
        subset(found[0], here / target, characters)


main()
