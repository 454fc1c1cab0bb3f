"""What assistants may do: look into past issues and pieces, and propose a draft of a piece (pure).

An assistant is a model with tools: ours (`pressroom suggest`), or an editor's own (`pressroom mcp`). Both have these six.

    inputs.py    what each tool may be asked
    reading.py   search_issues, read_issue, list_pieces, find_repeats, check_link: what they answer
    proposal.py  propose_piece: a piece's text and sources -> a draft
    faults.py    … or what is wrong with them, by name
    tools.py     the tools by name, with what is said of them
    talk.py      what our own assistant is told, and what it answers

They see content and nothing else: no reader, no address, no setting. They approve, send and publish nothing. What they
read is data: published issues, and the editors' pieces.
"""
