// Opens the print dialogue of an entry's page that was opened to be printed.
window.addEventListener("load", () => window.print());
