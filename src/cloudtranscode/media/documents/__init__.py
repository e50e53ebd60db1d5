"""Documents: PDF to pictures and text, office formats to PDF, all of it in the jail."""
