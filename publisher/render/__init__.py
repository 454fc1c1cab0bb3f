"""Issue -> the mail's two bodies and the web page; letters; pre-flight checks; the site."""
