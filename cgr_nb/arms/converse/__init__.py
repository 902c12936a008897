"""Arms that answer in a conversation.

turns.py     one reply: code to be run, or the answer
shots.py     conversations about support items, shown before one's own
code_act.py  the arm: text and code, run, observe, go on
"""

from cgr_nb.arms.converse.code_act import CodeAct

__all__ = ["CodeAct"]
