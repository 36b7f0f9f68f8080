"""HTML emails that try to run a script, to fetch something, or to leave their frame.

`{run}` is a script that says in the browser's console that it ran, `{url}` an address that nobody may ask for. Each
email has numbers of its own, so a test can tell which one did it. Ideas: OWASP's and PortSwigger's lists, and what
trackers and forgers send.
"""

from __future__ import annotations

from dataclasses import dataclass

RAN = 13_370_000
"""The script of email n says the number RAN + n."""

HOST = "tracker.example"

_TEMPLATES = """
<script>{run}</script>
<script src="{url}"></script>
<script type="module">import "{url}"; {run}</script>
<img src=x onerror="{run}">
<img src="{url}">
<img src='{url}' loading=eager>
<img src={url}>
<IMG SRC="{url}" WIDTH=1 HEIGHT=1>
<img srcset="{url} 1x, {url}?2 2x">
<picture><source srcset="{url}"><img src="data:,"></picture>
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}'/></svg>">
<img src=`{url}` onerror={run}>
<img/src="{url}"/onload="{run}">
<img src="//{bare}">
<img src="https:&#x2f;&#x2f;{bare}">
<img src="&#104;ttps://{bare}">
<img src=" \t{url}">
<img src="ht\ntps://{bare}">
<image src="{url}">
<body onload="{run}">
<body background="{url}">
<table background="{url}"><tr><td>x</td></tr></table>
<td background="{url}">x</td>
<div style="background:url({url})">x</div>
<div style="background-image:url('{url}')">x</div>
<div style='background:url(&quot;{url}&quot;)'>x</div>
<div style="background:\\75rl({url})">x</div>
<div style="background:image-set('{url}' 1x)">x</div>
<div style="background:-webkit-image-set(url({url}) 1x)">x</div>
<div style="list-style:url({url});display:list-item">x</div>
<div style="cursor:url({url}),auto;width:100vw;height:100vh">x</div>
<div style="border-image:url({url}) 30">x</div>
<div style="mask-image:url({url})">x</div>
<div style="content:url({url})">x</div>
<div style="--a:url({url});background:var(--a)">x</div>
<div style="behavior:url({url});width:expression({run})">x</div>
<style>@import "{url}";</style>
<style>@import url({url});</style>
<style>body{{background:url({url})}}</style>
<style>@font-face{{font-family:f;src:url({url})}}*{{font-family:f}}</style>
<style>*::before{{content:url({url})}}</style>
<link rel="stylesheet" href="{url}">
<link rel="prefetch" href="{url}">
<link rel="preload" as="image" href="{url}">
<link rel="modulepreload" href="{url}">
<link rel="icon" href="{url}">
<link rel="dns-prefetch" href="{url}"><link rel="preconnect" href="{url}">
<base href="{url}"><img src="a.png">
<meta http-equiv="refresh" content="0;url={url}">
<meta http-equiv="refresh" content="0;url=javascript:{run}">
<iframe src="{url}"></iframe>
<iframe srcdoc="<script>{run}</script>"></iframe>
<iframe src="javascript:{run}"></iframe>
<iframe src="data:text/html,<script>{run}</script>"></iframe>
<frameset><frame src="javascript:{run}"></frameset>
<object data="{url}"></object>
<object data="data:text/html,<script>{run}</script>"></object>
<embed src="{url}">
<embed src="javascript:{run}">
<svg onload="{run}"></svg>
<svg><script>{run}</script></svg>
<svg><image href="{url}"/></svg>
<svg><image xlink:href="{url}"/></svg>
<svg><use href="{url}#x"/></svg>
<svg><feImage href="{url}"/><filter id=f><feImage href="{url}"/></filter><rect filter="url({url})"/></svg>
<svg><animate onbegin="{run}" attributeName=x dur=1s></svg>
<svg><a href="javascript:{run}"><text y=20>go</text></a></svg>
<svg><foreignObject><img src="{url}"></foreignObject></svg>
<svg><style><img src=x onerror="{run}"></style></svg>
<math><mtext><table><mglyph><style><img src=x onerror="{run}"></style></mglyph></table></mtext></math>
<noscript><p title="</noscript><img src=x onerror='{run}'>"></noscript>
<template><img src="{url}" onerror="{run}"></template><img src="{url}">
<video src="{url}" autoplay></video>
<video poster="{url}"></video>
<video><source src="{url}" onerror="{run}"></video>
<audio src="{url}" autoplay></audio>
<track src="{url}"><video><track default src="{url}"></video>
<input type="image" src="{url}">
<input autofocus onfocus="{run}">
<select autofocus onfocus="{run}"></select>
<textarea autofocus onfocus="{run}"></textarea>
<details open ontoggle="{run}"><summary>x</summary></details>
<marquee onstart="{run}">x</marquee>
<a href="javascript:{run}">go</a>
<a href="java&#09;script:{run}">go</a>
<a href="&#x6A;avascript:{run}">go</a>
<a href="data:text/html,<script>{run}</script>">go</a>
<a href="#" onclick="{run}">go</a>
<a href="#" ping="{url}">go</a>
<form action="{url}"><button>go</button></form>
<form action="javascript:{run}"><input type=submit value=go></form>
<form id=f></form><button form=f formaction="javascript:{run}">go</button>
<form><input name=attributes><input name=children><img src=x onerror="{run}"></form>
<div onmouseover="{run}" onpointerenter="{run}" style="position:fixed;inset:0">go</div>
<p style="animation:x 1s" onanimationstart="{run}">x</p><style>@keyframes x{{}}</style>
<div style="position:fixed;inset:0;z-index:9999;background:red url({url})">x</div>
<xmp><img src=x onerror="{run}"></xmp><img src=x onerror="{run}">
<!--[if mso]><img src="{url}"><![endif]--><!--><img src=x onerror="{run}">-->
<![CDATA[><img src=x onerror="{run}">]]>
<img alt="<x" title="><img src=x onerror='{run}'>" src="{url}">
<p title="</p><script>{run}</script>">x</p><script>{run}</script>
<a href="http://x/`' onmouseover='{run}'" style="background:url({url})">go</a>
<applet code="{url}"></applet><layer src="{url}"></layer><img src="{url}" lowsrc="{url}">
<plaintext><img src="{url}"></plaintext>
"""


@dataclass(frozen=True, slots=True)
class Hostile:
    """One email: its number, and its HTML."""

    number: int
    html: str


def hostile_emails() -> list[Hostile]:
    """All of them, numbered from 0."""
    templates = [line for line in _TEMPLATES.splitlines() if line.strip()]
    return [Hostile(n, _filled(template, n)) for n, template in enumerate(templates)]


def _filled(template: str, number: int) -> str:
    bare = f"{HOST}/{number}"
    return template.format(run=f"console.log({RAN + number})", url=f"https://{bare}", bare=bare)
