//! `checkpoint/`: everything that `resume` needs, as named blocks of little-endian values.
//!
//! `header.json` names a file of blocks and says of each block its type, rows, bytes and xxh3-64; the end of that file
//! holds the xxh3-64 of the header. A new checkpoint is written into a second file of blocks; renaming its header over
//! the old one is the moment at which it counts. So there is always one that is whole, and a flipped bit is found.

use super::error::RunError;
use super::files;
use crate::columns::{Dtype, Item};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The version of the format. Another one is refused by name.
pub const VERSION: u32 = 1;

const FORMAT: &str = "mores checkpoint";
const HEADER: &str = "header.json";
const BLOCKS: [&str; 2] = ["blocks-a.bin", "blocks-b.bin"];
/// Bytes after the blocks: the xxh3-64 of the header.
const SEAL: u64 = 8;
/// A header is small; more than this is none.
const MOST_HEADER: u64 = 64 << 20;

/// What a checkpoint says beside its blocks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The version of mores that wrote it.
    pub mores_version: String,
    /// The run's name.
    pub run_id: String,
    /// SHA-256 of the resolved world.
    pub world_sha256: String,
    /// Whole ticks done.
    pub tick: u64,
    /// Anything else that is small: how far the files of the run are, declared state.
    #[serde(default)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// What the header says of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The block's name.
    pub name: String,
    /// The name of its type, as [`Dtype::name`] says it.
    pub dtype: String,
    /// Number of values.
    pub rows: u64,
    /// Number of bytes.
    pub bytes: u64,
    /// xxh3-64 of the bytes, in hexadecimal digits.
    pub xxh3: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    #[serde(flatten)]
    about: About,
    file: String,
    blocks: Vec<Block>,
}

/// Only this much of a header is read before its version is known.
#[derive(Deserialize)]
struct Mark {
    format: String,
    version: u32,
}

/// A checkpoint that is being written. Dropped before [`Saver::commit`], it leaves the old one as it was.
pub struct Saver {
    folder: PathBuf,
    path: PathBuf,
    file: &'static str,
    out: BufWriter<File>,
    blocks: Vec<Block>,
    hash: Xxh3,
}

impl Saver {
    /// Begins a checkpoint in `folder`, which is made.
    ///
    /// # Errors
    /// What the system said of the folder or the file.
    pub fn begin(folder: &Path) -> Result<Self, RunError> {
        files::make_folder(folder)?;
        let header = std::fs::read(folder.join(HEADER)).unwrap_or_default();
        let named = serde_json::from_slice::<serde_json::Value>(&header).ok();
        let named = named.as_ref().and_then(|header| header.get("file")?.as_str());
        // The file that the present header does not name is free.
        let file = if named == Some(BLOCKS[0]) { BLOCKS[1] } else { BLOCKS[0] };
        let path = folder.join(file);
        let out = File::create(&path).map_err(|e| RunError::create(&path, e))?;
        Ok(Saver {
            folder: folder.to_path_buf(),
            path,
            file,
            out: BufWriter::with_capacity(1 << 20, out),
            blocks: Vec::new(),
            hash: Xxh3::new(),
        })
    }

    /// Begins a block; [`Saver::bytes`] fills it.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] where a block of this name is there, or the one before has a torn value.
    pub fn block(&mut self, name: &str, dtype: Dtype) -> Result<(), RunError> {
        self.end_block()?;
        if self.blocks.iter().any(|block| block.name == name) {
            return Err(broken(&self.path, format!("two blocks are called `{name}`")));
        }
        self.blocks.push(Block {
            name: name.to_owned(),
            dtype: dtype.name().to_owned(),
            rows: 0,
            bytes: 0,
            xxh3: String::new(),
        });
        self.hash.reset();
        Ok(())
    }

