"""
Surveys of agencies: what is asked, what each of them said, and what becomes of it.
"""
