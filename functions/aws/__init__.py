"""The only code that speaks to AWS: the library's ports, and the border of every handler.

Nested calls take the interpreter's stack in pieces of 16 KiB. Where imports nest to the end of a
piece, each call at the bottom takes another piece from the system and gives it back: boto3 under
the imports of a handler did so thousands of times. So its parts are loaded from here, which a
handler imports first, and those that nest deepest come before those that need them (decision 0047).
"""

from importlib import import_module

for _library in (
    *("email.message", "importlib.metadata", "urllib3"),
    *("botocore.compat", "botocore.utils", "botocore.docs", "s3transfer", "boto3"),
):
    import_module(_library)
