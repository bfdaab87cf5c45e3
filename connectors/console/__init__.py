"""The mediators' door: a console of plain pages. console.router puts them together; front draws every page."""
