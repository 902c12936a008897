"""What columns are usually called: names compared without regard to case and separators.

Every tuple is in order of preference: where a file has two of them, the earlier one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "CONFIG",
    "CONTEXT",
    "CORRECT_TEXT",
    "DISTRACTORS",
    "DISTRACTOR_PREFIXES",
    "FLAGS",
    "GOLD",
    "ID",
    "LABELS",
    "LEAKS",
    "OPTIONS",
    "OPTION_PREFIXES",
    "QUESTION",
    "SENTENCE_PREFIXES",
    "bare",
    "by_bare_name",
    "counts_from",
]

QUESTION = (
    *("question", "questionstem", "stem", "questiontext", "qtext", "problem", "query", "goal"),
    *("startphrase", "ctx", "input", "inputs", "prompt", "instruction", "messages"),
    *("conversations", "problemstatement", "questionbody", "questiontitle", "qtitle", "q", "ques"),
    *("enunciado", "frage", "fragestellung", "pregunta", "pergunta", "domanda", "vraag"),
    *("fråga", "вопрос", "问题", "题目", "문제", "질문", "問題", "質問", "السؤال"),
    *("sentence", "statement", "premise", "text", "body"),
)
CONTEXT = (
    *("context", "contexts", "passage", "florespassage", "article", "support"),
    *("story", "paragraph", "para", "background", "document", "dialogue", "dialog", "dialogs"),
    *("conversation", "scenario", "vignette", "passagetext", "contexttext", "readingpassage"),
    *("abstract", "excerpt", "essay", "sharedcontext", "commonparagraph", "storytext", "case"),
    *("precontext", "table", "premise", "facts", "situation", "code", "snippet"),
    *(
        "sentence",
        "text",
        "文章",
        "材料",
        "지문",
        "本文",
        "kontext",
        "contexto",
        "contesto",
        "texte",
    ),
)
OPTIONS = (
    *("options", "choices", "answerchoices", "answeroptions", "endings", "choice", "candidates"),
    *("alternatives", "possibleanswers", "possiblechoices", "optionlist", "optionslist", "opts"),
    *("choicelist", "option", "multiplechoicetargets", "mc1targets", "targetscores", "selections"),
    *("responses", "multiplechoices", "mcoptions", "mcqoptions", "candidateanswers", "solutions"),
    *("choicestext", "optionstext", "opciones", "alternativas", "antworten", "opzioni", "opcoes"),
    *(
        "antwortmöglichkeiten",
        "选项",
        "선택지",
        "보기",
        "選択肢",
        "варианты",
        "mc2targets",
        "answers",
    ),
)
LABELS = (
    *("optionids", "optionlabels", "choicelabels", "choiceslabel", "optionslabel", "labels"),
    *("optionkeys", "choiceids", "optionletters", "choiceletters"),
)
FLAGS = (
    "labels",
    "multiplechoicescores",
    "scores",
    "iscorrect",
    "flags",
    "correctflags",
    "correct",
)
GOLD = (
    *("gold", "answer", "answerkey", "answerletter", "correctanswer", "correct", "answeridx"),
    *("answerindex", "answernumber", "goldindex", "goldnumber", "goldlabel", "goldanswer"),
    *(
        "correctoption",
        "correctchoice",
        "correctletter",
        "correctlabel",
        "correctkey",
        "rightanswer",
    ),
    *("rightoption", "rightchoice", "correctindex", "correctidx", "correctoptionindex"),
    *("correctanswerindex", "correctanswernum", "correctansweridx", "correctanswerid"),
    *("correctanswernumber", "correctanswerletter", "correctanswerkey", "correctoptionid"),
    *("correctoptionnumber", "correctoptionletter", "correctchoiceindex", "correctanswers"),
    *("correctresponse", "correctid", "answerid", "answernum", "answeroption", "answertext"),
    *("bestanswer", "trueanswer", "groundtruth", "groundtruthanswer", "gt", "gtanswer", "truth"),
    *("expectedanswer", "expected", "ideal", "reference", "key", "ans", "cop", "ra"),
    *("answerrightending", "finaldecision", "finalanswer", "label", "target", "targets", "answers"),
    *("solution", "output", "outputs", "completion", "response", "y", "class"),
    *("antwort", "lösung", "richtigeantwort", "richtig", "respuesta", "respuestacorrecta"),
    *("correcta", "resposta", "respostacorreta", "gabarito", "rispostacorretta", "bonneréponse"),
    *("réponse", "答案", "正确答案", "정답", "正解", "答え", "ответ", "правильныйответ", "الإجابة"),
)
CORRECT_TEXT = (
    *("correctanswer", "bestanswer", "rightanswer", "trueanswer", "correctoption", "correctchoice"),
    *("correctresponse", "correct", "answer", "gold", "goldanswer", "target", "answertext", "key"),
    *("correctanswertext", "truth", "groundtruth", "solution"),
)
DISTRACTORS = (
    *("distractors", "incorrectanswers", "wronganswers", "incorrectoptions", "wrongoptions"),
    *("falseanswers", "incorrectchoices", "wrongchoices", "incorrect", "wrong", "foils"),
    *("negatives", "incorrectresponses"),
)
DISTRACTOR_PREFIXES = (
    *("distractor", "distractors", "incorrectanswer", "incorrectanswers", "incorrectoption"),
    *("incorrectchoice", "incorrect", "wronganswer", "wronganswers", "wrongoption", "wrongchoice"),
    *("wrong", "falseanswer", "falseoption", "badanswer", "foil", "incorrectresponse"),
)
OPTION_PREFIXES = (
    *("option", "options", "choice", "choices", "answer", "answers", "ending", "endings", "sol"),
    *("solution", "opt", "op", "mcanswer", "mcoption", "alternative", "alternativa", "candidate"),
    *("response", "ans", "answeroption", "answerchoice", "possibleanswer", "optiontext", "variant"),
    *("sentencequiz", "randomfifthsentencequiz", "quiz", "hypothesis", "hyp", "completion", "cand"),
    *(
        "opcion",
        "opción",
        "opcao",
        "opção",
        "antwort",
        "réponse",
        "reponse",
        "risposta",
        "respuesta",
    ),
    *(
        "opzione",
        "选项",
        "选择",
        "보기",
        "選択肢",
        "вариант",
        "o",
        "c",
        "a",
        "choicetext",
        "answertext",
    ),
)
SENTENCE_PREFIXES = ("inputsentence", "sentence", "sent", "line", "turn")
ID = (
    *("id", "questionid", "qid", "uuid", "recordid", "exampleid", "sampleid", "itemid", "realidx"),
    *("idstring", "pubid", "ind", "idx", "index"),
)
CONFIG = ("config", "subset", "subject", "category", "subjectname")
LEAKS = (
    *("explanation", "rationale", "solution", "exp", "cot", "cotcontent", "reasoning", "fact1"),
    *("fact2", "combinedfact", "evidence", "lecture", "analysis", "longanswer", "feedback", "hint"),
)
"""Columns that tell the answer, or may: never a context."""

_FROM_ZERO = re.compile(r"(?:index|idx|answerid|optionid|correctid)$")
_FROM_ONE = re.compile(r"(?:number|num|answerrightending)$")


def bare(name: object) -> str:
    """Return a name without case and separators: "Correct_Answer" and "correct answer" are one."""
    return "".join(sign for sign in str(name).casefold() if sign.isalnum())


def by_bare_name(row: Mapping[str, Any] | Iterable[str]) -> dict[str, str]:
    """Return bare name -> name as the file has it; the first of two that are one."""
    found: dict[str, str] = {}
    for name in row:
        found.setdefault(bare(name), name)
    return found


def counts_from(name: str) -> int | None:
    """Return what a position under this name counts from by its own words; None: it says
    nothing."""
    short = bare(name)
    if _FROM_ONE.search(short):
        return 1
    return 0 if _FROM_ZERO.search(short) else None
