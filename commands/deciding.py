"""
Saying no to what somebody asks for: why, which they read.
"""

from commands.forms import FieldError, Submission, TextField

REASON = "reason"


def reason_field(hint: str) -> TextField:
    """
    Args:
        hint: who reads it.
    """
    return TextField(name=REASON, label="Why", hint=hint, free=True, lines=True, longest=500)


def reason_of(submission: Submission, *, reader: str) -> str:
    """
    Args:
        reader: who reads it, as in "its sender reads it".
    Raises:
        FieldError: if nothing was typed.
    """
    reason = submission.text(REASON)
    if not reason:
        raise FieldError({REASON: f"Please say why: {reader}."})
    return reason
