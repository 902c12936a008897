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
{value:!0}),mod);var results_exports={};__export(
results_exports,{default:()=>results_default});var words_default=CGR_WORDS;var UNSEEN=/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
UNSEEN_ALL=new RegExp(UNSEEN,
"g");function unseenMark(code){
let mark2=document.createElement(
"span");return mark2.className=
"cgr-unseen",mark2.textContent=
"U+"+code.toString(16).toUpperCase().
padStart(4,"0"),mark2.title=
"an invisible character",
mark2}function h(what,props,...children){
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
box=h("span.cgr-long"),draw=shown2=>{
let left=text.length-shown2;
fill(box,text.slice(0,shown2),
left>0&&h("button.cgr-mo\
re",{title:"show more of\
 this text",onclick:event=>{
event.stopPropagation(),
draw(Math.min(text.length,
shown2+page))}},`… ${count(
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
review_states:REVIEW_STATES}=words_default;
function answerChip(channel,letter,gold,wrap=shown2=>shown2){
let[,name,meaning]=CHANNELS.
find(([id])=>id===channel),
right=gold&&gold.length?
gold.includes(letter):null,
mark2=right===null?"":right?
" ✓":" ✗";return h("\
span.cgr-chip",{class:`c\
gr-chip cgr-ch-${channel}`,
title:`${name}: ${meaning}`},
h("i.cgr-shape",{"aria-h\
idden":"true"}),`${name}\
 `,wrap(h("b",null,letter||
"–")),mark2&&h("b",{class:right?
"cgr-right":"cgr-wrong",
"aria-label":right?"righ\
t":"wrong"},mark2))}var SVG="http://www.w3.o\
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
var percent=share2=>`${(100*
share2).toFixed(1)} %`,signed=points=>`${points>
0?"+":points<0?"−":""}${Math.
abs(points).toFixed(1)}`,
OTHERS=["diamond","cross",
"plus","down","bar","rin\
g","hexagon","spark","ho\
urglass","bowtie"];function mark(channel,x,y,size){
let colour={direct:"dire\
ct",assisted:"assisted",
cgr:"assisted",generator:"\
generator-side",generator_only:"\
generator-side"}[channel],
fill2=colour?`var(--cgr-${colour}\
)`:"var(--neutral)",path=d=>s(
"path",{d,fill:fill2});if(colour===
"direct")return s("circl\
e",{cx:x,cy:y,r:size,fill:fill2});
if(colour==="assisted")return s(
"rect",{x:x-size,y:y-size,
width:2*size,height:2*size,
fill:fill2});if(colour)return path(
`M${x} ${y-size}L${x+size}\
 ${y+size}L${x-size} ${y+
size}Z`);let third=size/
3;return{diamond:()=>path(
`M${x} ${y-size*1.3}L${x+
size*1.3} ${y}L${x} ${y+
size*1.3}L${x-size*1.3} ${y}\
Z`),cross:()=>s("path",{
d:`M${x-size} ${y-size}L${x+
size} ${y+size}M${x-size}\
 ${y+size}L${x+size} ${y-
size}`,stroke:fill2,"str\
oke-width":2.5}),plus:()=>path(
`M${x-third} ${y-size}h${2*
third}v${2*third}h${2*third}\
v${2*third}h${-2*third}v${2*
third}h${-2*third}v${-2*
third}h${-2*third}v${-2*
third}h${2*third}Z`),down:()=>path(
`M${x} ${y+size}L${x+size}\
 ${y-size}L${x-size} ${y-
size}Z`),bar:()=>s("rect",
{x:x-size*1.3,y:y-third*
1.2,width:2.6*size,height:2.4*
third,fill:fill2}),hexagon:()=>path(
`M${x+size} ${y}L${x+size/
2} ${y+size*.87}L${x-size/
2} ${y+size*.87}L${x-size}\
 ${y}L${x-size/2} ${y-size*
.87}L${x+size/2} ${y-size*
.87}Z`),spark:()=>path(`\
M${x} ${y-size*1.3}L${x+
third} ${y-third}L${x+size*
1.3} ${y}L${x+third} ${y+
third}L${x} ${y+size*1.3}\
L${x-third} ${y+third}L${x-
size*1.3} ${y}L${x-third}\
 ${y-third}Z`),hourglass:()=>path(
`M${x-size} ${y-size}h${2*
size}L${x} ${y}L${x+size}\
 ${y+size}h${-2*size}L${x}\
 ${y}Z`),bowtie:()=>path(
`M${x-size} ${y-size}L${x}\
 ${y}L${x+size} ${y-size}\
v${2*size}L${x} ${y}L${x-
size} ${y+size}Z`),ring:()=>s(
"circle",{cx:x,cy:y,r:size-
1,fill:"var(--bg)",stroke:fill2,
"stroke-width":2.5})}[shapeOf(
channel)]()}function shapeOf(arm){
let known2=["cot","self_\
consistency","foreign_sc\
affold","stub_solver","p\
al","readout","scored_di\
rect","scored_ensemble",
"consensus","code_t"].indexOf(
arm);return OTHERS[known2<
0?arm.length%OTHERS.length:
known2]}function sized(box,draw){
let last=0,watcher=new ResizeObserver(
()=>{let width=Math.floor(
box.clientWidth)-24;width>
0&&width!==last&&(last=width,
draw(width))});return watcher.
observe(box),{again:()=>last&&
draw(last),stop:()=>watcher.
disconnect()}}function stride(most,parts){
let raw=most/parts,power=10**
Math.floor(Math.log10(raw));
return power*[1,2,5,10].
find(step=>step*power>=raw)}function brushable(chart,marks,picking){
let{pick,picked}=picking,
byCode=new Map(marks.map(
one2=>[one2.code,one2])),
extends_=event=>event.shiftKey||
event.ctrlKey||event.metaKey,
from=null,box=null,dragged=!1;
function one(code,event){
if(event.shiftKey&&byCode.
has(picking.anchor)){let order=marks.
map(mark2=>mark2.code),ends=[
order.indexOf(picking.anchor),
order.indexOf(code)].sort(
(a,b)=>a-b);return pick(
order.slice(ends[0],ends[1]+
1),!0)}return picking.anchor=
code,extends_(event)?picked().
includes(code)?pick(picked().
filter(other=>other!==code),
!1):pick([code],!0):pick(
picked().length===1&&picked()[0]===
code?[]:[code],!1)}let at=event=>{
let edge=chart.getBoundingClientRect();
return[event.clientX-edge.
left,event.clientY-edge.
top]};chart.addEventListener(
"pointerdown",event=>{event.
button===0&&(from=at(event),
dragged=!1)}),chart.addEventListener(
"pointermove",event=>{if(!from)
return;let[x,y]=at(event);
if(!(!box&&Math.hypot(x-
from[0],y-from[1])<5)){box||
(chart.setPointerCapture(
event.pointerId),box=s("\
rect",{class:"cgr-brush"}),
chart.append(box));for(let[
name,value]of[["x",Math.
min(x,from[0])],["y",Math.
min(y,from[1])],["width",
Math.abs(x-from[0])],["h\
eight",Math.abs(y-from[1])]])
box.setAttribute(name,value)}});
let end=event=>{if(!from)
return;let[x,y]=at(event),
[x0,y0]=from;if(from=null,
!box)return;box.remove(),
box=null,dragged=!0;let touched=marks.
filter(mark2=>mark2.x0<=
Math.max(x,x0)&&mark2.x1>=
Math.min(x,x0)&&mark2.y0<=
Math.max(y,y0)&&mark2.y1>=
Math.min(y,y0));touched.
length&&pick(touched.map(
mark2=>mark2.code),extends_(
event))};chart.addEventListener(
"pointerup",end),chart.addEventListener(
"pointercancel",()=>{from=
null,box&&box.remove(),box=
null}),chart.addEventListener(
"click",event=>{if(dragged){
dragged=!1;return}let code=event.
target.closest("[data-co\
de]")?.dataset.code;code!==
void 0&&one(Number(code),
event)}),chart.addEventListener(
"keydown",event=>{let code=event.
target.closest("[data-co\
de]")?.dataset.code;code===
void 0||event.key!=="Ent\
er"&&event.key!==" "||(event.
preventDefault(),event.stopPropagation(),
one(Number(code),event))})}var NAMES={cgr:"assisted\
 (cgr)",generator_only:"\
generator only"},armName=arm=>NAMES[arm]||
arm.replaceAll("_"," "),
shown=number2=>number2>=
100?Math.round(number2).
toLocaleString("en-US"):
number2.toFixed(1);function labelled(points,width,lowest){
let placed=points.sort((a,b)=>a[2]-
b[2]).map(([arm,px,py])=>({
arm,at:[px,py],toLeft:px>
width-130,text:py+4})),near=(one,other)=>Math.
abs(one.at[0]-other.at[0])<
135;return placed.forEach(
(one,n)=>{for(let other of placed.
slice(0,n))near(one,other)&&
(one.text=Math.max(one.text,
other.text+14))}),[...placed].
reverse().forEach((one,n,all)=>{
one.text=Math.min(one.text,
lowest);for(let other of all.
slice(0,n))near(one,other)&&
(one.text=Math.min(one.text,
other.text-14))}),placed}
function drawCost(box,width,{
pairs,arms,cost},picking){
let ends=pair=>cost==="c\
alls"?[pair.direct_calls_per_item,
pair.asks_per_item]:[pair.
direct_tokens_per_item,pair.
asks_tokens_per_item],most=Math.
max(1,...pairs.flatMap(ends),
...arms.map(arm=>arm[cost])),
x=spent=>44+spent/most*(width-
44-20),y=share2=>10+(1-share2)*
216,chart=s("svg",{width,
height:260,role:"group",
"aria-label":`accuracy a\
gainst solver ${cost} pe\
r item`});for(let share2 of[
0,.25,.5,.75,1])chart.append(
s("line",{x1:44,x2:width-
8,y1:y(share2),y2:y(share2),
class:"cgr-grid"}),s("te\
xt",{x:38,y:y(share2)+4,
"text-anchor":"end",class:"\
cgr-tick"},`${100*share2}\
 %`));let step=Math.max(
cost==="calls"?1:10,stride(
most,Math.max(2,width/110)));
for(let spent=0;spent<=most;spent+=
step)chart.append(s("tex\
t",{x:x(spent),y:242,"te\
xt-anchor":"middle",class:"\
cgr-tick"},spent.toLocaleString(
"en-US")));chart.append(
s("text",{x:width-8,y:257,
"text-anchor":"end",class:"\
cgr-tick"},`solver ${cost}\
 per item`));let chance=arms.
map(arm=>arm.chance).find(
share2=>share2!=null);chance!==
void 0&&chart.append(s("\
line",{x1:44,x2:width-8,
y1:y(chance),y2:y(chance),
class:"cgr-chance cgr-da\
shed"},s("title",null,`c\
hance: ${percent(chance)}`)));
let marks=pairs.map((pair,code)=>{
let[before,after]=ends(pair),
on=picking.picked().includes(
code),label=`${pair.label}\
: ${shown(before)} ${cost}\
 give ${percent(pair.A_b)}\
, ${shown(after)} give ${percent(
pair.A_a)}`,node=s("g",{
class:`cgr-pair cgr-thin${on?
" cgr-picked":""}`,role:"\
button",tabindex:"-1","d\
ata-code":code,"aria-pre\
ssed":String(on),"aria-l\
abel":label},s("title",null,
label),s("line",{x1:x(before),
y1:y(pair.A_b),x2:x(after),
y2:y(pair.A_a),class:"cg\
r-path"}),mark("direct",
x(before),y(pair.A_b),3),
mark("assisted",x(after),
y(pair.A_a),2.6));return chart.
append(node),{code,node,
x0:x(after)-3,x1:x(after)+
3,y0:y(pair.A_a)-3,y1:y(
pair.A_a)+3}});for(let{arm,
at,toLeft,text}of labelled(
arms.map(arm2=>[arm2,x(arm2[cost]),
y(arm2.accuracy)]),width,
224)){let low=arm.low===
null||arm.low===void 0?null:
[y(arm.low),y(arm.high)],
words=armName(arm.arm);chart.
append(s("g",{class:"cgr\
-arm",role:"img","aria-l\
abel":`${words}: ${percent(
arm.accuracy)} at ${shown(
arm[cost])} ${cost} per \
item, ${arm.rows} rows`},
s("title",null,`${words}\
: ${percent(arm.accuracy)}\
, ${shown(arm[cost])} ${cost}\
 per item
`+arm.meaning),low?s("li\
ne",{x1:at[0],x2:at[0],y1:low[0],
y2:low[1],class:"cgr-whi\
sker"}):null,mark(arm.arm,
at[0],at[1],7),Math.abs(
text-4-at[1])>6?s("line",
{x1:at[0],y1:at[1],x2:at[0]+
(toLeft?-12:12),y2:text-
4,class:"cgr-leader"}):null,
s("text",{x:at[0]+(toLeft?
-14:14),y:text,"text-anc\
hor":toLeft?"end":"start",
class:"cgr-arm-name"},words)))}
brushable(chart,marks,picking),
fill(box,chart)}var isKnown=value=>value!=
null&&value!=="",number=value=>isKnown(
value)?value>=100?count(
Math.round(value)):value.
toFixed(1):"–",share=value=>isKnown(
value)?percent(value):"–",
firstNumber=text=>{let found=/[-−+]?\d[\d,]*\.?\d*/.
exec(text||"");return found?
Number(found[0].replace(
"−","-").replaceAll(",",
"")):null};function columnsOf(found){
let versus=Object.fromEntries(
(found.rows||[]).map(row=>[
row.arm,row])),shared=(key,head)=>({
head,by:arm=>firstNumber(
(versus[arm.arm]||{})[key]),
text:arm=>(versus[arm.arm]||
{})[key]||"–"}),plain2=(key,head,text)=>({
head,by:arm=>arm[key],text:arm=>text(
arm[key])});return[{head:term(
"arm","arm"),by:arm=>armName(
arm.arm)},plain2("rows",
"rows",count),plain2("ac\
curacy",term("macro","ma\
cro accuracy"),percent),
{head:"95 % interval",by:arm=>arm.
low,text:arm=>isKnown(arm.
low)?`${percent(arm.low)}\
 to ${percent(arm.high)}`:
"–"},plain2("chance",term(
"chance","chance"),share),
plain2("calls",term("cal\
ls","calls"),number),plain2(
"tokens",term("tokens","\
tokens"),number),plain2(
"generator_tokens","gene\
rator tokens",number),...found.
rows?[shared("difference",
term("pp",`${found.reference}\
 − arm, pp`)),shared("\
joint",term("arms_joint",
"95 % CI, simultaneous")),
shared("detectable",term(
"detectable","MDE, pp"))]:
[]]}function sorted(arms,column,back){
if(!column)return arms;let known2=arms.
filter(arm=>isKnown(column.
by(arm))),order=(one,other)=>{
let[first,second]=[column.
by(one),column.by(other)];
return typeof first=="st\
ring"?first.localeCompare(
second):second-first};return known2.
sort((one,other)=>back?order(
other,one):order(one,other)),
[...known2,...arms.filter(
arm=>!known2.includes(arm))]}
function drawArmTable(model,box){
let columns=columnsOf(model.
get("comparison")),heads=h(
"tr"),body=h("tbody"),by=-1,
back=!1,draw=focus=>{fill(
heads,columns.map(({head},place)=>h(
place?"th.cgr-num":"th",
{scope:"col","aria-sort":place!==
by?null:place===0!==back?
"ascending":"descending"},
head,h("button.cgr-order",
{"aria-pressed":String(place===
by),"aria-label":place===
by?"turn the order round":
"sort by this column",title:place===
by?"turn the order round":
"sort by this column",onclick:()=>{
back=place===by?!back:!1,
by=place,draw(place)}},place!==
by?"↕":place===0!==back?
"▲":"▼")))),fill(body,
sorted(model.get("arms"),
columns[by],back).map(arm=>h(
"tr",null,h("th",{scope:"\
row"},term(arm.arm,armName(
arm.arm))),columns.slice(
1).map(({text})=>h("td.c\
gr-num",null,text(arm)))))),
focus!==void 0&&heads.children[focus].
querySelector("button").
focus()};draw(),fill(box,
h("summary",null,"as a t\
able"),h("div.cgr-scroll",
null,h("table",null,h("t\
head",null,heads),body)))}var TAGS="svg g path lin\
e rect circle text tspan\
 title defs clipPath".split(
" "),ATTRIBUTES=new Set(
[..."d x y x1 x2 y1 y2 c\
x cy r dx dy id class wi\
dth height viewBox trans\
form".split(" "),..."fil\
l fill-opacity stroke st\
roke-width stroke-dashar\
ray stroke-opacity".split(
" "),..."stroke-miterlim\
it opacity clip-path poi\
nter-events aria-hidden \
xmlns version".split(" "),
..."font-family font-siz\
e font-weight font-style\
 text-anchor dominant-ba\
seline".split(" ")]);function adopted(text){
let found=new DOMParser().
parseFromString(text,"im\
age/svg+xml").documentElement;
if(found.nodeName!=="svg")
return null;for(let node of[
found,...found.querySelectorAll(
"*")]){TAGS.includes(node.
nodeName)||node.remove();
for(let{name}of[...node.
attributes])ATTRIBUTES.has(
name)||node.removeAttribute(
name)}return document.importNode(
found,!0)}var NARROW=700;function comparisonBox(model,box){
let notes2=h("ul.cgr-not\
es"),costs=h("span.cgr-s\
witch",{role:"group","ar\
ia-label":"cost on the h\
orizontal axis"}),drawing=h(
"div.cgr-drawing"),caption=h(
"p.cgr-caption"),title=h(
"div.cgr-title",null,"co\
mparison of arms: accura\
cy against ",costs," per\
 item");fill(box,title,drawing,
caption,notes2);let drawings={};
function choose(cost){model.
set("arm_cost",cost),model.
save_changes()}function draw(width){
let found=model.get("com\
parison"),drawn=found.costs||
[];box.hidden=!found.rows||
!found.rows.length;let cost=drawn.
includes(model.get("arm_\
cost"))?model.get("arm_c\
ost"):drawn[0];fill(costs,
drawn.map(name=>h("butto\
n",{"data-choice":"arm_c\
ost","data-value":name,"\
aria-pressed":String(name===
cost),onclick:()=>choose(
name)},name.replaceAll("\
_"," "))));let both=drawings[cost],
narrow=width<NARROW,node=both&&
adopted(both[narrow?1:0]);
drawing.classList.toggle(
"cgr-narrow",narrow),fill(
drawing,node||plain(found.
absence||"")),fill(caption,
plain(node&&(found.captions||
{})[cost]||"")),fill(notes2,
(found.notes||[]).map(note=>h(
"li",null,plain(note))))}
async function read(){let bytes=model.
get("drawings");drawings=
bytes&&bytes.byteLength?
await unpack(bytes):{}}return{
draw,read}}function onEnter(field,work){
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
work(event)))})}var known=share2=>share2!=
null,inWords=pair=>`${pair.
label}: direct ${percent(
pair.A_b)}, assisted ${percent(
pair.A_a)}, generator-si\
de ${percent(pair.A_g)},\
 ${signed(pair.difference_pp)}\
 pp, ${known(pair.chance)?
`chance ${percent(pair.chance)}\
, `:""}${pair.n} rows, ${pair.
gains} gains, ${pair.losses}\
 losses, Holm p ${pair.p_holm.
toPrecision(2)}`,pressed=(code,on,label)=>({
role:"button",tabindex:"\
0","data-code":code,"ari\
a-pressed":String(on),"a\
ria-label":label}),shortened=(text,room)=>text.
length>room?`${text.slice(
0,room-1)}…`:text;function drawDumbbells(box,width,pairs,picking){
let left=Math.min(300,Math.
max(110,width*.36)),right=88,
line=22,top=22,x=share2=>left+
share2*(width-left-right),
height=top+line*pairs.length+
6,chart=s("svg",{width,height,
role:"group","aria-label":"\
accuracy of every pair, \
direct and assisted"});for(let share2 of[
0,.25,.5,.75,1])chart.append(
s("line",{x1:x(share2),x2:x(
share2),y1:top-4,y2:height,
class:"cgr-grid"}),s("te\
xt",{x:x(share2),y:12,class:"\
cgr-tick","text-anchor":"\
middle"},`${100*share2} \
%`));let room=Math.floor(
left/7.2),marks=pairs.map(
(pair,code)=>{let y=top+
line*code+line/2,on=picking.
picked().includes(code),
label=inWords(pair),node=s(
"g",{class:`cgr-pair${on?
" cgr-picked":""}`,...pressed(
code,on,label)},s("title",
null,label),s("rect",{x:0,
y:y-line/2,width,height:line,
class:"cgr-hit"}),s("tex\
t",{x:left-10,y:y+4,"tex\
t-anchor":"end",class:"c\
gr-label"},shortened(pair.
label,room)),s("line",{x1:x(
pair.A_b),x2:x(pair.A_a),
y1:y,y2:y,class:"cgr-spa\
n-line"}),known(pair.chance)?
s("line",{x1:x(pair.chance),
x2:x(pair.chance),y1:y-6,
y2:y+6,class:"cgr-chance"}):
null,mark("generator",x(
pair.A_g),y,4),mark("dir\
ect",x(pair.A_b),y,6.5),
mark("assisted",x(pair.A_a),
y,4.5),s("text",{x:width-
6,y:y+4,"text-anchor":"e\
nd",class:`cgr-change-pp\
 ${pair.difference_pp<0?
"cgr-down":""}`},`${signed(
pair.difference_pp)} pp`));
return chart.append(node),
{code,node,x0:0,x1:width,
y0:y-line/2+2,y1:y+line/
2-2}});brushable(chart,marks,
picking),fill(box,chart)}
var SHARES={direct:"A_b",
assisted:"A_a","generato\
r-side":"A_g"},MOST=55;function cellOf(pair,measure,widest){
if(measure!=="change"){let share2=pair[SHARES[measure]];
return[percent(share2),`\
color-mix(in srgb, var(-\
-cgr-${measure}) ${(MOST*
share2).toFixed(1)}%, va\
r(--bg))`]}let part=widest?
Math.abs(pair.difference_pp)/
widest:0,side=pair.difference_pp<
0?"direct":"assisted";return[
signed(pair.difference_pp),
`color-mix(in srgb, var(\
--cgr-${side}) ${(MOST*part).
toFixed(1)}%, var(--bg))`]}
function drawHeatMap(box,width,pairs,measure,picking){
let rows=[...new Set(pairs.
map(pair=>pair.of))].sort(),
columns=[...new Set(pairs.
map(pair=>pair.by))].sort(),
left=Math.min(190,Math.max(
80,width*.26)),line=26,top=34,
wide=(width-left-4)/columns.
length,height=top+line*rows.
length+8,chart=s("svg",{
width,height,role:"group",
"aria-label":`${measure}\
 of every pair, datasets\
 by solvers`}),widest=Math.
max(...pairs.map(pair=>Math.
abs(pair.difference_pp))),
places=new Map(pairs.map(
(pair,code)=>[`${pair.of}\

${pair.by}`,code])),line_of=(codes,label,props,...children)=>s(
"g",{class:"cgr-pair",role:"\
button",tabindex:"0","ar\
ia-label":label,onclick:event=>{
event.stopPropagation(),
picking.pick(codes,event.
shiftKey||event.ctrlKey||
event.metaKey)},onkeydown:event=>{
(event.key==="Enter"||event.
key===" ")&&(event.preventDefault(),
event.stopPropagation(),
picking.pick(codes,event.
shiftKey))}},s("title",null,
label),s("rect",{...props,
class:"cgr-hit"}),...children),
codesOf=wanted=>pairs.map(
(pair,code)=>[pair,code]).
filter(([pair])=>wanted(
pair)).map(([,code])=>code);
columns.forEach((name,column)=>{
let middle=left+wide*(column+
.5);chart.append(line_of(
codesOf(pair=>pair.by===
name),`select all pairs \
of ${name}`,{x:left+wide*
column,y:0,width:wide,height:top-
4},s("text",{x:middle,y:20,
"text-anchor":"middle",class:"\
cgr-tick"},shortened(name,
Math.max(2,Math.floor(wide/
6.4))))))});let marks=[];
rows.forEach((name,row)=>{
let y=top+line*row;chart.
append(line_of(codesOf(pair=>pair.
of===name),`select all p\
airs of ${name}`,{x:0,y,
width:left-4,height:line},
s("text",{x:left-10,y:y+
17,"text-anchor":"end"},
shortened(name,Math.floor(
left/7.2))))),columns.forEach(
(solver,column)=>{let code=places.
get(`${name}
${solver}`),x=left+wide*
column;if(code===void 0)
return;let on=picking.picked().
includes(code),[text,colour]=cellOf(
pairs[code],measure,widest),
label=inWords(pairs[code]),
node=s("g",{class:`cgr-c\
ell${on?" cgr-picked":""}`,
...pressed(code,on,label)},
s("title",null,label),s(
"rect",{x:x+1,y:y+1,width:Math.
max(1,wide-2),height:line-
2,rx:3,style:`fill: ${colour}`}),
wide>30?s("text",{x:x+wide/
2,y:y+17,"text-anchor":"\
middle",class:"cgr-chang\
e-pp"},wide>44?text:text.
replace(" %","")):null);
chart.append(node),marks.
push({code,node,x0:x+3,x1:x+
wide-3,y0:y+3,y1:y+line-
3})})}),brushable(chart,
marks,picking),fill(box,
chart,h("div.cgr-faint.c\
gr-scale",null,measure===
"change"?["pp, assisted \
minus direct: ",h("i.cgr\
-swatch",{style:{"--swat\
ch":"var(--cgr-direct)"}}),
" direct is better ",h("\
i.cgr-swatch",{style:{"-\
-swatch":"var(--cgr-assi\
sted)"}})," assisted is \
better"]:`${measure} acc\
uracy, 0 to 100 %`))}var CHANNEL_OF={direct:"\
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
thoughts,4e3))}function callBox(call,number2){
let letters=call.letters?
[" → ",h("b",null,call.
letters)]:"",reply=call.
reply||[],note=notes(call);
return h("article.cgr-re\
ply-call",{"aria-label":`\
call ${number2}`},h("hea\
der",null,h("b",null,`${number2}\
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
s"),shown2=h("div");box.
append(bar,results,shown2);
function drawFound(){let found=model.
get("found")||{};if(!found.
hits){hits=[],results.hidden=
!0;return}hits=found.first?
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
{};if(shown2.hidden=!now.
arm,!now.arm)return fill(
shown2);if(moved&&!box.contains(
document.activeElement)&&
(from=document.activeElement),
now.absent){let[rows,of]=now.
absent;fill(shown2,h("di\
v.cgr-empty",{role:"stat\
us"},`${REPLY_WORDS.not_kept}\
 (${count(rows)} of ${count(
of)} rows) `,h("button",
{onclick:close},"close")))}else
fill(shown2,h("div.cgr-h\
ead.cgr-reply-head",null,
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
function pagedTable(what,head,found,shown2,line,showMore){
return h("div.cgr-scroll\
.cgr-rows",{tabindex:"0",
role:"group","aria-label":what},
tableOf(head,found.slice(
0,shown2).map(line)),found.
length>shown2?h("button.\
cgr-show-more",{onclick:()=>showMore(
shown2+200)},`show more \
(${count(found.length-shown2)}\
 left)`):null)}var PAGE=50,FACET_NAMES=[
"pair","flip","direct_st\
atus","assisted_status"];
function matching(rows,picked,but){
let wanted=Object.entries(
picked).filter(([facet])=>facet!==
but).map(([facet,codes])=>[
rows[facet],new Set(codes)]),
found=[];for(let n=0;n<rows.
item.length;n+=1)wanted.
every(([column,codes])=>codes.
has(column[n]))&&found.push(
n);return found}function tally(rows,picked,facets){
let found={};for(let facet of FACET_NAMES){
let counts=new Array(facets[facet].
length).fill(0);for(let n of matching(
rows,picked,facet))rows[facet][n]>=
0&&(counts[rows[facet][n]]+=
1);found[facet]=counts}return found}
var SORTED_BY={item:(rows,facets,n)=>rows.
questions[rows.item[n]]||
"",pair:(rows,facets,n)=>rows.
pair[n]<0?"":facets.pair[rows.
pair[n]].name,direct:(rows,facets,n)=>rows.
direct[n],assisted:(rows,facets,n)=>rows.
assisted[n],"generator-s\
ide":(rows,facets,n)=>rows.
generator[n],calls:(rows,facets,n)=>rows.
asks[n],program:(rows,facets,n)=>facets.
assisted_status[rows.assisted_status[n]]?.
name||""},ORDERS=new WeakMap;
function sorted2(found,rows,facets,[
column,backwards]){let key=SORTED_BY[column];
if(!key)return found;let keys=new Map(
found.map(n=>[n,key(rows,
facets,n)])),turn=backwards?
-1:1;return[...found].sort(
(a,b)=>{let[x,y]=[keys.get(
a),keys.get(b)];return x<
y?-turn:x>y?turn:a-b})}function drawRows(model,list,rows,{
drop,shown:shown2=PAGE}){
let facets=model.get("fa\
cets"),picked=model.get(
"picked"),size=model.get(
"size"),order=ORDERS.get(
list)||["",!1],found=rows?
sorted2(matching(rows,picked),
rows,facets,order):[],[by,
backwards]=order,head=title=>h(
"th",{scope:"col","aria-\
sort":title&&title===by?
backwards?"descending":"\
ascending":null},title&&
h("button.cgr-by",{title:`\
sort by ${title}`,"aria-\
label":`sort by ${title}`,
onclick:()=>{ORDERS.set(
list,[title,title===by&&
!backwards]),drawRows(model,
list,rows,{drop,shown:shown2})}},
title,title===by?backwards?
" ▼":" ▲":"")),name=text=>text.
replaceAll("_"," "),chips=Object.
entries(picked).flatMap(
([facet,codes])=>codes.length>
6?[h("button.cgr-chip",{
title:"remove this filte\
r",onclick:()=>drop(facet)},
`${codes.length} ${name(
facet)}s ×`)]:codes.map(
code=>h("button.cgr-chip",
{title:"remove this filt\
er",onclick:()=>drop(facet,
code)},`${name(facets[facet][code].
name)} ×`))),verdict=(n,channel)=>{
let flip=facets.flip[rows.
flip[n]].name;if(flip===
"not retained"||flip.startsWith(
"direct ")&&channel!=="d\
irect")return"";let right=[
"both right","direct cor\
rect"].includes(flip)||flip===
(channel==="direct"?"los\
s":"gain");return h("b",
{class:right?"cgr-right":
"cgr-wrong",role:"img","\
aria-label":right?"right":
"wrong"},right?" ✓":" \
✗")},status=(n,of)=>rows[of][n]<
0?"–":name(facets[of][rows[of][n]].
name),letter=(channel,n)=>replyButton(
model,n,channel,{command:"\
show_row_reply"},rows[channel][n]!==
"-"?rows[channel][n]:channel===
"direct"?status(n,"direc\
t_status"):"–"),opened=model.
get("opened_row"),open=n=>{
model.set("opened_row",n),
answered(model)?ask(model,
"open_row",{row:n}):openReply(
model,n,"direct","show_r\
ow_reply"),drawRows(model,
list,rows,{drop,shown:shown2})},
line=n=>h("tr",{class:n===
opened?"cgr-opened":"",tabindex:"\
0","aria-current":n===opened?
"true":null,title:rows.questions[rows.
item[n]]||"",onclick:()=>open(
n),onkeydown:event=>{event.
key==="Enter"&&event.target===
event.currentTarget&&(event.
stopPropagation(),open(n))}},
h("td.cgr-question",null,
rows.questions[rows.item[n]]||
""),h("td.cgr-faint.cgr-\
nowrap",null,rows.pair[n]<
0?"–":facets.pair[rows.
pair[n]].name),h("td",null,
letter("direct",n),verdict(
n,"direct")),h("td",null,
letter("assisted",n),verdict(
n,"assisted")),h("td",null,
letter("generator",n)),h(
"td.cgr-num",null,rows.asks[n]),
h("td.cgr-faint.cgr-nowr\
ap",null,replyButton(model,
n,"cgr",{command:"show_r\
ow_reply"},status(n,"ass\
isted_status"))),h("td",
null,kernelButton(model,
"button.cgr-small",{reads:!0,
title:rows.steps[n]?"ste\
p through this run":"see\
 why no program ran",onclick:event=>{
event.stopPropagation(),
ask(model,"step",{row:n})}},
rows.steps[n]?"step":"wh\
y")));fill(list,h("div.c\
gr-list-head",null,h("b",
null,rows?count(found.length):
Object.keys(picked).length?
"…":count(size)),` of ${count(
size)} rows`,chips.length?
[" · ",chips,h("button",
{title:"pick nothing (Es\
cape)",onclick:()=>drop()},
"all rows")]:h("span.cgr\
-faint",null," · click a\
 pair, a flip or a statu\
s to see the rows behind\
 it; shift or ctrl adds \
to the selection, draggi\
ng selects several")),rows?
pagedTable("rows",["item",
"pair","direct","assiste\
d","generator-side","cal\
ls","program",""].map(head),
found,shown2,line,more=>drawRows(
model,list,rows,{drop,shown:more})):
h("div.cgr-empty",{role:"\
status"},"loading rows …"))}var loading=new WeakMap;
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
close()}}function header(model,box,gold){
let row=model.get("row"),
chips=h("span.cgr-head-c\
hips"),item=model.get("i\
tem"),options=h("div.cgr\
-options"),status=id=>(row[`${id}\
_status`]||"").replaceAll(
"_"," "),draw=()=>{let known2=model.
get("gold");fill(chips,CHANNELS.
map(([id])=>answerChip(id,
row[id]||status(id),known2,
shown2=>row.id?replyButton(
model,row.id,id,{},shown2):
shown2))),fill(options,item.
options.map(([letter,text])=>h(
"div.cgr-option",{class:known2.
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
known2.includes(letter)?
h("span.cgr-right",null,
"gold"):null))),fill(gold,
known2.length?`gold ${known2.
join(", ")}`:model.get("\
gold_known")?"show gold":
"no gold known"),gold.disabled=
!answered(model)||known2.
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
append(...nodes),{code,line:number2=>nodes[number2-
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
null)}function editLine(number2){
let line=drawn&&drawn.line(
number2);if(!line||!live(
model)||line.querySelector(
"input"))return;let text=line.
querySelector(".cgr-text"),
source=(second?model.get(
"other").source:model.get(
"source")).split(`
`)[number2-1]??text.textContent,
close=()=>{field.replaceWith(
text),model.get("run")&&
program.closest(".cgr-st\
epper")?.focus()},field=h(
"input.cgr-line-edit",{type:"\
text",value:source,"aria\
-label":`what if line ${number2}\
 were`,spellcheck:"false",
onkeydown:event=>{if(event.
stopPropagation(),event.
key==="Escape"&&close(),
event.key==="Enter"){let now2=field.
value;close(),now2!==source&&
ask(model,"what_if",{line:number2,
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
length-1):0}%`,mark2=(kind,step,label,title)=>h(
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
map((step,n)=>mark2("cal\
l",step,String(n+1),`sol\
ver call ${n+1}`)),run.stops.
trouble.map(step=>mark2(
"trouble",step,"!","exce\
ption")),needle)}function stationOf(step){
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
"play")}let button=(mark2,label,key,work)=>h(
"button",{title:`${label}\
 (${key})`,"aria-label":label,
onclick:work},mark2),jumps={
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
er"),shown2=!!other.lines;
if(second.node.hidden=!shown2,
change.hidden=!shown2&&!model.
get("pending").prompt,node.
classList.toggle("cgr-tw\
o",shown2),first.differs(
0),!shown2){fill(change,
question());return}let difference=model.
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
nearest"}),opening=!1}}function pointOf(sentence){
let[,label,rest]=/^([^:]{1,15}:)( .*)$/s.
exec(sentence)||[];return label?
[h("b",null,label),plain(
rest)]:plain(sentence)}function render({
model,el}){let{node,body,
done}=root(model,el,"res\
ults","Results: effect o\
f assistance"),change=(name,value)=>{
model.set(name,value),model.
save_changes()},channels=()=>model.
get("arms").filter(arm=>[
"direct","cgr"].includes(
arm.arm)),pickedOf=facet=>model.
get("picked")[facet]||[],
pick=(facet,codes,add2)=>{
let picked={...model.get(
"picked")},all=[...new Set(
add2?[...pickedOf(facet),
...codes]:codes)].sort((a,b)=>a-
b);all.length?picked[facet]=
all:delete picked[facet],
change("picked",picked)},
drop=(facet,code)=>facet===
void 0?change("picked",{}):
pick(facet,code===void 0?
[]:pickedOf(facet).filter(
other=>other!==code),!1),
picking={picked:()=>pickedOf(
"pair"),pick:(codes,add2)=>pick(
"pair",codes,add2)},rows=null,
due=!1,head=h("ul.cgr-he\
adline"),caution=h("p.cg\
r-caution"),facts2=h("di\
v.cgr-facts"),pictures=h(
"div.cgr-pictures"),pairs=h(
"div.cgr-chart.cgr-pairs"),
cost=h("div.cgr-chart"),
arms=h("details.cgr-arms"),
compared=h("div.cgr-comp\
ared.cgr-chart",{hidden:!0}),
comparison=comparisonBox(
model,compared),flips=h(
"div.cgr-bars"),statuses=h(
"div.cgr-bars"),list=h("\
div.cgr-list"),stepper=h(
"div.cgr-step-box"),replies=repliesBox(
model,node),drawStepper=stepBox(
model,stepper,"results"),
legend=h("div.cgr-legend",
null,CHANNELS.map(([id,name])=>term(
id==="generator"?"genera\
tor-side":id,[h("i.cgr-s\
hape"),` ${name}`],`cgr-\
ch-${id}`))),choice=(name,values,label)=>h(
"span.cgr-switch",{role:"\
group","aria-label":label},
values.map(value=>h("but\
ton",{"data-choice":name,
"data-value":value,"aria\
-pressed":"false",onclick:()=>change(
name,value)},value))),measures=choice(
"measure",["change","dir\
ect","assisted","generat\
or-side"],"quantity show\
n by colour");function drawChoices(){
for(let button of node.querySelectorAll(
"[data-choice]"))button.
setAttribute("aria-press\
ed",String(model.get(button.
dataset.choice)===button.
dataset.value));measures.
hidden=model.get("view")!==
"heat map",legend.hidden=
model.get("view")==="hea\
t map"}function drawFacts(){
if(node.dataset.study=model.
get("size")?"here":"awai\
ted",!model.get("size")){
fill(head,h("li.cgr-fain\
t",{role:"status"},"Read\
ing the study …"));return}
fill(head,model.get("hea\
dline").map(sentence=>h(
"li",null,pointOf(sentence)))),
caution.hidden=!model.get(
"caution"),fill(caution,
model.get("caution"));let alone=model.
get("alone");if(pictures.
classList.toggle("cgr-al\
one",alone.length>0),alone.
length){fill(facts2,numbersTable(
"arm",[["accuracy","accu\
racy","macro"],["interva\
l","95 % CI over items",
"clustered"],["chance","\
chance","chance"],["cons\
tant","always","always"],
["rows","rows","row"],["\
items","items","items"],
["statuses","statuses","\
statuses"]],alone,line=>term(
line.arm,line.arm.replaceAll(
"_"," "))));return}let columns=[
["pairs","pairs","pair"],
["rows","rows","row"],["\
direct","direct","direct"],
["assisted","assisted","\
assisted"],["generator",
"generator-side","genera\
tor-side"],["chance","ch\
ance","chance"],["consta\
nt","always","always"],[
"change","change, pp","p\
p"],["interval","95 % CI\
 over pairs","interval"],
["clustered","over items",
"clustered"]];fill(facts2,
numbersTable(term("macro",
"macro over"),columns,model.
get("facts"),fact=>term(
fact.term,fact.name)))}function drawPairs(width){
model.get("view")==="hea\
t map"?drawHeatMap(pairs,
width,model.get("pairs"),
model.get("measure"),picking):
drawDumbbells(pairs,width,
model.get("pairs"),picking)}
function bars(facet,counts){
let entries=(model.get("\
facets")[facet]||[]).filter(
entry=>entry.rows),most=Math.
max(1,...entries.map(entry=>entry.
rows)),press=(entry,event)=>{
let on=pickedOf(facet).includes(
entry.code),add2=event.shiftKey||
event.ctrlKey||event.metaKey;
on?pick(facet,add2?pickedOf(
facet).filter(code=>code!==
entry.code):[],!1):pick(
facet,[entry.code],add2)};
return entries.sort((a,b)=>b.
rows-a.rows).map(entry=>{
let now=counts?counts[facet][entry.
code]:entry.rows,label=`${entry.
name.replaceAll("_"," ")}\
, ${count(now)} of ${count(
entry.rows)} rows: `+entry.
meaning;return h("div.cg\
r-bar-row",{class:`cgr-b\
ar-row${pickedOf(facet).
includes(entry.code)?" c\
gr-picked":""}`,title:entry.
meaning,role:"button",tabindex:"\
0","aria-pressed":String(
pickedOf(facet).includes(
entry.code)),"aria-label":label,
onclick:event=>press(entry,
event),onkeydown:event=>{
(event.key==="Enter"||event.
key===" ")&&(event.preventDefault(),
event.stopPropagation(),
press(entry,event))}},h(
"span.cgr-bar-name",null,
entry.name.replaceAll("_",
" ")),h("span.cgr-bar-tr\
ack",null,h("span.cgr-ba\
r-whole",{style:{width:`${100*
entry.rows/most}%`}},h("\
span.cgr-bar-fill",{class:`\
cgr-bar-fill cgr-flip-${entry.
name.replaceAll(" ","-")}`,
style:{width:`${100*now/
entry.rows}%`}}))),h("sp\
an.cgr-num",null,count(now)))})}
function drawBars(){let counts=rows&&
tally(rows,model.get("pi\
cked"),model.get("facets"));
fill(flips,bars("flip",counts)),
fill(statuses,h("div.cgr\
-title",null,"direct rep\
ly"),bars("direct_status",
counts),h("div.cgr-title\
.cgr-of-programs",null,"\
program"),bars("assisted\
_status",counts))}let drawList=()=>drawRows(
model,list,rows,{drop});
body.append(h("div.cgr-h\
ead",null,head,h("span.c\
gr-push"),kernelButton(model,
"button",{title:"reload \
the study",onclick:()=>ask(
model,"refresh")},"refre\
sh")),caution,facts2,fill(
pictures,h("div.cgr-box.\
cgr-wide",null,h("div.cg\
r-title",null,term("pair",
"pairs"),choice("view",[
"dumbbells","heat map"],
"view of the pairs"),measures,
legend),pairs),h("div.cg\
r-box",null,h("div.cgr-t\
itle.cgr-of-flips",null,
term("flip","flips")),flips,
h("div.cgr-title.cgr-of-\
statuses",null,"statuses"),
statuses),h("div.cgr-box\
.cgr-below",null,h("div.\
cgr-title",null,"direct \
and assisted: accuracy a\
gainst solver",choice("c\
ost",["calls","tokens"],
"cost on the horizontal \
axis")," per item"),cost)),
compared,arms,list,replies.
box,stepper);let drawing=[
sized(pairs,width=>model.
get("size")&&drawPairs(width)),
sized(cost,width=>model.
get("size")&&drawCost(cost,
width,{pairs:model.get("\
pairs"),arms:channels(),
cost:model.get("cost")},
picking)),sized(cost,width=>comparison.
draw(width))],readDrawings=async()=>{
await comparison.read(),
drawing[2].again()},draw=()=>{
if(!model.get("size"))return;
let focused=node.contains(
document.activeElement)?
document.activeElement.getAttribute(
"aria-label"):null;drawing.
forEach(chart=>chart.again()),
drawChoices(),drawBars(),
drawList(),focused&&[...node.
querySelectorAll("[aria-\
pressed]")].find(other=>other.
getAttribute("aria-label")===
focused)?.focus({preventScroll:!0})},
drawSoon=()=>{due||(due=
!0,queueMicrotask(()=>{due=
!1,draw()}))},readRows=async()=>{
let bytes=model.get("row\
s");rows=bytes&&bytes.byteLength?
await unpack(bytes):null,
node.dataset.rows=rows?"\
here":"awaited",model.get(
"size")&&(!rows&&answered(
model)&&ask(model,"send_\
rows"),drawBars(),drawList())};
drawFacts(),drawArmTable(
model,arms),draw(),drawStepper(),
readRows(),readDrawings();
let stop=watch(model,{headline:drawFacts,
facts:drawFacts,pairs:drawSoon,
arms:()=>{drawArmTable(model,
arms),drawing[1].again()},
comparison:()=>{drawArmTable(
model,arms),drawing[2].again()},
drawings:readDrawings,arm_cost:()=>drawing[2].
again(),facets:()=>{drawSoon(),
rows||readRows()},picked:draw,
view:draw,measure:draw,cost:draw,
rows:readRows,reply:replies.
drawReply,found:replies.
drawFound,step_state:drawStepper});
return onKeys(node,{Escape:()=>drop()}),
()=>{drawing.forEach(chart=>chart.
stop()),stop(),done()}}var results_default={
render};return __toCommonJS(results_exports);})();
export default panel.default;
