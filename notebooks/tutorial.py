"""A society in five steps: help, reputation, norms, punishment, a cascade. docs/tutorial.md tells it.

Open it with `marimo edit notebooks/tutorial.py`, or run it as a script:

    python notebooks/tutorial.py [FOLDER]         # pictures go to FOLDER, default target/pictures

It needs the packages of notebooks/requirements.txt and a built mores: the one that the environment variable MORES
names, else target/release/mores, else the one on PATH.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")

with app.setup:
    import math
    import sys
    import tempfile
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl
    from runs import ROOT, run, save

    # A strategy has the same colour in all five pictures.
    COLOURS = {"alld": "#d55e00", "allc": "#56b4e9", "disc": "#0072b2", "punisher": "#7b3294"}


@app.function
def drawn(
    rows: pl.DataFrame,
    title: str,
    y: str,
    colours: dict[str, str],
    labels: dict[str, tuple],
    ends: tuple[float, float] = (0.0, 1.0),
) -> alt.LayerChart:
    """Curves over the ticks, each with its name written beside it.

    `rows` have the columns tick, name and value; `labels` say for each name where it is written, as tick and value, and
    what is written where it is not the name itself; `ends` are those of the upright axis.
    """
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    x = alt.X("tick:Q", title="tick", axis=alt.Axis(grid=False, tickCount=5))
    value = alt.Y("value:Q", title=y, scale=alt.Scale(domain=ends), axis=alt.Axis(tickCount=5, gridOpacity=0.5))
    colour = alt.Color("name:N", scale=scale, legend=None)
    lines = alt.Chart(rows).mark_line(strokeWidth=2).encode(x=x, y=value, color=colour, detail="name:N")
    places = [(name, tick, value, *text, name)[:4] for name, (tick, value, *text) in labels.items()]
    places = pl.DataFrame(places, schema=["name", "tick", "value", "text"], orient="row")
    written = alt.Chart(places).mark_text(align="left", fontSize=12).encode(x=x, y=value, text="text:N", color=colour)
    return alt.layer(lines, written, title=title).properties(width=250, height=220)


@app.function
def beside(*panels: alt.TopLevelMixin) -> alt.HConcatChart:
    """Panels in a row, each with colours of its own."""
    row = alt.hconcat(*panels, spacing=28).resolve_scale(color="independent").configure_view(strokeWidth=0)
    return row.configure_title(fontSize=13, anchor="start", fontWeight="normal")


@app.function
def shares(metrics: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The share of each strategy, a row a tick and strategy."""
    return (
        metrics.select("tick", *[pl.col(f"share_{name}").alias(name) for name in names])
        .unpivot(index="tick", variable_name="name", value_name="value")
        .with_columns(value=pl.col("value").cast(pl.Float64))
    )


@app.cell
def _():
    # Only as a script are the words of the command line ours.
    words = sys.argv[1:] if mo.app_meta().mode == "script" else []
    pictures = Path(words[0]) if words else ROOT / "target" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    # Runs are read at once and can be made again at any time, so they leave nothing behind.
    runs = tempfile.TemporaryDirectory(prefix="mores-")

    def metrics_of(world: str, *more: str) -> pl.DataFrame:
        """Runs a world and reads what was measured in each tick."""
        folder = run(Path(runs.name) / "run", world, *more)
        return pl.read_parquet(folder / "metrics.parquet")

    def cooperation_of(name: str, world: str, *more: str) -> pl.DataFrame:
        """The share of acts that are help, a row a tick. At tick 0 nobody has acted."""
        return metrics_of(world, *more).select("tick", name=pl.lit(name), value="cooperation").drop_nulls()

    return cooperation_of, metrics_of, pictures, runs


@app.cell(hide_code=True)
def _():
    mo.md("""
    # 1. Help

    Everybody meets somebody in every tick, and may help at a cost of 1 so that the other gets 4. People look around now
    and then, and rather follow who earned more.
    """)
    return


