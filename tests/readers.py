"""Opens every file of a run with Polars, DuckDB and pyarrow and compares with the columns that were in memory."""

import json
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

folder = Path(sys.argv[1])
wanted = json.loads(Path(sys.argv[2]).read_text())

# Snapshots: names, types, order and values.
parts = sorted(str(part) for part in (folder / "agents").glob("part-*.parquet"))
assert parts, "no snapshots"
polars = pl.read_parquet(parts)
assert polars.columns[:3] == ["tick", "agent_id", "strategy"], polars.columns
assert polars.schema["tick"] == pl.UInt64 and polars.schema["agent_id"] == pl.UInt32, polars.schema
strategy = polars.schema["strategy"]
assert isinstance(strategy, (pl.Enum, pl.Categorical)), strategy
if isinstance(strategy, pl.Enum):
    assert strategy.categories.to_list() == wanted["strategies"], strategy
assert polars.schema["payoff"] == pl.Float32
assert polars.equals(polars.sort("tick", "agent_id")), "not sorted by (tick, agent_id)"
arrow = pq.ParquetDataset(parts).read()
duck = duckdb.sql(f"SELECT * FROM read_parquet({parts!r}) ORDER BY tick, agent_id")
assert duck.columns == polars.columns == arrow.column_names
duck = duck.pl()
assert sorted(set(polars["tick"])) == [snapshot["tick"] for snapshot in wanted["snapshots"]]
for snapshot in wanted["snapshots"]:
    tick = snapshot["tick"]
    of_polars = polars.filter(pl.col("tick") == tick)
    of_duck = duck.filter(pl.col("tick") == tick)
    of_arrow = pl.from_arrow(arrow).filter(pl.col("tick") == tick)
    n = len(snapshot["strategy"])
    for frame in (of_polars, of_duck, of_arrow):
        assert frame["agent_id"].to_list() == list(range(n))
        assert frame["strategy"].cast(pl.String).to_list() == snapshot["strategy"]
        assert frame["reputation"].cast(pl.String).to_list() == snapshot["reputation"]
        assert frame["payoff"].to_list() == snapshot["payoff"]

# The other tables open everywhere, with the same names and as many rows.
for name in ["metrics", "outcomes", "events"]:
    path = str(folder / f"{name}.parquet")
    frame = pl.read_parquet(path)
    table = pq.read_table(path)
    relation = duckdb.sql(f"SELECT * FROM '{path}'")
    assert frame.columns == table.column_names == relation.columns, name
    assert frame.height == table.num_rows == len(relation.fetchall()), name
metrics = pl.read_parquet(folder / "metrics.parquet")
assert metrics.schema["tick"] == pl.UInt64
assert all(dtype == pl.Float64 for column, dtype in metrics.schema.items() if column != "tick"), metrics.schema
assert metrics["tick"].to_list() == list(range(5))
assert metrics["cooperation"][0] is None, "nothing is played at tick 0"
shares = metrics.select(pl.sum_horizontal(pl.col("^share_.*$"))).to_series()
assert ((shares - 1).abs() < 1e-12).all()
last = wanted["snapshots"][-1]
assert metrics["payoff_mean"][-1] is not None
share = last["strategy"].count("disc") / len(last["strategy"])
assert abs(metrics["share_disc"][-1] - share) < 1e-12
print("polars, duckdb and pyarrow agree with the columns in memory")
