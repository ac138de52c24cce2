use super::*;
use crate::input::tests::Scratch;
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

fn options(directed: bool, weight: &str) -> EdgeOptions {
    let weight_column = (!weight.is_empty()).then(|| weight.to_owned());
    EdgeOptions { directed, weight_column, max_bytes: 1 << 20 }
}

fn text(name: &str, bytes: impl AsRef<[u8]>, options: &EdgeOptions) -> Result<Edges, InputError> {
    read(&Scratch::new(name, bytes).0, options)
}

fn csv(bytes: &str) -> Edges {
    text("a.csv", bytes, &options(false, "")).unwrap()
}

fn refused(bytes: &str, weight: &str) -> String {
    let file = Scratch::new("a.csv", bytes);
    let torn = read(&file.0, &options(false, weight)).unwrap_err();
    assert!(!torn.help.is_empty());
    torn.to_string().rsplit_once("a.csv").unwrap().1.to_owned()
}

fn numbers(ids: &[i64]) -> Ids {
    Ids::Numbers(ids.to_vec().into())
}

fn names(ids: &[&str]) -> Ids {
    Ids::Names(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    packed(columns, Compression::ZSTD(ZstdLevel::try_new(1).unwrap()))
}

fn packed(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn parquet_numbers(ties: &[(i64, i64)]) -> Vec<u8> {
    let column =
        |end: fn(&(i64, i64)) -> i64| -> ArrayRef { Arc::new(ties.iter().map(end).collect::<Int64Array>()) };
    parquet(vec![("a", column(|tie| tie.0)), ("b", column(|tie| tie.1))])
}

#[test]
fn ties_are_sorted_and_what_is_dropped_is_counted() {
    let edges = csv("7,5\n5,7\n5,5\n9,5\n7,5\n4,4\n");
    assert_eq!(edges.ids, numbers(&[4, 5, 7, 9]));
    assert_eq!(edges.ties, [[1, 2], [1, 3]]);
    assert_eq!((edges.duplicates, edges.loops, edges.bytes), (2, 2, 24));
    let directed = text("a.csv", "7,5\n5,7\n5,5\n7,5\n", &options(true, "")).unwrap();
    assert_eq!(directed.ties, [[0, 1], [1, 0]]);
    assert_eq!((directed.duplicates, directed.loops), (1, 1));
}

#[test]
fn of_duplicates_the_first_weight_stays() {
    let file = "from,to,w\n3,1,0.5\n1,2,2\n1,3,9\n";
    for weight in ["w", "2"] {
        let edges = text("a.csv", file, &options(false, weight)).unwrap();
        assert_eq!(edges.ties, [[0, 1], [0, 2]]);
        assert_eq!(edges.weights, Some(vec![2.0, 0.5]));
        assert_eq!(edges.duplicates, 1);
    }
}

#[test]
fn a_header_is_found_and_a_first_tie_is_not_taken_for_one() {
    assert_eq!(csv("who,whom\n1,2\n").ids, numbers(&[1, 2]));
    assert_eq!(csv("Source,Target\nann,bob\n").ids, names(&["ann", "bob"]));
    assert_eq!(csv("\"\",from,to\n1,ann,bob\n2,bob,cem\n").ids, names(&["ann", "bob", "cem"]));
    assert_eq!(csv("ann,bob\nbob,cem\n").ids, names(&["ann", "bob", "cem"]));
    assert_eq!(csv("01,02\n10,11\n").ties.len(), 2);
    assert_eq!(csv("1,2\nann,bob\n").ties.len(), 2);
    let weighted = text("a.csv", "who,whom,weight\nann,bob,1\n", &options(false, "2")).unwrap();
    assert_eq!(weighted.ids, names(&["ann", "bob"]));
}

#[test]
fn integers_that_would_print_differently_are_names() {
    assert_eq!(csv("007,7\n1,7\n").ids, names(&["007", "1", "7"]));
    let large = u64::MAX.to_string();
    assert_eq!(csv(&format!("1,{large}\n")).ids, names(&["1", &large]));
}

#[test]
fn a_refusal_points_at_the_cell() {
    assert_eq!(refused("a,b\nc,\n", ""), ":2:3: the cell is empty");
    assert_eq!(refused("a,b\nc\n", ""), ":2:2: 1 cell in a line, but the first line has 2");
    assert_eq!(refused("1;2\n3;4;\n", ""), ":2:5: 3 cells in a line, but the first line has 2");
    assert_eq!(refused("1\n2\n", ""), ":1: 1 cell where at least 2 are wanted");
    assert_eq!(refused("1,2,3\n1,3,x\n", "2"), ":2:5: `x` is no finite number");
    for weight in ["nan", "inf", "1e39", "0.5,"] {
        let file = format!("1,2,3\n1,3,\"{weight}\"\n");
        assert_eq!(refused(&file, "2"), format!(":2:6: `{weight}` is no finite number"));
    }
    assert_eq!(refused("1,1\n", ""), ": the file has no tie between two different people");
    assert_eq!(refused("from,to\n", ""), ": the file has no tie between two different people");
    assert_eq!(refused("1,2\n", "w"), ": no column is called `w`: the file has no header");
    assert_eq!(refused("1,2\n", "2"), ": there is no column 2: the file has 2");
    assert_eq!(refused("from,to\n1,2\n", "w"), ": no column is called `w`");
    assert!(refused("from,to\n1,2\n", "to").ends_with("cannot be that of the weights"));
}

#[test]
fn parquet_gives_numbers_names_and_weights() {
    let weights: ArrayRef = Arc::new(Float64Array::from(vec![0.5, 2.0]));
    let from: ArrayRef = Arc::new(StringArray::from(vec!["bob", "ann"]));
    let to: ArrayRef = Arc::new(Int64Array::from(vec![7, 7]));
    let file = parquet(vec![("w", weights), ("target", to), ("source", from)]);
    let edges = text("a.parquet", &file, &options(true, "w")).unwrap();
    assert_eq!(edges.ids, names(&["7", "ann", "bob"]));
    assert_eq!(edges.ties, [[1, 0], [2, 0]]);
    assert_eq!(edges.weights, Some(vec![2.0, 0.5]));
    assert_eq!(edges.bytes, file.len() as u64);
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![1, u64::MAX]));
    let small: ArrayRef = Arc::new(UInt64Array::from(vec![2, 3]));
    let file = parquet(vec![("a", large), ("b", small)]);
    let ids = text("a.parquet", &file, &options(false, "")).unwrap().ids;
    assert_eq!(ids, names(&["1", "18446744073709551615", "2", "3"]));
}

