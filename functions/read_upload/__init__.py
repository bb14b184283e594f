"""Consumer of the uploads: those whose sender did not come back."""
