"""Jobs: work behind a queue with a ceiling. Each is asked for once, and one worker does it."""