#[test]
fn parquet_without_an_id_or_a_finite_weight_is_refused_with_its_row() {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let gap: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None]));
    let hole: ArrayRef = Arc::new(StringArray::from(vec!["x", ""]));
    let nan: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN]));
    let says = |columns, weight| {
        let file = parquet(columns);
        text("a.parquet", file, &options(false, weight)).unwrap_err().says
    };
    let two = |b: &ArrayRef| vec![("a", Arc::clone(&ids)), ("b", Arc::clone(b))];
    assert_eq!(says(two(&gap), ""), "row 2 of the column `b` has no value");
    assert_eq!(says(two(&hole), ""), "row 2 of the column `b` is empty");
    assert_eq!(says(two(&nan), ""), "the column `b` holds fractional numbers, not ids");
    let weighted =
        vec![("a", Arc::clone(&ids)), ("b", Arc::new(Int64Array::from(vec![5, 6])) as ArrayRef), ("w", nan)];
    assert_eq!(says(weighted, "w"), "row 2 of the column `w` is no finite number");
}

#[test]
fn parquet_may_be_packed_as_pandas_packs_it() {
    let column = |ids: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(ids)) };
    for compression in [Compression::SNAPPY, Compression::UNCOMPRESSED] {
        let file = packed(vec![("a", column(vec![7, 5])), ("b", column(vec![5, 9]))], compression);
        let edges = text("a.parquet", file, &options(false, "")).unwrap();
        assert_eq!((edges.ids, edges.ties), (numbers(&[5, 7, 9]), vec![[0, 1], [0, 2]]));
    }
}