    /// Appends bytes to the block: a column may come cohort by cohort.
    ///
    /// # Errors
    /// [`RunError::Write`], [`RunError::DiskFull`]; [`RunError::Checkpoint`] where no block was begun.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        let Some(block) = self.blocks.last_mut() else {
            return Err(broken(&self.path, "bytes without a block"));
        };
        block.bytes += bytes.len() as u64;
        self.hash.update(bytes);
        self.out.write_all(bytes).map_err(|e| RunError::write(&self.path, e))
    }

    /// Makes this the checkpoint, in the place of the one that was there.
    ///
    /// # Errors
    /// What the system said of writing and renaming.
    pub fn commit(mut self, about: About) -> Result<(), RunError> {
        self.end_block()?;
        let header = Header {
            format: FORMAT.into(),
            version: VERSION,
            about,
            file: self.file.into(),
            blocks: std::mem::take(&mut self.blocks),
        };
        let path = self.folder.join(HEADER);
        let text = serde_json::to_vec_pretty(&header)
            .map_err(|source| RunError::Json { path: path.clone(), source })?;
        let seal = xxh3_64(&text).to_le_bytes();
        self.out
            .write_all(&seal)
            .and_then(|()| self.out.flush())
            .and_then(|()| self.out.get_ref().sync_all())
            .map_err(|e| RunError::write(&self.path, e))?;
        files::write_whole(&path, |out| out.write_all(&text).map_err(|e| RunError::write(&path, e)))?;
        let old = BLOCKS.into_iter().filter(|&file| file != self.file);
        old.map(|file| self.folder.join(file)).try_for_each(|old| files::remove_if_there(&old))
    }

    fn end_block(&mut self) -> Result<(), RunError> {
        let Some(block) = self.blocks.last_mut() else {
            return Ok(());
        };
        let width = width(&block.dtype).expect("the name is that of a dtype");
        if !block.bytes.is_multiple_of(width) {
            let what = format!("block `{}` ends within a value", block.name);
            return Err(broken(&self.path, what));
        }
        block.rows = block.bytes / width;
        block.xxh3 = format!("{:016x}", self.hash.digest());
        Ok(())
    }
}

/// Saves a checkpoint whose blocks are at hand: name, type, bytes.
///
/// # Errors
/// As [`Saver::commit`].
pub fn save<'a>(
    folder: &Path,
    about: About,
    blocks: impl IntoIterator<Item = (&'a str, Dtype, &'a [u8])>,
) -> Result<(), RunError> {
    let mut saver = Saver::begin(folder)?;
    for (name, dtype, bytes) in blocks {
        saver.block(name, dtype)?;
        saver.bytes(bytes)?;
    }
    saver.commit(about)
}

/// A checkpoint that is there.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    /// What it says beside its blocks.
    pub about: About,
    blocks: Vec<Block>,
}

impl Checkpoint {
    /// Opens the checkpoint of a folder and checks its header against the seal and the length of the blocks.
    ///
    /// # Errors
    /// [`RunError::Read`] where there is none; [`RunError::Checkpoint`] where it is damaged or of another version.
    pub fn load(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(HEADER);
        let text = read_header(&path)?;
        let mark: Mark = serde_json::from_slice(&text)
            .map_err(|e| broken(&path, format!("its header cannot be read ({e})")))?;
        if mark.format != FORMAT {
            return Err(broken(&path, "this is not the header of a checkpoint"));
        }
        if mark.version != VERSION {
            let found = mark.version;
            let what = format!(
                "it has format {found}, this mores reads format {VERSION}; resume with the mores that wrote it"
            );
            return Err(broken(&path, what));
        }
        let header: Header = serde_json::from_slice(&text)
            .map_err(|e| broken(&path, format!("its header cannot be read ({e})")))?;
        if !BLOCKS.contains(&header.file.as_str()) {
            return Err(broken(&path, "its header names no file of blocks"));
        }
        let place = folder.join(&header.file);
        check_length(&place, &header.blocks)?;
        check_seal(&place, &text)?;
        Ok(Checkpoint { path: place, about: header.about, blocks: header.blocks })
    }

