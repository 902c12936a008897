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
{value:!0}),mod);var compare_exports={};__export(
compare_exports,{default:()=>compare_default});var words_default=CGR_WORDS;var UNSEEN=/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
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
stream).json()}function root(model,el,name,label){
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
review_states:REVIEW_STATES}=words_default;function onKeys(node,table){
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
work(event)))})}var CHANNEL_OF={direct:"\
direct",cgr:"assisted",generator_only:"\
generator"};var said=status=>status.
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
kept.rows,kept.of]})}function pieces(list){let box=h(
"span.cgr-long");for(let[
kind,text]of list)kind===
"more"?box.append(h("spa\
n.cgr-faint",null,` … ${count(
text)} ${REPLY_WORDS.more}`)):
box.append(kind?h(`mark.\
cgr-is-${kind}`,null,plain(
text)):plain(text));return box}
function facts(call){let rule=call.
rule?RULES[call.rule]||call.
rule:"–";return[call.status?
[term("rule","rule"),` ${rule}`]:
null,call.tokens?`${call.
estimated?"about ":""}${count(
call.tokens[0])} + ${count(
call.tokens[1])} tok`:null,
call.seconds===void 0?null:
call.seconds<.1?`${(1e3*
call.seconds).toFixed(1)}\
 ms`:`${call.seconds.toFixed(
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
!0)}}function tableOf(head,lines){
return h("table",null,h(
"thead",null,h("tr",null,
head)),h("tbody",null,lines))}
function columnHead(name,kind="\
th"){return h(kind,{scope:"\
col"},name)}function numbersTable(lead,columns,facts2,leadOf){
return tableOf([columnHead(
lead),columns.map(([,name,
key])=>columnHead(term(key,
name),"th.cgr-num"))],facts2.
map(fact=>h(fact.told?"t\
r.cgr-told":"tr",null,h(
"th",{scope:"row"},leadOf(
fact)),columns.map(([key,
name])=>h("td.cgr-num",{
"data-label":name},fact[key])))))}
function pagedTable(what,head,found,shown,line,showMore){
return h("div.cgr-scroll\
.cgr-rows",{tabindex:"0",
role:"group","aria-label":what},
tableOf(head,found.slice(
0,shown).map(line)),found.
length>shown?h("button.c\
gr-show-more",{onclick:()=>showMore(
shown+200)},`show more (${count(
found.length-shown)} lef\
t)`):null)}function matching(rows,picked,but){
let wanted=Object.entries(
picked).filter(([facet])=>facet!==
but).map(([facet,codes])=>[
rows[facet],new Set(codes)]),
found=[];for(let n=0;n<rows.
item.length;n+=1)wanted.
every(([column,codes])=>codes.
has(column[n]))&&found.push(
n);return found}var PAIRS_SHOWN=50,OF_SIDE=[
"reply","found","kept"];
function sideModel(model,side){
let named=name=>side==="\
b"&&OF_SIDE.includes(name)?
`${name}_b`:name;return{
get:name=>model.get(named(
name)),set:(name,value)=>model.
set(named(name),value),save_changes:()=>model.
save_changes(),send:message=>model.
send({...message,with:{...message.
with,side}})}}function openPair(model,n){
if(answered(model))return ask(
model,"open_pair",{pair:n});
model.set("opened",n),model.
set("item",(model.get("k\
ept_items")||{})[n]||{});
for(let[place,side]of["a",
"b"].entries())openReply(
sideModel(model,side),n,
model.get("sides")[place].
arm,"show_pair_reply")}function drawPairs(model,list,rows,{
drop,shown=PAIRS_SHOWN}){
let picked=model.get("pi\
cked"),slices=model.get(
"slices"),flips=model.get(
"flips"),found=rows?matching(
rows,picked):[],nameOf=(facet,code)=>facet===
"flip"?flips[code].name===
"not scored"?"not scored":
flips[code].meaning:`${RUN_WORDS.
kinds[facet]}: `+slices.
find(slice=>slice.kind===
facet&&slice.code===code).
name,chips=Object.entries(
picked).flatMap(([facet,
codes])=>codes.map(code=>h(
"button.cgr-chip",{title:"\
remove this filter",onclick:()=>drop(
facet,code)},`${nameOf(facet,
code)} ×`))),verdict=(n,side)=>{
let flip=flips[rows.flip[n]].
name;if(flip==="not scor\
ed")return"";let right=flip===
"both_right"||flip===(side===
"a"?"loss":"gain");return h(
"b",{class:right?"cgr-ri\
ght":"cgr-wrong",role:"i\
mg","aria-label":right?"\
right":"wrong"},right?" \
✓":" ✗")},answer=(n,side)=>[
rows[`letter_${side}`][n]?
h("b",null,rows[side][n]):
h("span.cgr-faint",null,
rows[side][n].replaceAll(
"_"," ")),verdict(n,side)],
opened=model.get("opened"),
question=n=>rows.questions[rows.
item[n]]||"",line=n=>h("\
tr",{class:n===opened?"c\
gr-opened":"","aria-curr\
ent":n===opened?"true":null,
title:question(n),onclick:()=>openPair(
model,n)},h("td.cgr-ques\
tion",null,h("button.cgr\
-run-open",{title:RUN_WORDS.
beside,"aria-label":`${RUN_WORDS.
beside}: ${question(n)||
`pair ${n+1}`}`,onclick:event=>{
event.stopPropagation(),
openPair(model,n)}},question(
n)||"–")),h("td.cgr-fa\
int",null,rows.names[rows.
who[n]]||""),h("td.cgr-n\
owrap",null,answer(n,"a")),
h("td.cgr-nowrap",null,answer(
n,"b")));fill(list,h("di\
v.cgr-list-head",null,h(
"b",null,rows?count(found.
length):count(model.get(
"size"))),` of ${count(model.
get("size"))} pairs`,chips.
length?[" · ",chips,h("\
button",{title:"pick not\
hing (Escape)",onclick:()=>drop()},
"all pairs")]:h("span.cg\
r-faint",null,` · ${RUN_WORDS.
list_hint}`)),rows?pagedTable(
"pairs",["item","of","A",
"B"].map(title2=>columnHead(
title2)),found,shown,line,
more=>drawPairs(model,list,
rows,{drop,shown:more})):
h("div.cgr-empty",{role:"\
status"},"loading pairs \
…"))}function beside(model,node){
let item=h("div.cgr-run-\
item",{hidden:!0}),[a,b]=[
"a","b"].map((side,place)=>{
let drawer=repliesBox(sideModel(
model,side),node),told=model.
get("sides")[place];return drawer.
box.setAttribute("aria-l\
abel",`replies of ${told.
letter}`),drawer.box.prepend(
h("div.cgr-run-side",null,
h(`span.cgr-run-mark.cgr\
-run-${side}`,null,told.
letter),h("b.cgr-long",null,
told.label))),drawer});function drawItem(){
let now=model.get("item")||
{};if(item.hidden=!now.question,
!now.question)return fill(
item);fill(item,now.context?
h("div.cgr-faint",null,long(
now.context,300)):null,h(
"div",null,long(now.question,
600)),h("ul",null,now.options.
map(([letter,text])=>h("\
li",null,h("b",null,letter),
" ",long(text,200)))))}return drawItem(),
{box:h("div",null,item,h(
"div.cgr-run-beside",null,
a.box,b.box)),drawItem,drawA:a.
drawReply,drawB:b.drawReply,
drawFoundA:a.drawFound,drawFoundB:b.
drawFound}}var SVG="http://www.w3.o\
rg/2000/svg";function s(tag,props,...children){
let node=document.createElementNS(
SVG,tag);for(let[name,value]of Object.
entries(props||{}))value===
!1||value===null||value===
void 0||(name.startsWith(
"on")?node.addEventListener(
name.slice(2),value):node.
setAttribute(name,value));
return add(node,children)}
var percent=share=>`${(100*
share).toFixed(1)} %`,signed=points=>`${points>
0?"+":points<0?"−":""}${Math.
abs(points).toFixed(1)}`;var SPAN_WIDTH=150,SLICE_ORDERS={
difference:(a,b)=>Math.abs(
b.change)-Math.abs(a.change),
p:(a,b)=>a.p-b.p,items:(a,b)=>b.
items-a.items};function shownSlices(slices,{
kind,search,fewest,order}){
let wanted=search.trim().
toLowerCase(),left=slices.
filter(slice=>(!kind||slice.
kind===kind)&&slice.items>=
fewest&&(!wanted||`${RUN_WORDS.
kinds[slice.kind]} ${slice.
name}`.toLowerCase().includes(
wanted)));return SLICE_ORDERS[order]?
[...left].sort(SLICE_ORDERS[order]):
left}function span(slice,most){
let x=points=>SPAN_WIDTH/
2+points/most*(SPAN_WIDTH/
2-6);return s("svg",{width:SPAN_WIDTH,
height:18,"aria-hidden":"\
true"},s("line",{class:"\
cgr-grid",x1:x(0),x2:x(0),
y1:0,y2:18}),slice.span?
s("line",{class:"cgr-whi\
sker",x1:x(slice.span[0]),
x2:x(slice.span[1]),y1:9,
y2:9}):null,s("circle",{
class:"cgr-run-dot",cx:x(
slice.change),cy:9,r:4}))}
var ends=([value,low,high])=>[
percent(value),h("span.c\
gr-faint.cgr-run-ends",null,
` [${(100*low).toFixed(0)}\
, ${(100*high).toFixed(0)}\
]`)],title=([,low,high])=>`\
95 % interval: ${percent(
low)} to ${percent(high)}`,
small=p=>p<.001?"< 0.001":
p.toFixed(3);function sliceBox(model,{
change,press,picked}){let slices=model.
get("slices"),kinds=[...new Set(
slices.map(slice=>slice.
kind))],body=h("tbody"),
none=h("div.cgr-empty",{
role:"status",hidden:!0}),
search=h("input",{type:"\
search",placeholder:RUN_WORDS.
slice_filter,"aria-label":RUN_WORDS.
slice_filter,maxlength:200,
oninput:()=>change("sear\
ch",search.value)}),fewest=h(
"input.cgr-run-fewest",{
type:"number",min:"0",step:"\
1","aria-label":RUN_WORDS.
fewest_items,oninput:()=>change(
"fewest",Math.max(0,Math.
floor(Number(fewest.value)||
0)))}),kind=h("select",{
"aria-label":"kind of sl\
ice",onchange:()=>change(
"kind",kind.value)},h("o\
ption",{value:""},"all s\
lices"),kinds.map(one=>h(
"option",{value:one},RUN_WORDS.
kinds[one]))),order=h("s\
elect",{"aria-label":"or\
der of slices",onchange:()=>change(
"order",order.value)},["\
as listed",...Object.keys(
SLICE_ORDERS)].map(one=>h(
"option",{value:one},one))),
header=["slice","items",
"A","B","B − A, pp","i\
nterval","gains","losses",
"p (Holm)"],box=h("div.c\
gr-box.cgr-run-slices",null,
h("div.cgr-title",null,"\
slices"),h("div.cgr-run-\
filter",null,kind,search,
h("label",null,`${RUN_WORDS.
fewest_items} `,fewest),
h("label",null,"order ",
order)),h("div.cgr-scrol\
l.cgr-run-table",{tabindex:"\
0",role:"group","aria-la\
bel":"slices"},h("table",
null,h("thead",null,h("t\
r",null,header.map((name,n)=>h(
n&&n!==5?"th.cgr-num":"t\
h",{scope:"col"},name)))),
body),none),h("p.cgr-fai\
nt.cgr-run-small",null,RUN_WORDS.
multiplicity.replaceAll(
"{count}",count(slices.length))));
function line(slice,most,first){
let on=picked(slice.kind).
includes(slice.code),name=`${RUN_WORDS.
kinds[slice.kind]}: ${slice.
name}`;return h("tr",{class:`${on?
"cgr-picked":""}${first?
" cgr-run-first":""}`},h(
"td",null,h("button.cgr-\
run-slice",{"aria-presse\
d":String(on),"aria-labe\
l":`${name}, ${count(slice.
rows)} rows`,onclick:event=>press(
slice.kind,slice.code,event)},
h("span.cgr-faint",null,
RUN_WORDS.kinds[slice.kind]),
" ",h("b",null,slice.name))),
h("td.cgr-num",null,count(
slice.items)),h("td.cgr-\
num.cgr-nowrap",{title:title(
slice.a)},ends(slice.a)),
h("td.cgr-num.cgr-nowrap",
{title:title(slice.b)},ends(
slice.b)),h("td.cgr-num.\
cgr-nowrap",null,signed(
slice.change)),h("td.cgr\
-nowrap",null,h("span.cg\
r-run-span",null,span(slice,
most),h("span.cgr-faint.\
cgr-run-ends",null,slice.
span?`[${signed(slice.span[0])}\
, ${signed(slice.span[1])}\
]`:"no interval"))),h("t\
d.cgr-num",null,count(slice.
gains)),h("td.cgr-num",null,
count(slice.losses)),h("\
td.cgr-num.cgr-nowrap",null,
small(slice.p)))}function draw(){
let state={kind:model.get(
"kind"),search:model.get(
"search"),fewest:model.get(
"fewest"),order:model.get(
"order")};search.value!==
state.search&&(search.value=
state.search),document.activeElement!==
fewest&&(fewest.value=state.
fewest||""),kind.value=state.
kind,order.value=state.order;
let shown=shownSlices(slices,
state),reach=shown.flatMap(
slice=>[slice.change,...slice.
span||[]]).map(Math.abs),
most=Math.max(5,...reach);
fill(body,shown.map((slice,n)=>line(
slice,most,n>0&&shown[n-
1].kind!==slice.kind))),
none.hidden=shown.length>
0,fill(none,slices.length?
RUN_WORDS.no_slice_shown:
RUN_WORDS.no_slices)}return{
box,draw}}function render({model,el}){
let{node,body,done}=root(
model,el,"comparison","C\
omparison: two runs side\
 by side"),change=(name,value)=>{
model.set(name,value),model.
save_changes()},pickedOf=facet=>model.
get("picked")[facet]||[],
pick=(facet,codes)=>{let picked={
...model.get("picked")};
codes.length?picked[facet]=
[...new Set(codes)].sort(
(a,b)=>a-b):delete picked[facet],
change("picked",picked)},
press=(facet,code,event)=>{
let now=pickedOf(facet),
others=event.shiftKey||event.
ctrlKey||event.metaKey?now:
[];pick(facet,now.includes(
code)?others.filter(other=>other!==
code):[...others,code])},
drop=(facet,code)=>facet===
void 0?change("picked",{}):
pick(facet,pickedOf(facet).
filter(other=>other!==code)),
rows=null,head=h("ul.cgr\
-headline"),sides=h("div\
.cgr-run-sides"),facts2=h(
"div.cgr-facts"),notes2=h(
"div.cgr-run-notes"),flips=h(
"div.cgr-bars"),list=h("\
div.cgr-list"),slices=sliceBox(
model,{change,press,picked:pickedOf}),
replies=beside(model,node);
function drawHead(){fill(
head,model.get("headline").
map(sentence=>h("li",null,
plain(sentence)))),fill(
sides,model.get("sides").
map(({letter,label,about})=>h(
"div.cgr-run-side",null,
h(`span.cgr-run-mark.cgr\
-run-${letter.toLowerCase()}`,
null,letter),h("b.cgr-lo\
ng",null,label),h("span.\
cgr-faint.cgr-long",null,
about)))),fill(facts2,numbersTable(
"",[["macro","macro accu\
racy","macro"],["interva\
l","95 % CI, items resam\
pled","clustered"],["ite\
ms","accuracy over items",
""],["calls","calls per \
row","calls"],["tokens",
"tokens per row","tokens"],
["generator","generator \
tokens per row",""]],model.
get("facts"),fact=>fact.
name));let settings=model.
get("settings");fill(notes2,
model.get("notes").map(note=>h(
"p",null,plain(note))),settings.
length?h("details",null,
h("summary",null,`${RUN_WORDS.
settings} (${count(settings.
length)})`),h("div.cgr-s\
croll",{tabindex:"0",role:"\
group","aria-label":RUN_WORDS.
settings},tableOf(["sett\
ing","A","B"].map(name=>columnHead(
name)),settings.map(line=>h(
"tr",null,line.map(text=>h(
"td.cgr-mono.cgr-long",null,
text))))))):null),notes2.
hidden=!notes2.childElementCount}
function drawFlips(){let entries=model.
get("flips").filter(entry=>entry.
rows),most=Math.max(1,...entries.
map(entry=>entry.rows)),
found=rows?matching(rows,
model.get("picked"),"fli\
p"):null;fill(flips,entries.
map(entry=>{let now=found?
found.filter(n=>rows.flip[n]===
entry.code).length:entry.
rows,on=pickedOf("flip").
includes(entry.code),name=entry.
name==="not scored"?entry.
name:entry.meaning;return h(
"button",{class:`cgr-bar\
-row${on?" cgr-picked":""}`,
title:entry.meaning,"ari\
a-pressed":String(on),"a\
ria-label":`${name}, ${count(
now)} of ${count(entry.rows)}\
 rows`,onclick:event=>press(
"flip",entry.code,event)},
h("span.cgr-bar-name",null,
name),h("span.cgr-bar-tr\
ack",null,h("span.cgr-ba\
r-whole",{style:{width:`${100*
entry.rows/most}%`}},h("\
span",{class:`cgr-bar-fi\
ll cgr-flip-${entry.name.
replace(/[_ ]/g,"-")}`,style:{
width:`${100*now/entry.rows}\
%`}}))),h("span.cgr-num",
null,count(now)))}))}let drawList=()=>drawPairs(
model,list,rows,{drop});
body.append(h("div.cgr-h\
ead",null,head),sides,facts2,
notes2,h("div.cgr-box",null,
h("div.cgr-title",null,term(
"flip","flips")),flips),
slices.box,list,replies.
box);let draw=()=>{let focused=node.
contains(document.activeElement)?
document.activeElement.getAttribute(
"aria-label"):null;drawFlips(),
slices.draw(),drawList(),
focused&&[...node.querySelectorAll(
"[aria-label]")].find(other=>other.
getAttribute("aria-label")===
focused)?.focus({preventScroll:!0})},
readRows=async()=>{let bytes=model.
get("rows");rows=bytes&&
bytes.byteLength?await unpack(
bytes):null,node.dataset.
rows=rows?"here":"awaite\
d",!rows&&answered(model)&&
ask(model,"send_rows"),drawFlips(),
drawList()};drawHead(),draw(),
readRows();let stop=watch(
model,{headline:drawHead,
picked:draw,kind:slices.
draw,order:slices.draw,search:slices.
draw,fewest:slices.draw,
opened:drawList,rows:readRows,
item:replies.drawItem,reply:replies.
drawA,found:replies.drawFoundA,
reply_b:replies.drawB,found_b:replies.
drawFoundB});return onKeys(
node,{Escape:()=>drop()}),
()=>{stop(),done()}}var compare_default={
render};return __toCommonJS(compare_exports);})();
export default panel.default;