@app.cell
def _(metrics_of):
    help_alone = metrics_of("society-1-help", "--set", 'record.metrics=["payoff_mean_alld", "payoff_mean_allc"]')

    def expected(ticks: int) -> list[float]:
        """The share of allc in a society without end, where chance moves nothing."""
        share, course = 0.5, [0.5]
        for _tick in range(ticks):
            pull = 0.0
            for mine in (0.0, 4.0):  # what allc was given, and what alld was: each met a helper with chance `share`
                for theirs in (0.0, 4.0):
                    odds = (share if mine else 1 - share) * (share if theirs else 1 - share)
                    pull += odds * math.tanh(0.3 * (mine - 1.0 - theirs) / 2)
            share += 0.2 * share * (1 - share) * pull
            share += 0.0001 * (1 - 2 * share)
            course.append(share)
        return course

    theory = expected(help_alone["tick"].max())
    help_alone
    return help_alone, theory


@app.cell
def _(help_alone, theory):
    gap = (help_alone["share_allc"] - pl.Series(theory)).abs().max()
    assert gap < 0.02, gap
    assert help_alone["share_allc"][200] < 0.02
    # Whoever refuses earns the cost more, at any time: both are helped as often.
    saved = (help_alone["payoff_mean_alld"] - help_alone["payoff_mean_allc"]).drop_nulls()[:100]
    assert saved.is_between(0.8, 1.2).all(), saved
    gap
    return


@app.cell
def _(help_alone, pictures, theory):
    dashes = alt.Chart(pl.DataFrame({"tick": range(len(theory)), "value": theory})).mark_line(
        strokeDash=[3, 3], strokeWidth=1.2, color="black"
    )
    who_1 = drawn(
        shares(help_alone, ["alld", "allc"]),
        "who there is (dashes: theory)",
        "share of agents",
        COLOURS,
        {"alld": (100, 0.86, "alld (helps nobody)"), "allc": (75, 0.2, "allc (helps everybody)")},
    ) + dashes.encode(x="tick:Q", y="value:Q")
    earned = help_alone.filter(pl.col("tick") <= 150).select(
        "tick", alld="payoff_mean_alld", allc="payoff_mean_allc"
    )
    earned = earned.unpivot(index="tick", variable_name="name", value_name="value").drop_nulls()
    labels_1 = {"alld": (48, 1.15), "allc": (58, 0.05)}
    what_1 = drawn(earned, "what they earn", "mean payoff (units a tick)", COLOURS, labels_1, (-1.0, 3.0))
    help_picture = beside(who_1, what_1)
    save(help_picture, pictures / "society-1-help.png")
    help_picture
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    # 2. Reputation

    Whoever helped last has a good name. Discriminators help those of good name. It depends on how many there are.
    """)
    return


@app.cell
def _(cooperation_of, metrics_of):
    known = metrics_of("society-2-reputation")  # as written: 0.3 discriminators
    with_share = {
        share: cooperation_of(
            f"{share:.2f}",
            "society-2-reputation",
            *["--set", f"strategy.disc.share={share}", "--set", f"strategy.alld.share={(1 - share) / 2:.3f}"],
        )
        for share in (0.1, 0.2, 0.25, 0.4)
    }
    with_share[0.3] = known.select("tick", name=pl.lit("0.30"), value="cooperation").drop_nulls()
    at_end_2 = {share: rows["value"][-1] for share, rows in with_share.items()}
    # Cost over benefit is 0.25.
    assert at_end_2[0.1] < 0.1 and at_end_2[0.2] < 0.25, at_end_2
    assert at_end_2[0.3] > 0.6 and at_end_2[0.4] > 0.85, at_end_2
    at_end_2
    return known, with_share


@app.cell
def _(known, pictures, with_share):
    who_2 = drawn(
        shares(known, ["alld", "allc", "disc"]),
        "who there is, with 0.3 discriminators",
        "share of agents",
        COLOURS,
        {"alld": (300, 0.11), "allc": (230, 0.53), "disc": (340, 0.35)},
    )
    blues = {"0.10": "#a6cbe3", "0.20": "#6baed6", "0.25": "#444444", "0.30": "#2171b5", "0.40": "#08306b"}
    labels_2 = {rows["name"][0]: (406, rows["value"][-1]) for rows in with_share.values()}
    labels_2["0.10"] = (82, 0.06)  # its end lies on the axis
    how_many = drawn(
        pl.concat(with_share.values()),
        "help, by the share of discriminators",
        "cooperation (share of acts)",
        blues,
        labels_2,
    )
    reputation_picture = beside(who_2, how_many)
    save(reputation_picture, pictures / "society-2-reputation.png")
    reputation_picture
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    # 3. Norms

    Hands slip and judges err. A norm says what earns a good name; stern judging approves of refusing the bad.
    """)
    return


