"""Pages for whoever sits at this machine: `pressroom preview` and `pressroom sink`.

previewer.py      issues and pieces as they are now, and the last good rendering of each
watching.py       notices that a file was saved
preview_app.py    the pages of `pressroom preview`
mailbox.py        the mail that came, as much of it as is kept
caught.py         takes one mail apart, in a process of its own
sink_app.py       the pages of `pressroom sink`
pages.py          the frame of both, and their headers
guard.py          who may ask: nobody but this machine's own browser
changes.py        tells open pages that there is something new
serving.py        a server until Ctrl-C

Everything here only shows: no page changes anything, and GET is the only method.
"""
