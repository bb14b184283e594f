"""One construct per Lambda function: what it may do, and with which settings."""
