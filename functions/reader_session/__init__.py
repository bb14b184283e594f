"""``reading/sign-in`` and ``reading/session`` of ``vi``: a professional signs in and out."""
