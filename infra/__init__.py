"""The CDK application, the local runtime, and the commands that operate them."""
