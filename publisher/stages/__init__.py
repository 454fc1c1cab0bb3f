"""Each stage's load, decide, save; `publisher.pipeline` is the contents page that names them in order.

What is decided is decided in the pure modules (assemble.py, draft/, render/, approve.py, deliver/). What is loaded and
saved goes through the ports of one act, whose content was read once.
"""
