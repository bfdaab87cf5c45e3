"""The web door: the API, the widget and its pages."""
