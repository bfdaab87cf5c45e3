"""Files for people who translate or collect utterances elsewhere: XLIFF 2, gettext PO and CSV, out and back in."""
