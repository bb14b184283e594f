"""``POST operations/archives`` of ``in``: the manifests of a month as XDM archives."""
