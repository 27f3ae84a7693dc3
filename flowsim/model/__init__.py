"""The machine as frozen data: steps, states, the table of transitions, settings, and the world at one moment.

A few short names mean the same wherever they occur:

* `world` is everything at one moment, `run` one trip through the flow in it, `event` a line of its log.
* `act` is what happens (`Act`), `step` its number where it has one, `now` the time in seconds since 1970.
* `who` is the name by which an app knows a browser: its session cookie, or the installation itself.
* `facts` is what a check judges, `context` what an actor may use while it acts, `off` the checks that are switched off.
* `asked` is the request that an `answer` belongs to; `sent` is a message together with who sent it and who got it.
* `made` are the secrets that came to be, `held` the tokens an app has, `loot` what an attacker has got hold of.
* `seen` is a browser after it has seen a page, or the values that were seen before, as a `jti` must not be.
* `kept` is an actor's memory as it is kept after a message.
* `own` is what somebody has of their own; `one` is each of many, in a loop that has no better word for it.
"""
