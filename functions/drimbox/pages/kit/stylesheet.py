"""The style sheet of the pages, and the headers that say what a browser may do with them.

A style sheet for each kind of page, named by its hash: a page loads nothing, runs nothing, sends
its forms here only.
Colours keep a contrast of at least 4.5 to 1 with their background (WCAG 2.1, 1.4.3).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.list_sheet import LIST_SHEET

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMON: Final = (
    ":root{--ink:#16202a;--soft:#4a5967;--line:#c6d0d9;--pale:#f2f5f8;--brand:#0b4f6c;"
    "--link:#0a5a8a;--bad:#a3270d;--badbg:#fdf0ec;--wait:#7a4b00;--waitbg:#fff6e0;"
    "--good:#1a6437;--goodbg:#eaf6ee}"
    "*{box-sizing:border-box}"
    "html{font-size:100%}"
    "body{margin:0;font:.9375rem/1.45 system-ui,'Segoe UI','DejaVu Sans',sans-serif;"
    "color:var(--ink);background:#fff}"
    "a{color:var(--link)}"
    "a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,"
    "input[type=date]:focus-within,"
    "textarea:focus-visible,summary:focus-visible,[tabindex]:focus-visible"
    "{outline:3px solid #b35c00;outline-offset:2px}"
    ".skip{position:absolute;left:-100rem;top:0;background:#fff;padding:.5rem 1rem;z-index:1}"
    ".skip:focus{left:0}"
    "header{background:var(--brand);color:#fff;padding:.55rem max(1.5rem,calc(50vw - 58.5rem));"
    "display:flex;flex-wrap:wrap;"
    "gap:.35rem 1rem;align-items:center}"
    "header a{color:#fff}"
    "header .site{font-weight:600;font-size:1.05rem}"
    "header .alone{margin-right:auto}"
    "header .site a{text-decoration:none}header .site span{font-weight:400}"
    "header form{margin:0}"
    "main{padding:1rem 1.5rem 2.5rem;max-width:120rem;margin:0 auto}"
    "h1{font-size:1.4rem;margin:.2rem 0 .8rem}"
    "h2{font-size:1.1rem;margin:1.6rem 0 .5rem}"
    "h3{font-size:1rem;margin:1rem 0 .3rem}"
    "p{margin:.4rem 0;max-width:60rem}"
    "table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;color:var(--soft);padding:.2rem 0}"
    "th,td{border-bottom:1px solid var(--line);padding:.4rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}"
    "thead th{background:var(--pale);border-top:1px solid var(--line);font-size:.84rem;"
    "color:var(--soft);font-weight:600;overflow-wrap:normal}"
    "tbody th{font-weight:600}"
    "tbody tr:hover{background:#f8fafb}"
    "table.facts{width:auto;min-width:60%}table.facts th{color:var(--soft);white-space:nowrap;"
    "padding-left:0;width:1%}table.facts th,table.facts td{padding-top:.25rem;"
    "padding-bottom:.25rem}"
    "td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}"
    ".scroll{overflow-x:auto}"
    "summary{cursor:pointer}"
    "code{font:.85rem/1.4 ui-monospace,'DejaVu Sans Mono',monospace;unicode-bidi:isolate;"
    "overflow-wrap:anywhere}"
    "td{unicode-bidi:isolate}"
    "h1+section>h2{margin-top:.6rem}"
    "small,.soft{color:var(--soft);font-size:.84rem;font-weight:400}"
    ".state{display:inline-block;padding:.05rem .5rem;border:1px solid;border-radius:.2rem;"
    "font-size:.84rem;font-weight:600;white-space:nowrap}"
    ".bad{color:var(--bad);background:var(--badbg)}"
    ".wait{color:var(--wait);background:var(--waitbg)}"
    ".good{color:var(--good);background:var(--goodbg)}"
    ".plain{color:var(--soft);background:var(--pale)}"
    ".notice{padding:.6rem 1rem;border-left:.35rem solid;margin:.6rem 0;max-width:60rem}"
    "form.line>*{min-width:0;max-width:100%}form.line select{max-width:min(26rem,100%)}"
    "form.line{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:end;margin:.4rem 0}"
    "form.inline{display:inline-block;margin:0}"
    "label{display:block;font-size:.84rem;color:var(--soft);overflow-wrap:anywhere}"
    "label.check{display:flex;gap:.5rem;align-items:center;color:var(--ink);font-size:inherit}"
    "input,select,textarea{font:inherit;color:inherit;padding:.3rem .5rem;border:1px solid #6b7a88;"
    "border-radius:.2rem;background:#fff;max-width:100%}"
    "p.wide{max-width:none}"
    "button,.button{font:inherit;font-weight:600;padding:.32rem .85rem;border:1px solid "
    "var(--brand);border-radius:.2rem;background:#fff;color:var(--brand);cursor:pointer;"
    "text-decoration:none;display:inline-block;white-space:nowrap}"
    "button.main,.button.main{background:var(--brand);color:#fff}"
    "header button{background:none;color:#fff;border-color:#fff}"
    "fieldset{border:1px solid var(--line);border-radius:.25rem;margin:.6rem 0;min-width:0;"
    "padding:.1rem 1rem .6rem}"
    "legend{font-weight:600;padding:0 .3rem}"
    ".patient{position:sticky;top:0;z-index:1;background:#e7f0f4;border-bottom:2px solid "
    "var(--brand);padding:.5rem max(1.5rem,calc(50vw - 58.5rem));display:flex;flex-wrap:wrap;"
    "gap:.2rem 1.6rem;align-items:baseline}"
    ".patient strong{font-size:1.2rem}.patient dl{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;"
    "margin:0}.patient dt{font-size:.8rem;color:var(--soft)}.patient dd{margin:0;font-weight:600}"
    ".patient details[open]{flex-basis:100%}"
    "@media(max-width:48rem){.patient{position:static;padding-left:1rem;padding-right:1rem}}"
    ".outage{padding:.5rem max(1.5rem,calc(50vw - 58.5rem));border-bottom:1px solid}"
    ".outage p{margin:.1rem 0;max-width:none;font-weight:600}"
    "iframe.report{width:100%;height:82vh;border:1px solid var(--line)}"
    ".services{font-size:.84rem;margin:1.2rem 0 0}.services ul{display:flex;flex-wrap:wrap;"
    "gap:.3rem .8rem;margin:.3rem 0;padding:0;list-style:none}.services li{padding:.1rem .5rem}"
    "pre{background:var(--pale);padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media(max-width:40rem){main,header{padding-left:1rem;padding-right:1rem}"
    ".scroll>table:not(.message) :is(td,th){overflow-wrap:normal}}"
)
# Of the operators' pages alone: their navigation, cards, tables and forms.
_OPERATIONS: Final = (
    "nav.pages{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin-right:auto}"
    "nav.pages a{text-decoration:none;padding:.15rem 0;border-bottom:2px solid transparent}"
    "nav.pages a:hover,nav.pages a[aria-current]{border-bottom-color:#fff}"
    "td.tight .moment{display:block}.zone{color:var(--soft);font-size:.84rem;margin:-.4rem 0 .6rem}"
    ".crumbs{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center;max-width:none}"
    "td.tight,th.tight{white-space:nowrap;overflow-wrap:normal}"
    "table.message{table-layout:fixed;min-width:36rem}"
    "table.message th:nth-child(1){width:6.5rem}table.message th:nth-child(2){width:16rem}"
    "tr.group th{background:var(--pale);color:var(--brand);padding-top:.25rem;"
    "padding-bottom:.25rem}"
    "section+nav.filters{margin-top:1.4rem}"
    ".cards{display:flex;flex-wrap:wrap;gap:.75rem;margin:.4rem 0 1rem;padding:0;list-style:none}"
    ".cards>*{border:1px solid var(--line);border-radius:.25rem;padding:.5rem .9rem;"
    "min-width:9.5rem}"
    ".cards>.bad{border-color:var(--bad)}.cards>.good{border-color:var(--good)}"
    "figure.bars{margin:.4rem 0 1rem;max-width:60rem}"
    ".bars svg{display:block;width:100%;height:8rem;border-bottom:1px solid var(--soft)}"
    ".bars rect.published{fill:var(--good)}.bars rect.held{fill:var(--bad)}"
    ".bars figcaption,.bars .ends{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;color:var(--soft);"
    "font-size:.84rem}.bars .ends{justify-content:space-between}"
    ".bars .key::before{content:'';display:inline-block;width:.7rem;height:.7rem;"
    "margin-right:.35rem}.bars .key.published::before{background:var(--good)}"
    ".bars .key.held::before{background:var(--bad)}"
    "ul.saved{display:flex;flex-wrap:wrap;gap:.4rem 1rem;padding:0;margin:.3rem 0;"
    "list-style:none;align-items:center}"
    "ul.saved button{padding:.05rem .45rem;font-weight:400}"
    ".cards strong{display:block;font-size:1.35rem;line-height:1.3;"
    "font-variant-numeric:tabular-nums}"
    ".columns{display:grid;gap:0 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,"
    "30rem),1fr))}"
    "nav.filters ul{display:flex;flex-wrap:wrap;gap:.4rem;padding:0;margin:.3rem 0 .8rem;"
    "list-style:none}"
    "nav.filters a{display:block;padding:.25rem .7rem;border:1px solid var(--line);"
    "border-radius:.25rem;text-decoration:none;background:#fff}"
    "nav.filters a[aria-current]{background:var(--brand);color:#fff;border-color:var(--brand)}"
    "textarea{width:100%;min-height:16rem;font-family:ui-monospace,'DejaVu Sans Mono',monospace;"
    "font-size:.85rem}"
    "button.copy{padding:0 .4rem;font-size:.8rem;font-weight:400;border-color:#6b7a88}"
    "button.danger{border-color:var(--bad);color:var(--bad)}"
    # Rows as cards: no column is left to scroll to at 390 pixels, nor at 200 % of 1280.
    ".listing :is(td,th){overflow-wrap:break-word}form.search input{width:100%}"
    "@media(max-width:56rem){.listing,.listing caption,.listing tbody,.listing tr,.listing td,"
    ".listing tbody th{display:block}.listing thead{position:absolute;left:-100rem}"
    ".listing tr{border:1px solid var(--line);border-radius:.25rem;margin:.5rem 0;"
    "padding:.4rem .8rem}.listing td,.listing tbody th{border:0;padding:.15rem 0}"
    ".listing :is(td.number,td.tight,th.tight){text-align:left;white-space:normal}"
    ".listing td.tight .moment{display:inline}"
    ".listing td::before{content:attr(data-label);display:block;color:var(--soft);"
    "font-size:.8rem}.listing td:empty{display:none}}"
)
SHEET: Final = _COMMON + _OPERATIONS + LIST_SHEET
# Of the professionals' pages.
READING_SHEET: Final = _COMMON + LIST_SHEET
# The style sheets, as a policy names them.
SHEET_SOURCE: Final = " ".join(
    f"'sha256-{b64encode(hashlib.sha256(one.encode()).digest()).decode()}'"
    for one in (SHEET, READING_SHEET)
)
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; "
    f"style-src {SHEET_SOURCE}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Of a page with a script of this host, which may ask this host alone.
SCRIPTED: Final = f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"
# A form's Origin is only sent where the page tells its own site who it is: hence same-origin.
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
}
SCRIPTED_HEADERS: Final[Mapping[str, str]] = {**HEADERS, "Content-Security-Policy": SCRIPTED}