    /// The blocks, in the order in which they were saved.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Opens a block of this type.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] where there is none; [`RunError::Read`].
    pub fn block(&self, name: &str, dtype: Dtype) -> Result<BlockReader<'_>, RunError> {
        let mut start = 0;
        for block in &self.blocks {
            if block.name == name {
                return self.open(block, dtype, start);
            }
            start += block.bytes;
        }
        Err(broken(&self.path, format!("it has no block `{name}`")))
    }

    fn open<'a>(&'a self, block: &'a Block, dtype: Dtype, start: u64) -> Result<BlockReader<'a>, RunError> {
        if block.dtype != dtype.name() {
            let (name, wanted) = (&block.name, dtype.name());
            let what = format!("block `{name}` holds {}, not {wanted}", block.dtype);
            return Err(broken(&self.path, what));
        }
        let mut file = File::open(&self.path).map_err(|e| RunError::read(&self.path, e))?;
        file.seek(SeekFrom::Start(start)).map_err(|e| RunError::read(&self.path, e))?;
        let from = BufReader::with_capacity(1 << 20, file);
        let (path, left, hash) = (&self.path, block.bytes, Xxh3::new());
        Ok(BlockReader { path, block, from, left, hash })
    }

    /// All values of a block.
    ///
    /// # Errors
    /// As [`Checkpoint::block`], [`BlockReader::read`] and [`BlockReader::finish`].
    pub fn read<T: Item>(&self, name: &str) -> Result<Vec<T>, RunError> {
        let mut block = self.block(name, T::DTYPE)?;
        let rows = usize::try_from(block.rows());
        let rows = rows.map_err(|_| broken(&self.path, "a block is larger than memory"))?;
        let mut values = vec![T::zeroed(); rows];
        block.read(bytemuck::cast_slice_mut(&mut values))?;
        block.finish()?;
        Ok(values)
    }
}

/// Reads one block, piece by piece. Its values may be used only after [`BlockReader::finish`] has found them whole.
#[must_use = "its values are checked only by `finish`"]
pub struct BlockReader<'a> {
    path: &'a Path,
    block: &'a Block,
    from: BufReader<File>,
    left: u64,
    hash: Xxh3,
}

impl BlockReader<'_> {
    /// Number of values.
    pub fn rows(&self) -> u64 {
        self.block.rows
    }

    /// The next bytes.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`] where the block has fewer; [`RunError::Read`].
    pub fn read(&mut self, bytes: &mut [u8]) -> Result<(), RunError> {
        let name = &self.block.name;
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(broken(self.path, format!("block `{name}` is too short")));
        };
        self.from.read_exact(bytes).map_err(|e| RunError::read(self.path, e))?;
        self.hash.update(bytes);
        self.left = left;
        Ok(())
    }

    /// Checks that everything was read and nothing is damaged.
    ///
    /// # Errors
    /// [`RunError::Checkpoint`].
    pub fn finish(self) -> Result<(), RunError> {
        let name = &self.block.name;
        if self.left > 0 {
            return Err(broken(self.path, format!("block `{name}` is too long")));
        }
        if format!("{:016x}", self.hash.digest()) != self.block.xxh3 {
            return Err(broken(self.path, format!("block `{name}` is damaged; run the world anew")));
        }
        Ok(())
    }
}

fn read_header(path: &Path) -> Result<Vec<u8>, RunError> {
    let file = File::open(path).map_err(|e| RunError::read(path, e))?;
    let mut text = Vec::new();
    file.take(MOST_HEADER + 1).read_to_end(&mut text).map_err(|e| RunError::read(path, e))?;
    if text.len() as u64 > MOST_HEADER {
        return Err(broken(path, "its header is too large"));
    }
    Ok(text)
}

