"""How public places are numbered, and the short code on their plates. Pure."""

from __future__ import annotations

import re

# No I, L, O, U: what is read aloud or copied by hand must come back the same (Crockford's alphabet).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LETTERS = 7
CODE_BYTES = 5
PLACE_LETTER = "P"
GRID_LETTER = "G"
SERIAL_DIGITS = 6
MOST_LETTERS = 24
# In the order of the policy (2.1); the order is the first two digits of a number, so it never changes.
KINDS_IN_ORDER = (
    "road", "intersection", "lane", "park", "square", "stadium", "cinema", "campus", "shopping_street", "mall", "market",
    "station", "transport", "hotel", "entertainment", "site",
)  # fmt: skip
_OWN_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,23}")
_GRID_DIGITS = re.compile(r"[0-9]{15}")


def number_beginning(kind: str) -> str:
    """`11-`: what the numbers that we give to places of a kind begin with. Raises ValueError for no kind."""
    return f"{KINDS_IN_ORDER.index(kind) + 1:02d}-"


def place_number(kind: str, serial: int) -> str:
    """`11-000023`: the twenty-third market."""
    return f"{number_beginning(kind)}{serial:0{SERIAL_DIGITS}d}"


def serial_of(number: str) -> int:
    """The serial of a number that we gave; 0 for one that a city had before."""
    digits = number[3:]
    return int(digits) if re.fullmatch(r"\d\d-\d{6}", number) else 0


def is_number(text: str) -> bool:
    """Whether a city's own number can be kept: letters, digits, point, dash and underline, 24 at most."""
    return bool(_OWN_NUMBER.fullmatch(text))


def short_code(random: bytes) -> str:
    """`P7QF3MXD`: 35 random bits, so that codes cannot be counted through. random: CODE_BYTES cryptographic bytes."""
    bits = int.from_bytes(random[:CODE_BYTES], "big")
    return PLACE_LETTER + "".join(ALPHABET[(bits >> 5 * n) & 31] for n in range(CODE_LETTERS))


def grid_plate_code(grid_code: str) -> str:
    """`G442000001001001`: a grid's own fifteen digits behind their letter. Grids are no secret, so nothing is random."""
    return GRID_LETTER + grid_code


def tidy_code(typed: str) -> str:
    """A code as somebody typed it from the plate: small letters, O for 0, I and L for 1, a grid's missing letter are forgiven."""
    text = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in typed).strip().upper().replace("-", "").replace(" ", "")
    code = text[:1] + text[1:].translate(str.maketrans("OILU", "011V"))
    # A grid's plate shows its fifteen digits to people; the letter stands only in the square code.
    return grid_plate_code(code) if _GRID_DIGITS.fullmatch(code) else code
