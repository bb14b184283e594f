"""The CDK application, the local runtime, and what operates them."""
