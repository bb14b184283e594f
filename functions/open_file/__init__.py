"""``POST reading/{page}/file`` on ``vi``: a file of manifests, given while the DMP is away."""
