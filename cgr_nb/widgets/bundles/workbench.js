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
{value:!0}),mod);var workbench_exports={};
__export(workbench_exports,
{default:()=>workbench_default});var words_default=CGR_WORDS;var UNSEEN=/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
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
...children)}async function unpack(bytes){
let data=new Uint8Array(
bytes.buffer,bytes.byteOffset,
bytes.byteLength),stream=new Blob(
[data]).stream().pipeThrough(
new DecompressionStream(
"gzip"));return new Response(
stream).json()}function later(work,ms){
let timer=0;return(...args)=>{
clearTimeout(timer),timer=
setTimeout(()=>work(...args),
ms)}}function root(model,el,name,label){
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
review_states:REVIEW_STATES}=words_default;
function answerChip(channel,letter,gold,wrap=shown=>shown){
let[,name,meaning]=CHANNELS.
find(([id])=>id===channel),
right=gold&&gold.length?
gold.includes(letter):null,
mark=right===null?"":right?
" ✓":" ✗";return h("\
span.cgr-chip",{class:`c\
gr-chip cgr-ch-${channel}`,
title:`${name}: ${meaning}`},
h("i.cgr-shape",{"aria-h\
idden":"true"}),`${name}\
 `,wrap(h("b",null,letter||
"–")),mark&&h("b",{class:right?
"cgr-right":"cgr-wrong",
"aria-label":right?"righ\
t":"wrong"},mark))}var CHANNEL_OF={direct:"\
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
(one2,n)=>[n?", ":"",long(
one2,60)])):null),h("div\
.cgr-reply-side",{tabindex:"\
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
!0)}}function answersBox(model){
let box=h("div.cgr-scrol\
l.cgr-pad-box");function draw(){
let item=model.get("item"),
gold=model.get("gold");if(!item.
question){let words=answered(
model)?"Click an item to\
 see its answers side by\
 side.":"A saved page co\
ntains the answers of th\
e item that was open; no\
 item was open.";fill(box,
h("div.cgr-empty",null,words));
return}let verdict=letter=>!gold.
length||!letter?"":h("b",
{class:gold.includes(letter)?
"cgr-right":"cgr-wrong",
"aria-label":gold.includes(
letter)?"right":"wrong"},
gold.includes(letter)?" \
✓":" ✗"),answers=model.
get("answers"),reply=(row,channel,status)=>replyButton(
model,row.id,channel,{},
row[channel]||h("span.cg\
r-faint",null,(status||"\
–").replaceAll("_"," "))),
others=row=>Object.entries(
row.arms||{}).map(([arm,
said2])=>h("span.cgr-oth\
er",null,term(arm,arm.replaceAll(
"_"," "))," ",said2.length===
1?[replyButton(model,row.
id,arm,{},h("b",null,said2)),
verdict(said2)]:replyButton(
model,row.id,arm,{},h("s\
pan.cgr-faint",null,said2.
replaceAll("_"," ")))));
fill(box,h("div.cgr-fain\
t",null,plain(item.dataset),
item.config==="default"?
"":` · ${item.config}`),
h("div.cgr-question-text",
null,long(item.question,
500)),item.context[0]?h(
"div.cgr-faint",null,long(
item.context,300)):null,
h("div.cgr-options",null,
item.options.map(([letter,
text])=>h("div.cgr-optio\
n",{class:`cgr-option${gold.
includes(letter)?" cgr-g\
old":""}`},h("b",null,letter),
long(text,200),gold.includes(
letter)?h("span.cgr-righ\
t",null,"gold"):null))),
h("div.cgr-buttons",null,
kernelButton(model,"butt\
on",{reads:!0,disabled:!item.
gold_known||gold.length>
0,title:"show the correc\
t letter",onclick:()=>ask(
model,"show_gold")},item.
gold_known?"show gold":"\
no gold known")),answers.
length?h("table.cgr-answ\
ers",null,h("thead",null,
h("tr",null,h("th",{scope:"\
col"},"solver"),CHANNELS.
map(([id,name])=>h("th",
{scope:"col"},term(id===
"generator"?"generator-s\
ide":id,[h("i.cgr-shape"),
` ${name}`],`cgr-ch-${id}`))),
h("th",{scope:"col"},"ca\
lls"),h("th"))),h("tbody",
null,answers.map(row=>[h(
"tr",null,h("th",{scope:"\
row"},plain(row.solver),
row.where==="study"?"":h(
"span.cgr-faint",null,` ${row.
where==="this run"?row.where:
"pick"}`)),h("td",{title:row.
direct_status},reply(row,
"direct",row.direct_status),
verdict(row.direct)),h("\
td",{title:row.assisted_status},
reply(row,"assisted",row.
assisted_status),verdict(
row.assisted)),h("td",null,
reply(row,"generator","–"),
verdict(row.generator)),
h("td.cgr-num",null,row.
asks),h("td.cgr-nowrap",
null,row.program?kernelButton(
model,"button.cgr-small",
{title:"change this prog\
ram and run it",onclick:()=>ask(
model,"open_program",{row_id:row.
id})},"edit"):"",kernelButton(
model,"button.cgr-small",
{reads:!0,title:row.steps?
"step through this run":
"see why no program ran",
onclick:()=>ask(model,"s\
tep",{row_id:row.id})},row.
steps?"step":"why"))),Object.
keys(row.arms||{}).length?
h("tr.cgr-others",null,h(
"td",{colspan:"6"},others(
row))):null]))):h("div.c\
gr-empty",null,"Not run \
yet: select it and press\
 run."))}return{box,draw}}function codeBox(model,change){
let box=h("div.cgr-code-\
box");function draw(){let made=model.
get("code");box.hidden=!made.
python,fill(box,h("div.c\
gr-head",null,h("b",null,
"as code"),h("span.cgr-f\
aint",null,"the same run\
 without this panel"),h(
"span.cgr-push"),h("butt\
on",{onclick:()=>{change(
"code",{})}},"close")),[
["python","Python: this \
panel in its current sta\
te"],["shell","shell: th\
e same run"],["toml",made.
at]].map(([key,name])=>[
h("div.cgr-title",null,plain(
name||"")),h("textarea.c\
gr-mono",{readonly:!0,rows:Math.
min(16,(made[key]||"").split(
`
`).length),value:made[key]||
"","aria-label":`as ${key}`,
onfocus:event=>event.target.
select()})]))}return{box,
draw}}function onEnter(field,work){
field.addEventListener("\
keydown",event=>{event.key!==
"Enter"||event.isComposing||
(event.preventDefault(),
event.stopPropagation(),
work())})}function onKeys(node,table){
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
work(event)))})}var LINE=26;function places(model){
let bytes=model.get("vie\
w");return!bytes||!bytes.
byteLength?new Uint32Array(
0):new Uint32Array(bytes.
buffer.slice(bytes.byteOffset,
bytes.byteOffset+bytes.byteLength))}
function longList(model,{
onOpen,onChoose}){let pool=h(
"div.cgr-pool"),tall=h("\
div.cgr-tall",null,pool),
box=h("div.cgr-scroll.cg\
r-items",{tabindex:"0",role:"\
listbox","aria-label":"i\
tems","aria-multiselecta\
ble":"true"},tall),shown=new Uint32Array(
0),chosen=new Set,at=0,opened=-1,
waiting=!1,columns=null,
draw=()=>{if(waiting=!1,
!columns)return;let names=model.
get("names"),first=Math.
max(0,Math.floor(box.scrollTop/
LINE)-4),last=Math.min(shown.
length,first+Math.ceil(box.
clientHeight/LINE)+9);tall.
style.height=`${shown.length*
LINE}px`,pool.style.transform=
`translateY(${first*LINE}\
px)`;let lines=[];for(let n=first;n<
last;n+=1){let place=shown[n];
lines.push(h("div.cgr-it\
em-line",{class:["cgr-it\
em-line",place===opened&&
"cgr-open",n===at&&"cgr-\
at"].filter(Boolean).join(
" "),role:"option","aria\
-selected":String(chosen.
has(place)),"data-n":n,"\
data-place":place,title:columns.
question[place]},h("inpu\
t",{type:"checkbox",checked:chosen.
has(place),tabindex:"-1",
disabled:!live(model),"a\
ria-label":`select item ${n+
1}`}),h("span.cgr-what",
null,columns.question[place]),
h("span.cgr-faint.cgr-wh\
ere",null,names.dataset[columns.
dataset[place]]),h("span\
.cgr-status",{class:`cgr\
-status cgr-is-${names.status[columns.
status[place]].replaceAll(
" ","-")}`},names.status[columns.
status[place]])))}fill(pool,
lines)},soon=()=>{waiting||
(waiting=!0,requestAnimationFrame(
draw))};box.addEventListener(
"scroll",soon,{passive:!0}),
box.addEventListener("cl\
ick",event=>{let line=event.
target.closest("[data-n]");
line&&(at=Number(line.dataset.
n),event.target.matches(
"input")?onChoose(shown[at],
event.target.checked):onOpen(
shown[at]))});let goTo2=n=>{
shown.length&&(at=Math.max(
0,Math.min(shown.length-
1,n)),at*LINE<box.scrollTop?
box.scrollTop=at*LINE:(at+
1)*LINE>box.scrollTop+box.
clientHeight&&(box.scrollTop=
(at+1)*LINE-box.clientHeight),
soon())};onKeys(box,{ArrowDown:()=>goTo2(
at+1),ArrowUp:()=>goTo2(
at-1),PageDown:()=>goTo2(
at+12),PageUp:()=>goTo2(
at-12),Home:()=>goTo2(0),
End:()=>goTo2(1/0),Enter:()=>onOpen(
shown[at])," ":()=>onChoose(
shown[at],!chosen.has(shown[at]))});
let watcher=new ResizeObserver(
soon);return watcher.observe(
box),{box,stop:()=>watcher.
disconnect(),async unpack(){
let bytes=model.get("col\
umns");bytes?.byteLength&&
(columns=await unpack(bytes),
draw())},load(){shown=places(
model),at=Math.min(at,Math.
max(0,shown.length-1)),draw()},
choice(){chosen=new Set(
model.get("chosen")),soon()},
open(place){opened=place,
soon()}}}function facet(model,name,set){
let box=h("details.cgr-f\
acet",{open:name==="stat\
us"||name==="dataset"});
return{box,draw:()=>{let names=model.
get("names")[name]||[],counts=model.
get("counts")[name]||[],
on=model.get("filters")[name]||
[],most=Math.max(1,...counts),
lines=names.map((label,code)=>[
label,code]).filter(([,code])=>counts[code]||
on.includes(code)).sort(
(a,b)=>counts[b[1]]-counts[a[1]]);
fill(box,h("summary",null,
name==="config"?"subject":
name,on.length?h("b",null,
` · ${on.length} select\
ed`):""),h("div.cgr-valu\
es",null,lines.map(([label,
code])=>kernelButton(model,
"button.cgr-value",{reads:!0,
"aria-pressed":String(on.
includes(code)),title:`${label}\
: ${count(counts[code])}\
 items`,onclick:()=>set(
name,on.includes(code)?on.
filter(other=>other!==code):
[...on,code])},h("span.c\
gr-fill",{style:{width:`${100*
counts[code]/most}%`},"a\
ria-hidden":"true"}),h("\
span.cgr-value-name",null,
plain(label)),h("span.cg\
r-num",null,count(counts[code]))))))}}}var one=value=>value.toFixed(
1),signed=value=>`${value>
0?"+":value<0?"−":""}${one(
Math.abs(value))}`,span=(found,show)=>found.
low===null||found.low===
void 0?h("span.cgr-faint",
null,found.note||"–"):
[`${show(found.low)} to ${show(
found.high)}`,found.note&&
h("sup",null,"*")];function runResult(model){
let box=h("div.cgr-resul\
t",{role:"status"});return{
box,draw:()=>{let found=model.
get("result");if(box.hidden=
!found.where,box.hidden)
return;let compared=found.
common>0,before=found.before===
"study"?"the study's row\
s":`run ${found.before}`,
notes2=new Set(found.channels.
flatMap(line2=>[line2,line2.
change||{}]).filter(part=>part.
low!==null&&part.note).map(
part=>part.note)),line=of=>{
let[id,name]=CHANNELS.find(
([channel])=>channel===of.
channel),change=of.change;
return h("tr",null,h("th",
{scope:"row",class:`cgr-\
ch-${id}`},h("i.cgr-shap\
e"),` ${name}`),h("td.cg\
r-num",null,h("b",null,`${one(
100*of.accuracy)} %`)),h(
"td.cgr-num",null,span(of,
one)),compared&&[h("td.c\
gr-num",null,change?`${one(
100*change.before)} %`:"\
–"),h("td.cgr-num",null,
change?h("b",null,signed(
change.pp)):"–"),h("td\
.cgr-num",null,change?span(
change,signed):"–"),h(
"td.cgr-num",null,change?
`${count(change.gains)} \
/ ${count(change.losses)}`:
"–")])};fill(box,h("di\
v",null,h("b",null,"resu\
lt"),` of run ${found.where}\
: `,`${count(found.rows)}\
 of ${count(found.rows_of)}\
 rows count, ${count(found.
items)} items`,found.ended===
"finished"?"":h("span.cg\
r-warn",null,` · ${found.
ended}`)),found.channels.
length?h("div.cgr-wide",
null,h("table.cgr-channe\
ls",null,h("thead",null,
h("tr",null,h("th",{scope:"\
col"},"channel"),h("th.c\
gr-num",{scope:"col"},term(
"macro","macro accuracy")),
h("th.cgr-num",{scope:"c\
ol"},"95 % CI over items"),
compared&&[h("th.cgr-num",
{scope:"col"},"before"),
h("th.cgr-num",{scope:"c\
ol"},term("pp","change, \
pp")),h("th.cgr-num",{scope:"\
col"},"95 % CI"),h("th.c\
gr-num",{scope:"col"},"r\
ows gained / lost")])),h(
"tbody",null,found.channels.
map(line)))):h("div.cgr-\
faint",null,"No row can \
be scored: gold is unkno\
wn, or calls failed."),h(
"div.cgr-faint",null,compared?
`before: ${before}, on t\
he ${count(found.common)}\
 rows (item and solver) \
in common`:`no row in co\
mmon with ${before}, so \
nothing to compare with`,
[...notes2].map(note=>h(
"div",null,"* ",plain(note)))))}}}var isDown=(name,back)=>name===
"disagreement"!==back;function sortHead(model,change){
let box=h("div.cgr-sorts",
{role:"group","aria-labe\
l":"sort items by"});return{
box,draw:()=>{let[by,back]=[
model.get("sort"),model.
get("backwards")];fill(box,
SORTS.map(name=>kernelButton(
model,"button.cgr-sort",
{reads:!0,"aria-pressed":String(
name===by),title:name===
by?"reverse the order":`\
sort by: ${name}`,onclick:()=>{
change("backwards",name===
by?!back:!1),change("sor\
t",name)}},name,name===by?
h("span",{"aria-hidden":"\
true"},isDown(name,back)?
" ▼":" ▲"):"",name===
by&&back?h("span.cgr-hea\
r",null," backwards"):"")))}}}function modelPicker(model,change,promptBox){
let box=h("div.cgr-scrol\
l.cgr-pad-box"),ticks=(names,trait,about)=>h(
"div.cgr-models",null,names.
map(name=>h("label",{title:about(
name)},h("input",{type:"\
checkbox",checked:model.
get(trait).includes(name),
disabled:!live(model),onchange:event=>change(
trait,event.target.checked?
[...model.get(trait),name]:
model.get(trait).filter(
other=>other!==name))}),
trait==="arms"?term(name,
name.replaceAll("_"," ")):
plain(name),trait==="arm\
s"?"":h("span.cgr-faint",
null,` ${about(name)}`))));
function drawModels(){let cards=model.
get("models"),group=(role,trait)=>[
h("div.cgr-title",null,trait),
ticks(cards.filter(card=>card.
roles.includes(role)).map(
card=>card.name),trait,name=>cards.
find(card=>card.name===name).
about)],choices=model.get(
"arm_choices");fill(box,
group("solver","solvers"),
group("generator","gener\
ators"),h("div.cgr-title",
null,term("arm","arms")),
h("div.cgr-faint",null,term(
"direct","direct"),", ",
term("cgr","cgr")," alwa\
ys; and"),ticks(choices.
map(arm=>arm.name),"arms",
name=>choices.find(arm=>arm.
name===name).summary),promptBox,
loaded)}let loaded=h("di\
v.cgr-loaded.cgr-faint");
function drawLoaded(){let now=model.
get("memory"),names=now.
names||[];loaded.hidden=
!live(model)||!names.length,
fill(loaded,"loaded: ",names.
map((name,at)=>[at?", ":
"",plain(name)]),` · ${count(
now.used||0)} of ${count(
now.budget||0)} MiB `,kernelButton(
model,"button.cgr-small",
{title:"unload models th\
at are not in use; the n\
ext run or trial reloads\
 them",onclick:()=>ask(model,
"free_models")},"free"))}
return{box,draw:drawModels,
drawLoaded}}var loading=new WeakMap;
function load(model){return loading.
has(model)||loading.set(
model,new Promise((loaded,failed)=>{
let heard=message=>{if(typeof message?.
editor!="string")return;
model.off("msg:custom",heard);
let kind={type:"text/jav\
ascript"},address=URL.createObjectURL(
new Blob([message.editor],
kind));import(address).finally(
()=>URL.revokeObjectURL(
address)).then(module=>loaded(
module.default),failed)};
model.on("msg:custom",heard),
model.send({do:"editor"})})),
loading.get(model)}function codeEditor(model,{
label,language,rows,text="",
onInput=()=>{},onSubmit}){
let rich=null,asked=!1,field=h(
"textarea.cgr-mono",{rows,
spellcheck:"false","aria\
-label":label,value:text,
readonly:!live(model),oninput:()=>onInput(),
onkeydown:event=>{event.
key!=="Enter"||!(event.ctrlKey||
event.metaKey)||(event.preventDefault(),
onSubmit())}}),box=h("di\
v.cgr-editor",null,field);
function swap(mount){let writes=document.
activeElement===field;rich=
mount(box,{text:field.value,
label,language,selection:{
anchor:field.selectionStart,
head:field.selectionEnd},
minHeight:`${field.offsetHeight}\
px`,onChange:onInput,onSubmit}),
field.remove(),writes&&rich.
focus()}return{box,text:()=>rich?
rich.text():field.value,
focused:()=>rich?rich.focused():
document.activeElement===
field,put(now){rich?rich.
text()!==now&&rich.put(now):
field.value!==now&&(field.
value=now)},open(){asked||
!live(model)||(asked=!0,
load(model).then(swap,error=>console.
warn(`editor not loaded,\
 using a plain text fiel\
d: ${error}`)))},close:()=>rich?.
close()}}function trialOf(model,kind){
let trial=model.get("tri\
al");if(!trial.solver||!(kind in
trial))return null;let ends=trial.
running?h("span.cgr-fain\
t",null," writing …"):
h("div.cgr-faint",null,trial.
sentence?`it ${trial.sentence}`:
trial.letter?`read as ${trial.
letter} by rule ${trial.
rule}`:trial.rule==="cut\
_thought"?RULES.cut_thought:
"no letter extracted"," \
· not recorded");return h(
"div.cgr-message.cgr-tri\
al",{"aria-live":"polite"},
h("span.cgr-who",null,trial.
solver),kind==="reply"?h(
"b",null,long(trial.reply||
"…",600)):trial.calls.
map((call,n)=>h("div",null,
h("span.cgr-faint",null,
`call ${n+1}: `,long(call.
prompt,120)," → "),h("\
b",null,long(call.reply||
"…",200)))),ends)}function programEditor(model,change){
let runIt=()=>ask(model,
"try_program",{source:editor.
text(),solver:model.get(
"program").solver}),editor=codeEditor(
model,{label:"program to\
 run",language:"python",
rows:14,onSubmit:runIt}),
programOut=h("div"),programBox=h(
"div.cgr-program-box",{hidden:!0},
h("div.cgr-head",null,h(
"b",null,"program"),h("s\
pan.cgr-faint.cgr-of"),h(
"span.cgr-push"),kernelButton(
model,"button.cgr-main",
{title:"run it for this \
item with the row's solv\
er (Ctrl+Enter); nothing\
 is recorded",onclick:runIt},
"run it"),kernelButton(model,
"button",{title:"step th\
rough this run",onclick:()=>ask(
model,"step_trial")},"st\
ep"),h("button",{title:"\
close the program",onclick:()=>{
change("program",{})}},"\
close")),editor.box,programOut),
programOf=null;function draw(){
let{row,solver,source}=model.
get("program");if(programBox.
hidden=!source,!source){
programOf=null;return}programOf!==
row&&(editor.put(source),
programOf=row),editor.open(),
programBox.querySelector(
".cgr-of").textContent=`\
asks ${solver}`,fill(programOut,
trialOf(model,"calls"))}
return{box:programBox,draw,
stop:editor.close}}function promptEditor(model,change){
let which=h("select",{"a\
ria-label":"prompt to ed\
it",disabled:!live(model),
onchange:()=>change("pro\
mpt_name",which.value)},
PROMPTS.map(name=>h("opt\
ion",{value:name},name))),
tryIt=()=>{change("promp\
t",editor.text()),ask(model,
"try_prompt")},editor=codeEditor(
model,{label:"prompt tem\
plate",language:"templat\
e",rows:18,text:model.get(
"prompt"),onInput:later(
()=>change("prompt",editor.
text()),150),onSubmit:()=>tryButton.
disabled||tryIt()}),preview=h(
"div.cgr-preview"),used=h(
"div.cgr-used"),tryButton=kernelButton(
model,"button",{title:"a\
sk the first selected so\
lver (Ctrl+Enter); nothi\
ng is recorded",onclick:tryIt},
"try it"),hint=h("span.c\
gr-faint"),promptBox=h("\
details.cgr-prompt",{open:Object.
keys(model.get("prompts_\
used")).length>0,ontoggle:()=>promptBox.
open&&editor.open()},h("\
summary",null,"prompts: \
edit a template and prev\
iew it on the open item"),
h("div.cgr-buttons",null,
which,h("span.cgr-faint.\
cgr-profile"),h("span.cg\
r-push"),tryButton,kernelButton(
model,"button",{title:"s\
ave this text as a new v\
ersion and use it in run\
s; older versions are no\
t changed",onclick:()=>{
change("prompt",editor.text()),
ask(model,"use_prompt")}},
"use in runs"),kernelButton(
model,"button",{title:"r\
estore the text that run\
s currently use",onclick:()=>ask(
model,"reset_prompt")},"\
reset")),h("div.cgr-temp\
late",null,h("div",null,
h("div.cgr-title",null,"\
template"),editor.box),h(
"div",null,h("div.cgr-ti\
tle",null,"as rendered"),
hint,preview)));function drawPrompt(){
editor.focused()||editor.
put(model.get("prompt")),
promptBox.open&&editor.open(),
which.value=model.get("p\
rompt_name"),promptBox.querySelector(
".cgr-profile").textContent=
`for models of profile ${model.
get("profile")}`,tryButton.
disabled=!live(model)||![
"direct","cot"].includes(
model.get("prompt_name")),
fill(used,Object.entries(
model.get("prompts_used")).
map(([name,version])=>h(
"div",null,"runs use ",h(
"code",null,`${name}@${version}`),
" ",kernelButton(model,"\
button.cgr-small",{title:"\
stop using it in runs; i\
ts file is kept",onclick:()=>ask(
model,"drop_prompt",{key:name})},
"drop"))));let error=model.
get("preview_error");hint.
hidden=!error&&!!model.get(
"item").question,hint.className=
error?"cgr-wrong":"cgr-f\
aint",hint.textContent=error||
"Open an item to preview\
 the template.",fill(preview,
model.get("preview").map(
([role,text])=>h("div.cg\
r-message",null,h("span.\
cgr-who",null,role),long(
text,4e3))),trialOf(model,
"reply"))}return{box:promptBox,
used,draw:drawPrompt,stop:editor.
close}}function header(model,box,gold){
let row=model.get("row"),
chips=h("span.cgr-head-c\
hips"),item=model.get("i\
tem"),options=h("div.cgr\
-options"),status=id=>(row[`${id}\
_status`]||"").replaceAll(
"_"," "),draw=()=>{let known=model.
get("gold");fill(chips,CHANNELS.
map(([id])=>answerChip(id,
row[id]||status(id),known,
shown=>row.id?replyButton(
model,row.id,id,{},shown):
shown))),fill(options,item.
options.map(([letter,text])=>h(
"div.cgr-option",{class:known.
includes(letter)?"cgr-op\
tion cgr-gold":"cgr-opti\
on"},h("b",null,letter),
long(text,240),CHANNELS.
filter(([id])=>row[id]===
letter).map(([id,name])=>h(
"i.cgr-shape",{class:`cg\
r-shape cgr-ch-${id}`,title:`${name}\
 answered ${letter}`,role:"\
img","aria-label":name})),
known.includes(letter)?h(
"span.cgr-right",null,"g\
old"):null))),fill(gold,
known.length?`gold ${known.
join(", ")}`:model.get("\
gold_known")?"show gold":
"no gold known"),gold.disabled=
!answered(model)||known.
length>0||!model.get("go\
ld_known")};return draw(),
fill(box,h("div.cgr-head",
null,h("b",null,item.dataset,
item.config!=="default"?
` · ${item.config}`:""),
row.solver?h("span",null,
h("span.cgr-faint",null,
"solver "),row.solver):null,
row.generator_name?h("sp\
an",null,h("span.cgr-fai\
nt",null,"generator "),row.
generator_name):null,row.
arm?h("span",null,h("spa\
n.cgr-faint",null,"run o\
f arm "),row.arm,h("span\
.cgr-faint",null,row.run===
"program"?"":` (${row.run}\
)`)):null,h("span.cgr-pu\
sh"),chips,gold),h("deta\
ils.cgr-item",{open:!0},
h("summary",null,long(item.
question,300)),item.context[0]?
h("div.cgr-context",null,
long(item.context,600)):
null,options)),draw}function outcome(run,gold){
if(run.status!=="ok"&&run.
status!=="ended")return h(
"span.cgr-wrong",{"aria-\
hidden":"true"},"! ");if(!gold.
length||run.status==="en\
ded")return h("span.cgr-\
faint",{"aria-hidden":"t\
rue"},"→ ");let right=gold.
includes(run.letter);return h(
"span",{class:right?"cgr\
-right":"cgr-wrong",role:"\
img","aria-label":right?
"right: ":"wrong: "},right?
"✓ ":"✗ ")}function drawProgram(lines,notes2){
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
0,top-4)))}function goTo(model,position){
let size=model.get("run").
steps.line.length,at=Math.
max(0,Math.min(size-1,position));
!size||at===model.get("p\
osition")||(model.set("p\
osition",at),model.save_changes())}
function jump(model,kind,back){
let stops=model.get("run").
stops[kind],at=model.get(
"position"),next=back?stops.
filter(n=>n<at).pop():stops.
find(n=>n>at);next!==void 0&&
goTo(model,next)}function find(model,text,back){
let{lines,steps}=model.get(
"run"),wanted=text.toLowerCase(),
size=steps.line.length,holds=n=>`${(lines[steps.
line[n]-1]||[]).map(piece=>piece[1]).
join("")} ${Object.entries(
steps.changed[n]).flat().
join(" ")}`.toLowerCase().
includes(wanted),at=model.
get("position");for(let k=1;wanted&&
k<=size;k+=1){let n=(at+
(back?size-k:k))%size;if(holds(
n))return goTo(model,n),
!0}return!1}var EVENTS={call:"enters",
line:"about to run",ask:"\
asks the solver",return:"\
returns",raise:"raises",
unwind:"exits with the e\
xception",cut:"trace tru\
ncated here"};function stateAt(steps,at){
let frames=new Map;for(let n=0;n<=
at;n+=1){let id=steps.frame[n];
if(id==null)continue;frames.
has(id)||frames.set(id,{
id,name:"",vars:new Map});
let frame=frames.get(id);
steps.name[n]&&(frame.name=
steps.name[n]);for(let[name,
text]of Object.entries(steps.
changed[n]))text===null?
frame.vars.delete(name):
frame.vars.set(name,{text,
at:n});if(n<at&&(steps.event[n]===
"return"||steps.event[n]===
"unwind"))for(let other of[
...frames.keys()])other>=
id&&frames.delete(other)}
return[...frames.values()]}
function runView(model,title,second=!1){
let program=h("div.cgr-s\
croll",{tabindex:"0","ar\
ia-label":"program"}),variables=h(
"div.cgr-scroll.cgr-vars",
{"aria-live":"off"}),output=h(
"div.cgr-scroll.cgr-outp\
ut.cgr-mono"),calls=h("d\
iv.cgr-scroll.cgr-calls"),
heading=h("span.cgr-fain\
t"),node=h("div.cgr-run",
null,h("div.cgr-box.cgr-\
program",null,h("div.cgr\
-title",null,title==="pr\
ogram"?term("program",title):
title,heading),program),
h("div.cgr-box.cgr-middl\
e",null,h("div.cgr-title",
null,"variables"),variables,
h("div.cgr-title",null,"\
output so far"),output),
h("div.cgr-box.cgr-right\
-side",null,h("div.cgr-t\
itle",null,term("ask","s\
olver calls")),calls)),run=null,
drawn=null,cards=[],now=null;
function card(entry,editable){
let field=h("input",{type:"\
text","aria-label":`what\
 if call ${entry.index+1}\
 had said`,placeholder:"\
what if the reply had be\
en …",disabled:!live(model),
title:live(model)?"":whyOff(
model)}),tryIt=()=>ask(model,
"what_if",{call:entry.index,
reply:field.value,keep:editable===
"second"});onEnter(field,
tryIt);let unread=entry.
wants_letter?{none:"no o\
ption letter in the repl\
y",ambiguous:"several le\
tters in the reply",out_of_range:"\
a letter outside the opt\
ions"}[entry.read]:"",read=entry.
reply===null?"no reply":
entry.letter?`read as ${entry.
letter} by rule ${entry.
rule}`:unread||"";return h(
"article.cgr-card",{"ari\
a-label":`solver call ${entry.
index+1}`},h("header",null,
h("button.cgr-jump",{title:"\
go to this call",disabled:entry.
step===null,onclick:()=>goTo(
model,entry.step)},`call\
 ${entry.index+1}`),entry.
line?h("span.cgr-faint",
null,`line ${entry.line}`):
null,h("span.cgr-faint.c\
gr-num.cgr-push",null,entry.
tokens?`${entry.tokens[0]}\
 + ${entry.tokens[1]} to\
k`:"",entry.ms===null?"":
` · ${entry.ms<10?entry.
ms:Math.round(entry.ms)}\
 ms`)),h("div.cgr-said",
null,h("span.cgr-who",null,
"asked"),long(entry.prompt,
320)),entry.choices.length?
h("div.cgr-faint",null,`\
choices: ${entry.choices.
join(", ")}`):null,h("di\
v.cgr-said.cgr-reply",null,
h("span.cgr-who",null,"s\
aid"),entry.reply===null?
h("i",null,"nothing"):entry.
reply[0]===""?h("i",null,
entry.thoughts?RULES.cut_thought:
"an empty reply"):long(entry.
reply,320)),entry.thoughts?
h("details.cgr-faint",null,
h("summary",null,"reason\
ing"),long(entry.thoughts,
320)):null,h("div.cgr-fa\
int",{title:"the extract\
ion rule that fired on t\
his reply"},read,entry.cut?
" · truncated at the tok\
en limit":""),entry.origin?
h("div.cgr-faint",null,"\
reply: ",h("b",null,entry.
origin)):null,editable?h(
"div.cgr-whatif",null,field,
kernelButton(model,"butt\
on",{onclick:tryIt,title:"\
run the program again wi\
th this reply"},"try")):
null)}function editLine(number){
let line=drawn&&drawn.line(
number);if(!line||!live(
model)||line.querySelector(
"input"))return;let text=line.
querySelector(".cgr-text"),
source=(second?model.get(
"other").source:model.get(
"source")).split(`
`)[number-1]??text.textContent,
close=()=>{field.replaceWith(
text),model.get("run")&&
program.closest(".cgr-st\
epper")?.focus()},field=h(
"input.cgr-line-edit",{type:"\
text",value:source,"aria\
-label":`what if line ${number}\
 were`,spellcheck:"false",
onkeydown:event=>{if(event.
stopPropagation(),event.
key==="Escape"&&close(),
event.key==="Enter"){let now2=field.
value;close(),now2!==source&&
ask(model,"what_if",{line:number,
text:now2,keep:second})}}});
text.replaceWith(field),
field.focus()}return program.
addEventListener("dblcli\
ck",event=>{let line=event.
target.closest("[data-li\
ne]");line&&!event.target.
closest("button, input")&&
editLine(Number(line.dataset.
line))}),{node,heading,editLine,
load(value,editable){run=
value,drawn=drawProgram(
run.lines,run.notes),fill(
program,drawn.code),cards=
run.asks.map(entry=>card(
entry,editable)),fill(calls,
cards.length?cards:h("di\
v.cgr-empty",null,"This \
program never asked the \
solver."));let failed=drawn.
line(run.failed_line);failed&&
failed.classList.add("cg\
r-failed"),now=null},differs(line){
for(let old of program.querySelectorAll(
".cgr-differs"))old.classList.
remove("cgr-differs");let node2=drawn.
line(line);node2&&node2.
classList.add("cgr-diffe\
rs")},show(position){let steps=run.
steps,size=steps.line.length;
if(!size){fill(variables,
h("div.cgr-empty",null,"\
No steps were recorded f\
or this run.")),fill(output,
long(run.output,4e3)),reveal(
program,drawn.line(run.failed_line));
return}let at=Math.min(position,
size-1),line=drawn.line(
steps.line[at]);now&&(now.
classList.remove("cgr-no\
w"),now.removeAttribute(
"aria-current")),now=line,
line&&(line.classList.add(
"cgr-now"),line.setAttribute(
"aria-current","step"),reveal(
program,line));let event=steps.
event[at],value=steps.value[at],
frames=stateAt(steps,at).
reverse();fill(variables,
h("div.cgr-event",null,`${EVENTS[event]||
event}${steps.line[at]?`\
 line ${steps.line[at]}`:
""}`,value?[": ",long(value,
160)]:null),frames.map(frame=>h(
"table",null,frames.length>
1?h("caption",null,frame.
name||"module"):null,h("\
tbody",null,[...frame.vars].
reverse().map(([name,entry])=>{
let fresh=entry.at===at;
return h("tr",{class:fresh?
"cgr-fresh":""},h("th.cg\
r-mono",{scope:"row"},name),
h("td.cgr-mono",null,long(
entry.text,70)),h("td.cg\
r-tag",null,fresh?"chang\
ed":""))})))));let printed=run.
output[0].slice(0,steps.
printed[at]);fill(output,
printed?long(printed,4e3):
h("span.cgr-faint",null,
"nothing yet"));let active=null;
run.asks.forEach((entry,index)=>{
let current=steps.ask[at]===
entry.index,past=entry.step!==
null&&entry.step<at;cards[index].
classList.toggle("cgr-cu\
rrent",current),cards[index].
classList.toggle("cgr-fu\
ture",!current&&!past&&entry.
step!==null),(current||past&&
!active)&&(active=current||
!active?cards[index]:active)}),
reveal(calls,active)}}}function drawStrip(model,go){
let bar=h("div.cgr-bar",
{onclick:event=>{let box=bar.
getBoundingClientRect();
go(stepOf(Math.round((event.
clientX-box.left)/box.width*
(stations.length-1))))}}),
node=h("div.cgr-strip",{
"aria-hidden":"true",title:"\
the whole run; click to \
go there"},bar),needle=h(
"div.cgr-needle"),run=null,
closed=new Set,stations=[],
quiet=fold=>![...run.stops.
call,...run.stops.trouble].
some(n=>n>=fold.from&&n<=
fold.to);function settle(){
stations=[];let size=run.
steps.line.length,at=new Map(
[...closed].map(fold=>[fold.
from,fold]));for(let n=0;n<
size;n+=1){stations.push(
n);let fold=at.get(n);fold&&
(n=fold.to)}draw()}let place=station=>`${stations.
length>1?100*station/(stations.
length-1):0}%`,mark=(kind,step,label,title)=>h(
`span.cgr-mark.cgr-mark-${kind}`,
{style:{left:place(stationOf(
step))},title},label);function draw(){
fill(bar,run.folds.map(fold=>closed.
has(fold)?h("button.cgr-\
mark.cgr-mark-loop",{tabindex:"\
-1",style:{left:place(stationOf(
fold.from))},title:`loop\
 at line ${fold.line}: ${fold.
rounds} rounds; click to\
 open`,onclick:event=>{event.
stopPropagation(),closed.
delete(fold),settle(),go(
fold.from)}},`⟳${fold.
rounds}`):h("span.cgr-sp\
an",{style:{left:place(stationOf(
fold.from)),width:`calc(${place(
stationOf(fold.to))} - ${place(
stationOf(fold.from))})`},
title:`loop at line ${fold.
line}: ${fold.rounds} ro\
unds`})),run.stops.call.
map((step,n)=>mark("call",
step,String(n+1),`solver\
 call ${n+1}`)),run.stops.
trouble.map(step=>mark("\
trouble",step,"!","excep\
tion")),needle)}function stationOf(step){
let low=0,high=stations.
length-1;for(;low<high;){
let middle=low+high+1>>1;
stations[middle]<=step?low=
middle:high=middle-1}return Math.
max(0,low)}let stepOf=station=>stations[Math.
max(0,Math.min(stations.
length-1,station))]??0;return{
node,stationOf,stepOf,stations:()=>stations.
length,load(value){run=value,
closed=new Set(run.folds.
filter(quiet)),settle()},
show(step){let inside=[...closed].
find(fold=>step>fold.from&&
step<=fold.to);inside&&(closed.
delete(inside),settle()),
needle.style.left=place(
stationOf(step))},toggleAll(){
let at=model.get("positi\
on");closed=closed.size?
new Set:new Set(run.folds.
filter(fold=>!(at>fold.from&&
at<=fold.to))),settle()}}}function renderStepper({
model,el}){let{node,body,
done}=root(model,el,"ste\
pper","Stepper: one run \
of a program, step by st\
ep"),gold=kernelButton(model,
"button",{reads:!0,onclick:()=>ask(
model,"show_gold"),title:"\
show the correct letter"}),
top=h("div"),status=h("d\
iv.cgr-status",{role:"st\
atus"}),first=runView(model,
"program"),second=runView(
model,"what if",!0),both=h(
"div.cgr-runs",null,first.
node,second.node),change=h(
"div.cgr-change"),where=h(
"span.cgr-where.cgr-num",
{"aria-live":"polite"}),
slider=h("input",{type:"\
range",min:0,"aria-label":"\
step",oninput:()=>goTo(model,
strip.stepOf(Number(slider.
value)))}),strip=drawStrip(
model,step=>goTo(model,step)),
move=by=>goTo(model,strip.
stepOf(strip.stationOf(model.
get("position"))+by)),timer=0,
play=h("button",{title:"\
play (p)","aria-label":"\
play","aria-pressed":"fa\
lse",onclick:()=>toggle()},
"play");function toggle(on=!timer){
clearInterval(timer),timer=
on?setInterval(()=>{let before=model.
get("position");move(1),
before===model.get("posi\
tion")&&toggle(!1)},350):
0,play.setAttribute("ari\
a-pressed",String(!!timer)),
fill(play,timer?"pause":
"play")}let button=(mark,label,key,work)=>h(
"button",{title:`${label}\
 (${key})`,"aria-label":label,
onclick:work},mark),jumps={
call:button("next call",
"next solver call","c",()=>jump(
model,"call")),change:button(
"next change","next chan\
ge of a variable","v",()=>jump(
model,"change")),return:button(
"return","next return","\
r",()=>jump(model,"retur\
n")),trouble:button("exc\
eption","next exception",
"x",()=>jump(model,"trou\
ble"))},finder=h("input.\
cgr-find",{type:"search",
placeholder:"find (/)","\
aria-label":"find in the\
 run",title:"a line or a\
 variable; Enter finds t\
he next, shift + Enter t\
he previous",onkeydown:event=>{
event.key==="Enter"&&finder.
classList.toggle("cgr-no\
ne",!find(model,finder.value,
event.shiftKey))}}),runAgain=()=>ask(
model,"what_if",{source:editor.
text()}),editor=codeEditor(
model,{label:"program to\
 try",language:"python",
rows:12,onSubmit:runAgain}),
editBox=h("details.cgr-e\
dit",{ontoggle:()=>editBox.
open&&editor.open()},h("\
summary",null,"what if t\
he program were differen\
t (one line: press e, or\
 click it twice)"),editor.
box,kernelButton(model,"\
button.cgr-main",{title:"\
run the edited program a\
gainst the recorded repl\
ies (Ctrl+Enter)",onclick:runAgain},
"run again"),h("span.cgr\
-faint",null," recorded \
replies are reused; new \
questions go to the solv\
er"));body.append(top,status,
change,both,strip.node,h(
"div.cgr-controls",null,
button("|‹","first ste\
p","Home",()=>goTo(model,
0)),button("‹","step b\
ack","←",()=>move(-1)),
slider,button("›","ste\
p","→",()=>move(1)),button(
"›|","last step","End",
()=>goTo(model,1/0)),play,
where,h("span.cgr-push"),
finder,Object.values(jumps),
h("span.cgr-faint.cgr-ke\
ys",null,h("kbd",null,"←"),
h("kbd",null,"→")," st\
ep ",h("kbd",null,"c"),"\
 call ",h("kbd",null,"v"),
" change ",h("kbd",null,
"r")," return, with ",h(
"kbd",null,"shift")," ba\
ck · ",h("kbd",null,"p"),
" play ",h("kbd",null,"l"),
" loops ",h("kbd",null,"\
g")," gold ",h("kbd",null,
"e")," edit the line ",h(
"kbd",null,"/")," find")),
editBox);let replies=repliesBox(
model,node);body.append(
replies.box);let drawGold=header(
model,top,gold),draw=()=>{
let run=model.get("run"),
at=model.get("position");
first.show(at),model.get(
"other").lines&&second.show(
at),strip.show(at);let size=run.
steps.line.length;slider.
max=Math.max(0,strip.stations()-
1),slider.value=strip.stationOf(
at),slider.setAttribute(
"aria-valuetext",`step ${at+
1} of ${size}`),fill(where,
size?`step ${count(at+1)}\
 of ${count(size)}`:"no \
steps")},question=()=>{let pending=model.
get("pending");if(!pending.
prompt)return null;let field=h(
"input",{type:"text","ar\
ia-label":"solver reply",
placeholder:"solver repl\
y"}),goOn=()=>ask(model,
"what_if",{call:pending.
call,reply:field.value,keep:!0});
return onEnter(field,goOn),
h("div.cgr-whatif.cgr-pe\
nding",null,h("span",null,
h("b",null,`Call ${pending.
call+1} asks: `),long(pending.
prompt,300)),field,kernelButton(
model,"button.cgr-main",
{onclick:goOn,title:"con\
tinue with this reply"},
"go on"))},loadOther=()=>{
let other=model.get("oth\
er"),shown=!!other.lines;
if(second.node.hidden=!shown,
change.hidden=!shown&&!model.
get("pending").prompt,node.
classList.toggle("cgr-tw\
o",shown),first.differs(
0),!shown){fill(change,question());
return}let difference=model.
get("difference");second.
load(other,"second"),difference.
line&&(second.differs(difference.
line),first.differs(difference.
was_line||difference.line)),
fill(change,h("b",null,"\
What if "),plain(other.changed),
": it ",h("b",null,plain(
other.sentence)),". ",h(
"span",null,plain(difference.
words||""))," ",other.asked_anew?
h("span.cgr-faint",null,
`${other.asked_anew} new\
 question${other.asked_anew>
1?"s":""} went to the so\
lver. `):null,difference.
step===void 0||difference.
step===null?null:h("butt\
on",{onclick:()=>goTo(model,
difference.step)},"go to\
 the first difference"),
h("button",{disabled:!live(
model),onclick:()=>ask(model,
"forget")},"dismiss"),question())},
drawStatus=()=>{let run=model.
get("run");fill(status,outcome(
run,model.get("gold")),long(
run.sentence,300),run.cut?
` · trace cut: ${run.cut}`:
"")},load2=()=>{let run=model.
get("run");node.classList.
toggle("cgr-absent-run",
run.status==="absent"),first.
load(run,!0),drawStatus(),
editor.put(model.get("so\
urce")),strip.load(run);
for(let[kind,node2]of Object.
entries(jumps))node2.disabled=
run.stops[kind].length===
0;drawGold=header(model,
top,gold),loadOther(),draw()};
load2();let stop=watch(model,
{run:load2,position:draw,
other:()=>{loadOther(),draw()},
reply:replies.drawReply,
found:replies.drawFound,
pending:()=>{loadOther(),
draw()},gold:()=>{drawGold(),
drawStatus()}}),ways=kind=>event=>jump(
model,kind,event.shiftKey);
return onKeys(node,{ArrowRight:()=>move(
1),ArrowLeft:()=>move(-1),
Home:()=>goTo(model,0),End:()=>goTo(
model,1/0),c:ways("call"),
C:ways("call"),v:ways("c\
hange"),V:ways("change"),
r:ways("return"),R:ways(
"return"),x:ways("troubl\
e"),X:ways("trouble"),p:()=>toggle(),
"/":()=>finder.focus(),l:()=>{
strip.toggleAll(),draw()},
g:()=>ask(model,"show_go\
ld"),e:()=>first.editLine(
model.get("run").steps.line[model.
get("position")])}),()=>{
clearInterval(timer),editor.
close(),stop(),done()}}function stepBox(model,box,owner){
let stop=null,opening=!0;
return()=>{stop&&(stop(),
stop=null);let state={...model.
get("step_state"),live:!1,
error:""};if(box.hidden=
!state.run,fill(box),!state.
run){opening=!1;return}let heard={},
inner={get:name=>state[name],
set(name,value){if(state[name]!==
value){state[name]=value;
for(let handler of[...heard[`\
change:${name}`]||[]])handler()}},
save_changes(){},send(){},
on(event,handler){(heard[event]=
heard[event]||[]).push(handler)},
off(event,handler){heard[event]=
(heard[event]||[]).filter(
other=>other!==handler)}};
box.append(h("div.cgr-he\
ad",null,h("b",null,"ste\
p view"),live(model)&&h(
"span.cgr-faint",null,`w\
hat-if and gold: show \`${owner}\
.stepper\` in a separate \
cell`),h("span.cgr-push"),
h("button",{title:"close\
 the step view",onclick:()=>{
model.set("step_state",{}),
model.save_changes(),ask(
model,"close_step")}},"c\
lose"))),stop=renderStepper(
{model:inner,el:box}),opening||
box.scrollIntoView({block:"\
nearest"}),opening=!1}}function render({model,el}){
let{node,body,done}=root(
model,el,"workbench","Wo\
rkbench: pick items, run\
 them, compare answers"),
change=(name,value)=>{model.
set(name,value),model.save_changes()},
search=h("input",{type:"\
search",placeholder:"sea\
rch (/)","aria-label":"s\
earch items",value:model.
get("query"),disabled:!answered(
model),title:answered(model)?
"all words must occur":whyOff(
model),oninput:later(()=>change(
"query",search.value),90)}),
sort=sortHead(model,change),
title=h("span"),list=longList(
model,{onOpen:place=>{answered(
model)&&list.open(place),
ask(model,"open_item",{place})},
onChoose:(place,on)=>ask(
model,"choose",{place,on})}),
setFilter=(name,codes)=>change(
"filters",{...model.get(
"filters"),[name]:codes}),
facets=["status","datase\
t","config"].map(name=>facet(
model,name,setFilter)),all=kernelButton(
model,"button",{reads:!0,
title:"clear the selecti\
on made in the results p\
anel",onclick:()=>ask(model,
"show_items")},"show all\
 items"),choiceButtons=[
kernelButton(model,"butt\
on",{title:"select all i\
tems shown",onclick:()=>ask(
model,"choose_shown")},"\
select all shown"),kernelButton(
model,"button",{title:"c\
lear the selection",onclick:()=>ask(
model,"clear_choice")},"\
clear")],prompts=promptEditor(
model,change),models=modelPicker(
model,change,prompts.used),
result=runResult(model),
answers=answersBox(model),
program=programEditor(model,
change),bar=h("progress",
{max:1,value:0,"aria-lab\
el":"progress of the run"}),
words=h("span.cgr-faint",
{role:"status"}),run=kernelButton(
model,"button.cgr-main",
{title:"run the selected\
 items with the selected\
 models, in the backgrou\
nd",onclick:()=>ask(model,
"run")},"run"),stopButton=kernelButton(
model,"button",{title:"s\
top now; finished rows a\
re kept",onclick:()=>ask(
model,"stop")},"stop"),code=codeBox(
model,change),stepper=h(
"div.cgr-step-box"),replies=repliesBox(
model,node),drawStepper=stepBox(
model,stepper,"workbench");
function drawTitle(){if(all.
hidden=!model.get("narro\
wed"),run.disabled=!live(
model)||!model.get("chos\
en").length||!!model.get(
"progress").running,!model.
get("total")){fill(title,
h("span.cgr-faint",{role:"\
status"},"Reading the st\
udy …"));return}let shown=places(
model).length,out=model.
get("left_out")||0;fill(
title,h("b",null,count(shown)),
` of ${count(model.get("\
total"))} items`,h("span\
.cgr-running",null," · ",
h("b",null,count(model.get(
"chosen").length))," ",term(
"pick","selected")),out?
h("span.cgr-faint",null,
` · ${count(out)} more,\
 not included in this sa\
ved page`):"")}function drawProgress(){
let now=model.get("progr\
ess");bar.hidden=!now.total,
bar.max=now.total||1,bar.
value=now.done||0,stopButton.
disabled=!live(model)||!(now.
running||model.get("tria\
l").running);let left=now.
left?` · ${now.left<90?
`${Math.ceil(now.left)} \
s`:`${Math.ceil(now.left/
60)} min`} left`:"";fill(
words,now.total?`${count(
now.done)} of ${count(now.
total)} rows`:"",left,now.
words?` ${now.total?"· ":
""}${now.words}`:""),drawTitle()}
let writing=h("div.cgr-w\
riting",{"aria-live":"of\
f"});function drawWriting(){
let lines=model.get("wri\
ting");writing.hidden=!lines.
length,fill(writing,lines.
map(line=>h("div",null,h(
"span.cgr-faint",null,`${line.
model} `),h("span.cgr-fa\
int.cgr-asked",null,plain(
line.asked.replaceAll(`
`," ")))," → ",h("b",null,
plain(line.said)))))}function drawAnswers(){
list.open(model.get("ite\
m").place),answers.draw()}
let drawView=()=>{list.load(),
facets.forEach(one2=>one2.
draw()),drawTitle()};body.
append(h("div.cgr-head",
null,title,h("span.cgr-p\
ush"),h("span.cgr-runnin\
g",null,choiceButtons,run,
stopButton,bar,words,kernelButton(
model,"button",{title:"t\
his run as Python, shell\
 and study.toml; writes \
its folder",onclick:()=>ask(
model,"write_code")},"as\
 code"))),live(model)?"":
h("p.cgr-saved-note",null,
answered(model)?whyOff(model):
"A saved page: open the \
panel in a notebook to s\
earch, open items and ru\
n."),writing,result.box,
h("div.cgr-three",null,h(
"div.cgr-box.cgr-left",null,
h("div.cgr-tools",null,search,
all),h("div.cgr-browse",
null,h("div.cgr-scroll.c\
gr-facets",null,facets.map(
one2=>one2.box)),h("div.\
cgr-box",null,sort.box,list.
box))),h("div.cgr-box.cg\
r-ask",null,models.box),
h("div.cgr-box",null,answers.
box)),prompts.box,program.
box,code.box,replies.box,
stepper),sort.draw(),result.
draw(),models.draw(),models.
drawLoaded(),prompts.draw(),
drawAnswers(),program.draw(),
drawWriting(),drawProgress(),
code.draw(),drawView(),list.
choice(),list.unpack(),drawStepper();
let stop=watch(model,{view:drawView,
counts:drawView,columns:()=>list.
unpack(),filters:()=>facets.
forEach(one2=>one2.draw()),
narrowed:drawTitle,chosen:()=>{
list.choice(),drawTitle()},
item:drawAnswers,answers:drawAnswers,
gold:drawAnswers,models:models.
draw,memory:models.drawLoaded,
solvers:models.draw,generators:models.
draw,progress:drawProgress,
arms:models.draw,arm_choices:models.
draw,prompt_name:prompts.
draw,prompts_used:prompts.
draw,profile:prompts.draw,
program:program.draw,writing:drawWriting,
prompt:prompts.draw,preview:prompts.
draw,trial:()=>{prompts.
draw(),program.draw(),drawProgress()},
code:()=>{code.draw(),code.
box.scrollIntoView({block:"\
nearest"})},step_state:drawStepper,
reply:replies.drawReply,
found:replies.drawFound,
query:()=>{document.activeElement!==
search&&(search.value=model.
get("query"))},sort:sort.
draw,backwards:sort.draw,
result:result.draw,preview_error:prompts.
draw});return onKeys(node,
{"/":()=>search.focus()}),
()=>{list.stop(),prompts.
stop(),program.stop(),stop(),
done()}}var workbench_default={
render};return __toCommonJS(workbench_exports);})();
export default panel.default;
