"""Words by which utterances conclude, introduce, hedge, join and break off."""

from __future__ import annotations

import re

from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = [
    "ADDS",
    "ALONE",
    "AND_MORE",
    "APPOSED",
    "BREAKS_OFF",
    "BUT_IS",
    "CLEFT",
    "CONCLUDES",
    "CONTRASTED",
    "CUE",
    "ELLIPTIC",
    "ENDS_CLAUSE",
    "EXAMINES",
    "HEAD_CUE",
    "HEDGE",
    "INTRODUCES",
    "IS_NOT",
    "IS_RIGHT",
    "JOINS",
    "LEADS",
    "LEADS_OFF",
    "LINKS",
    "NONE_OF",
    "NOTED",
    "NUMBER",
    "PRONOUN",
    "SO_AMID",
    "SO_WIDE",
    "SO_WORD",
    "SUMS_UP",
    "SUPPOSES",
    "THAN",
    "TITLE",
    "TURN",
    "UNREAD_BEFORE",
    "UNREAD_BEHIND",
    "VERB_BEFORE",
    "WITHDRAWN",
]

CUE = LazyPattern(
    r"\b(?:(?:correct|right|best|true|only|closest|nearest|final|chosen|selected|matching|valid"
    r"|suitable)\s(?:answers?|options?|choices?|statements?|ones?|match|pick|selections?"
    r"|combination)"
    r"|(?:choose|pick|select|tick|mark|take|recommend|go\swith|opt\sfor|vote\sfor|settle\son)"
    r"|the\s(?!remaining|other|rest|first|second|third"
    r"|last|next)(?:(?:\w{3,14}\s){0,2}(?:ones?|things?|items?)|(?!given|available|possible"
    r"|following|answer"
    r"|two|three|four|five)(?:\w{3,14}\s){1,2}(?:options?|choices?"
    r"|statements?))\s(?:\w{1,14}\s){0,8}?(?:is"
    r"|are)|closest|nearest|bottom\sline|to\ssum\sup|summing\sup|in\sshort|that\sleaves|leaving"
    r"|leaves|(?:that|this|which)\s(?:gives|leaves)\s(?:me|us|you)|which\s(?:makes\sit|gives|leaves)"
    r"|the\s(?:main|chief|key|primary|principal|central|most\s\w{3,14})\s(?:effects?|reasons?|causes?"
    r"|purpose|function|result|consequence|benefit|advantage|risk|difference)\s(?:is|are|was|were)"
    r"|we\s(?:can\s)?conclude|to\sconclude|on\sbalance|all\stold|in\sother\swords)\b",
    re.IGNORECASE,
)
HEAD_CUE = LazyPattern(
    r"\A[\s\"'#]{0,4}(?:final\s)?(?:result|conclusion|summary|verdict|takeaway|decision|answers?"
    r"|solution|outcome|correct|right|true)\s?[:—–-]\s",
    re.IGNORECASE,
)
JOINS = LazyPattern(
    r"(?:,|;|\band|&|\bplus|\+|\bas\swell\sas|\bund|\bet|\by"
    r"|\be)\s(?:\w{1,8}\s){0,3}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
ALONE = LazyPattern(
    r"[)\]]?\s(?:alone|only)\s(?:is|works?|holds?|fits?|meets?|satisfies|qualifies|applies|solves)\b",
    re.IGNORECASE,
)
"""Behind the only option that is right."""
APPOSED = LazyPattern(
    r"\b(?:items?|numbers?|points?|statements?|entries|lines?|second|first|third|fourth|fifth|last"
    r"|\d)\b[^.;:]{0,60}?(?:(?:,|\sand|,\sand)?\s(?:corresponding\s(?:to|with)|which\scorrespond\sto"
    r"|matching|i\.e\.,?"
    r"|that\sis,?|namely|which\sare)\s|\s[(])(?:the\s)?(?:options?\s|choices?\s|letters?\s"
    r"|answers?\s)?[(\[]?\Z",
    re.IGNORECASE,
)
"""Before the labels of what was told of by its number."""
BREAKS_OFF = LazyPattern(
    r"\b(?:while|whereas|but|although|though|however|not|than|unlike|or|arguably|possibly|perhaps"
    r"|maybe)\b|n['’]t\b",
    re.IGNORECASE,
)
TURN = LazyPattern(
    r"\b(?:but|however|still|yet|so|nevertheless|nonetheless|though)\b", re.IGNORECASE
)
TITLE = LazyPattern(r"\A[\s\"']{0,3}[^:.!?\n]{3,70}:\s?[(\[\"'“{]{0,2}\Z")
ELLIPTIC = LazyPattern(
    r"\s(?:do|does|did|are|is|were|was|can|will|have|has)(?:n['’]t|\snot)?\s?[.!]?\Z", re.IGNORECASE
)
EXAMINES = LazyPattern(
    r"\b(?:each|options?\sare|choices\sare|analy[sz]\w{1,4}|examin\w{1,3}|evaluat\w{1,4}"
    r"|consider\w{0,3}"
    r"|check\w{0,3}|let['’]?s|look\w{0,3}|go(?:ing)?\sthrough|given|breakdown|rundown|one\sby\sone"
    r"|others?|incorrect|wrong|why|explanation|reason\w{0,3}|compar\w{1,4}|step|question"
    r"|process)\b",
    re.IGNORECASE,
)
INTRODUCES = LazyPattern(r"\b(?:following|these|are|is|include|includes|correct|answers?)\b", re.I)
NUMBER = LazyPattern(r"\d|[=≈×*/^+<>≠·÷]")
SUPPOSES = LazyPattern(r"\s?(?:but\s|and\s|so\s)?(?:if|suppose|assuming|unless)\b", re.IGNORECASE)
WITHDRAWN = LazyPattern(
    r"\b(?:can['’]t\sbe\sright|wait|recompute|recalculate|reconsider|scratch\sthat"
    r"|on\ssecond\sthought"
    r"|let\sme\s(?:check|re\w{2,12}|think|start)|start\sover|i\swas\swrong|disregard)\b",
    re.IGNORECASE,
)
ADDS = LazyPattern(
    r"\b(?:also|too|as\swell|likewise|similarly|furthermore|moreover|in\saddition|additionally"
    r"|besides|on\stop\sof\s(?:that|this)|another|so\sdoes|so\sdo|so\sis|so\sare|equally|both"
    r"|all\sthree)\b",
    re.IGNORECASE,
)
HEDGE = LazyPattern(
    r"\A\W{0,6}(?:(?:most|almost|very|quite|pretty)\s)?(?:probably|likely|certainly|definitely"
    r"|surely"
    r"|clearly|presumably|obviously|sure|yes|okay|ok|well|it['’]s|it\sis|that['’]s"
    r"|my\s(?:best\s)?guess(?:\swould\sbe"
    r"|\sis)?|i['’]d\ssay|i\s(?:think|believe|guess|suppose))[\s,:!]{1,3}(?:(?:it['’]s|it\sis"
    r"|that['’]s|it\smust\sbe)\s)?"
    r"(?:option\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
ENDS_CLAUSE = LazyPattern(r"[)\]\"'”}]{0,2}\s?(?:[.,;:!–—(-]|\Z|(?:because|since|as|due)\b)")
PRONOUN = LazyPattern(
    r"\W{0,4}(?:(?:so\s)?(?:that|this)(?:\sone)?|it|he|she|they|these|those|that\sstatement"
    r"|this\soption)"
    r"(?:['’]s|['’]re|\s(?:is|are|must\sbe|would\sbe))\s(?:clearly\s|indeed\s|therefore\s|thus\s"
    r"|then\s)?(?:the\s|our\s|my\s)?"
    r"(?:\w{3,10}\s)?(?:correct|right|true|answer|ones?|match|best|winner|pick"
    r"|choice)\b(?![^.!?\n]{0,40}\b(?:if|but)\b)",
    re.IGNORECASE,
)
UNREAD_BEHIND = LazyPattern(
    r"[)\]\"'”}]{0,2}\s?,?\sand\s(?:the|an?|your|some)\s\w{3,16}(?:\s\w{2,16}){0,3}\s?[.!]?\s?\Z"
)
UNREAD_BEFORE = LazyPattern(
    r"(?P<first>[^,;:]{0,400})(?:,|\sand|\s&)\s(?:the\s|an?\s|your\s|some\s)?[(\[\"'“]{0,2}\Z"
)
LEADS_OFF = LazyPattern(
    r"\A\W{0,4}(?:(?:so|thus|hence|therefore|and|but|now|well)[,:]?\s)?(?:so|thus|hence|therefore"
    r"|in|for|of"
    r"|among|from|with|since|as|because|when|while|if|by|on|at|after|given|out|under|to|unlike"
    r"|finally|overall"
    r"|all|here|historically|conclusion|answer|summary|result|also|not|both|there|then|still"
    r"|however|again)\b",
    re.IGNORECASE,
)
SO_WORD = LazyPattern(r"\A\W{0,4}(?:so|thus|hence|therefore|and|but)[,:]?\s", re.IGNORECASE)
LINKS = LazyPattern(
    r"(?:\b(?:is|are|was|were|include|includes|including|involves?|comprises?|requires?|needs?"
    r"|means?"
    r"|namely|as|contains?|uses?|by|of|with|to|for|both)|:)\s(?:(?:the|an?|both|either"
    r"|your)\s){0,2}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
SUMS_UP = LazyPattern(
    r"\A\W{0,4}(?:(?:to|in)\s(?:conclude|conclusion|summary|sum\sup|summarize|summarise|short|total)"
    r"|overall|finally|altogether|all\sin\sall|taken\stogether|so|thus|hence|therefore|consequently)\b,?\s",
    re.IGNORECASE,
)
"""The first words of a sentence that sums up."""
SO_AMID = LazyPattern(
    r"[,;:—–]\s(?:and\s)?(?:so(?!\s(?:that|is|are|does|do|did|was|has|can|much)\b)|thus|hence"
    r"|therefore|which\smeans|meaning|this\smeans|leaving"
    r"|which\sleaves|donc|quindi)\b",
    re.IGNORECASE,
)
NONE_OF = LazyPattern(r"\bnone\sof\s(?:the|these|those|them)\b", re.IGNORECASE)
CONTRASTED = LazyPattern(r"\b(?:but|and)\snot\s(?:\w{2,12}\s){1,3}", re.IGNORECASE)
AND_MORE = LazyPattern(
    r"[)\]\"'”}]{0,2}\s(?:and|or|&)\s(?:the\s|an?\s)?(?!(?:also|thus|then|hence|therefore|have"
    r"|they|that"
    r"|this|these|with|only|more|most|will|does|were|there|because|since|would|thereby|causes?"
    r"|makes?|gives?"
    r"|leads?|helps?|shows?|uses?|when|while|where|which|what|like|take|begins?|becomes?"
    r"|produces?|needs?"
    r"|contains?|carries|acts?|works?|occurs?|increases?|decreases?|remains?|nothing|others?"
    r"|neither|definitely"
    r"|converts?|turns?|releases?|provides?|allows?|protects?|prevents?|depends?|lies|stands"
    r"|\w{2,14}ed|\w{2,14}ly|not)\b)"
    r"[a-z]{4,30}",
    re.IGNORECASE,
)
THAN = LazyPattern(r"\bthan\s", re.IGNORECASE)
SO_WIDE = LazyPattern(
    "因此|所以|因而|综上|綜上|故|答案|よって|したがって|ゆえに|答え|正解|따라서|그러므로|정답"
)
CONCLUDES = LazyPattern(
    r"\W{0,4}(?:so|thus|hence|therefore|consequently|finally|in\sconclusion"
    r"|(?:the\s)?final\sanswer)\b"
    r"(?!\s(?:i\shope|let\sme\sknow|feel\sfree))",
    re.IGNORECASE,
)
IS_NOT = LazyPattern(
    r"[)\]]?\s?,?\s(?:is|are|was|were|does|do|did|can|could|will|would)(?:n['’]t\b|\snot\b)",
    re.IGNORECASE,
)
"""Behind labels that are but the subject of a denial: "i.e. options B and C, are not ..."."""
IS_RIGHT = LazyPattern(
    r"[)\]\"'”}]{0,2}\s(?:is|are)\s(?:also\s|indeed\s)?(?:correct|right|true|valid)\b",
    re.IGNORECASE,
)
LEADS = LazyPattern(
    r"(?:\b(?:so|thus|hence|therefore|only|just|answer|is|be|with|choose|pick|select|leaves"
    r"|leaving|and"
    r"|option)|[,:→⇒—–-])\s?(?:the\s|both\s)?\Z|\A\W{0,6}\Z",
    re.IGNORECASE,
)
CLEFT = LazyPattern(
    r"\A\W{0,4}(?:(?:so|thus|but|and)\s)?(?:what|the\sones?)\s[^,;:?]{3,90}\b(?:is|are|was|were)\s"
    r"(?:the\s|an?\s|both\s|only\s|just\s){0,2}[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
BUT_IS = LazyPattern(
    r",?\s(?:but|rather)\s(?:rather\s|instead\s)?(?:it['’]s\s|it\sis\s)?(?:the\s|an?\s)?\Z",
    re.IGNORECASE,
)
VERB_BEFORE = LazyPattern(
    r"\w\s(?!(?:in|between|from|than|like|unlike|without|versus|on|at|under|over|into|about|if"
    r"|whether"
    r"|when|while|because|since|and|or|but|so|not|no|only|all|some|the|an?)\s)[a-z]{3,14}\s"
    r"(?:(?:the|an?|both|your)\s){0,2}[(\[\"'“]{0,2}\Z"
)
NOTED = LazyPattern(r"[\s\"'“(\[*✓✔✅☑•-]{0,6}(?:\d{1,2}[.)]\s)?[^\w\s]{0,3}\s?\Z")
