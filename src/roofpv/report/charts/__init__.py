"""The charts of a city's report as SVG, and the colours that they share with its page."""
