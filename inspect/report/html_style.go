package report

// htmlStyle is the page's only style. Colours follow the reader's scheme; what is
// told by a colour is told by a word, too.
const htmlStyle = `
:root{--bg:#fbfbfa;--fg:#1d2125;--dim:#646b73;--line:#dcdfe2;--card:#fff;--ok:#1a7440;--bad:#b3261e;--damage:#8a5a00;--up:#2563b8;--down:#0f7d74;--link:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--bg:#15181b;--fg:#e3e6e8;--dim:#9aa2aa;--line:#33393f;--card:#1c2024;--ok:#6fcf8f;--bad:#ff8a80;--damage:#e6b455;--up:#7fb0ff;--down:#5fd3c5;--link:#8ab8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1440px;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.5rem;margin:0 0 .25rem}
h2{font-size:1.1rem;margin:2.2rem 0 .5rem}
p{margin:.25rem 0}
a{color:var(--link)}
.sum{font-size:1.05rem}
.note{color:var(--dim);font-size:.87rem;overflow-wrap:anywhere}
.mark{border-left:4px solid var(--dim);background:var(--card);padding:.5rem .75rem;margin:.75rem 0}
.mark.secret{border-color:var(--bad);font-weight:600}
.mark.damage{border-color:var(--damage)}
.ok{color:var(--ok)}.bad{color:var(--bad)}.damage{color:var(--damage)}
.findings{list-style:none;margin:0;padding:0;display:grid;gap:.6rem}
.findings li{color:inherit;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:6px;padding:.6rem .9rem}
.findings li.ok{border-left-color:var(--ok)}.findings li.damage{border-left-color:var(--damage)}
.findings .what{font-weight:600}
.findings .next::before{content:"→ ";color:var(--dim)}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:6px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.87rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .7rem;white-space:nowrap;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:600}
tbody tr:last-child td{border-bottom:0}
th.n,td.n{text-align:right}
details.session{background:var(--card);border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:0 .9rem}
details.session>summary{padding:.55rem 0;cursor:pointer;overflow-wrap:anywhere}
details.session[open]{padding-bottom:.9rem}
details.session:target{outline:2px solid var(--link)}
summary{cursor:pointer}
.no{display:inline-block;min-width:1.6em;color:var(--dim)}
.verdict{font-weight:600}
figure{margin:.8rem 0}
svg{display:block;width:100%;height:112px;background:var(--bg);border-radius:4px}
.up rect{fill:var(--up)}.down rect{fill:var(--down)}
rect.axis{fill:var(--line)}
rect.header{fill:var(--fg)}rect.sub{fill:var(--dim)}rect.fin{fill:var(--ok)}rect.hole,rect.rst{fill:var(--bad)}
figcaption{display:flex;flex-wrap:wrap;gap:.2rem 1rem;justify-content:space-between;color:var(--dim);font-size:.82rem;margin-top:.3rem;font-variant-numeric:tabular-nums}
.key::before{content:"";display:inline-block;width:.65em;height:.65em;margin-right:.35em;border-radius:2px;background:var(--dim)}
.key.up::before{background:var(--up)}.key.down::before{background:var(--down)}.key.header::before{background:var(--fg)}
.key.fin::before{background:var(--ok)}.key.hole::before,.key.rst::before{background:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0;font-size:.9rem}
dt{color:var(--dim)}
dd{margin:0;overflow-wrap:anywhere}
details.tree{border-top:1px solid var(--line);padding-top:.6rem;font-size:.87rem}
details.tree>summary{color:var(--dim)}
.tree details details,.tree .leaf{margin-left:1.1rem}
.tree .leaf{padding-left:1rem}
.tree summary,.tree .leaf{overflow-wrap:anywhere;padding-top:.08rem;padding-bottom:.08rem}
.off{display:inline-block;min-width:3em;color:var(--dim);font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8rem;color:var(--up);margin-left:.8em}
.odd{color:var(--damage);margin-left:.8em}
td[data-head=Verdict]{white-space:normal;min-width:8rem}
td[data-head=Target]{white-space:normal;overflow-wrap:anywhere;min-width:12rem}
@media (max-width:1400px){
th.spare,td.spare{display:none}
}
@media (max-width:700px){
td[data-head=Verdict],td[data-head=Target]{min-width:0}
main{padding:1rem .75rem 3rem}
.wide{border:0;background:none;overflow:visible}
thead{display:none}
table,tbody{display:block}
td[data-head=Client],td[data-head=User],td[data-head=Target],td[data-head=Verdict]{grid-column:1/-1}
tr{display:grid;grid-template-columns:1fr 1fr;background:var(--card);border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.4rem .2rem}
td,td.n{display:flex;justify-content:space-between;gap:1rem;text-align:right;border:0;padding:.15rem .6rem;white-space:normal;overflow-wrap:anywhere}
td.extra,td.n.extra{display:none}
td::before{content:attr(data-head);color:var(--dim);text-align:left}
dl{grid-template-columns:1fr;gap:0}
dt{margin-top:.35rem}
.tree details details,.tree .leaf{margin-left:.5rem}
}
@media print{details::details-content{content-visibility:visible}}
`
