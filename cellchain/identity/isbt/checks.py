"""The ISBT 128 check character: ISO/IEC 7064 MOD 37-2, ISBT 128 Standard Technical Specification, appendix A.

The character catches keying errors in a number read by eye. It is one of 37, so it does not prove identity.
"""

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_MODULUS = len(CHARACTERS)
_FLAG_BASE = 60


def check_character(text: str) -> str:
    """The boxed character K printed beside `text` (ISBT 128 Standard Technical Specification, appendix A).

    `text` is the thirteen-character donation number, or the whole content of another structure.
    Raises ValueError unless `text` is made of the digits and the letters A to Z.
    """
    return CHARACTERS[check_value(text)]


def flag(text: str) -> str:
    """The two-digit type 3 flag, 60 to 96, that carries the same check inside a symbol (DS001).

    Raises ValueError as above.
    """
    return str(_FLAG_BASE + check_value(text))


def check_value(text: str) -> int:
    """The place of the check character among the 37, 0 to 36: what DS039 carries as two digits.

    Raises ValueError as above.
    """
    if not text:
        raise ValueError("a check character needs a text")
    total = 0
    for character in text:
        value = CHARACTERS.find(character, 0, 36)
        if value < 0:
            raise ValueError("the digits and the letters A to Z have a check character, nothing else has")
        total = (total + value) * 2 % _MODULUS
    return (38 - total) % _MODULUS
