"""A program of its own: reads a HEIC photo on standard input and writes a line of JSON and a JPEG (or PNG) to standard output.

The decoder for these is young, and a file that is made to break it kills the process that reads it. So that process is
this one, with little memory and little time, and never the web server's. It imports nothing of ours.
"""

from __future__ import annotations

import io
import json
import sys

MEMORY_MAX, SECONDS_MAX = 1_500_000_000, 30
_GPS = 0x8825


def main() -> int:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # not on every system; the time limit of our parent still holds
        pass
    import pi_heif
    from PIL import Image

    pi_heif.register_heif_opener(thumbnails=False)
    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["HEIF"]) as image:
        exif = Image.Exif()
        try:
            exif.load(image.info.get("exif") or b"")
            gps = bool(exif.get_ifd(_GPS))
        except Exception:  # broken tags are common and no reason to refuse a good picture
            gps = False
        profile = image.info.get("icc_profile")
        image.load()
        plain = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGB")
        plain.info.clear()
        out, kept = io.BytesIO(), {"icc_profile": profile} if profile else {}
        if plain.mode == "RGBA":
            plain.save(out, "PNG", **kept)
        else:
            plain.save(out, "JPEG", quality=95, subsampling=0, **kept)
    sys.stdout.buffer.write(json.dumps({"gps": gps}).encode() + b"\n" + out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
