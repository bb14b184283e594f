"""SQS on this disk: standard queues whose messages, receive counts and ids survive the process."""
