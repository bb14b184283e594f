"""Every text that a person reads, in French and in English; the labels of a page stand with it."""
