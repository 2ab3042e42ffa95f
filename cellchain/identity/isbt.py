"""The ISBT 128 check character. Off unless licensed: nothing calls this before an administrator has stated the
facility's registration.

Only the public ISO/IEC 7064 MOD 37-2 algorithm is here (domain.md 1.3); the data structures come with the licensed
scheme. The character catches keying errors in a number read by eye. It does not prove identity.
"""

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_MODULUS = len(_CHARACTERS)
_FLAG_BASE = 60


def check_character(text: str) -> str:
    """The boxed character printed beside `text`.

    `text` is the thirteen-character donation number, or the whole content of another structure.
    Raises ValueError unless `text` is made of the digits and the letters A to Z.
    """
    return _CHARACTERS[_check_value(text)]


def flag(text: str) -> str:
    """The two-digit type 3 flag, 60 to 96, that carries the same check inside a symbol. Raises ValueError as above."""
    return str(_FLAG_BASE + _check_value(text))


def _check_value(text: str) -> int:
    if not text:
        raise ValueError("a check character needs a text")
    total = 0
    for character in text:
        value = _CHARACTERS.find(character, 0, 36)
        if value < 0:
            raise ValueError("the digits and the letters A to Z have a check character, nothing else has")
        total = (total + value) * 2 % _MODULUS
    return (38 - total) % _MODULUS
