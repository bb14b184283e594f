"""``GET /assets/{file}`` on ``vi``: the files of the viewer, for everybody."""
