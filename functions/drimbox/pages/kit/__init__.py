"""What every page is made of: HTML as values, layout, components, style sheet, language."""
