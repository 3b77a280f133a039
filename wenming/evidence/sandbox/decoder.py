"""Inside the child: from a stranger's bytes to a picture of our own making and a few plain values.

Runs in a process that owns two open files and may open no third (nursery.py). Imports only Pillow and constants.
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms

from wenming.evidence.rules import limits

Transpose = Image.Transpose
Bicubic = Image.Resampling.BICUBIC
# rules/fingerprints.py and rules/sketches.py, not imported: NumPy would triple the size of every child.
GREY_SIDE = 32
SKETCH_EDGE = 256

# EXIF orientation → what turns the picture upright.
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")

# Pillow's own guard only warns up to twice its limit; ours refuses, and says how large the picture is.
Image.MAX_IMAGE_PIXELS = None


class PixelFloodError(Exception):
    """The header promises more pixels than are decoded; args: width and height."""


def answer_for(photo: BinaryIO, pillow_format: str) -> bytes:
    """The whole answer to the parent: developed, or the short reason why not. Never raises."""
    try:
        return developed(photo, pillow_format)
    except PixelFloodError as flood:
        width, height = flood.args
        return framed({"refused": "too-many-pixels", "width_px": width, "height_px": height})
    except MemoryError:
        return framed({"refused": "too-heavy"})
    except Exception:  # whatever a decoder says about hostile bytes, it comes to this
        return framed({"refused": "cannot-open"})


def developed(photo: BinaryIO, pillow_format: str) -> bytes:
    """Public copy, thumbnail, grey values to tell the picture by, and the camera's claims, framed for the pipe."""
    image = _opened(photo, pillow_format)
    width, height = image.size
    exif = _exif_of(image)
    public = _upright(_plain(_shrunk(image, limits.PUBLIC_LONG_EDGE_PX)), exif)
    thumb = _quick_thumb(public)
    facts = {
        "width_px": width,
        "height_px": height,
        "taken_at": _claim(lambda: _taken_at(exif)),
        "place": _claim(lambda: _place(exif)),
    }
    grey = thumb.convert("L")
    small = grey.resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX).tobytes()
    # Always of one size: a picture that was made smaller must give the same sketch.
    likeness = grey.resize(sized(*grey.size, SKETCH_EDGE), Bicubic)
    pictures = [_jpeg(public, limits.PUBLIC_QUALITY), _jpeg(thumb, limits.THUMB_QUALITY)]
    sizes = {"public_px": public.size, "thumb_px": thumb.size, "likeness_px": likeness.size}
    return framed({**facts, **sizes}, *pictures, small, likeness.tobytes())


def framed(facts: dict[str, Any], *parts: bytes) -> bytes:
    """Length, JSON, then the parts, whose lengths the JSON tells."""
    head = json.dumps({**facts, "parts": [len(part) for part in parts]}).encode()
    return b"".join([struct.pack(">I", len(head)), head, *parts])


def fitted(width: int, height: int, long_edge: int) -> tuple[int, int]:
    """The size with the same shape whose longer edge is at most long_edge; never larger than it was."""
    return (width, height) if max(width, height) <= long_edge else sized(width, height, long_edge)


def sized(width: int, height: int, long_edge: int) -> tuple[int, int]:
    """The size with the same shape whose longer edge is long_edge."""
    scale = long_edge / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _opened(photo: BinaryIO, pillow_format: str) -> Image.Image:
    """The picture with its header read and not one pixel decoded. Raises PixelFloodError."""
    if pillow_format == "WEBP":
        _refuse_flood(*_webp_size(photo))  # Pillow makes room for all pixels of a WebP while opening it
    image = Image.open(photo, formats=[pillow_format])
    _refuse_flood(*image.size)
    return image


def _refuse_flood(width: int, height: int) -> None:
    if width * height > limits.MAX_PIXELS:
        raise PixelFloodError(width, height)


def _webp_size(photo: BinaryIO) -> tuple[int, int]:
    """Canvas size from the first chunk: extended, lossless or lossy (RFC 9649)."""
    head = photo.read(30)
    photo.seek(0)
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def _shrunk(image: Image.Image, long_edge: int) -> Image.Image:
    size = fitted(*image.size, long_edge)
    # JPEG can be decoded at a half, a quarter or an eighth: a 48-megapixel photo then never exists in full.
    image.draft("RGB", size)
    if image.mode not in ("RGB", "RGBA", "L", "LA", "CMYK"):  # palettes and deep greys cannot be averaged as they are
        image = image.convert("RGBA" if image.mode in ("P", "PA") else "RGB")
    return image.resize(size, Bicubic, reducing_gap=2.0) if image.size != size else image


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, as sRGB on white: no comment, profile or text chunk is left that saving could pick up."""
    plain = _in_srgb(image)
    if image.mode in ("RGBA", "LA", "PA"):
        canvas = Image.new("RGB", image.size, "white")
        canvas.paste(plain, mask=image.getchannel("A"))
        plain = canvas
    plain.info.clear()
    return plain


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours as the sender saw them: phones write Display P3, and dropping the profile alone would dull them."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK") and b"sRGB" not in profile:
        try:
            converted = ImageCms.profileToProfile(image, io.BytesIO(profile), _SRGB, outputMode="RGB")
            return converted or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile spoils the colours, not the evidence
    return image if image.mode == "RGB" else image.convert("RGB")


def _upright(image: Image.Image, exif: Image.Exif) -> Image.Image:
    turn = _UPRIGHT.get(_claim(lambda: exif.get(ExifTags.Base.Orientation)))
    return image.transpose(turn) if turn is not None else image


def _quick_thumb(image: Image.Image) -> Image.Image:
    """At most 320 px: whole-number averaging to the next size above, then the last step. A sixth of the plain way."""
    size = fitted(*image.size, limits.THUMB_LONG_EDGE_PX)
    factor = max(1, max(image.size) // max(size))
    return image.reduce(factor).resize(size, Bicubic)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _exif_of(image: Image.Image) -> Image.Exif:
    return _claim(image.getexif) or Image.Exif()


def _claim(read: Callable[[], Any]) -> Any:
    """A camera's claim, or None: broken metadata is no reason to refuse a photo."""
    try:
        return read()
    except MemoryError:
        raise
    except Exception:
        return None


def _taken_at(exif: Image.Exif) -> str | None:
    """ISO 8601, with an offset only if the camera wrote one."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    moment = datetime.strptime(details[ExifTags.Base.DateTimeOriginal].strip("\0 "), "%Y:%m:%d %H:%M:%S")
    offset = _claim(lambda: datetime.strptime(details[ExifTags.Base.OffsetTimeOriginal].strip("\0 "), "%z").tzinfo)
    return moment.replace(tzinfo=offset).isoformat()


def _place(exif: Image.Exif) -> tuple[float, float] | None:
    """Longitude and latitude in degrees, None for 0, 0, which phones write before the first fix."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] == "W")
    lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] == "S")
    usable = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90 and (lon or lat)
    return (lon, lat) if usable else None


def _degrees(parts: Any, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if negative else value