@app.cell
def _(cooperation_of, metrics_of, runs):
    NORMS = ["stern-judging", "simple-standing", "image-scoring", "shunning"]
    judged = metrics_of("society-3-norms")
    by_norm = {
        # Stern judging is the world as written; the other norms are its cases.
        norm: cooperation_of(norm, "society-3-norms", *([] if norm == "stern-judging" else ["--case", norm]))
        for norm in NORMS
    }
    at_end_3 = {norm: rows["value"][-1] for norm, rows in by_norm.items()}
    assert abs(at_end_3["stern-judging"] - 0.888) < 0.015, at_end_3
    assert at_end_3["simple-standing"] > 0.85, at_end_3
    assert at_end_3["image-scoring"] < 0.6, at_end_3
    assert at_end_3["shunning"] < 0.1, at_end_3

    def good_names(norm: str) -> pl.DataFrame:
        """Who is held for good, from a snapshot of all agents."""
        folder = run(
            Path(runs.name) / "names",
            "society-3-norms",
            *["--set", f'norm.kind="{norm}"', "--set", "record.snapshot_every=40", "--ticks", "40"],
        )
        agents = pl.read_parquet(folder / "agents" / "part-*.parquet").filter(pl.col("tick") == 40)
        return agents.group_by(pl.col("strategy").cast(pl.String)).agg(
            good=(pl.col("reputation").cast(pl.String) == "good").mean(), norm=pl.lit(norm)
        )

    names = pl.concat([good_names("image-scoring"), good_names("stern-judging")])
    names
    return by_norm, judged, names


@app.cell
def _(by_norm, judged, names, pictures):
    who_3 = drawn(
        shares(judged, ["alld", "allc", "disc"]),
        "who there is, under stern judging",
        "share of agents",
        COLOURS,
        {"alld": (8, 0.46), "allc": (8, 0.16), "disc": (240, 0.91)},
    )
    tones = {"stern-judging": "#111111", "simple-standing": "#117733", "image-scoring": "#aa7700", "shunning": "#999999"}
    help_3 = drawn(
        pl.concat(by_norm.values()),
        "help, under four norms",
        "cooperation (share of acts)",
        tones,
        {"stern-judging": (35, 0.8), "simple-standing": (232, 0.75), "image-scoring": (240, 0.44), "shunning": (60, 0.16)},
    )
    shown = {norm: tones[norm] for norm in ("image-scoring", "stern-judging")}
    bars = (
        alt.Chart(names, title="good names at tick 40")
        .mark_bar()
        .encode(
            x=alt.X("strategy:N", title="strategy", sort=["alld", "allc", "disc"], axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("norm:N", sort=["image-scoring", "stern-judging"]),
            y=alt.Y("good:Q", title="share of good names", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(gridOpacity=0.5)),
            color=alt.Color(
                "norm:N",
                scale=alt.Scale(domain=list(shown), range=list(shown.values())),
                legend=alt.Legend(title=None, orient="none", legendX=6, legendY=2),
            ),
        )
        .properties(width=190, height=220)
    )
    norms_picture = beside(who_3, help_3, bars)
    save(norms_picture, pictures / "society-3-norms.png")
    norms_picture
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    # 4. Punishment

    Only one in five discriminates, too few for the norm alone. Half of them pay 0.5 to take 3 from who refused them.
    """)
    return


@app.cell
def _(cooperation_of, metrics_of):
    fined = metrics_of("society-4-punishment")
    fines = {
        "fee 0.5": cooperation_of("fee 0.5", "society-4-punishment"),
        "fee 1": cooperation_of("fee 1", "society-4-punishment", "--case", "dear"),
        "no fines": cooperation_of("no fines", "society-4-punishment", "--case", "without"),
    }
    at_end_4 = {name: rows["value"][-1] for name, rows in fines.items()}
    assert at_end_4["fee 0.5"] > 0.85, at_end_4
    assert at_end_4["fee 1"] < 0.1 and at_end_4["no fines"] < 0.1, at_end_4
    # Once help is common, those who leave punishing to others gain on the punishers.
    among = (fined["share_punisher"] / (fined["share_punisher"] + fined["share_disc"])).to_list()
    assert among[0] == 0.5 and among[300] < 0.3 and among[400] < among[300], (among[0], among[300], among[400])
    at_end_4
    return fined, fines


@app.cell
def _(fined, fines, pictures):
    who_4 = drawn(
        shares(fined, ["alld", "allc", "disc", "punisher"]),
        "who there is",
        "share of agents",
        COLOURS,
        {"alld": (60, 0.56), "allc": (10, 0.23), "disc": (255, 0.67), "punisher": (290, 0.25)},
    )
    kinds = {"fee 0.5": COLOURS["punisher"], "fee 1": "#c2a5cf", "no fines": "#777777"}
    help_4 = drawn(
        pl.concat(fines.values()),
        "help, by what a fine of 3 costs the punisher",
        "cooperation (share of acts)",
        kinds,
        {"fee 0.5": (205, 0.61), "fee 1": (130, 0.08), "no fines": (180, 0.19)},
    )
    punishment_picture = beside(who_4, help_4)
    save(punishment_picture, pictures / "society-4-punishment.png")
    punishment_picture
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    # 5. A cascade

    Cynicism goes round among friends. Who is cynical helps nobody for ten ticks.
    """)
    return


