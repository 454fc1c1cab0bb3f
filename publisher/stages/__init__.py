"""Each stage's load, decide, save; `publisher.pipeline` is the contents page that names them in order.

The pure modules decide (assemble.py, draft/, render/, approve.py, deliver/). Loading and saving go through the ports of
one act, which reads content once.
"""
