"""Images of an editor -> the files that pages and mail show: their headers, their parts, drawings, the conversion. Pure."""
