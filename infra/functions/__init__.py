"""One construct per Lambda function: its rights and its settings."""