@app.cell
def _(cooperation_of, metrics_of):
    struck = metrics_of("society-5-cascade")
    helped = {
        "half": struck.select("tick", name=pl.lit("half"), value="cooperation").drop_nulls(),
        "none": cooperation_of("none", "society-5-cascade", "--case", "norm-alone"),
        "milder": cooperation_of("milder", "society-5-cascade", "--case", "milder"),
    }
    at_end_5 = {name: rows["value"][-1] for name, rows in helped.items()}
    assert at_end_5["half"] > 0.8 and at_end_5["milder"] > 0.8 and at_end_5["none"] < 0.1, at_end_5
    # What an epidemic among people with eight friends each would reach.
    passes, stays_out = 1 - (1 - 0.025) ** 10, 0.5
    for _turn in range(1000):
        stays_out = 1 - passes + passes * (1 - 0.002) * stays_out**7
    reached = 1 - (1 - 0.002) * stays_out**8
    assert abs(struck["wiser"][-1] - reached) < 0.03, (struck["wiser"][-1], reached)
    at_end_5
    return helped, reached, struck


@app.cell
def _(helped, pictures, reached, struck):
    wave = struck.select("tick", cynical="cynical", reached=pl.col("cynical") + pl.col("wiser"))
    wave = wave.unpivot(index="tick", variable_name="name", value_name="value")
    theory_5 = alt.Chart(pl.DataFrame({"value": [reached]})).mark_rule(strokeDash=[3, 3]).encode(y="value:Q")
    who_caught = theory_5 + drawn(
        wave,
        "who caught it (dashes: theory)",
        "share of agents",
        {"cynical": "#111111", "reached": "#777777"},
        {"cynical": (72, 0.15, "are cynics"), "reached": (82, 0.61, "are cynics or have been")},
    )
    who_5 = drawn(
        shares(struck, ["alld", "allc", "disc", "punisher"]),
        "who there is",
        "share of agents",
        COLOURS,
        {"alld": (88, 0.72), "allc": (118, 0.04), "disc": (240, 0.66), "punisher": (240, 0.24)},
    )
    tones_5 = {"half": COLOURS["punisher"], "none": "#777777", "milder": "#117733"}
    help_5 = drawn(
        pl.concat(helped.values()),
        "help",
        "cooperation (share of acts)",
        tones_5,
        {
            "half": (205, 0.42, "half punish"),
            "none": (58, 0.04, "nobody punishes"),
            "milder": (90, 0.94, "nobody punishes, milder"),
        },
    )
    cascade_picture = beside(who_caught, who_5, help_5)
    save(cascade_picture, pictures / "society-5-cascade.png")
    cascade_picture
    return


if __name__ == "__main__":
    app.run()
