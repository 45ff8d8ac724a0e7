"""
Whether a text can be a telephone number people may dial from here.
"""

REGION = "US"
# What is dialled here without being in the library's lists: N11 and crisis codes.
_CODES = frozenset({"211", "311", "411", "511", "611", "711", "811", "911", "988"})
_SHORT_TEXT = range(5, 7)  # digits of a code that texts are sent to
_MARKS = frozenset("0123456789 ().-+/ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def digits(number: str) -> str:
    """
    Return the digits of *number* alone.
    """
    return "".join(each for each in number if each.isascii() and each.isdigit())


def is_phone_number(number: str, *, type: str = "voice") -> bool:
    """
    Say whether *number* can be dialled in the United States: as people print it, or a
    short code such as 988.

    Args:
        number: without an extension, which is kept apart.
        type: HSDS's: a code of five or six digits takes texts alone.
    """
    bare = digits(number)
    if not set(number.upper()) <= _MARKS or not bare:
        return False
    if bare == number.strip().replace("-", ""):
        if bare in _CODES:
            return True
        if len(bare) in _SHORT_TEXT:
            return type == "text"
    import phonenumbers
    from phonenumbers import shortnumberinfo

    try:
        found = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return False
    if found.extension:
        return False
    return phonenumbers.is_valid_number(found) or shortnumberinfo.is_valid_short_number_for_region(
        found, REGION
    )


def dialled(number: str) -> str:
    """
    Return what is dialled for *number*: two ways to print it are the same number.
    """
    import phonenumbers

    try:
        found = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return digits(number)
    if not phonenumbers.is_valid_number(found):
        return digits(number)
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
