// Characters that would change how the text around them reads: shown by their number instead.
export const UNSEEN =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
export const UNSEEN_ALL = new RegExp(UNSEEN, "g");

export function unseenMark(code) {
  const mark = document.createElement("span");
  mark.className = "cgr-unseen";
  mark.textContent = "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  mark.title = "an invisible character";
  return mark;
}
