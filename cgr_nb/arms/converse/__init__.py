"""Arms that answer in a conversation.

diagram.py   the solver proposes, criticises and sums up in turn
"""