/// Compares what the header says of the blocks with the length of their file, before memory is taken for any.
fn check_length(path: &Path, blocks: &[Block]) -> Result<(), RunError> {
    let mut wanted = SEAL;
    for block in blocks {
        let width = width(&block.dtype);
        let bytes = width.and_then(|width| block.rows.checked_mul(width));
        let sum = wanted.checked_add(block.bytes);
        match (bytes == Some(block.bytes), sum) {
            (true, Some(sum)) => wanted = sum,
            _ => {
                let what = format!("its header contradicts itself about block `{}`", block.name);
                return Err(broken(path, what));
            }
        }
    }
    let found = std::fs::metadata(path).map_err(|e| RunError::read(path, e))?.len();
    if found != wanted {
        let what =
            format!("it has {found} bytes where its header wants {wanted}; it is cut off or not its own");
        return Err(broken(path, what));
    }
    Ok(())
}

fn check_seal(path: &Path, header: &[u8]) -> Result<(), RunError> {
    let mut seal = [0; 8];
    let mut file = File::open(path).map_err(|e| RunError::read(path, e))?;
    file.seek(SeekFrom::End(-8))
        .and_then(|_| file.read_exact(&mut seal))
        .map_err(|e| RunError::read(path, e))?;
    if u64::from_le_bytes(seal) != xxh3_64(header) {
        return Err(broken(path, "its header is damaged; run the world anew"));
    }
    Ok(())
}

fn width(dtype: &str) -> Option<u64> {
    use Dtype::{Bool, F32, F64, U8, U16, U32, U64};
    let all = [Bool, U8, U16, U32, U64, F32, F64];
    let found = all.into_iter().find(|known| known.name() == dtype);
    found.map(|known| known.width() as u64)
}

