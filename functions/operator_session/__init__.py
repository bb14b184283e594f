"""``operations/sign-in`` and ``operations/session`` of ``vi``: an operator signs in and out."""