#[test]
fn more_rows_than_the_limit_allows_are_refused_before_they_are_unpacked() {
    let ties: Vec<(i64, i64)> = vec![(1, 2); 100_000];
    let file = parquet_numbers(&ties);
    assert!(file.len() < 10_000, "the rows must pack well for this test");
    let tight = EdgeOptions { max_bytes: 10_000, ..options(false, "") };
    let torn = text("a.parquet", file, &tight).unwrap_err();
    assert!(torn.says.contains("promises 100000 rows"), "{}", torn.says);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), weighted: bool) {
        let options = options(false, if weighted { "2" } else { "" });
        for name in ["a.csv", "a.tsv", "a.txt", "a.parquet"] {
            let _ = text(name, &bytes, &options);
        }
        for byte in &mut bytes {
            *byte = b"0123456789,\t; \n\r\"-#ab"[usize::from(*byte) % 21];
        }
        let _ = text("a.txt", &bytes, &options);
    }

    #[test]
    fn a_parquet_file_with_changed_or_cut_bytes_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut file = parquet_numbers(&[(1, 2), (2, 3), (5, 1)]);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let _ = text("a.parquet", &file, &options(false, ""));
    }

    #[test]
    fn a_random_graph_reads_back_from_csv_tsv_and_parquet(
        ties in prop::collection::vec((-9_i64..9, any::<i64>().prop_map(|id| id >> (id & 63))), 1..60),
        directed: bool,
        named: bool,
    ) {
        let kept: BTreeSet<(i64, i64)> = ties.iter().filter(|(a, b)| a != b)
            .map(|&(a, b)| if directed { (a, b) } else { (a.min(b), a.max(b)) }).collect();
        prop_assume!(!kept.is_empty());
        let label = |id: i64| if named { format!("n{id}") } else { id.to_string() };
        let lines = |delimiter: &str| -> String {
            ties.iter().map(|(a, b)| format!("{}{delimiter}{}\n", label(*a), label(*b))).collect()
        };
        let column = |end: fn(&(i64, i64)) -> i64| -> ArrayRef {
            Arc::new(ties.iter().map(|tie| label(end(tie))).collect::<Vec<_>>().into_iter().map(Some).collect::<StringArray>())
        };
        let packed = if named { parquet(vec![("a", column(|tie| tie.0)), ("b", column(|tie| tie.1))]) }
            else { parquet_numbers(&ties) };
        let options = options(directed, "");
        let csv = text("a.csv", lines(","), &options).unwrap();
        let mut others = vec![
            text("a.tsv", lines("\t"), &options).unwrap(),
            text("a", lines(" "), &options).unwrap(),
            text("a.pq", packed, &options).unwrap(),
        ];
        for other in &mut others {
            other.bytes = csv.bytes;
            other.sha256 = csv.sha256;
            prop_assert_eq!(&*other, &csv);
        }
        let ids: Vec<i64> = match &csv.ids {
            Ids::Numbers(ids) => ids.iter().collect(),
            Ids::Names(ids) => ids.iter().map(|id| id[1..].parse().unwrap()).collect(),
        };
        let back: BTreeSet<(i64, i64)> = csv.ties.iter().map(|&[a, b]| {
            let (a, b) = (ids[a as usize], ids[b as usize]);
            if directed { (a, b) } else { (a.min(b), a.max(b)) }
        }).collect();
        prop_assert_eq!(back, kept);
        prop_assert!(csv.ties.is_sorted());
        prop_assert_eq!(csv.ties.len() as u64 + csv.duplicates + csv.loops, ties.len() as u64);
    }
}

#[test]
fn two_real_networks_have_the_people_and_ties_that_their_readme_states() {
    let shared = std::env::var_os("MORES_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = shared.join("data/networks");
    for (name, people, ties) in [("lastfm-asia.csv", 7_624, 27_806), ("deezer-europe.csv", 28_281, 92_752)] {
        let file = folder.join(name);
        if !file.exists() {
            writeln_skipped(&file);
            return;
        }
        let edges = read(&file, &EdgeOptions::default()).unwrap();
        assert_eq!((edges.ids.len(), edges.ties.len()), (people, ties), "{name}");
        assert_eq!((edges.duplicates, edges.loops), (0, 0), "{name}");
        assert_eq!(edges.ids, numbers(&(0..people as i64).collect::<Vec<i64>>()), "{name}");
        assert_eq!(edges.sha256, sha256_file(&file).unwrap());
    }
}

#[expect(clippy::print_stdout, reason = "a test that does not run must say so")]
fn writeln_skipped(file: &Path) {
    println!("skipped: {} is absent; name the shared folder in MORES_SHARED", file.display());
}
