"""The kit of all pages: HTML as values, layout, components, style sheet, language."""
