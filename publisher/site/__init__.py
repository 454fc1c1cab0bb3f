"""The public site as parts that know what they are made from: every page, the feeds, the sitemap. Pure.

The same input gives the same bytes, so a part whose `made_from` is the same need not be made again.

Links between pages are relative, and lead to folders: a server answers with the index.html in them.

parts.py     every part of the site, in order     frame.py     what is around every page
pages.py     how a page is made                   feed.py      Atom, JSON Feed and the sitemap, as bytes
home.py      the first page                       issues.py    issues, their archive, their feed
paths.py     learning paths and their steps       texts.py     other pages, and old addresses
excerpts.py  what pages show of issues elsewhere
lists.py     parts of issues by section, topic, author
around.py    sitemap, stylesheet, missing page
"""

from publisher.site.frame import navigation
from publisher.site.parts import site_files, site_parts

__all__ = ["navigation", "site_files", "site_parts"]
