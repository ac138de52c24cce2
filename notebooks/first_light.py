"""First light: one society under four norms, and one defector on a lattice.

Open it with `marimo edit notebooks/first_light.py`, or run it as a script:

    python notebooks/first_light.py [FOLDER]      # pictures go to FOLDER, default target/pictures

It needs the packages of notebooks/requirements.txt and a built mores: the one that the environment variable MORES
names, else target/release/mores, else the one on PATH.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")

with app.setup:
    import sys
    import tempfile
    import tomllib
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl
    from runs import ROOT, run, save

    NORMS = ["stern-judging", "simple-standing", "image-scoring", "shunning"]

    # The lattice has more cells than Altair lets through by default; they are drawn once, into a picture.
    alt.data_transformers.disable_max_rows()


@app.cell
def _():
    # Only as a script are the words of the command line ours.
    words = sys.argv[1:] if mo.app_meta().mode == "script" else []
    pictures = Path(words[0]) if words else ROOT / "target" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    # Runs are read at once and can be made again at any time, so they leave nothing behind.
    runs = tempfile.TemporaryDirectory(prefix="mores-")
    return pictures, runs


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Help under four norms

    A hundred thousand agents meet in pairs; each may help the other at a cost. Some always help, some never do, some
    help those of good name. What earns a good name is all that differs between the curves: the draws are the same.
    """)
    return


@app.cell
def _(runs):
    def cooperation_under(norm: str) -> pl.DataFrame:
        # Stern judging is the world as written; the other norms are its cases.
        case = [] if norm == "stern-judging" else ["--case", norm]
        folder = run(Path(runs.name) / norm, "donation", *case, "--agents", "100_000")
        return (
            pl.read_parquet(folder / "metrics.parquet")
            .select("tick", "cooperation", norm=pl.lit(norm))
            .drop_nulls()  # at tick 0 nobody has acted
        )

    cooperation = pl.concat([cooperation_under(norm) for norm in NORMS])
    cooperation
    return (cooperation,)


@app.cell
def _(cooperation):
    assert cooperation["cooperation"].is_between(0.0, 1.0).all()
    last = cooperation.filter(pl.col("tick") == pl.col("tick").max())
    at_last = dict(last.select("norm", "cooperation").iter_rows())
    # What the world's text claims: two norms carry cooperation, one does so late, one loses it at once.
    assert at_last["stern-judging"] > 0.9, at_last
    assert at_last["simple-standing"] > 0.9, at_last
    assert at_last["image-scoring"] < at_last["stern-judging"], at_last
    assert at_last["shunning"] < 0.1, at_last
    at_last
    return


@app.cell
def _(cooperation, pictures):
    four_norms = (
        alt.Chart(cooperation, title="The same society under four norms")
        .mark_line()
        .encode(
            x=alt.X("tick:Q", title="tick"),
            y=alt.Y("cooperation:Q", title="cooperation (share of acts)", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("norm:N", title="norm", sort=NORMS),
        )
        .properties(width=560, height=300)
    )
    save(four_norms, pictures / "four-norms.png")
    save(four_norms, pictures / "four-norms.svg")
    four_norms
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    # One defector in space

    Everybody copies the best of its neighbourhood. Blue has cooperated before and does so still, red has defected and
    does so still; green has just come back to cooperation, yellow has just given it up.
    """)
    return


@app.cell
def _(runs):
    lattice_run = run(Path(runs.name) / "kaleidoscope", "kaleidoscope", "--set", "record.snapshot_every=1")
    columns = tomllib.loads((lattice_run / "world.toml").read_text())["structure"]["columns"]
    agents = (
        pl.read_parquet(lattice_run / "agents" / "part-*.parquet")
        .select("tick", "agent_id", pl.col("strategy").cast(pl.String))
        .sort("agent_id", "tick")
        .with_columns(
            # Wide enough signed types, because the files hold unsigned ones and the picture subtracts.
            row=(pl.col("agent_id") // columns).cast(pl.Int64),
            column=(pl.col("agent_id") % columns).cast(pl.Int64),
            before=pl.col("strategy").shift().over("agent_id"),
        )
    )
    agents
    return (agents,)


@app.cell
def _(agents):
    defectors = (
        agents.group_by("tick").agg(defectors=(pl.col("strategy") == "d").sum()).sort("tick").get_column("defectors")
    )
    # No chance is involved, so these are whole numbers to be met exactly.
    assert defectors.gather([0, 1, 2, 3, 4, 10, 20, 30, 40]).to_list() == [1, 9, 25, 41, 81, 253, 869, 2437, 3349]
    return


@app.cell
def _(agents, pictures):
    KINDS = {
        "stays a cooperator": ("c", "c", "#1f4e9e"),
        "stays a defector": ("d", "d", "#c6302b"),
        "comes back": ("d", "c", "#2e9e4f"),
        "gives up": ("c", "d", "#f2c230"),
    }
    kind = pl.lit(None, dtype=pl.String)
    for name, (was, now, _colour) in KINDS.items():
        kind = pl.when((pl.col("before") == was) & (pl.col("strategy") == now)).then(pl.lit(name)).otherwise(kind)
    cells = agents.filter(pl.col("tick").is_in([10, 20, 30, 40])).select("tick", "row", "column", kind=kind)

    def panel(tick: int) -> alt.Chart:
        return (
            alt.Chart(cells.filter(pl.col("tick") == tick), title=f"tick {tick}")
            .mark_rect(strokeWidth=0)
            .encode(
                x=alt.X("column:O", axis=None),
                y=alt.Y("row:O", axis=None),
                color=alt.Color(
                    "kind:N",
                    title=None,
                    scale=alt.Scale(domain=list(KINDS), range=[colour for _, _, colour in KINDS.values()]),
                    legend=alt.Legend(orient="bottom"),
                ),
            )
            .properties(width=303, height=303)
        )

    kaleidoscope = (panel(10) | panel(20)) & (panel(30) | panel(40))
    save(kaleidoscope, pictures / "kaleidoscope.png")  # forty thousand cells make an SVG of seven megabytes
    kaleidoscope
    return


if __name__ == "__main__":
    app.run()
