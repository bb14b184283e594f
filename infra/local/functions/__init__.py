"""Functions in processes of their own, driven through the Lambda Runtime API."""
