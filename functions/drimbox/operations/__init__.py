"""What an operator sees and does: every verb has its permission and leaves its audit record."""
