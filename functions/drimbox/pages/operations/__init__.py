"""The pages of the operators: queue, publication, activity, sign-in."""
