"""The only code that speaks to AWS: the library's ports, and the border of every handler."""
