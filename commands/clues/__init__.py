"""
What gives a client or victim away: the patterns the screen looks for, one file a theme.

They read folded text: no case, no accents, single spaces. Every repetition in them is bounded,
so reading stays linear in the length of the text.
"""
