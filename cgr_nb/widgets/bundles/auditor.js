var panel=(()=>{var __defProp=Object.defineProperty;var __getOwnPropDesc=Object.
getOwnPropertyDescriptor;var __getOwnPropNames=Object.
getOwnPropertyNames;var __hasOwnProp=Object.
prototype.hasOwnProperty;var __export=(target,all)=>{
for(var name in all)__defProp(
target,name,{get:all[name],
enumerable:!0})},__copyProps=(to,from,except,desc)=>{
if(from&&typeof from=="o\
bject"||typeof from=="fu\
nction")for(let key of __getOwnPropNames(
from))!__hasOwnProp.call(
to,key)&&key!==except&&__defProp(
to,key,{get:()=>from[key],
enumerable:!(desc=__getOwnPropDesc(
from,key))||desc.enumerable});
return to};var __toCommonJS=mod=>__copyProps(
__defProp({},"__esModule",
{value:!0}),mod);var auditor_exports={};__export(
auditor_exports,{default:()=>auditor_default});var words_default=CGR_WORDS;var UNSEEN=/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
UNSEEN_ALL=new RegExp(UNSEEN,
"g");function unseenMark(code){
let mark=document.createElement(
"span");return mark.className=
"cgr-unseen",mark.textContent=
"U+"+code.toString(16).toUpperCase().
padStart(4,"0"),mark.title=
"an invisible character",
mark}function h(what,props,...children){
let[tag,...classes]=what.
split("."),node=document.
createElement(tag||"div");
classes.length&&(node.className=
classes.join(" "));for(let[
name,value]of Object.entries(
props||{}))if(!(value===
!1||value===null||value===
void 0))if(name.startsWith(
"on"))node.addEventListener(
name.slice(2),value);else if(name===
"style")for(let[key,v]of Object.
entries(value))node.style.
setProperty(key,v);else name===
"value"||name==="checked"||
name==="disabled"?node[name]=
value:node.setAttribute(
name,value===!0?"":String(
value));return add(node,
children),node}function add(node,children){
for(let child of[children].
flat(1/0))child==null||child===
!1||node.append(child instanceof
Node?child:plain(String(
child)));return node}function fill(node,...children){
return node.replaceChildren(),
add(node,children)}function plain(text){
if(!UNSEEN.test(text))return document.
createTextNode(text);let parts=document.
createDocumentFragment(),
from=0;for(let match of text.
matchAll(UNSEEN_ALL))parts.
append(text.slice(from,match.
index)),parts.append(unseenMark(
match[0].charCodeAt(0))),
from=match.index+1;return parts.
append(text.slice(from)),
parts}var count=n=>n.toLocaleString(
"en-US");function long(clip,limit=400,page=2e4){
let[text,more]=Array.isArray(
clip)?clip:[clip??"",0],
box=h("span.cgr-long"),draw=shown=>{
let left=text.length-shown;
fill(box,text.slice(0,shown),
left>0&&h("button.cgr-mo\
re",{title:"show more of\
 this text",onclick:event=>{
event.stopPropagation(),
draw(Math.min(text.length,
shown+page))}},`… ${count(
left+more)} more charact\
ers`),left<=0&&more>0&&h(
"span.cgr-faint",null,` \
… ${count(more)} more \
characters, available in\
 Python only`))};return draw(
Math.min(limit,text.length)),
box}function term(key,words,kind=""){
let meaning=words_default.
glossary[key];return meaning?
h("dfn",{class:`cgr-term\
 ${kind}`,tabindex:"0","\
data-meaning":meaning,"a\
ria-description":meaning},
words):h("span",{class:kind},
words)}function tips(node){
let tip=h("div.cgr-tip",
{popover:"manual",role:"\
tooltip"});node.append(tip);
let hide=()=>{tip.matches(
":popover-open")&&tip.hidePopover()},
show=event=>{let word=event.
target.closest?.("[data-\
meaning]");if(!word||!tip.
showPopover)return hide();
tip.textContent=word.dataset.
meaning,tip.matches(":po\
pover-open")||tip.showPopover();
let at=word.getBoundingClientRect(),
size=tip.getBoundingClientRect(),
below=at.bottom+6+size.height<
window.innerHeight;tip.style.
left=`${Math.max(4,Math.
min(at.left,window.innerWidth-
size.width-8))}px`,tip.style.
top=`${below?at.bottom+6:
Math.max(4,at.top-size.height-
6)}px`};node.addEventListener(
"pointerover",show),node.
addEventListener("focusi\
n",show),node.addEventListener(
"focusout",hide),node.addEventListener(
"pointerleave",hide),node.
addEventListener("keydow\
n",event=>{event.key==="\
Escape"&&hide()}),node.addEventListener(
"scroll",hide,{capture:!0,
passive:!0})}var answered=model=>model.
get("live")!==!1,live=model=>answered(
model)&&model.get("live")!==
"reads",whyOff=model=>answered(
model)?words_default.viewer.
reads_only:words_default.
replies.saved;function ask(model,name,args){
answered(model)&&model.send(
{do:name,with:args||{}})}
function kernelButton(model,what,{
reads=!1,...props},...children){
let off=!(reads?answered(
model):live(model));return h(
what,{...props,disabled:off||
props.disabled,title:off?
whyOff(model):props.title},
...children)}function root(model,el,name,label){
let error=h("div.cgr-err\
or",{role:"alert"}),silent=h(
"div.cgr-silent",{role:"\
status",hidden:!0},"This\
 panel has no running ke\
rnel and shows its last \
state; to use its button\
s, run its cell again."),
body=h("div.cgr-body"),reads=answered(
model)&&!live(model),node=h(
"section.cgr",{class:`cg\
r cgr-${name}${reads?" c\
gr-reads":""}`,"aria-lab\
el":label,tabindex:"0","\
data-lm-suppress-shortcu\
ts":"true"},error,silent,
body),hide=document.createElement(
"style"),key=model.get("\
saved_as");key&&live(model)&&
(hide.textContent=`.jp-O\
utputArea-child:has([dat\
a-cgr-saved="${key}"]), \
[data-cgr-saved="${key}"\
] {display: none}`,document.
head.append(hide));let showError=()=>{
let text=model.get("erro\
r")||"";error.hidden=!text,
fill(error,h("b",null,"N\
ot done. "),text,h("butt\
on.cgr-close",{title:"hi\
de this","aria-label":"h\
ide this",onclick:()=>{model.
set("error",""),model.save_changes()}},
"×"))};showError();let heard=()=>{
clearTimeout(waiting),silent.
hidden=!0},waiting=live(
model)?setTimeout(()=>{silent.
hidden=!1},4e3):0;live(model)&&
(model.on("msg:custom",heard),
model.send({do:"hello"}));
let stop=watch(model,{error:showError});
return tips(node),el.append(
node),{node,body,done:()=>{
clearTimeout(waiting),model.
off("msg:custom",heard),
stop(),hide.remove()}}}function watch(model,handlers){
let bound=Object.entries(
handlers);for(let[name,handler]of bound)
model.on(`change:${name}`,
handler);return()=>{for(let[
name,handler]of bound)model.
off(`change:${name}`,handler)}}
var CHANNELS=Object.entries(
words_default.channels).
map(([id,{name,meaning}])=>[
id,name,meaning]),{replies:REPLY_WORDS,
runs:RUN_WORDS,rules:RULES,
prompts:PROMPTS,sorts:SORTS,
verdicts:VERDICTS,auditor:AUDITOR_WORDS,
review_states:REVIEW_STATES}=words_default;var LABELS=Object.entries(
VERDICTS).map(([id,{name,
meaning}],n)=>[String(n+
1),id,name,meaning]),nameOf=label=>VERDICTS[label]?.
name||(label==="cut"?"cu\
t short":label),short=id=>id.
slice(0,4),share=e=>e?`${e.
value.toFixed(2)} [${e.low.
toFixed(2)}, ${e.high.toFixed(
2)}]`:"–";function statistic(key,name,estimate){
return h("span",null,h("\
span.cgr-faint",null,term(
key,name)," "),h("b.cgr-\
figure",{title:estimate?
`n = ${estimate.n}`:""},
share(estimate)))}function hardCoded(all){
return all?h("span",{title:`${count(
all.probed)} probed, ${count(
all.judged)} judged by r\
aters, ${count(all.unsure)}\
 undetermined`},h("span.\
cgr-faint",null,term("ha\
rd-coded","hard-coded"),
" "),h("b.cgr-figure",null,
count(all.programs)),h("\
span.cgr-faint",null,` o\
f ${count(all.programs_of)}\
 programs, `),h("b.cgr-f\
igure",null,count(all.rows)),
h("span.cgr-faint",null,
` of ${count(all.rows_of)}\
 retained rows`)):null}function together(decision,hasMarks){
let kind=decision.word===
"hard_coded"?"cgr-wrong":
decision.word==="clean"?
"cgr-right":"",told=VERDICTS[decision.
word];return h("div.cgr-\
pad.cgr-decision",null,h(
"div",null,"both audits \
combined: ",h("b",{class:kind},
nameOf(decision.word))),
decision.word==="fallbac\
k_only"?h("div",null,told.
meaning):null,h("div.cgr\
-faint",null,decision.why),
h("ul.cgr-sides",null,decision.
sides.map(({words,alone})=>h(
"li",null,words,alone?h(
"span.cgr-faint",null,` \
(${outweighed(alone)})`):
""))),hasMarks&&h("div.c\
gr-faint",null,AUDITOR_WORDS.
marks))}var outweighed=alone=>AUDITOR_WORDS.
outweighed.replace("{wor\
d}",nameOf(alone));function legend(){
return h("details.cgr-le\
gend",{open:!0},h("summa\
ry.cgr-faint",null,"what\
 the verdicts mean"),h("\
dl",null,LABELS.map(([key,
,name,meaning])=>[h("dt",
null,h("kbd",null,key),`\
 ${name}`),h("dd",null,meaning)])))}
function probes(behaviour,probing){
if(behaviour.failed)return h(
"div.cgr-faint.cgr-pad",
null,behaviour.failed);if(!behaviour.
decision)return h("div.c\
gr-faint.cgr-pad",null,probing?
"running it with synthet\
ic replies …":["not pr\
obed; run ",h("code",null,
"cgr-nb audit")]);let list=behaviour.
probes||[],ends=new Map;
for(let probe of list)ends.
set(probe.letter||probe.
status,(ends.get(probe.letter||
probe.status)||0)+1);return h(
"div.cgr-pad",null,behaviour.
fixed&&h("div",null,`wit\
h reordered options it r\
eturns the same ${behaviour.
fixed}`),list.length?h("\
details",null,h("summary\
.cgr-faint",null,`${list.
length} probes: `,[...ends].
map(([end,n],place)=>[place?
", ":"",h("b",null,end),
` ${n}×`])),h("table.cg\
r-probes",null,h("thead",
null,h("tr",null,["solve\
r reply","options","retu\
rned"].map(name=>h("th",
{scope:"col"},name)))),h(
"tbody",null,list.map(probe=>h(
"tr",null,h("td",null,probe.
name),h("td.cgr-faint",null,
probe.order),h("td",null,
probe.letter?h("b",null,
probe.letter):h("span.cg\
r-faint",null,probe.status))))))):
null)}function effects(replies){
return!replies||!replies.
length?null:h("div.cgr-p\
ad",null,h("table.cgr-pr\
obes.cgr-effects",null,h(
"thead",null,h("tr",null,
["reply","it said","said\
 otherwise, the answer"].
map(name=>h("th",{scope:"\
col"},name)))),h("tbody",
null,replies.map(one=>h(
"tr",null,h("td",null,one.
reply,one.line?h("span.c\
gr-faint",null,` line ${one.
line}`):""),h("td",null,
h("b",null,long(one.said,
40))),h("td",null,worth(
one)))))))}function worth(one){
let to=one.moved.filter(
([,,isLetter])=>isLetter),
lost=one.moved.filter(([
,,isLetter])=>!isLetter),
list=(some,end)=>[some.slice(
0,3).map(([said2,came],n)=>[
n?", ":"",long(said2,24),
" → ",h("b",null,end(came))]),
some.length>3?h("span.cg\
r-faint",null,` and ${some.
length-3} more`):""];return[
to.length?[h("b",null,"m\
oves: "),list(to,letter=>letter)]:
[h("b",null,one.moved.length?
AUDITOR_WORDS.no_other:"\
stays"),h("span.cgr-fain\
t",null,` (${one.tried} \
tried)`)],lost.length?["\
; ",list(lost,status=>AUDITOR_WORDS.
no_letter.replace("{stat\
us}",status))]:null]}var FILTERS=[["dataset",
"every dataset",value=>value],
["generator","every gene\
rator",value=>value],["e\
vidence","any audit verd\
ict",value=>`audits: ${nameOf(
value)}`],["people","who\
ever judged",value=>REVIEW_STATES[value]]],
SAFE=["open","mine"];function auditorHead(model,node){
let numbers=h("div.cgr-h\
ead"),filters=h("div.cgr\
-head.cgr-filters"),saved=model.
get("cases")||[],select=([
field,all,name])=>{let values=model.
get("facets")[field]||[],
chosen=model.get("chosen")[field]||
"",blind=model.get("blin\
d");if(values.length<2&&
!chosen)return null;let shown=values.
filter(([value])=>!blind||
field!=="people"||SAFE.includes(
value)),off=!answered(model)||
blind&&field==="evidence",
box=h("select",{"aria-la\
bel":`${field} filter`,disabled:off,
title:answered(model)?off?
"would reveal what is hi\
dden: leave blind mode (\
b) first":"":whyOff(model),
onchange:()=>{ask(model,
"choose",{field,value:box.
value}),node.focus()}},h(
"option",{value:""},all),
shown.map(([value,programs])=>h(
"option",{value},`${name(
value)} (${count(programs)}\
)`)));return box.value=chosen,
box},drawFilters=()=>{let now=model.
get("head"),some=Object.
values(model.get("chosen")).
some(Boolean),boxes=FILTERS.
map(select).filter(Boolean);
filters.hidden=!boxes.length,
fill(filters,boxes,some&&
h("span",{role:"status"},
h("b",null,count(now.fit)),
` of ${count(now.total)}\
 programs`,now.fit?"":":\
 nothing matches all fil\
ters"),some&&answered(model)&&
h("button",{onclick:()=>{
for(let[field]of FILTERS)
model.get("chosen")[field]&&
forget(field);node.focus()}},
"show all"))},forget=field=>ask(
model,"choose",{field,value:""}),
place=now=>now.fit===now.
total||now.at===null?[h(
"b",null,count(now.place+
1)),` of ${count(now.total)}`]:
[h("b",null,count(now.at+
1)),` of ${count(now.fit)}\
 selected (${count(now.total)}\
 in total)`],drawNumbers=()=>{
let now=model.get("head"),
some=saved.length&&saved.
length<now.total,raters=Object.
entries(now.raters);fill(
numbers,h("span",null,h(
"span.cgr-faint",null,"q\
ueue "),place(now),now.reading?
h("span.cgr-faint",{role:"\
status"}," · loading the\
 others …"):"",some?h(
"span.cgr-faint",null,` \
· this page contains ${count(
saved[0].place+1)} to ${count(
saved.at(-1).place+1)}`):
""),h("span.cgr-progress",
null,h("progress",{max:now.
total,value:now.judged,"\
aria-label":"programs ju\
dged"}),h("b",null,count(
now.judged)),` of ${count(
now.total)} `,h("span.cg\
r-faint",null,"judged by\
 "),model.get("rater")),
raters.length>1&&h("span",
null,h("span.cgr-faint",
null,`${raters.length} r\
aters: `),raters.map(([rater,
judged],n)=>[n?", ":"",`${rater}\
 ${count(judged)}`])),raters.
length>1&&h("span",null,
h("b",null,count(now.apart)),
h("span.cgr-faint",null,
" apart, "),h("b",null,count(
now.adjudicated)),h("spa\
n.cgr-faint",null," adju\
dicated")),raters.length>
2&&statistic("alpha","al\
pha",now.alpha),statistic(
"kappa",raters.length>2?
"mean kappa":"kappa",now.
kappa),statistic("precis\
ion","precision of the a\
udits",now.precision),statistic(
"recall","recall",now.recall),
hardCoded(now.hard_coded))};
return{box:h("div",null,
numbers,filters),draw:()=>{
drawNumbers(),drawFilters()}}}function onKeys(node,table){
node.addEventListener("k\
eydown",event=>{if(event.
ctrlKey||event.metaKey||
event.altKey||event.defaultPrevented)
return;let field=event.target.
closest("input:not([type\
=range]):not([type=check\
box]), textarea, select,\
 [contenteditable=true]");
if(field){event.key==="E\
scape"&&(field.blur(),node.
focus());return}let work=table[event.
key];work&&((event.key===
" "||event.key==="Enter")&&
event.target.closest("bu\
tton, summary, a")||(event.
preventDefault(),event.stopPropagation(),
work(event)))})}var when=created=>created.
slice(0,16).replace("T",
" "),card=said2=>h("li.c\
gr-opinion",{class:`cgr-\
opinion${said2.stands?"":
" cgr-past"}`},h("div",null,
h("b",null,said2.rater),
said2.settles?h("span.cg\
r-faint",null," adjudica\
ted"):""),h("div",null,said2.
stands?h("b",null,nameOf(
said2.label)):h("s",null,
nameOf(said2.label))),said2.
note&&h("div",null,long(
said2.note,160)),h("div.\
cgr-faint",null,when(said2.
created),said2.stands?"":
" · no longer stands"));
function opinionsBox(opinions){
if(!opinions.length)return h(
"div.cgr-faint.cgr-pad",
null,"No verdict yet.");
let raters=opinions.filter(
said2=>!said2.settles&&said2.
stands),settled=opinions.
find(said2=>said2.settles&&
said2.stands),apart=new Set(
raters.map(said2=>said2.
label)).size>1,past=opinions.
filter(said2=>!said2.stands);
return h("div.cgr-pad",null,
settled?h("div",null,term(
"adjudicated","adjudicat\
ed"),` by ${settled.rater}\
: `,h("b",null,nameOf(settled.
label))):raters.length>1?
h("div",{class:apart?"cg\
r-warn":""},apart?["rate\
rs disagree; to settle t\
his, press ",h("kbd",null,
"a")," and a verdict"]:"\
raters agree"):null,h("u\
l.cgr-opinions",null,[...raters,
...settled?[settled]:[]].
map(card)),past.length?h(
"details",null,h("summar\
y.cgr-faint",null,`${past.
length} earlier verdict${past.
length===1?"":"s"}`),h("\
ul.cgr-opinions",null,past.
map(card))):null)}function drawProgram(lines,notes2){
let code=h("div.cgr-code",
{role:"list","aria-label":"\
program"}),nodes=lines.map(
(pieces2,index)=>{let text=h(
"span.cgr-text");for(let[
kind,piece]of pieces2)kind===
"more"?add(text,h("span.\
cgr-faint",null,`… ${count(
piece)} more characters`)):
add(text,kind?h(`span.cg\
r-${kind}`,null,piece):piece);
let why=notes2&&notes2[index+
1];return h("div.cgr-lin\
e",{role:"listitem","dat\
a-line":index+1},h("span\
.cgr-no",{"aria-hidden":"\
true"},index+1),text,why&&
h("span.cgr-note",null,`\
← ${why}`))});return code.
append(...nodes),{code,line:number=>nodes[number-
1]||null}}function reveal(box,node){
if(!node)return;let top=node.
offsetTop-box.offsetTop,
below=top+node.offsetHeight-
box.clientHeight+40;top<
box.scrollTop+20?box.scrollTop=
Math.max(0,top-40):below>
box.scrollTop+20&&(box.scrollTop=
Math.min(below,Math.max(
0,top-4)))}var CHANNEL_OF={direct:"\
direct",cgr:"assisted",generator_only:"\
generator"},ARM_OF={direct:"\
direct",assisted:"cgr",generator:"\
generator_only"},said=status=>status.
replaceAll("_"," ");function nameOfArm(arm){
let channel=CHANNELS.find(
([id])=>id===CHANNEL_OF[arm]);
return channel?channel[1]:
said(arm)}function openReply(model,row,arm,command){
if(answered(model))return ask(
model,command,{row,arm});
let kept=model.get("kept")||
{answers:{},rows:0,of:0},
id=(kept.numbers||{})[row]||
row,view=(kept.answers[id]||
{})[arm];model.set("repl\
y",view||{row:id,arm,absent:[
kept.rows,kept.of]})}function replyButton(model,row,channel,props,...children){
let{command="show_reply",
...others}=props||{},arm=ARM_OF[channel]||
channel;return h("button\
.cgr-reply-button",{title:REPLY_WORDS.
button,"aria-label":`${nameOfArm(
arm)}: ${REPLY_WORDS.button}`,
...others,onclick:event=>{
event.stopPropagation(),
openReply(model,row,arm,
command)}},children)}function pieces(list){
let box=h("span.cgr-long");
for(let[kind,text]of list)
kind==="more"?box.append(
h("span.cgr-faint",null,
` … ${count(text)} ${REPLY_WORDS.
more}`)):box.append(kind?
h(`mark.cgr-is-${kind}`,
null,plain(text)):plain(
text));return box}function facts(call){
let rule=call.rule?RULES[call.
rule]||call.rule:"–";return[
call.status?[term("rule",
"rule"),` ${rule}`]:null,
call.tokens?`${call.estimated?
"about ":""}${count(call.
tokens[0])} + ${count(call.
tokens[1])} tok`:null,call.
seconds===void 0?null:call.
seconds<.1?`${(1e3*call.
seconds).toFixed(1)} ms`:
`${call.seconds.toFixed(
1)} s`,call.finish?call.
finish==="length"?REPLY_WORDS.
cut:call.finish:null].filter(
Boolean).map((fact,n)=>[
n?" · ":"",fact])}function notes(call){
return call.remark?call.
remark:call.status===void 0?
call.role==="solver"?REPLY_WORDS.
to_program:"":call.stands?
`${count(call.stands)} ${REPLY_WORDS.
stand_alone}`:""}function thought(call){
if(!call.thoughts)return null;
let size=call.thought_tokens===
null?"":` (${count(call.
thought_tokens)} tok)`;return h(
"details.cgr-faint",null,
h("summary",null,`${REPLY_WORDS.
thought}${size}`),long(call.
thoughts,4e3))}function callBox(call,number){
let letters=call.letters?
[" → ",h("b",null,call.
letters)]:"",reply=call.
reply||[],note=notes(call);
return h("article.cgr-re\
ply-call",{"aria-label":`\
call ${number}`},h("head\
er",null,h("b",null,`${number}\
 `,plain(call.key)),h("s\
pan.cgr-faint",null,call.
model?` ${call.model}`:""),
call.status?h("span",null,
said(call.status),letters):
"",h("span.cgr-push.cgr-\
faint.cgr-num",null,facts(
call))),call.absent?h("d\
iv.cgr-faint",null,REPLY_WORDS.
not_on_record):h("div.cg\
r-reply-sides",null,h("d\
iv.cgr-reply-side",{tabindex:"\
0",role:"group","aria-la\
bel":"prompt"},h("div.cg\
r-title",null,call.prompt?
REPLY_WORDS.rendered:REPLY_WORDS.
turns),call.prompt?h("di\
v.cgr-mono",null,long(call.
prompt,4e3)):call.turns.
map(([role,text])=>h("di\
v.cgr-mono",null,h("b",null,
role)," ",long(text,4e3))),
call.choices.length?h("d\
iv.cgr-faint",null,"choi\
ces: ",call.choices.map(
(one,n)=>[n?", ":"",long(
one,60)])):null),h("div.\
cgr-reply-side",{tabindex:"\
0",role:"group","aria-la\
bel":"reply"},h("div.cgr\
-title",null,"reply"),thought(
call),call.error?h("div.\
cgr-wrong",null,long(call.
error,600)):h("div.cgr-m\
ono",null,reply.length?pieces(
reply):h("i",null,REPLY_WORDS.
empty)),note?h("div.cgr-\
faint",null,note):null)))}
function repliesBox(model,node){
let box=h("section.cgr-r\
eplies",{"aria-label":"r\
eplies",tabindex:"-1"}),
from=null,hits=[],close=()=>{
model.set("reply",{}),model.
set("found",{}),model.save_changes(),
from&&from.isConnected?from.
focus():node.focus()};box.
addEventListener("keydow\
n",event=>{event.key!=="\
Escape"||box.querySelector(
"input:focus")||(event.stopPropagation(),
close())});let field=h("\
input",{type:"search",placeholder:REPLY_WORDS.
search,"aria-label":REPLY_WORDS.
search,maxlength:200,disabled:!answered(
model),title:answered(model)?
REPLY_WORDS.search_how:REPLY_WORDS.
search_saved,onkeydown:event=>{
event.key==="Enter"&&look(),
event.key==="Escape"&&field.
blur(),event.stopPropagation()}}),
pattern=h("input",{type:"\
checkbox","aria-label":REPLY_WORDS.
pattern,disabled:!answered(
model)}),look=(after="")=>{
let text=after?model.get(
"found").text:field.value,
as=after?model.get("foun\
d").pattern:pattern.checked;
text&&ask(model,"search_\
replies",{text,pattern:as,
after})},bar=h("div.cgr-\
head.cgr-reply-search",null,
field,h("label.cgr-faint",
{title:REPLY_WORDS.pattern_how},
pattern," ",REPLY_WORDS.
pattern),kernelButton(model,
"button",{reads:!0,title:REPLY_WORDS.
search_how,onclick:()=>look()},
"find")),results=h("div.\
cgr-scroll.cgr-reply-hit\
s"),shown=h("div");box.append(
bar,results,shown);function drawFound(){
let found=model.get("fou\
nd")||{};if(!found.hits){
hits=[],results.hidden=!0;
return}hits=found.first?
found.hits:[...hits,...found.
hits],results.hidden=!1,
fill(results,h("div.cgr-\
faint",{role:"status"},hits.
length?`${count(hits.length)}${found.
next?"+":""} replies con\
tain it`:REPLY_WORDS.nothing_found),
hits.map(hit=>h("button.\
cgr-reply-hit",{disabled:!hit.
row,title:hit.row?REPLY_WORDS.
button:REPLY_WORDS.of_no_row,
onclick:()=>ask(model,"s\
how_reply",{row:hit.row,
arm:hit.arm})},h("span.c\
gr-faint",null,`${hit.model}\
 · ${hit.arm?nameOfArm(
hit.arm):"–"} `),hit.thought?
h("span.cgr-faint",null,
"(thought) "):"",pieces(
hit.pieces))),found.next?
h("button.cgr-show-more",
{onclick:()=>look(found.
next)},"show more"):null)}
function drawReply(moved){
let now=model.get("reply")||
{};if(shown.hidden=!now.
arm,!now.arm)return fill(
shown);if(moved&&!box.contains(
document.activeElement)&&
(from=document.activeElement),
now.absent){let[rows,of]=now.
absent;fill(shown,h("div\
.cgr-empty",{role:"statu\
s"},`${REPLY_WORDS.not_kept}\
 (${count(rows)} of ${count(
of)} rows) `,h("button",
{onclick:close},"close")))}else
fill(shown,h("div.cgr-he\
ad.cgr-reply-head",null,
h("span.cgr-reply-arms",
{role:"group","aria-labe\
l":"answers of this row"},
now.arms.map(([arm,end])=>h(
"button",{"aria-pressed":String(
arm===now.arm),onclick:()=>openReply(
model,now.row,arm,"show_\
reply")},`${nameOfArm(arm)}\
 `,h("b",null,said(end))))),
h("button",{title:"close\
 (Escape)",onclick:close},
"close")),h("div.cgr-rep\
ly-detail.cgr-faint",null,
[now.solver&&`solver ${now.
solver}`,now.generator&&
`generator ${now.generator}`,
now.reasks&&`asked again\
 ${count(now.reasks)}×`,
now.detail[0]&&long(now.
detail,400)].filter(Boolean).
map((fact,n)=>[n?" · ":
"",fact])),now.calls.length?
now.calls.map((call,n)=>callBox(
call,n+1)):h("div.cgr-em\
pty",null,REPLY_WORDS.no_calls),
now.left_out?h("div.cgr-\
empty",null,`${count(now.
left_out)} ${REPLY_WORDS.
left_out}`):null);moved&&
(box.scrollIntoView({block:"\
nearest"}),box.focus({preventScroll:!0}))}
return drawFound(),drawReply(
!1),{box,drawFound,drawReply:()=>drawReply(
!0)}}function render({model,el}){
let{node,body,done}=root(
model,el,"auditor","Audi\
tor: judge one program a\
fter another"),head=auditorHead(
model,node),program=h("d\
iv.cgr-scroll",{tabindex:"\
0","aria-label":"program"}),
item=h("div.cgr-pad.cgr-\
item-text"),side=h("div.\
cgr-scroll.cgr-side"),note=h(
"input",{type:"text",placeholder:"\
note, saved with the nex\
t verdict (n)","aria-lab\
el":"note",disabled:!live(
model),oninput:()=>{model.
set("note",note.value),model.
save_changes()},onkeydown:event=>{
event.key==="Enter"&&node.
focus()}}),said2=h("span\
.cgr-faint"),saved=h("sp\
an",{"aria-live":"polite"}),
settling=!1,settle=on=>{
settling=on&&mayHear(),drawVerdict()},
mayHear=()=>live(model)&&
!!model.get("evidence").
decision,judge=label=>{ask(
model,settling?"adjudica\
te":"judge",{label,note:note.
value}),model.set("note",
""),model.save_changes()},
press=label=>{node.focus(),
judge(label)},cases=model.
get("cases")||[],held=by=>cases[cases.
findIndex(one=>one.place===
model.get("head").place)+
by],step=by=>{if(answered(
model))return ask(model,
"step",{by});let{place,...shown}=held(
by)||{};if(place!==void 0){
for(let[name,value]of Object.
entries(shown))model.set(
name,value);model.set("h\
ead",{...model.get("head"),
place})}},buttons=LABELS.
map(([key,id,name,meaning])=>kernelButton(
model,"button.cgr-judge",
{title:`${meaning} (${key}\
)`,onclick:()=>press(id)},
h("kbd",null,key),` ${name}`)),
blind=kernelButton(model,
"button",{title:"hide ev\
idence until you enter a\
 verdict (b)",onclick:()=>ask(
model,"set_blind",{on:!model.
get("blind")})},"blind"),
adjudicate=kernelButton(
model,"button",{title:"y\
our verdicts settle disa\
greements between raters\
; theirs are kept (a)",onclick:()=>settle(
!settling)},"adjudicate ",
h("kbd",null,"a")),undo=kernelButton(
model,"button",{title:"u\
ndo the last verdict (z)",
onclick:()=>ask(model,"u\
ndo")},"undo ",h("kbd",null,
"z")),back=h("button",{title:"\
previous program (shift \
+ space)",onclick:()=>step(
-1)},"back"),next=h("but\
ton",{title:"next progra\
m (space)",onclick:()=>step(
1)},"next ",h("kbd",null,
"space")),title=h("div.c\
gr-title");body.append(head.
box,h("div.cgr-two-colum\
ns",null,h("div.cgr-box",
null,title,program),h("d\
iv.cgr-box",null,side)),
h("div.cgr-verdicts",null,
buttons,note,h("span.cgr\
-push"),adjudicate,blind,
undo,back,next),h("div.c\
gr-on-record",null,saved,
h("span.cgr-push"),said2),
legend());let replies=repliesBox(
model,node);body.append(
replies.box);let drawHead=()=>{
for(let[button,by]of[[back,
-1],[next,1]])button===document.
activeElement&&!answered(
model)&&!held(by)&&node.
focus(),button.disabled=
!answered(model)&&!held(
by);head.draw()},drawSide=()=>{
let evidence=model.get("\
evidence"),{item:about}=model.
get("program"),shown=!!evidence.
decision;fill(item,about.
question?[h("div",null,long(
about.question,300)),h("\
ol.cgr-letters",null,about.
options.map(([letter,text])=>h(
"li",null,h("b",null,letter),
" ",long(text,120))))]:""),
fill(side,h("div.cgr-tit\
le",null,"item"),item,h(
"div.cgr-title",null,"ev\
idence",evidence.control?
[" · ",term("control","\
control")]:""),shown?[together(
model.get("behaviour").decision||
evidence.decision,Object.
keys(evidence.notes).length>
0),evidence.interface.length?
h("div.cgr-pad.cgr-faint",
null,evidence.interface.
map(finding=>h("div",null,
`interface: ${finding}`))):
null,probes(model.get("b\
ehaviour"),model.get("pr\
obing")),effects(model.get(
"behaviour").replies),h(
"div.cgr-title",null,"hu\
man verdicts"),opinionsBox(
model.get("opinions")),h(
"div.cgr-title",null,"re\
corded runs"),evidence.runs.
length?h("ul.cgr-runs",null,
evidence.runs.map(run=>h(
"li",null,h("span.cgr-fa\
int",null,`${run.solver}\
 replied `),run.replies.
length?run.replies.map((reply,n)=>[
n?h("span.cgr-faint",null,
" · "):"",h("b",null,reply[0]===
""?"(nothing)":reply[0])]):
h("i",null,"nothing (it \
was not called)"),h("spa\
n.cgr-faint",null," → "),
replyButton(model,run.execution,
"cgr",{command:"show_run\
_reply"},run.letter?h("b",
null,run.letter):h("span\
.cgr-faint",null,run.sentence.
slice(0,120)))))):h("div\
.cgr-empty",null,"No run\
 of this program is reco\
rded.")]:h("div.cgr-empt\
y",null,"Hidden until yo\
u enter a verdict. Press\
 ",h("kbd",null,"b")," t\
o leave blind mode."))},
drawProgramBox=()=>{let{
id,lines}=model.get("pro\
gram");fill(title,term("\
program","program")," ",
h("code",{title:id},short(
id)));let notes2=model.get(
"evidence").notes||{},drawn=drawProgram(
lines,notes2),marked=Object.
keys(notes2).map(line=>drawn.
line(Number(line))).filter(
Boolean);for(let line of marked)
line.classList.add("cgr-\
evidence");fill(program,
drawn.code),program.scrollTop=
0,reveal(program,marked[marked.
length-1]),program.scrollLeft=
0},drawVerdict=()=>{let verdict=model.
get("verdict");LABELS.forEach(
([,id],n)=>buttons[n].setAttribute(
"aria-pressed",String(verdict===
id)));let{judged,total}=model.
get("head");fill(said2,judged===
total?"all programs judg\
ed · ":"",verdict?`your\
 verdict: ${nameOf(verdict)}`:
"",settling?" · adjudica\
ting: the next verdict s\
ettles the disagreement":
""),settling&&!mayHear()&&
(settling=!1),node.classList.
toggle("cgr-settling",settling),
adjudicate.setAttribute(
"aria-pressed",String(settling)),
adjudicate.disabled=!mayHear();
let{did,label,program:of}=model.
get("last");fill(saved,live(
model)?did?`${did}: ${nameOf(
label)} for program ${short(
of)}`+(did==="taken back"?
"":" · undo z"):"":whyOff(
model)),blind.setAttribute(
"aria-pressed",String(model.
get("blind"))),note.value!==
model.get("note")&&(note.
value=model.get("note"))};
drawHead(),drawProgramBox(),
drawSide(),drawVerdict();
let stop=watch(model,{head:()=>{
drawHead(),drawVerdict()},
program:()=>{drawProgramBox(),
drawSide()},evidence:()=>{
drawProgramBox(),drawSide(),
drawVerdict()},opinions:drawSide,
facets:head.draw,chosen:head.
draw,behaviour:drawSide,
verdict:drawVerdict,blind:()=>{
drawVerdict(),head.draw()},
note:drawVerdict,last:drawVerdict,
probing:drawSide,reply:replies.
drawReply,found:replies.
drawFound});return onKeys(
node,{...Object.fromEntries(
LABELS.map(([key,id])=>[
key,()=>judge(id)])),z:()=>ask(
model,"undo"),b:()=>ask(
model,"set_blind",{on:!model.
get("blind")}),a:()=>settle(
!settling),n:()=>note.focus(),
" ":event=>step(event.shiftKey?
-1:1),ArrowRight:()=>step(
1),ArrowLeft:()=>step(-1)}),
()=>{stop(),done()}}var auditor_default={
render};return __toCommonJS(auditor_exports);})();
export default panel.default;