fn broken(path: &Path, what: impl Into<String>) -> RunError {
    RunError::Checkpoint { path: path.to_path_buf(), what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::super::files::TestFolder;
    use super::*;

    fn about(tick: u64) -> About {
        let mut more = serde_json::Map::new();
        more.insert("snapshots".into(), 3.into());
        About { mores_version: "0.1.0".into(), run_id: "r".into(), tick, more, ..About::default() }
    }

    fn save_at(folder: &Path, tick: u64) {
        let payoff: Vec<f32> = (0..100).map(|agent| (agent + tick) as f32).collect();
        let blocks = [
            ("strategy", Dtype::U8, &[1u8, 2, 3][..]),
            ("payoff", Dtype::F32, bytemuck::cast_slice(&payoff)),
            ("empty", Dtype::U64, &[]),
        ];
        save(folder, about(tick), blocks).unwrap();
    }

    fn read_all(folder: &Path) -> Result<(u64, Vec<f32>), RunError> {
        let checkpoint = Checkpoint::load(folder)?;
        checkpoint.read::<u8>("strategy")?;
        checkpoint.read::<u64>("empty")?;
        let payoff = checkpoint.read::<f32>("payoff")?;
        Ok((checkpoint.about.tick, payoff))
    }

    #[test]
    fn blocks_come_back_and_the_newest_checkpoint_takes_the_place_of_the_old() {
        let folder = TestFolder::new();
        for tick in 5..8 {
            save_at(&folder.0, tick);
            let (found, payoff) = read_all(&folder.0).unwrap();
            assert_eq!((found, payoff[99]), (tick, (99 + tick) as f32));
            assert_eq!(files::files_of(&folder.0).unwrap().len(), 2);
        }
        let checkpoint = Checkpoint::load(&folder.0).unwrap();
        assert_eq!(checkpoint.about, about(7));
        let names: Vec<&str> = checkpoint.blocks().iter().map(|b| b.name.as_str()).collect();
        assert_eq!(names, ["strategy", "payoff", "empty"]);
        assert_eq!(checkpoint.read::<u8>("strategy").unwrap(), [1, 2, 3]);
    }

    #[test]
    fn pieces_make_the_same_block_as_one_slice_and_can_be_read_in_pieces() {
        let folder = TestFolder::new();
        let mut saver = Saver::begin(&folder.0).unwrap();
        saver.block("a", Dtype::U32).unwrap();
        saver.bytes(&[1, 0]).unwrap();
        saver.bytes(&[0, 0, 2, 0, 0, 0]).unwrap();
        saver.commit(about(0)).unwrap();
        let checkpoint = Checkpoint::load(&folder.0).unwrap();
        assert_eq!(checkpoint.read::<u32>("a").unwrap(), [1, 2]);
        let mut block = checkpoint.block("a", Dtype::U32).unwrap();
        let mut half = [0; 4];
        block.read(&mut half).unwrap();
        block.read(&mut half).unwrap();
        assert_eq!(half, [2, 0, 0, 0]);
        assert!(block.read(&mut half).is_err());
        block.finish().unwrap();
        assert!(checkpoint.block("a", Dtype::U32).unwrap().finish().is_err());
    }

    #[test]
    fn a_checkpoint_that_is_not_committed_leaves_the_old_one() {
        let folder = TestFolder::new();
        save_at(&folder.0, 5);
        let mut saver = Saver::begin(&folder.0).unwrap();
        saver.block("payoff", Dtype::F32).unwrap();
        saver.bytes(&[0; 40]).unwrap();
        assert_eq!(read_all(&folder.0).unwrap().0, 5);
        drop(saver);
        assert_eq!(read_all(&folder.0).unwrap().0, 5);
        save_at(&folder.0, 6);
        assert_eq!(read_all(&folder.0).unwrap().0, 6);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let folder = TestFolder::new();
        save_at(&folder.0, 5);
        for path in files::files_of(&folder.0).unwrap() {
            let whole = std::fs::read(&path).unwrap();
            for place in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[place] ^= 1 << (place % 8);
                std::fs::write(&path, &bytes).unwrap();
                assert!(read_all(&folder.0).is_err(), "{path:?} {place}");
            }
            for length in 0..whole.len() {
                std::fs::write(&path, &whole[..length]).unwrap();
                assert!(read_all(&folder.0).is_err(), "{path:?} {length}");
            }
            std::fs::write(&path, [&whole[..], b" "].concat()).unwrap();
            assert!(read_all(&folder.0).is_err(), "{path:?} longer");
            std::fs::write(&path, &whole).unwrap();
        }
        read_all(&folder.0).unwrap();
    }

    #[test]
    fn another_version_another_type_and_a_missing_block_are_named() {
        let folder = TestFolder::new();
        save_at(&folder.0, 5);
        let checkpoint = Checkpoint::load(&folder.0).unwrap();
        let text = checkpoint.read::<f64>("payoff").unwrap_err().to_string();
        assert!(text.contains("`payoff` holds f32, not f64"), "{text}");
        assert!(checkpoint.read::<u8>("trait").unwrap_err().to_string().contains("`trait`"));
        let path = folder.join(HEADER);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
        let text = Checkpoint::load(&folder.0).unwrap_err().to_string();
        assert!(text.contains("format 2") && text.contains("reads format 1"), "{text}");
    }

    #[test]
    fn a_header_that_asks_for_too_much_memory_is_refused() {
        let folder = TestFolder::new();
        save_at(&folder.0, 5);
        let path = folder.join(HEADER);
        let text = std::fs::read_to_string(&path).unwrap();
        let rows = text.replace("\"rows\": 100", "\"rows\": 4611686018427387904");
        std::fs::write(&path, &rows).unwrap();
        assert!(Checkpoint::load(&folder.0).is_err());
        let both = rows.replace("\"bytes\": 400", "\"bytes\": 18446744073709551608");
        std::fs::write(&path, both).unwrap();
        assert!(Checkpoint::load(&folder.0).is_err());
    }

    #[test]
    fn two_blocks_of_one_name_and_torn_values_are_refused() {
        let folder = TestFolder::new();
        let mut saver = Saver::begin(&folder.0).unwrap();
        assert!(saver.bytes(&[1]).is_err());
        saver.block("a", Dtype::U16).unwrap();
        saver.bytes(&[1]).unwrap();
        assert!(saver.block("b", Dtype::U16).is_err());
        saver.bytes(&[1]).unwrap();
        saver.block("b", Dtype::U16).unwrap();
        assert!(saver.block("a", Dtype::U16).is_err());
    }
}
