"""The CDK application. ``python app.py`` and ``cdk synth`` write the same templates, offline."""

import infra.node  # noqa: F401  # before aws_cdk: gives it the pinned Node.js
from infra.application import main

main()
